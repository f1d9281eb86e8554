from datetime import datetime

from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core.models import PublicIdModel
from visits.models.offers import VisitOffer


class Favourite(models.Model):
    """A visit that somebody wants to find again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites")  # of no use to others
    offer = models.ForeignKey(VisitOffer, models.CASCADE, related_name="favourites")  # gone with the visit
    created_at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [models.UniqueConstraint(fields=["user", "offer"], name="favourite_once")]


class FavouriteHost(models.Model):
    """A host whose visits somebody wants to follow."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourite_hosts")  # as above
    company = models.ForeignKey(Company, models.CASCADE, related_name="favourites")  # gone with the host
    created_at = models.DateTimeField(_("added"), default=timezone.now)

    visits: list[VisitOffer]  # this and the following from wishes.followed_hosts()
    new: list[VisitOffer]
    free: int
    next_free_at: datetime | None

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("favourite host")
        verbose_name_plural = _("favourite hosts")
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="favourite_host_once")]


class SavedSearch(PublicIdModel):
    """A search whose new results come by mail, once a day at most."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches")  # as above
    query = models.CharField(_("search"), max_length=1000)  # of the search page's address
    words = models.CharField(_("name"), max_length=300)  # what was chosen, as the page said it
    created_at = models.DateTimeField(_("saved"), default=timezone.now)
    looked_at = models.DateTimeField(_("looked at"), default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = [models.UniqueConstraint(fields=["user", "query"], name="saved_search_once")]

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed, so that nothing new can come."""
        return "" < QueryDict(self.query).get("last_day", "") < timezone.localdate().isoformat()


class FoundOffer(models.Model):
    """A visit that a person's searches have found: it is new to them once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")  # as above
    offer = models.ForeignKey(VisitOffer, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("visit found")
        verbose_name_plural = _("visits found")
        constraints = [models.UniqueConstraint(fields=["user", "offer"], name="found_offer_once")]
