from typing import Any

from allauth.account.models import EmailAddress

from notifications import choices


def take_choices_along(
    sender: Any, from_email_address: EmailAddress | None, to_email_address: EmailAddress, **kwargs: Any
) -> None:
    """allauth says so when somebody has got another main address."""
    if from_email_address:
        choices.move(from_email_address.email, to_email_address.email)
