"""allauth as we have set it up: the ways in, what strangers learn from them, and what its pages are made of."""

import re

import pytest
from allauth.account.forms import SetPasswordForm
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import translation

from accounts.entrance_forms import PASSWORDS_DIFFER
from accounts.models import User
from accounts.second_factor_adapter import SecondFactorAdapter
from notifications.account_adapter import AccountAdapter
from notifications.delivery import deliver_due
from notifications.enums import MailState
from notifications.models import QueuedMail
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]
PASSWORD = "correct horse battery"


def code_from_the_last_mail():
    text = QueuedMail.objects.latest("pk").details["text"]
    return re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", text, re.MULTILINE)[1]


def sign_up(client, email):
    return client.post(
        reverse("account_signup"), {"name": "Kim Ny", "email": email, "password1": PASSWORD}, follow=True
    )


def outcome(response):
    """What a stranger can see: status, where they were led, and the page without the address they typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
    page = re.sub(r"(known|unknown)@mail\.example", "ADDRESS", page)
    return response.status_code, response.redirect_chain, page


# --- the ways in


def test_signing_up_with_name_address_and_password_and_a_code_by_mail(client):
    client.cookies["django_language"] = "nb"
    response = sign_up(client, "New@mail.example")
    assert response.redirect_chain[-1][0] == reverse("account_email_verification_sent")
    assert client.get(reverse("accounts:settings")).status_code == 302
    client.post(reverse("account_email_verification_sent"), {"code": code_from_the_last_mail()})
    assert client.get(reverse("accounts:settings")).status_code == 200
    user = User.objects.get()
    assert (user.email, user.name, user.language) == ("new@mail.example", "Kim Ny", "nb")
    assert EmailAddress.objects.get(user=user).verified


def test_the_fields_of_sign_up_come_in_the_order_people_expect(client):
    assert list(client.get(reverse("account_signup")).context["form"].fields) == ["name", "email", "password1"]


def test_after_signing_up_one_is_back_where_one_came_from(client):
    back = reverse("accounts:my_memberships")
    data = {"name": "Kim", "email": "new@mail.example", "password1": PASSWORD, "next": back}
    client.post(reverse("account_signup"), data)
    response = client.post(reverse("account_email_verification_sent"), {"code": code_from_the_last_mail()})
    assert response.url == back


def test_signing_in_with_a_code_by_mail(client):
    user = UserFactory()
    client.post(reverse("account_request_login_code"), {"email": user.email})
    client.post(reverse("account_confirm_login_code"), {"code": code_from_the_last_mail()})
    assert client.get(reverse("accounts:settings")).status_code == 200


def test_choosing_a_new_password_by_mail(client, mailoutbox):
    user = UserFactory()
    client.post(reverse("account_reset_password"), {"email": user.email})
    deliver_due()
    link = re.search(r"http://testserver(/\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True)
    client.post(
        form.redirect_chain[-1][0], {"password1": "another horse battery", "password2": "another horse battery"}
    )
    user.refresh_from_db()
    assert user.check_password("another horse battery")


def test_a_passkey_can_be_used_at_the_door_and_added_inside(client, sign_in):
    page = client.get(reverse("account_login")).content.decode()
    assert (
        "Sign in with a passkey"
        in client.get(reverse("account_login"), headers={"accept-language": "en"}).content.decode()
    )
    assert 'data-allauth-onload="allauth.webauthn.forms.loginForm"' in page
    sign_in(UserFactory())
    assert 'id="mfa_webauthn_add"' in client.get(reverse("mfa_add_webauthn")).content.decode()


def test_an_account_that_is_closed_lets_nobody_in(client):
    user = UserFactory(is_active=False)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.get(reverse("accounts:settings")).status_code == 302


# --- what strangers learn


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("account_signup", {"name": "Kim", "email": "{}", "password1": PASSWORD}),
        ("account_login", {"login": "{}", "password": "wrong wrong wrong"}),
        ("account_request_login_code", {"email": "{}"}),
        ("account_reset_password", {"email": "{}"}),
    ],
)
def test_a_known_and_an_unknown_address_get_the_same_answer(client, name, data):
    UserFactory(email="known@mail.example")
    answers = []
    for email in ["known@mail.example", "unknown@mail.example"]:
        client.cookies.clear()
        filled = {key: value.format(email) for key, value in data.items()}
        answers.append(outcome(client.post(reverse(name), filled, follow=True)))
        answers.append(QueuedMail.objects.filter(to_email=email).count())
    assert answers[:2] == answers[2:]


def test_wrong_passwords_are_limited(client):
    user = UserFactory()
    for _ in range(5):
        client.post(reverse("account_login"), {"login": user.email, "password": "wrong wrong wrong"})
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.get(reverse("accounts:settings")).status_code == 302


def test_wrong_codes_are_limited(client):
    user = UserFactory()
    client.post(reverse("account_request_login_code"), {"email": user.email})
    right = code_from_the_last_mail()
    for _ in range(3):
        client.post(reverse("account_confirm_login_code"), {"code": "WRNG-CDE"})
    client.post(reverse("account_confirm_login_code"), {"code": right})
    assert client.get(reverse("accounts:settings")).status_code == 302


def test_asking_for_codes_without_end_is_stopped_with_a_page(client):
    email = UserFactory().email
    answers = [client.post(reverse("account_request_login_code"), {"email": email}) for _ in range(5)]
    assert 429 in [answer.status_code for answer in answers] or QueuedMail.objects.count() <= 3


def test_a_hostile_next_address_is_ignored(client):
    user = UserFactory()
    response = client.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert response.url == reverse("landing")


# --- mail


def test_the_code_leaves_the_database_when_the_mail_has_left(client, mailoutbox):
    client.post(reverse("account_request_login_code"), {"email": UserFactory().email})
    code = code_from_the_last_mail()
    deliver_due()
    mail = QueuedMail.objects.get()
    assert code in mailoutbox[0].body
    assert (mail.state, mail.details, mail.subject) == (MailState.SENT, {}, "")


def test_a_code_that_comes_too_late_is_not_sent(client, mailoutbox):
    client.post(reverse("account_request_login_code"), {"email": UserFactory().email})
    mail = QueuedMail.objects.get()
    assert (mail.expires_at - mail.due_at).total_seconds() == pytest.approx(15 * 60, abs=5)


def test_a_dead_mail_server_breaks_no_sign_in_page(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    user = UserFactory()
    assert sign_up(client, "new@mail.example").status_code == 200
    client.cookies.clear()
    assert client.post(reverse("account_request_login_code"), {"email": user.email}).status_code == 302
    assert client.post(reverse("account_reset_password"), {"email": user.email}).status_code == 302
    deliver_due()
    assert set(QueuedMail.objects.values_list("state", flat=True)) == {MailState.WAITING}


@pytest.mark.parametrize("language", ["sv", "nb", "nn", "en"])
def test_a_code_is_sent_in_the_language_of_the_account(client, language):
    user = UserFactory(language=language)
    client.post(reverse("account_request_login_code"), {"email": user.email}, headers={"accept-language": "en"})
    assert QueuedMail.objects.get().language == language


# --- the pages

OUTSIDE = ["account_login", "account_signup", "account_request_login_code", "account_reset_password"]
INSIDE = [
    "account_email",
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
]
WITH_SECOND_FACTOR = [
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_deactivate_totp",
    "mfa_reauthenticate",
]


def check_made_like_ours(page):
    assert page.count("<h1") == 1
    assert re.search(r"<title>\s*\S.* – Industriporten</title>", page, re.DOTALL)
    assert 'class="ds-button"' in page
    assert " style=" not in page
    assert "placeholder=" not in page
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
        assert 'type="application/json"' in attributes or not body.strip()
    assert not re.search(r"\son[a-z]+=", page)


@pytest.mark.parametrize("name", OUTSIDE)
def test_pages_outside_are_made_like_ours(client, name):
    check_made_like_ours(client.get(reverse(name)).content.decode())


@pytest.mark.parametrize("name", INSIDE)
def test_pages_inside_are_made_like_ours(client, sign_in, name):
    sign_in(UserFactory())
    check_made_like_ours(client.get(reverse(name)).content.decode())


@pytest.mark.parametrize("name", WITH_SECOND_FACTOR)
def test_pages_about_the_second_factor_are_made_like_ours(client, sign_in, name):
    sign_in(UserFactory(second_factor=True))
    check_made_like_ours(client.get(reverse(name)).content.decode())


def test_pages_on_the_way_in_are_made_like_ours(client):
    user = UserFactory(second_factor=True)
    response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True)
    check_made_like_ours(response.content.decode())
    client.cookies.clear()
    response = client.post(reverse("account_request_login_code"), {"email": user.email}, follow=True)
    check_made_like_ours(response.content.decode())
    client.cookies.clear()
    check_made_like_ours(sign_up(client, "new@mail.example").content.decode())


NEVER_SAID = {  # telephones and user names are not used here, and nobody is told which addresses have accounts
    "phone_password_mismatch",
    "phone_taken",
    "select_only_one",
    "unknown_email",
    "unknown_phone",
    "username_blacklisted",
    "username_password_mismatch",
    "username_taken",
}


@pytest.mark.parametrize("language", ["sv", "nb", "nn"])
def test_what_allauth_says_is_said_in_every_language(language):
    words = {**AccountAdapter.error_messages, **SecondFactorAdapter.error_messages}
    said = [text for key, text in words.items() if key not in NEVER_SAID] + [PASSWORDS_DIFFER]
    with translation.override("en"):
        english = [str(text) for text in said]
    with translation.override(language):
        assert [text for text, before in zip(said, english, strict=True) if str(text) == before] == []


def test_the_sentence_about_passwords_is_still_allauths_own():
    form = SetPasswordForm(User(), {"password1": "correct horse battery", "password2": "another"})
    assert form.errors["password2"] == [PASSWORDS_DIFFER]
