from __future__ import annotations

from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from visits.enums import Need
from visits.models.bookings import VisitBooking


class BookingNeedsManager(models.Manager["BookingNeeds"]):
    def tell(self, booking: VisitBooking, *, kinds: Sequence[str], text: str) -> None:
        """Write what a class needs, in the place of what was told before. Nothing is no row."""
        self.filter(booking=booking).delete()
        if kinds or text:
            self.create(booking=booking, kinds=[kind for kind in Need.values if kind in kinds], text=text)


class BookingNeeds(models.Model):
    """What the host should prepare for a class, in neutral words: what is needed, never why or for whom.

    In a table of its own, so that no list, figure, export or history of bookings ever carries it.
    """

    booking = models.OneToOneField(VisitBooking, on_delete=models.CASCADE, related_name="needs")  # part of the booking
    kinds = ArrayField(models.CharField(max_length=20, choices=Need), default=list, blank=True)
    text = models.CharField(_("something else"), max_length=200, blank=True)

    objects = BookingNeedsManager()

    class Meta:
        verbose_name = _("needs of a class")
        verbose_name_plural = _("needs of classes")
        constraints = [
            models.CheckConstraint(name="booking_needs_say_something", condition=~Q(kinds=[]) | ~Q(text="")),
        ]

    def __str__(self) -> str:
        return str(self.pk)  # never the words: this is what stands in messages and logs

    @property
    def in_words(self) -> list[str]:
        """One line for each need, in the reader's language."""
        return [*(str(Need(kind).label) for kind in self.kinds), *filter(None, [self.text])]


def needs_of(booking: VisitBooking) -> BookingNeeds | None:
    """What the class needs, if anything. Without another query where `needs` was selected with the booking."""
    return getattr(booking, "needs", None)
