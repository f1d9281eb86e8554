"""A school's plan: what counts as met, what the page offers, and the mail when a term begins."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from regions.enums import Term
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import PlanStepFactory, VisitBookingFactory, VisitSlotFactory
from visits import plans
from visits.models import PlanStep
from visits.tasks import tell_of_term

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(*parts):
    return datetime(*parts, tzinfo=STOCKHOLM)


@pytest.fixture
def user():
    return UserFactory(language="en")


@pytest.fixture
def school(user):
    return SchoolFactory(members=[user], lowest_grade=7, highest_grade=9, name="Strandskolan")


@pytest.fixture
def autumn():
    with time_machine.travel(at(2026, 9, 1, 9), tick=False):
        yield


def booked(school_class, starts_at, state="confirmed", kind="company_visit"):
    slot = VisitSlotFactory(offer__kind=kind, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    return VisitBookingFactory(slot=slot, school_class=school_class, state=state)


def met(school, **options):
    """Names of the classes that have what each step asks for."""
    return [
        [each.school_class.name for each in planned.classes if each.booking]
        for planned in plans.plan_of(school, 2026, **options)
    ]


def test_a_step_is_met_by_a_live_booking_of_its_kind_in_its_term(autumn, school):
    PlanStepFactory(school=school)
    right, late, other_kind, cancelled, __ = (SchoolClassFactory(school=school, name=f"9{each}") for each in "ABCDE")
    booked(right, at(2026, 12, 31, 9), "pending")
    booked(late, at(2027, 1, 1, 9))
    booked(other_kind, at(2026, 10, 1, 9), kind="guest_lesson")
    booked(cancelled, at(2026, 10, 2, 9), "cancelled")
    SchoolClassFactory(school=school, name="8A", grade=8)
    SchoolClassFactory(name="9A")  # another school's
    assert met(school) == [["9A"]]
    [planned] = plans.plan_of(school, 2026)
    assert (planned.met, len(planned.lacking)) == (1, 4)
    assert met(school, term=Term.SPRING) == []


def test_one_booking_meets_one_step_and_the_kind_that_is_named_first(autumn, school):
    PlanStepFactory(school=school, kind="")
    PlanStepFactory(school=school, kind="company_visit")
    PlanStepFactory(school=school, kind="company_visit", note="teknik")
    school_class = SchoolClassFactory(school=school, name="9A")
    booked(school_class, at(2026, 10, 1, 9))
    assert met(school) == [[], ["9A"], []]
    booked(school_class, at(2026, 10, 8, 9))
    assert met(school) == [[], ["9A"], ["9A"]]
    booked(school_class, at(2026, 10, 15, 9), kind="guest_lesson")
    assert met(school) == [["9A"], ["9A"], ["9A"]]


def test_a_plan_of_any_size_needs_three_queries(autumn, school, django_assert_num_queries):
    for grade in (7, 8, 9):
        for term in Term:
            PlanStepFactory(school=school, grade=grade, term=term)
        for _ in range(3):
            booked(SchoolClassFactory(school=school, grade=grade), at(2026, 10, 1 + grade, 9))
    with django_assert_num_queries(3):
        assert sum(planned.met for planned in plans.plan_of(school, 2026)) == 9


def test_the_link_asks_for_the_rest_of_the_term(autumn, school):
    PlanStepFactory(school=school)
    SchoolClassFactory(school=school, pupil_count=23)
    [planned] = plans.plan_of(school, 2026)
    assert planned.lacking[0].search_url == (
        "/visits/?grade=9&pupils=23&kind=company_visit&first_day=2026-09-01&last_day=2026-12-31"
    )


def test_a_plan_begins_with_an_example_once(client, school, user):
    client.force_login(user)
    url = reverse("visits:school_plan", args=[school.public_id])
    assert "Begin with an example" in client.get(url).content.decode()
    for _ in range(2):
        client.post(reverse("visits:school_plan_example", args=[school.public_id]))
    assert list(PlanStep.objects.values_list("grade", "term")) == [(7, "spring"), (8, "autumn"), (9, "autumn")]
    assert "Begin with an example" not in client.get(url).content.decode()


def test_steps_are_added_once_removed_and_put_back(client, school, user):
    client.force_login(user)
    url = reverse("visits:school_plan", args=[school.public_id])
    values = {"grade": "9", "term": "autumn", "kind": "company_visit", "note": "teknik"}
    for _ in range(2):
        assert client.post(url, values).status_code == 302
    step = PlanStep.objects.get()
    client.post(reverse("visits:plan_step_remove", args=[school.public_id, step.public_id]))
    assert not PlanStep.objects.exists()
    assert b'name="undo"' in client.get(url).content
    client.post(url, values | {"undo": "1"})
    assert PlanStep.objects.get().note == "teknik"
    assert b'name="undo"' not in client.get(url).content


@pytest.mark.parametrize("change", [{"grade": "12"}, {"term": ""}, {"kind": "party"}, {"note": "x" * 101}])
def test_what_was_typed_stays(client, school, user, change):
    client.force_login(user)
    values = {"grade": "9", "term": "spring", "kind": "theme_day", "note": "teknik"} | change
    page = client.post(reverse("visits:school_plan", args=[school.public_id]), values)
    assert list(page.context["form"].errors) == list(change)
    assert values["note"] in page.content.decode()
    assert not PlanStep.objects.exists()


def test_a_full_plan_says_so(client, school, user, monkeypatch):
    monkeypatch.setattr(plans, "MOST_STEPS", 1)
    PlanStepFactory(school=school)
    client.force_login(user)
    page = client.post(reverse("visits:school_plan", args=[school.public_id]), {"grade": "8", "term": "spring"})
    assert "at most 1 steps" in page.content.decode()


def test_another_schools_step_is_not_found(client, user, school):
    client.force_login(user)
    other = PlanStepFactory()
    assert client.post(reverse("visits:plan_step_remove", args=[school.public_id, other.public_id])).status_code == 404


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (at(2026, 8, 19, 9), 0),
        (at(2026, 8, 20, 6), 0),
        (at(2026, 8, 20, 9), 1),
        (at(2026, 8, 22, 9), 0),  # a Saturday
        (at(2026, 9, 2, 9), 1),  # after an outage
        (at(2026, 9, 3, 9), 0),
        (at(2027, 1, 11, 9), 0),  # spring has no step
    ],
)
def test_the_mail_comes_when_the_term_begins(school, now, count):
    PlanStepFactory(school=school)
    with time_machine.travel(now, tick=False):
        tell_of_term()
        deliver_due()
    assert len(mail.outbox) == count


@pytest.mark.django_db(transaction=True)
def test_doubled_beats_tell_once_and_again_next_year(school):
    PlanStepFactory(school=school)
    with time_machine.travel(at(2026, 8, 20, 9), tick=False):
        assert at_the_same_time(*[tell_of_term] * 3) == [None] * 3
        tell_of_term()
    assert QueuedMail.objects.filter(kind="plan_of_term").count() == 1
    with time_machine.travel(at(2027, 8, 20, 9), tick=False):
        tell_of_term()
    assert QueuedMail.objects.filter(kind="plan_of_term").count() == 2


def test_it_says_what_is_booked_and_what_lacks(school):
    PlanStepFactory(school=school, note="teknik")
    with time_machine.travel(at(2026, 8, 20, 9), tick=False):
        one = SchoolClassFactory(school=school, name="9A")
        SchoolClassFactory(school=school, name="9B", pupil_count=21)
        booking = booked(one, at(2026, 10, 1, 9))
        mail.outbox.clear()
        tell_of_term()
        deliver_due()
    [message] = [each for each in mail.outbox if "Plan of visits" in each.subject]
    assert message.subject == "Plan of visits, Strandskolan: 1 to book this term"
    for text in (message.body, message.alternatives[0].content):
        assert booking.slot.offer.title in text
        assert "still to book" in text
        assert "teknik" in text
    assert "/visits/?grade=9&pupils=21" in message.body
    assert "List-Unsubscribe" in message.extra_headers


def test_who_has_left_reads_nothing(school, user):
    PlanStepFactory(school=school)
    with time_machine.travel(at(2026, 8, 20, 9), tick=False):
        tell_of_term()
        school.memberships.all().delete()
        deliver_due()
    assert not mail.outbox
