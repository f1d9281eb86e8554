from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import LENGTH, new_public_id


class PublicIdModel(models.Model):
    """A row that is named in URLs: its number stays inside, `public_id` is what leaves the house."""

    public_id = models.CharField(max_length=LENGTH, unique=True, editable=False, default=new_public_id)

    class Meta:
        abstract = True


class Heartbeat(models.Model):
    """The last sign of life of a part that works in the background, as `/readyz` and the alarms read it."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    beaten_at = models.DateTimeField(_("beaten at"))
