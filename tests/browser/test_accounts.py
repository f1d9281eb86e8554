import pytest
from django.urls import reverse
from playwright.sync_api import expect

from notifications.models import QueuedMail
from tests.accounts.test_entrance import code_from_the_last_mail
from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import InvitationFactory, JoinRequestFactory, UserFactory
from tests.factories.companies import CompanyFactory

pytestmark = pytest.mark.usefixtures("no_limits")

LOOKS = [(390, "light"), (1280, "dark")]
PASSWORD = "correct horse battery"


def sign_in(page, user, at=""):
    page.goto(at + reverse("account_login"))
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_at_the_door_are_accessible(open_page, width, scheme):
    page = open_page(reverse("account_login"), width=width, scheme=scheme)
    check_accessibility(page)
    for name in [
        "account_signup",
        "account_request_login_code",
        "account_reset_password",
        "account_reset_password_done",
    ]:
        page.goto(reverse(name))
        check_accessibility(page)
    page.goto(reverse("account_signup"))
    page.get_by_role("button", name="Create the account").click()
    expect(page.locator(".ds-error-summary")).to_be_visible()
    check_accessibility(page)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_of_ones_account_are_accessible(open_page, width, scheme):
    user = UserFactory()
    page = open_page(reverse("account_login"), width=width, scheme=scheme)
    sign_in(page, user)
    pages = [
        "accounts:settings",
        "accounts:my_memberships",
        "account_email",
        "account_change_password",
        "account_logout",
    ]
    for name in [
        *pages,
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "account_reauthenticate",
    ]:
        page.goto(reverse(name))
        expect(page.locator("h1")).to_have_count(1)
        check_accessibility(page)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_about_people_are_accessible(open_page, width, scheme):
    owner, company = UserFactory(), CompanyFactory()
    company.memberships.create(user=owner, role="owner", responsibility="Visits", is_substitute=True)
    colleague = company.memberships.create(user=UserFactory(), role="supervisor")
    InvitationFactory(company=company, invited_by=owner, token="open")
    JoinRequestFactory(company=company)
    page = open_page(reverse("accounts:invitation_accept", args=["open"]), width=width, scheme=scheme)
    check_accessibility(page)
    sign_in(page, owner)
    here = ["company", company.public_id]
    for path in [
        reverse("accounts:people", args=here),
        reverse("accounts:join", args=here),
        reverse("accounts:member_change", args=[*here, colleague.public_id]),
        reverse("accounts:member_remove", args=[*here, colleague.public_id]),
        reverse("accounts:leave", args=[company.memberships.get(user=owner).public_id]),
        reverse("accounts:invitation_accept", args=["open"]),
    ]:
        page.goto(path)
        expect(page.locator("h1")).to_have_count(1)
        check_accessibility(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_invited_signing_up_and_in(open_page, javascript):
    owner, company = UserFactory(), CompanyFactory(name="Nordverk AB")
    company.memberships.create(user=owner, role="owner")
    InvitationFactory(company=company, invited_by=owner, email="new@mail.example", token="open")
    page = open_page(reverse("accounts:invitation_accept", args=["open"]), width=390, javascript=javascript)
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Your name").fill("Kim Ny")
    page.get_by_label("E-mail").fill("new@mail.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.get_by_label("Code").fill(code_from_the_last_mail())
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Accept the invitation").click()
    page.wait_for_url("**/start/")
    assert company.memberships.get(user__email="new@mail.example").role == "contact"


def test_a_passkey_is_added_and_opens_the_door(open_page, live_url):
    user = UserFactory()
    at = live_url.replace("127.0.0.1", "localhost")  # passkeys belong to a name, never to a number
    page = open_page(at + reverse("account_login"))
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page, user, at)
    page.goto(at + reverse("mfa_add_webauthn"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Use it to sign in without a password").check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/recovery-codes/**")
    page.goto(at + reverse("account_logout"))
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto(f"{at}{reverse('account_login')}?next={reverse('accounts:settings')}")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(at + reverse("accounts:settings"))
    assert page.get_by_role("heading", level=1).inner_text() == "My settings"
    assert [mail.details["subject"] for mail in QueuedMail.objects.filter(to_email=user.email)] == ["Passkey added"]
