from django.db import models
from django.utils.translation import gettext_lazy as _


class Country(models.TextChoices):
    SE = "SE", _("Sweden")
    NO = "NO", _("Norway")
