"""Messages about accounts and memberships. Their words are made at once (notifications/account_adapter.py), because
they may hold a code or a key; here stands what the registry knows of them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.enums import Channel
from notifications.registry import MAIL_FORMS, Notice, announce

ALLAUTH_FORMS = ("_subject.txt", "_message.txt")
_SECURITY = _("It is about the safety of your account.")
_ASKED_FOR = _("You have asked for it yourself.")
_RIGHTS = _("It is about what you may do here.")
_HOLDER = _("The holder of the account, or whoever entered the address.")


def _announce(
    name: str, template: str, title: Promise, rule: Promise, *, to: Promise, necessary: Promise, forms: tuple[str, ...]
) -> None:
    announce(
        Notice(
            name,
            template,
            title=title,
            to=to,
            rule=rule,
            audience=(),
            channels=(Channel.MAIL,),
            necessary=necessary,
            forms=forms,
        )
    )


for name, title, to, rule in [
    (
        "invited",
        _("You are invited"),
        _("The address that was entered in the invitation."),
        _("When somebody who manages an organisation invites you, and when they renew the invitation."),
    ),
    (
        "join_requested",
        _("Somebody wants to be let in"),
        _("Those who let people in at the organisation; for a school without such people, the region."),
        _("When somebody asks to join."),
    ),
    ("admitted", _("You have been let in"), _("The one who asked to join."), _("When the request is granted.")),
    ("declined", _("You were not let in"), _("The one who asked to join."), _("When the request is refused.")),
    ("role_changed", _("Your role has changed"), _("The member."), _("When somebody else changes your role.")),
    ("removed", _("Your membership has ended"), _("The former member."), _("When somebody else ends a membership.")),
]:
    _announce(name, f"accounts/emails/{name}", title, rule, to=to, necessary=_RIGHTS, forms=MAIL_FORMS)

for name, title, rule in [
    ("login_code", _("A code for signing in"), _("When somebody asks to sign in with a code.")),
    ("email_confirmation", _("Confirm your address"), _("When an address is added to an account.")),
    ("password_reset_key", _("Choose a new password"), _("When somebody has forgotten the password.")),
    (
        "unknown_account",
        _("There is no account with this address"),
        _("When somebody tries to sign in, or asks for a new password, with an address we do not know."),
    ),
    (
        "account_already_exists",
        _("You have an account already"),
        _("When somebody signs up with an address that has an account."),
    ),
]:
    _announce(name, f"account/email/{name}", title, rule, to=_HOLDER, necessary=_ASKED_FOR, forms=ALLAUTH_FORMS)

for name, folder, title, rule in [
    ("password_changed", "account", _("Your password has changed"), _("When the password is changed.")),
    ("password_reset", "account", _("Your password has been replaced"), _("When a forgotten password is replaced.")),
    ("password_set", "account", _("You have a password"), _("When an account gets its first password.")),
    ("email_changed", "account", _("Your address has changed"), _("When the account’s main address is changed.")),
    ("email_confirm", "account", _("Your address is confirmed"), _("When an address has been confirmed.")),
    ("email_deleted", "account", _("An address was removed"), _("When an address is removed from an account.")),
    ("totp_activated", "mfa", _("An authenticator app is connected"), _("When a second factor is set up.")),
    ("totp_deactivated", "mfa", _("The authenticator app is gone"), _("When a second factor is taken away.")),
    ("webauthn_added", "mfa", _("A security key is connected"), _("When a security key is added.")),
    ("webauthn_removed", "mfa", _("A security key is gone"), _("When a security key is taken away.")),
    ("recovery_codes_generated", "mfa", _("You have new recovery codes"), _("When recovery codes are made.")),
]:
    _announce(
        name,
        f"{folder}/email/{name}",
        title,
        rule,
        to=_("The holder of the account."),
        necessary=_SECURITY,
        forms=ALLAUTH_FORMS,
    )
