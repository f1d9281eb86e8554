from django.db import models
from django.utils.translation import gettext_lazy as _

# Legal forms behind which there is one natural person. Their numbers and names are personal data.
SOLE_TRADER_FORMS = {"ENK", "EF", "ENSKILD FIRMA", "PERSON-IDORG"}


class CompanyKind(models.TextChoices):
    """What a host is. Whatever it is, it signs up, publishes and answers in the same way."""

    COMPANY = "company", _("company")
    TRAINING_CENTRE = "training_centre", _("training centre")
    SCIENCE_CENTRE = "science_centre", _("science centre")
    SCHOOL = "school", _("school")


class InterestLevel(models.TextChoices):
    YES = "yes", _("Yes")
    MAYBE = "maybe", _("Maybe")
    NO = "no", _("Not this year")


class InterestKind(models.TextChoices):
    """What a company could take: the everyday words of REQUIREMENTS row 25."""

    VISIT = "visit", _("study visits")
    OPEN_DAY = "open_day", _("open days")
    GUEST_LESSON = "guest_lesson", _("guest lessons at school")
    PRAO = "prao", _("prao / work week")
    APL = "apl", _("APL, YFF or LIA")
    APPRENTICE = "apprentice", _("apprentices")
    SUMMER_JOB = "summer_job", _("summer jobs")
    THESIS = "thesis", _("thesis topics")
    AMBASSADOR = "ambassador", _("a young ambassador")


class NoReason(models.TextChoices):
    """Why not this year: asked without guilt, so that nobody is asked again too soon."""

    TIME = "time", _("We lack time or people")
    SAFETY = "safety", _("Our work is not safe for the age group")
    PREMISES = "premises", _("Our premises do not suit groups")
    ENOUGH = "enough", _("We already take as many as we can")
    OTHER = "other", _("Another reason")
