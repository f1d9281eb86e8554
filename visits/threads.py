"""The thread of messages on a booking's page: what the page shows, and the form below it."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from visits.enums import Side
from visits.file_forms import FilesField
from visits.models import VisitBooking, takes_messages


class MessageForm(forms.Form):
    text = forms.CharField(
        label=_("Your message"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("No names of pupils and nothing about health. Both sides keep the message with the booking."),
    )
    uploads = FilesField(
        label=_("Files"),
        most=3,
        required=False,
        help_text=_(
            "PDF, JPEG, PNG, Word, Excel or OpenDocument text, at most 3 files of 10 MB. No pictures of pupils."
        ),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


def thread_of(booking: VisitBooking, sides: set[Side], *, form: MessageForm | None = None) -> dict[str, Any]:
    """For visits/messages/_thread.html. The rows are read now, so that news is still news on this page."""
    return {
        "thread": list(booking.messages.select_related("by", "contact").prefetch_related("files")),
        "own_sides": sides,
        "takes_messages": takes_messages(booking),
        "message_form": form or MessageForm(),
    }


def side_of_writer(sides: set[Side]) -> Side:
    """Who stands on both sides writes as the school, as everywhere on the booking's page."""
    return Side.SCHOOL if Side.SCHOOL in sides else Side.HOST
