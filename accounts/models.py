from __future__ import annotations

from typing import Any, ClassVar, Self

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.bounces import BouncedAddress as BouncedAddress
from accounts.bounces import with_bounces
from accounts.enums import MANAGING_ROLES, ROLES_OF, JoinState, Language, OrganisationKind, Role
from core.models import PublicIdModel


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do follows from their memberships, never from the account itself."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.SV)
    is_staff = models.BooleanField(_("may use the administration"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)


def _one_organisation(prefix: str) -> models.CheckConstraint:
    """Exactly one of the four foreign keys is filled."""
    names = OrganisationKind.values
    one_of = [Q(**{f"{name}__isnull": name != filled for name in names}) for filled in names]
    condition = one_of[0]
    for alternative in one_of[1:]:
        condition |= alternative
    return models.CheckConstraint(name=f"{prefix}_of_one_organisation", condition=condition)


def _role_fits(prefix: str) -> models.CheckConstraint:
    """A role only where it exists: no principal in a company."""
    condition = Q()
    for kind, roles in ROLES_OF.items():
        condition |= Q(**{f"{kind.value}__isnull": False}) & Q(role__in=[role.value for role in roles])
    return models.CheckConstraint(name=f"{prefix}_role_fits_organisation", condition=condition)


class OfOrganisation(models.Model):
    """A row about one company, school, school owner or region.

    The names of the four are strings because those apps stand above this one.
    """

    company = models.ForeignKey("companies.Company", models.CASCADE, null=True, blank=True, related_name="%(class)ss")
    school = models.ForeignKey("schools.School", models.CASCADE, null=True, blank=True, related_name="%(class)ss")
    school_owner = models.ForeignKey(
        "schools.SchoolOwner", models.CASCADE, null=True, blank=True, related_name="%(class)ss"
    )
    region = models.ForeignKey("regions.Region", models.CASCADE, null=True, blank=True, related_name="%(class)ss")

    class Meta:
        abstract = True

    @property
    def organisation_kind(self) -> OrganisationKind:
        return next(kind for kind in OrganisationKind if getattr(self, f"{kind.value}_id"))

    @property
    def organisation(self) -> Any:
        """The company, school, school owner or region itself."""
        return getattr(self, self.organisation_kind.value)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, kind: OrganisationKind, organisation: Any) -> Self:
        return self.filter(**{kind.value: organisation})

    def for_people_list(self) -> Self:
        return with_bounces(self.select_related("user"), "user__email").order_by("user__name", "pk")

    def managing(self) -> Self:
        """Those who may invite, admit and change roles in their organisation."""
        condition = Q()
        for kind, roles in MANAGING_ROLES.items():
            condition |= Q(**{f"{kind.value}__isnull": False}, role__in=roles)
        return self.filter(condition)


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    exclude=["public_id"],
)
class Membership(PublicIdModel, OfOrganisation):
    """One person's role in one organisation. Triggers record every change (who, when, from what)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    # Who answers what (REQUIREMENTS row 10): shown to the other side of a booking.
    responsibility = models.CharField(_("answers questions about"), max_length=120, blank=True)
    is_substitute = models.BooleanField(_("stands in when others are away"), default=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            _one_organisation("membership"),
            _role_fits("membership"),
            *[
                models.UniqueConstraint(
                    fields=["user", kind], name=f"membership_once_per_{kind}", condition=Q(**{f"{kind}__isnull": False})
                )
                for kind in OrganisationKind.values
            ],
        ]

    def get_absolute_url(self) -> str:
        return reverse("accounts:people", args=[self.organisation_kind, self.organisation.public_id])

    @property
    def manages(self) -> bool:
        return self.role in MANAGING_ROLES[self.organisation_kind]

    @property
    def grantable_roles(self) -> list[Role]:
        """The roles this member may give, change and take away: their own and those below it."""
        roles = ROLES_OF[self.organisation_kind]
        return roles[roles.index(Role(self.role)) :] if self.manages else []


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def unanswered(self) -> Self:
        """Neither accepted nor withdrawn: still open, or expired and worth renewing while we know the address."""
        return self.filter(accepted_at=None, revoked_at=None).exclude(email="")

    def open(self) -> Self:
        return self.unanswered().filter(expires_at__gt=timezone.now())


@pghistory.track(exclude=["token_hash"])
class Invitation(PublicIdModel, OfOrganisation):
    """An offer of membership to one mail address. The token is in the mail only; here is its hash."""

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations_sent")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("invited"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "pk"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [_one_organisation("invitation"), _role_fits("invitation")]

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    def pending(self) -> Self:
        return self.filter(state=JoinState.PENDING)


@pghistory.track()
class JoinRequest(PublicIdModel, OfOrganisation):
    """A person asks to be let in: by the organisation itself or, for a school, by its region."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="join_requests")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    message = models.TextField(_("message"), max_length=500, blank=True)
    state = models.CharField(_("status"), max_length=10, choices=JoinState, default=JoinState.PENDING)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    decided_at = models.DateTimeField(_("answered"), null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")
        constraints = [
            _one_organisation("join_request"),
            _role_fits("join_request"),
            *[
                models.UniqueConstraint(
                    fields=["user", kind],
                    name=f"join_request_once_per_{kind}",
                    condition=Q(state=JoinState.PENDING, **{f"{kind}__isnull": False}),
                )
                for kind in OrganisationKind.values
            ],
        ]


class ContactPerson(models.Model):
    """Whom to write to or ring, with or without an account (REQUIREMENTS row 10)."""

    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.SV)
    answers_for = models.CharField(_("answers questions about"), max_length=120, blank=True)
    is_substitute = models.BooleanField(_("stands in when others are away"), default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
