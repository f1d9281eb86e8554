"""Where a person is signed in, and that what is taken away is gone at the next request."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.templatetags.browsers import browser
from coordination.retention import apply_rules
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolFactory

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
SESSIONS = "usersessions_list"


def signed_in_with(user, user_agent):
    client = Client(headers={"user-agent": user_agent})
    client.post(reverse("account_login"), {"login": user.email, "password": "correct horse battery"})
    return client


def is_signed_in(client):
    return client.get(reverse("accounts:my_memberships")).status_code == 200


def test_a_person_sees_each_browser_and_signs_out_the_others():
    user, other = UserFactory(), UserFactory()
    desk, phone = signed_in_with(user, FIREFOX), signed_in_with(user, PHONE)
    stranger = signed_in_with(other, PHONE)
    page = desk.get(reverse(SESSIONS)).content.decode()
    assert [page.count(name) for name in ("Firefox, Windows", "Safari, iPhone", "this one")] == [1, 1, 1]
    desk.post(reverse(SESSIONS))
    assert [is_signed_in(client) for client in (desk, phone, stranger)] == [True, False, True]
    assert "You are signed in nowhere else." in desk.get(reverse(SESSIONS)).content.decode()


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
        ("", "An unknown browser"),
        ("<script>", "An unknown browser"),
    ],
)
def test_browsers_are_called_what_people_call_them(user_agent, name):
    assert browser(user_agent) == name


def test_what_was_noted_of_a_session_goes_with_it():
    user = UserFactory()
    signed_in_with(user, PHONE).post(reverse("account_logout"))
    living = signed_in_with(user, FIREFOX)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        apply_rules()
        assert [session.user_agent for session in UserSession.objects.all()] == [FIREFOX]
    assert is_signed_in(living)
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        apply_rules()
    assert not UserSession.objects.exists()


def test_a_closed_account_is_out_at_the_next_request():
    user = UserFactory()
    client = signed_in_with(user, FIREFOX)
    assert is_signed_in(client)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert not is_signed_in(client)


@pytest.mark.parametrize("kind", ["company", "school"])
def test_a_lost_membership_is_lost_at_the_next_request(client, kind):
    if kind == "company":
        membership = MembershipFactory(company=CompanyFactory(), role="owner")
        own = reverse("companies:company_profile", args=[membership.company.public_id])
    else:
        membership = MembershipFactory(company=None, school=SchoolFactory(), role="principal")
        own = reverse("schools:school_detail", args=[membership.school.public_id])
    client.force_login(membership.user)
    pages = [own, membership.get_absolute_url(), reverse("visits:booking_list")]
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]
    membership.delete()
    assert [client.get(page).status_code for page in pages] == [403, 403, 403]


def test_a_lowered_role_is_lowered_at_the_next_request(client):
    membership = MembershipFactory(company=CompanyFactory(), role="owner")
    client.force_login(membership.user)
    page = reverse("companies:company_edit", args=[membership.company.public_id])
    assert client.get(page).status_code == 200
    type(membership).objects.filter(pk=membership.pk).update(role="supervisor")
    assert client.get(page).status_code == 403


def test_a_session_that_has_run_out_is_nobodys():
    client = signed_in_with(UserFactory(), FIREFOX)
    assert is_signed_in(client)
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        assert not is_signed_in(client)


def test_who_may_not_sign_in_any_more_is_out_at_once():
    user = UserFactory()
    client = signed_in_with(user, FIREFOX)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert not is_signed_in(client)
