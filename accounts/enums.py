from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganisationKind(models.TextChoices):
    """What a person can be a member of; the value is also the name of the foreign key."""

    COMPANY = "company", _("company")
    SCHOOL = "school", _("school")
    SCHOOL_OWNER = "school_owner", _("school owner")
    REGION = "region", _("region")


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    CONTACT = "contact", _("contact person")
    SUPERVISOR = "supervisor", _("supervisor")
    COUNSELLOR = "counsellor", _("careers counsellor")
    TEACHER = "teacher", _("teacher")
    PRINCIPAL = "principal", _("principal")
    COORDINATOR = "coordinator", _("coordinator")
    EDITOR = "editor", _("editor")


ROLES_OF = {
    # The highest first: nobody gives a role above their own.
    OrganisationKind.COMPANY: [Role.OWNER, Role.CONTACT, Role.SUPERVISOR],
    OrganisationKind.SCHOOL: [Role.PRINCIPAL, Role.COUNSELLOR, Role.TEACHER],
    OrganisationKind.SCHOOL_OWNER: [Role.COORDINATOR],
    OrganisationKind.REGION: [Role.COORDINATOR, Role.EDITOR],
}

# Whom a stranger may ask to be let in by. Regions and school owners invite their people themselves.
JOINABLE_KINDS = [OrganisationKind.COMPANY, OrganisationKind.SCHOOL]

# Who may invite, admit, change roles and remove. An organisation never loses its last one of these by itself.
MANAGING_ROLES = {
    OrganisationKind.COMPANY: {Role.OWNER},
    OrganisationKind.SCHOOL: {Role.PRINCIPAL, Role.COUNSELLOR},
    OrganisationKind.SCHOOL_OWNER: {Role.COORDINATOR},
    OrganisationKind.REGION: {Role.COORDINATOR},
}


class JoinState(models.TextChoices):
    PENDING = "pending", _("waiting for an answer")
    ADMITTED = "admitted", _("admitted")
    DECLINED = "declined", _("declined")


class Language(models.TextChoices):
    SV = "sv", "Svenska"
    NB = "nb", "Norsk bokmål"
    NN = "nn", "Norsk nynorsk"
    EN = "en", "English"
