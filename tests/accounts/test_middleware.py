from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.regions import RegionFactory

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=ZoneInfo("Europe/Stockholm"))


@pytest.fixture
def coordinator(client):
    user = UserFactory(second_factor=True)
    RegionFactory(coordinators=[user])
    with time_machine.travel(MORNING, tick=False):
        client.force_login(user)
        assert is_signed_in(client)
    return user


def is_signed_in(client):
    return client.get(reverse("accounts:my_memberships")).status_code == 200


def signed_in_after(client, *pauses):
    """Whether the session still lives at each of these times after the sign-in, visited in this order."""
    answers = []
    for pause in pauses:
        with time_machine.travel(MORNING + pause, tick=False):
            answers.append(is_signed_in(client))
    return answers


def test_a_coordinator_signs_in_again_after_three_idle_hours(client, coordinator):
    assert signed_in_after(client, timedelta(hours=2, minutes=59)) == [True]
    assert signed_in_after(client, timedelta(hours=6, minutes=1)) == [False]


def test_a_coordinator_signs_in_again_after_twelve_hours_of_work(client, coordinator):
    hours = [timedelta(hours=h) for h in (2, 4, 6, 8, 10, 12)]
    assert signed_in_after(client, *hours, timedelta(hours=12, seconds=1)) == [True] * 6 + [False]


def test_an_administrator_has_the_same_limits(client):
    with time_machine.travel(MORNING, tick=False):
        client.force_login(UserFactory(is_staff=True, second_factor=True))
        assert is_signed_in(client)
    assert signed_in_after(client, timedelta(hours=3, minutes=2)) == [False]


def test_others_stay_signed_in_over_the_day(client):
    with time_machine.travel(MORNING, tick=False):
        client.force_login(UserFactory())
        assert is_signed_in(client)
    assert signed_in_after(client, timedelta(hours=5), timedelta(days=1)) == [True, True]


def test_a_signed_in_person_reads_their_own_language(client):
    client.force_login(UserFactory(language="nn"))
    page = client.get(reverse("accounts:settings"), headers={"accept-language": "sv"}).content.decode()
    assert '<html lang="nn"' in page


def test_private_pages_stay_out_of_every_cache(client):
    client.force_login(UserFactory())
    assert "no-store" in client.get(reverse("accounts:settings"))["Cache-Control"]
