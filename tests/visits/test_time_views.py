"""Asking for another time, and answering: on the pages and by the link in the mail."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits import links, time_actions

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher():
    return UserFactory()


@pytest.fixture
def host():
    return UserFactory()


@pytest.fixture
def booking(teacher, host):
    slot = VisitSlotFactory(offer=VisitOfferFactory(company=CompanyFactory(members=[host])))
    school_class = SchoolClassFactory(school=SchoolFactory(teachers=[teacher]))
    return VisitBookingFactory(
        slot=slot, school_class=school_class, requested_by=teacher, state="confirmed", pupil_count=20
    )


@pytest.fixture
def other(booking):
    starts_at = booking.slot.starts_at + timedelta(days=3)
    return VisitSlotFactory(offer=booking.slot.offer, starts_at=starts_at, pupils_capacity=30)


def url(name, booking):
    return reverse(f"visits:{name}", args=[booking.public_id])


def ask(booking, slot):
    return time_actions.ask_for_time(booking, slot=slot, reason_text="A test that day.", by=booking.requested_by)


def test_a_teacher_asks_reads_it_and_takes_it_back(client, booking, other, teacher):
    client.force_login(teacher)
    assert url("ask_create", booking) in client.get(booking.get_absolute_url()).text
    response = client.post(url("ask_create", booking), {"slot": other.public_id, "reason_text": ""})
    assert response.context["form"]["slot"].value() == other.public_id  # nothing chosen is lost
    page = client.post(url("ask_create", booking), {"slot": other.public_id, "reason_text": "A test."}, follow=True)
    for words in ("You have asked for another time", "Reason: A test.", "another time asked for"):
        assert words in page.text
    assert f'href="{url("ask_create", booking)}"' not in page.text
    assert "You have asked for another time" in client.get(url("ask_create", booking)).text
    page = client.post(url("ask_take_back", booking), follow=True)
    assert "Taken back. Your time stands" in page.text
    assert "You have asked for another time" not in page.text


def test_only_times_with_room_are_shown_and_a_way_on_without_any(client, booking, teacher):
    client.force_login(teacher)
    VisitSlotFactory(offer=booking.slot.offer, starts_at=booking.slot.starts_at + timedelta(days=1), pupils_capacity=19)
    page = client.get(url("ask_create", booking))
    assert page.context["form"].times == {}
    assert url("message_create", booking) in page.text


def test_somebody_elses_time_is_no_choice(client, booking, other, teacher):
    client.force_login(teacher)
    data = {"slot": VisitSlotFactory().public_id, "reason_text": "A test."}
    assert client.post(url("ask_create", booking), data).context["form"].errors.keys() == {"slot"}


def test_the_host_answers_on_the_page(client, booking, other, host):
    ask(booking, other)
    client.force_login(host)
    page = client.get(booking.get_absolute_url()).text
    assert url("ask_answer", booking) in page
    assert "Take the question back" not in page
    assert url("ask_answer", booking) in client.get(reverse("coordination:start")).text
    assert "A test that day." in client.get(url("ask_answer", booking)).text
    client.get(url("ask_answer", booking), {"choice": "yes"})
    booking.refresh_from_db()
    assert booking.asked_slot == other  # a look answers nothing
    page = client.post(url("ask_answer", booking), {"choice": "yes"}, follow=True).text
    assert "moved to the other time" in page
    booking.refresh_from_db()
    assert (booking.slot, booking.state) == (other, "confirmed")


def test_the_host_answers_by_the_link_once(client, booking, other):
    link = links.ask_url(ask(booking, other), "no").removeprefix("http://testserver")
    link = "/" + link.split("/", 3)[3]
    page = client.get(link)
    assert page["Cache-Control"] == "no-store"
    assert "A few words to the school" in page.text
    page = client.post(link, {"choice": "no", "reason_text": "We are full of guests."}, follow=True)
    assert "There is nothing to answer here any more" in page.text
    booking.refresh_from_db()
    assert (booking.asked_slot, booking.steps.last().by_link) == (None, True)
    assert client.post(link, {"choice": "yes"}).status_code == 200
    booking.refresh_from_db()
    assert booking.slot != other


def test_an_old_link_never_answers_a_new_question(client, booking, other):
    old = links.ask_path(links.ASKED.token([booking.public_id, other.public_id]))
    time_actions.take_back_ask(ask(booking, other), by=booking.requested_by)
    third = VisitSlotFactory(offer=other.offer, starts_at=other.starts_at + timedelta(days=3))
    booking.refresh_from_db()
    ask(booking, third)
    assert "There is nothing to answer here any more" in client.get(old, {"choice": "yes"}).text
    client.post(old, {"choice": "yes"})
    booking.refresh_from_db()
    assert booking.asked_slot == third
    assert client.get(old + "x/").status_code == 404


def test_the_host_reads_who_asked_for_a_time_before_it_is_cancelled(client, booking, other, host):
    ask(booking, other)
    client.force_login(host)
    for name in ("host_slot_cancel", "host_slot_move"):
        page = client.get(reverse(f"visits:{name}", args=[other.public_id])).text
        assert "These have asked for this time instead of theirs" in page
        assert booking.school.name in page
