from allauth.mfa.adapter import DefaultMFAAdapter
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
