import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.urls import reverse
from django.utils import timezone

from tests.access.table import ALLAUTH
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import RegionFactory
from tests.factories.schools import SchoolOwnerFactory

pytestmark = pytest.mark.django_db
INSIDE = ["accounts:my_memberships", "accounts:settings"]


@pytest.fixture(params=["region coordinator", "owner coordinator", "administrator"])
def bound_to_have_one(request):
    if request.param == "administrator":
        return UserFactory(is_staff=True)
    user = UserFactory()
    if request.param == "region coordinator":
        MembershipFactory(user=user, company=None, region=RegionFactory(), role="coordinator")
    else:
        MembershipFactory(user=user, company=None, school_owner=SchoolOwnerFactory(), role="coordinator")
    return user


def test_without_second_factor_every_door_leads_to_setting_one_up(client, bound_to_have_one):
    client.force_login(bound_to_have_one)
    for name in INSIDE:
        response = client.get(reverse(name))
        assert (response.status_code, response.url) == (302, reverse("mfa_index"))
    for membership in bound_to_have_one.memberships.all():
        assert client.get(membership.get_absolute_url()).url == reverse("mfa_index")


def test_setting_it_up_and_signing_out_stay_open(client, sign_in, bound_to_have_one):
    sign_in(bound_to_have_one)
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302
    assert client.get(reverse("accounts:settings")).url.startswith(reverse("account_login"))


SET_UP = {"account_logout", "account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn"}


@pytest.mark.parametrize("name", sorted(ALLAUTH - SET_UP))
def test_no_other_page_of_the_account_opens_without_second_factor(client, sign_in, name):
    arguments = {"mfa_remove_webauthn": [1], "mfa_edit_webauthn": [1]}
    arguments["account_reset_password_from_key"] = ["1", "no-such-key"]
    sign_in(UserFactory(is_staff=True))
    for ask in (client.get, client.post):
        response = ask(reverse(name, args=arguments.get(name, [])))
        assert (response.status_code, response.url) == (302, reverse("mfa_index"))


def test_with_second_factor_the_doors_open(
    client, sign_in, bound_to_have_one, mails, time_machine, django_capture_on_commit_callbacks
):
    time_machine.move_to(timezone.now(), tick=False)  # a code lives for half a minute
    sign_in(bound_to_have_one)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    assert mails() == [(bound_to_have_one.email, "Authenticator app connected")]
    assert client.get(reverse("accounts:settings")).status_code == 200


def test_others_need_none(client):
    user = UserFactory()
    CompanyFactory(members=[user])
    MembershipFactory(user=user, company=None, region=RegionFactory(), role="editor")
    client.force_login(user)
    assert client.get(reverse("accounts:settings")).status_code == 200


def test_the_duty_comes_and_goes_with_the_role(client):
    user = UserFactory()
    client.force_login(user)
    assert client.get(reverse("accounts:settings")).status_code == 200
    membership = MembershipFactory(user=user, company=None, region=RegionFactory(), role="coordinator")
    assert client.get(reverse("accounts:settings")).url == reverse("mfa_index")
    membership.delete()
    assert client.get(reverse("accounts:settings")).status_code == 200


def test_sign_in_asks_for_the_code_and_takes_a_recovery_code_once(client):
    user = UserFactory(second_factor=True)
    code = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in ["accounts:settings", None]:
        client.logout()
        response = client.post(reverse("account_login"), {"login": user.email, "password": "correct horse battery"})
        assert response.url.startswith(reverse("mfa_authenticate"))
        assert client.get(reverse("accounts:settings")).status_code == 302
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert (client.get(reverse("accounts:settings")).status_code == 200) is bool(expected)
