from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import PublicIdModel
from regions.enums import Country, Vetting


class County(models.Model):
    """A Swedish län or a Norwegian fylke. The id is country and official code: SE-04, NO-42."""

    id = models.CharField(max_length=5, primary_key=True)
    country = models.CharField(_("country"), max_length=2, choices=Country)
    code = models.CharField(_("code"), max_length=2)
    name = models.CharField(_("name"), max_length=60)
    official_name = models.CharField(_("official name"), max_length=120)
    lat = models.FloatField(_("latitude"))
    lon = models.FloatField(_("longitude"))

    class Meta:
        ordering = ["country", "name"]
        verbose_name = _("county")
        verbose_name_plural = _("counties")

    def __str__(self) -> str:
        return self.name


class Municipality(models.Model):
    """A Swedish kommun or a Norwegian kommune. The id is country and official code: SE-0180, NO-0301.

    The point is the municipal seat (data/README): good for "roughly how far", not for a map of addresses.
    """

    id = models.CharField(max_length=7, primary_key=True)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="municipalities")
    country = models.CharField(_("country"), max_length=2, choices=Country)
    code = models.CharField(_("code"), max_length=4)
    name = models.CharField(_("name"), max_length=60)
    official_name = models.CharField(_("official name"), max_length=120)
    lat = models.FloatField(_("latitude"))
    lon = models.FloatField(_("longitude"))

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("municipality")
        verbose_name_plural = _("municipalities")

    def __str__(self) -> str:
        return self.name


class Postcode(models.Model):
    """Which municipality a postcode lies in. The Swedish list holds four of five codes: a missing one is no error."""

    country = models.CharField(_("country"), max_length=2, choices=Country)
    code = models.CharField(_("postcode"), max_length=5)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="postcodes")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "code"], name="postcode_once_per_country")]


class RegionQuerySet(models.QuerySet["Region"]):
    def with_member(self, user: object) -> Self:
        """Regions where the user is coordinator or editor."""
        return self.filter(memberships__user=user).distinct()

    def limiting_visits(self) -> Self:
        """Regions that share visits among schools or classes by a rule."""
        limits = Q(visits_per_school__isnull=False) | Q(visits_per_class__isnull=False)
        return self.filter(limits | Q(first_turn_days__isnull=False))


class Region(PublicIdModel):
    """A coordinating body (Region Sörmland, Opplæringskontoret Nord) and the municipalities it covers."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    country = models.CharField(_("country"), max_length=2, choices=Country)
    municipalities = models.ManyToManyField(Municipality, related_name="regions", verbose_name=_("municipalities"))
    email = models.EmailField(_("e-mail"), blank=True)
    website = models.URLField(_("website"), blank=True)
    about = models.TextField(_("about the region"), max_length=1000, blank=True)
    logo = models.ImageField(_("logo"), upload_to="logos/", blank=True)  # WebP, 480 px wide at most
    vetting = models.CharField(_("offers to look at"), max_length=5, choices=Vetting, default=Vetting.OFF)
    visits_per_school = models.PositiveSmallIntegerField(
        _("visits that a school can book in a school year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
    )
    visits_per_class = models.PositiveSmallIntegerField(
        _("visits that a class can book in a school year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )
    first_turn_days = models.PositiveSmallIntegerField(
        _("days for schools that have not been out"), null=True, blank=True, validators=[MaxValueValidator(90)]
    )

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("region")
        verbose_name_plural = _("regions")

    def __str__(self) -> str:
        return self.name
