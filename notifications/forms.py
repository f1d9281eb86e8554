from collections.abc import Iterator
from typing import Any

from django import forms

from accounts.models import User
from notifications import choices
from notifications.enums import Channel
from notifications.registry import Notice


class NoticesForm(forms.Form):
    """One box for each kind and channel. The boxes of necessary mails are ticked and cannot be changed."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.notices = choices.notices_for(user)
        self.channels = [channel for channel in Channel if any(channel in each.channels for each in self.notices)]
        chosen = choices.chosen_by(user.email)
        for notice in self.notices:
            for channel in notice.channels:
                is_fixed = channel == Channel.MAIL and notice.necessary is not None
                self.fields[_name(notice, channel)] = forms.BooleanField(
                    label=channel.label,
                    required=False,
                    disabled=is_fixed,
                    initial=is_fixed or chosen.get((notice.name, channel), channel == Channel.MAIL),
                )

    def rows(self) -> Iterator[tuple[Notice, list[forms.BoundField]]]:
        for notice in self.notices:
            yield notice, [self[_name(notice, channel)] for channel in notice.channels]

    def save(self) -> None:
        wanted = {
            (notice.name, channel)
            for notice in self.notices
            for channel in notice.channels
            if self.cleaned_data[_name(notice, channel)]
        }
        choices.choose_all(self.user.email, self.notices, wanted)


def _name(notice: Notice, channel: Channel) -> str:
    return f"{notice.name}-{channel}"
