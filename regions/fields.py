from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Value
from django.utils.translation import gettext as _

from core.search import Folded
from core.text import fold
from regions.models import Municipality


class MunicipalityField(forms.CharField):
    """A municipality by its name or a postcode, as people type it. "Våler, Innlandet" where a name exists twice."""

    def clean(self, value: Any) -> Municipality | None:
        text = super().clean(value)
        if not text:
            return None
        return _by_postcode(text) if text[:1].isdigit() else _by_name(text)


def _by_postcode(text: str) -> Municipality:
    code = "".join(text.split())
    found = list(Municipality.objects.filter(postcodes__code=code).distinct()[:2])
    if len(found) != 1:
        raise ValidationError(
            _("We do not know where postcode %(code)s is. Write the municipality."), params={"code": code}
        )
    return found[0]


def _by_name(text: str) -> Municipality:
    name, _comma, county = (part.strip() for part in text.partition(","))
    municipalities = Municipality.objects.select_related("county").alias(folded=Folded("name"))
    found = list(municipalities.filter(folded=Folded(Value(name))))
    if county:
        found = [one for one in found if fold(one.county.name) == fold(county)]
    # Habo and Håbo fold to the same: whoever wrote the letters meant them.
    found = [one for one in found if one.name.casefold() == name.casefold()] or found
    if not found:
        raise ValidationError(_("We know no municipality called %(name)s."), params={"name": name})
    if len(found) > 1:
        raise ValidationError(
            _("There are several: write %(choices)s."),
            params={"choices": " / ".join(f"{one.name}, {one.county.name}" for one in found)},
        )
    return found[0]
