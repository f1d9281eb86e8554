"""The certificate for a class, as a PDF that Typst sets. No pupil is named on it."""

from pathlib import Path

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.dates import full_day
from visits.models import VisitBooking

_TEMPLATE = Path(__file__).parent / "certificate.typ"
_FONTS = Path(__file__).parent / "fonts"


def certificate_of(booking: VisitBooking) -> bytes:
    """In the reader's language. What people have written goes in as data, never as part of the source."""
    offer = booking.slot.offer
    return typst.compile(
        _TEMPLATE,
        font_paths=[_FONTS],
        ignore_system_fonts=True,  # the same sheet wherever it is set
        sys_inputs={
            "language": (get_language() or "sv")[:2],
            "title": _("Certificate"),
            "class": booking.group_name,
            "school": booking.school.name,
            "was": _("visited"),
            "company": offer.company.name,
            "visit": offer.title,
            "day": full_day(booking.slot.starts_at),
            "did": _("What we did") if offer.steps else "",
            "steps": "\n".join(line.text for line in offer.programme[:8]),
            "met": _("Occupations we met") if offer.occupations.exists() else "",
            "occupations": ", ".join(str(occupation) for occupation in offer.occupations.all()),
            "thanks": _("Thank you for your curiosity!"),
        },
    )
