from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import PublicIdModel
from visits.enums import FileState, MaterialTime
from visits.models.bookings import VisitBooking
from visits.models.files import CheckedFile
from visits.models.offers import VisitOffer


class OfferMaterialQuerySet(models.QuerySet["OfferMaterial"]):
    def ready(self) -> Self:
        """Links, and files that a worker has looked through: the only ones that schools ever see."""
        return self.filter(Q(file=None) | Q(file__state=FileState.READY)).select_related("file")

    def visible_to(self, user: Any) -> Self:
        """Of offers the reader may see, and of visits that the reader's schools have booked."""
        offers = Q(offer__in=VisitOffer.objects.visible_to(user))
        if user.is_authenticated:
            booked = VisitBooking.objects.of_schools_of(user).live()
            offers |= Q(offer__in=booked.values("slot__offer"))
        return self.filter(offers)

    def editable_by(self, user: Any) -> Self:
        return self.filter(offer__in=VisitOffer.objects.editable_by(user))


class OfferMaterial(PublicIdModel):
    """Something for the lesson before, during or after the visit: a link or a file."""

    offer = models.ForeignKey(VisitOffer, on_delete=models.CASCADE, related_name="materials")  # part of the offer
    time = models.CharField(_("when the class needs it"), max_length=10, choices=MaterialTime)
    title = models.CharField(_("title"), max_length=100)
    url = models.URLField(_("link"), max_length=500, blank=True)
    file = models.OneToOneField(
        CheckedFile, on_delete=models.PROTECT, null=True, blank=True, related_name="material", verbose_name=_("file")
    )

    objects = OfferMaterialQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("lesson material")
        verbose_name_plural = _("lesson materials")
        constraints = [
            models.CheckConstraint(
                name="offer_material_link_or_file",
                condition=Q(url="", file__isnull=False) | (~Q(url="") & Q(file=None)),
                violation_error_message=_("Write a link or choose a file, not both."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.url or reverse("visits:material_file", args=[self.public_id])
