from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

COUNTRIES = {"sv": "SE", "nb": "NO", "nn": "NO"}


def phone(number: str) -> str:
    """A kept number as people write it, in one line: 070-123 45 67 at home, +46 70 123 45 67 abroad and in English."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:  # older than the field below, or imported
        return number
    at_home = phonenumbers.region_code_for_number(parsed) == COUNTRIES.get((get_language() or "")[:2])
    formats = phonenumbers.PhoneNumberFormat
    words = phonenumbers.format_number(parsed, formats.NATIONAL if at_home else formats.INTERNATIONAL)
    return words.replace(" ", "\N{NO-BREAK SPACE}")


class PhoneField(forms.CharField):
    """A telephone number that can be rung: Swedish or Norwegian as people write it, others with +. Kept as +46…"""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
        super().__init__(max_length=30, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        at_home = COUNTRIES.get((get_language() or "")[:2], "SE")
        for country in (at_home, "SE", "NO"):
            try:
                number = phonenumbers.parse(text, country)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        raise ValidationError(_("This is no telephone number we know. Write it with the area code, or begin with +."))
