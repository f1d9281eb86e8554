from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.concurrency import Meeting, at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.visits.test_after import held_visit, link_of
from tests.visits.test_digest import MONDAY, run
from visits import after_actions, follow_up_actions
from visits.enums import Attendance, FollowUpState
from visits.models import FollowUp

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor():
    return UserFactory()


@pytest.fixture
def host():
    return UserFactory()


@pytest.fixture
def booking(counsellor, host):
    return visit_of(counsellor, host)


def visit_of(counsellor, host, **facts):
    company = CompanyFactory(members=[host], name="Svets AB")
    CompanyContactFactory(company=company)
    school = SchoolFactory(members=[counsellor], name="Ängsskolan")
    return held_visit(
        school_class=SchoolClassFactory(school=school), requested_by=counsellor, slot__offer__company=company, **facts
    )


def test_the_school_wishes_and_takes_back_and_what_is_answered_stays(client, booking, counsellor, host):
    client.force_login(counsellor)
    url = reverse("visits:booking_follow_up", args=[booking.public_id])
    client.post(url, {"kinds": ["prao", "apl"]})
    assert set(booking.follow_ups.values_list("kind", "wished_by")) == {("prao", counsellor.pk), ("apl", counsellor.pk)}
    prao = booking.follow_ups.get(kind="prao")
    follow_up_actions.answer_follow_up(booking, prao.public_id, welcome=True, by=host)
    page = client.post(url, {"kinds": []}, follow=True)
    assert [wish.kind for wish in booking.follow_ups.all()] == ["prao"]
    assert "the host would like to hear more" in page.text
    client.post(url, {"kinds": ["a lie"]})
    assert booking.follow_ups.count() == 1


def test_the_host_answers_on_the_page_and_the_school_gets_one_mail(client, booking, counsellor, host):
    follow_up_actions.set_follow_ups(booking, ["summer_job"], by=counsellor)
    wish = FollowUp.objects.get()
    client.force_login(host)
    assert "Summer job" in client.get(reverse("coordination:start")).text
    url = reverse("visits:booking_after", args=[booking.public_id])
    assert url in client.get(booking.get_absolute_url()).text
    for _ in range(2):
        client.post(url, {"follow_up": wish.public_id, "welcome": "1"})
    wish.refresh_from_db()
    assert (wish.state, wish.answered_by) == (FollowUpState.WELCOME, host)
    assert QueuedMail.objects.get(kind="follow_up_welcome").to_email == counsellor.email
    deliver_due()
    (message,) = [each for each in mail.outbox if each.to == [counsellor.email]]
    assert "Svets AB" in message.subject
    assert "Summer job" not in client.get(reverse("coordination:start")).text


def test_the_link_in_the_mail_answers_too_and_the_schools_link_does_not(client, booking, counsellor):
    follow_up_actions.set_follow_ups(booking, ["prao"], by=counsellor)
    wish = FollowUp.objects.get()
    client.post(link_of(booking, "school", str(counsellor.pk)), {"follow_up": wish.public_id, "welcome": "1"})
    wish.refresh_from_db()
    assert wish.state == FollowUpState.OPEN
    assert "We would like to hear more" in client.get(link_of(booking, "host")).text
    client.post(link_of(booking, "host"), {"follow_up": wish.public_id, "welcome": "0"})
    wish.refresh_from_db()
    assert wish.state == FollowUpState.ASIDE
    assert not QueuedMail.objects.filter(kind="follow_up_welcome").exists()


def test_the_wish_of_another_booking_is_out_of_reach(booking, counsellor, host):
    other = visit_of(counsellor, host)
    follow_up_actions.set_follow_ups(other, ["prao"], by=counsellor)
    with pytest.raises(ActionRefused):
        follow_up_actions.answer_follow_up(booking, FollowUp.objects.get().public_id, welcome=True, by=host)


@pytest.mark.parametrize("ended_ago", [timedelta(hours=-3), timedelta(days=61)])
def test_nothing_is_wished_before_the_visit_or_long_after(counsellor, host, ended_ago):
    booking = visit_of(counsellor, host, ended_ago=ended_ago)
    with pytest.raises(ActionRefused):
        follow_up_actions.set_follow_ups(booking, ["prao"], by=counsellor)


def test_who_did_not_come_wishes_nothing(booking, counsellor, host):
    after_actions.tell_outcome(booking, attendance=Attendance.NO_SHOW, by=host)
    with pytest.raises(ActionRefused):
        follow_up_actions.set_follow_ups(booking, ["prao"], by=counsellor)


def test_the_monday_mail_tells_of_it_while_it_is_news(counsellor, host):
    with time_machine.travel(MONDAY, tick=False):
        booking = visit_of(counsellor, host)
        follow_up_actions.set_follow_ups(booking, ["prao"], by=counsellor)
        (message,) = run()
        assert f"{booking.group_name}, Ängsskolan: prao" in message.body
        assert link_of(booking, "host", booking.slot.offer.contact.public_id)[:20] in message.body
        FollowUp.objects.update(wished_at=timezone.now() - timedelta(days=61))
    with time_machine.travel(MONDAY + timedelta(days=7), tick=False):
        assert run() == [message]


def click_four_times(booking, counsellor):
    def wish():
        return follow_up_actions.set_follow_ups(booking, ["prao"], by=counsellor)

    return at_the_same_time(*[wish] * 4)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_wishes_once(booking, counsellor):
    assert click_four_times(booking, counsellor) == [None] * 4
    assert FollowUp.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_double_click_meets_the_constraint(monkeypatch, booking, counsellor):
    """The negative control: the test above would notice."""
    lockless = "visits.models.bookings.VisitBookingQuerySet.select_for_update"
    monkeypatch.setattr(lockless, lambda rows, **options: rows.all(), raising=False)
    all_have_looked, write = Meeting(4), FollowUp.objects.bulk_create

    def write_when_all_have_looked(wishes):
        wishes = list(wishes)
        all_have_looked.wait()
        return write(wishes)

    monkeypatch.setattr(FollowUp.objects, "bulk_create", write_when_all_have_looked)
    assert {type(outcome) for outcome in click_four_times(booking, counsellor)} == {type(None), IntegrityError}
