"""What may change about a booking, as its two sides write it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companies.models import CompanyContact
from core.phones import PhoneField
from visits.change_actions import colleagues_of
from visits.models import VisitBooking


class SizeForm(forms.Form):
    pupil_count = forms.IntegerField(label=_("Pupils"), min_value=1, max_value=500)
    adult_count = forms.IntegerField(label=_("Accompanying adults"), min_value=1, max_value=20)


class HandOverForm(forms.Form):
    """A colleague, and the number the host rings on the day."""

    to = forms.ModelChoiceField(User.objects.none(), label=_("Who takes over?"), empty_label=None)
    phone = PhoneField(label=_("Their telephone on the day"), help_text=_("The host rings it if something happens."))

    def __init__(self, *args: Any, booking: VisitBooking, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        colleagues = colleagues_of(booking).exclude(pk=booking.requested_by_id).order_by("name", "email")
        self.fields["to"].queryset = colleagues  # type: ignore[attr-defined]
        if user in colleagues:  # whoever is asked to stand in opens the page and takes it
            self.fields["to"].initial = user
            self.fields["phone"].initial = user.phone
        self.has_colleagues = colleagues.exists()


class ContactForm(forms.Form):
    contact = forms.ModelChoiceField(
        CompanyContact.objects.none(), label=_("Who looks after this booking?"), empty_label=None
    )

    def __init__(self, *args: Any, booking: VisitBooking, **kwargs: Any):
        super().__init__(*args, **kwargs)
        contacts = booking.slot.offer.company.contacts.exclude(pk=booking.host_contact.pk)
        field: Any = self.fields["contact"]
        field.queryset, field.to_field_name = contacts, "public_id"
        self.has_others = contacts.exists()
