"""allauth's forms with our words and without placeholders: a label that vanishes while typing is no label."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django.utils.translation import gettext_lazy as _

LABELS = {
    "name": _("Name"),
    "login": _("E-mail"),
    "email": _("E-mail"),
    "password": _("Password"),
    "oldpassword": _("Your password until now"),
    "password1": _("Password"),
    "password2": _("The password once more"),
    "code": _("Code"),
    "passwordless": _("Use it to sign in without a password"),
}
HELP = {
    "password1": _("At least 10 characters. Four words in a row are easy to remember and hard to guess."),
    "passwordless": _("The device then asks for your fingerprint, face or PIN instead."),
}

# allauth's own sentence: named here, so that it stands in our catalogues, nynorsk too.
PASSWORDS_DIFFER = _("You must type the same password each time.")


class InOurWords:
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name != "name" or not field.label:
                field.label = LABELS.get(name, field.label)
            field.help_text = HELP.get(name, "")


class LoginForm(InOurWords, account_forms.LoginForm):
    pass


class SignupForm(InOurWords, account_forms.SignupForm):
    pass


class RequestLoginCodeForm(InOurWords, account_forms.RequestLoginCodeForm):
    pass


class ConfirmLoginCodeForm(InOurWords, account_forms.ConfirmLoginCodeForm):
    pass


class ConfirmEmailVerificationCodeForm(InOurWords, account_forms.ConfirmEmailVerificationCodeForm):
    pass


class ResetPasswordForm(InOurWords, account_forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(InOurWords, account_forms.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(InOurWords, account_forms.ChangePasswordForm):
    pass


class SetPasswordForm(InOurWords, account_forms.SetPasswordForm):
    pass


class AddEmailForm(InOurWords, account_forms.AddEmailForm):
    pass


class ReauthenticateForm(InOurWords, account_forms.ReauthenticateForm):
    pass


class AuthenticateForm(InOurWords, mfa_forms.AuthenticateForm):
    pass


class ReauthenticateByCodeForm(InOurWords, mfa_forms.ReauthenticateForm):
    pass


class ActivateTOTPForm(InOurWords, totp_forms.ActivateTOTPForm):
    pass


class AddWebAuthnForm(InOurWords, webauthn_forms.AddWebAuthnForm):
    pass


class EditWebAuthnForm(InOurWords, webauthn_forms.EditWebAuthnForm):
    pass
