"""What may change about a booking, as its two sides write it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companies.models import CompanyContact
from core.phones import PhoneField
from visits.change_actions import colleagues_of
from visits.enums import Need
from visits.models import VisitBooking


class SizeForm(forms.Form):
    pupil_count = forms.IntegerField(label=_("Pupils"), min_value=1, max_value=500)
    adult_count = forms.IntegerField(label=_("Accompanying adults"), min_value=1, max_value=20)


class NeedsForm(forms.Form):
    """What the host should prepare. The booking form asks the same two questions."""

    needs = forms.MultipleChoiceField(
        label=_("What the class needs from the host"),
        choices=Need.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Read by the school's staff and the host only, and erased soon after the visit."),
    )
    needs_text = forms.CharField(
        label=_("Something else the host should prepare"),
        max_length=200,
        required=False,
        help_text=_("Say what is needed, not why or for whom: no names, no diagnoses, nothing about health."),
    )


class TransportForm(forms.Form):
    transport = forms.CharField(
        label=_("How and when does the class come and leave?"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: Bus 12, at the gate at 9.40; our own bus leaves at 11.50."),
    )


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
