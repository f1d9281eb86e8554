from django.db import models
from django.utils.translation import gettext_lazy as _


class Country(models.TextChoices):
    SE = "SE", _("Sweden")
    NO = "NO", _("Norway")


class Term(models.TextChoices):
    AUTUMN = "autumn", _("autumn")
    SPRING = "spring", _("spring")


class Vetting(models.TextChoices):
    """Which offers somebody at the region looks at before schools find them."""

    OFF = "off", _("none: companies publish by themselves")
    FIRST = "first", _("the first offer of each company")
    ALL = "all", _("every offer, and changes that matter to schools")
