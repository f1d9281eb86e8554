from typing import Any

from allauth.account.models import EmailAddress

from accounts import bounces
from notifications import choices


def take_choices_along(
    sender: Any, from_email_address: EmailAddress | None, to_email_address: EmailAddress, **kwargs: Any
) -> None:
    """allauth says so when somebody has got another main address."""
    if from_email_address:
        bounces.clear(from_email_address.email)
        choices.move(from_email_address.email, to_email_address.email)
