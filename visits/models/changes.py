from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from accounts.models import User
from schools.enums import Grade
from visits.models.offers import VisitOffer, age_words, cost_words

# What a class that has booked must be told of, in the order in which it is told.
TOLD_FACTS = {
    "title": _("Title"),
    "programme": _("What the pupils get to do"),
    "place": _("Where"),
    "meeting_place": _("Where you meet"),
    "screen": _("Link to the meeting on screen"),
    "audience": _("For"),
    "hands_on": _("Trying for themselves"),
    "group": _("Group"),
    "languages": _("Language"),
    "cost": _("Cost"),
    "rules": _("Rules for the visit"),
}

Differences = dict[str, list[Any]]  # fact: as it was, as it is


class OfferChange(models.Model):
    """What a host changed while classes had booked: each of them has been told, before and after."""

    offer = models.ForeignKey(VisitOffer, on_delete=models.CASCADE, related_name="changes")  # part of the offer
    facts = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        verbose_name = _("change of an offer")
        verbose_name_plural = _("changes of offers")

    def told(self) -> Iterator[tuple[str, str, str]]:
        """Each fact with what it was and what it is, in the reader's language."""
        for name, label in TOLD_FACTS.items():
            if name in self.facts:
                before, after = self.facts[name]
                if name == "screen":  # prints of the links only: whoever is not confirmed yet reads this too
                    after = after and gettext("A new link. You find it with the booking when the visit is confirmed.")
                    before = before and gettext("The link until now")
                yield str(label), _in_words(name, before), _in_words(name, after)


def _in_words(name: str, value: Any) -> str:
    if not value:
        return "–"
    if name == "audience":
        low, high = (str(Grade(grade).label) for grade in value)
        both = gettext("%(from)s to %(to)s") % {"from": low, "to": high}
        return capfirst(low if low == high else both)
    if name == "hands_on":
        age, younger_may_watch = value
        return age_words(age, younger_may_watch=younger_may_watch)
    if name == "group":
        return gettext("%(from)s to %(to)s pupils") % {"from": value[0], "to": value[1]}
    if name == "languages":
        return ", ".join(str(Language(code).label) for code in value)
    if name == "cost":
        kind, amount, note = value
        return ". ".join(filter(None, [cost_words(kind, amount), note]))
    return "\n".join(value) if isinstance(value, list) else str(value)
