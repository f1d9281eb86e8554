"""A school's poster and screen picture, set by Typst: come and see which companies near us open their doors."""

import io
from pathlib import Path
from typing import Literal

import segno
import typst
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schools.models import School

_TEMPLATE = Path(__file__).parent / "poster.typ"
_FONTS = Path(__file__).parent / "fonts"
_SCREEN_PPI = 72.0  # the screen's sheet is 1920 by 1080 points


class PosterShape(models.TextChoices):
    """The sheets there are: two for the wall, one for the school's information screens."""

    A4 = "a4", gettext_lazy("Poster A4 (PDF)")
    A3 = "a3", gettext_lazy("Poster A3 (PDF)")
    SCREEN = "screen", gettext_lazy("Picture for screens, 1920 × 1080 (PNG)")

    @property
    def file_format(self) -> Literal["pdf", "png"]:
        return "png" if self == PosterShape.SCREEN else "pdf"


def address_of(school: School) -> str:
    """The short address on the poster; it leads to the visits near the school."""
    return f"{settings.SITE_URL}{reverse('near_school', args=[school.public_id])}"


def poster_of(school: School, shape: PosterShape, language: str) -> bytes:
    """A PDF of one page, or a PNG. The school's name goes in as data, never as part of the source."""
    address = address_of(school)
    drawing = io.BytesIO()
    segno.make(address, error="q", micro=False).save(drawing, kind="svg", border=4, xmldecl=False, svgns=True)
    with translation.override(language):
        words = {
            "title": _("See industry from the inside"),
            "lead": _("Companies near us open their doors. See what they make, and who works there."),
            "scan": _("Point your phone’s camera here, or write the address:"),
            "tell": _("Have you found a visit? Tell your teacher."),
        }
    return typst.compile(
        _TEMPLATE,
        format=shape.file_format,
        ppi=_SCREEN_PPI if shape == PosterShape.SCREEN else None,
        font_paths=[_FONTS],
        ignore_system_fonts=True,  # the same sheet wherever it is set
        sys_inputs=words
        | {
            "shape": shape.value,
            "language": language,
            "school": school.name,
            "code": drawing.getvalue().decode(),
            "address": address.partition("://")[2].rstrip("/"),
        },
    )
