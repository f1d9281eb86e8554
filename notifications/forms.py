from collections.abc import Iterator
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.phones import PhoneField
from notifications import choices, text_messages
from notifications.enums import Channel
from notifications.registry import Notice


class NoticesForm(forms.Form):
    """One box for each kind and channel. The boxes of necessary mails are ticked and cannot be changed."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.notices = choices.notices_for(user)
        self.channels = [Channel.MAIL, Channel.PAGE]
        if text_messages.is_on() and text_messages.number_of(user):
            self.channels.append(Channel.SMS)
        chosen = choices.chosen_by(user.email)
        for notice, channel in self._boxes():
            is_fixed = channel == Channel.MAIL and notice.necessary is not None
            self.fields[_name(notice, channel)] = forms.BooleanField(
                label=channel.label,
                required=False,
                disabled=is_fixed,
                initial=is_fixed or chosen.get((notice.name, channel), channel == Channel.MAIL),
            )

    def _boxes(self) -> Iterator[tuple[Notice, Channel]]:
        for notice in self.notices:
            for channel in self.channels:
                if channel in notice.channels:
                    yield notice, channel

    def rows(self) -> Iterator[tuple[Notice, list[forms.BoundField]]]:
        for notice in self.notices:
            yield notice, [self[_name(each, channel)] for each, channel in self._boxes() if each is notice]

    @transaction.atomic
    def save(self) -> None:
        for notice, channel in self._boxes():
            choices.choose(self.user.email, notice, channel, is_wanted=self.cleaned_data[_name(notice, channel)])


def _name(notice: Notice, channel: Channel) -> str:
    return f"{notice.name}-{channel}"


class NumberForm(forms.Form):
    number = PhoneField(
        label=_("Mobile number"), help_text=_("We send a code to it, to be sure that it is yours. Only you see it.")
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("The code from the text message"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
