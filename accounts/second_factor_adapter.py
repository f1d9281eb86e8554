from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class SecondFactorAdapter(DefaultMFAAdapter):
    """What allauth says about second factors, in our words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": _("Disconnect your second factor before you add another address."),
        "cannot_delete_authenticator": _("Your second factor cannot be disconnected."),
        "cannot_generate_recovery_codes": _("Connect an authenticator app or a passkey first."),
        "incorrect_code": _("That code is not right. Take the one your app shows now."),
        "unverified_email": _("Confirm your address before you connect a second factor."),
    }

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - allauth names it
        """What a new key is called until its owner names it."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("My key") if number == 1 else gettext("My key %(number)d") % {"number": number}
