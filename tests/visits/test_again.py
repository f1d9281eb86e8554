from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import HostQuestionFactory, VisitOfferFactory, VisitSlotFactory
from tests.visits.test_after import held_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor(client):
    counsellor = UserFactory(phone="070-174 06 05")
    client.force_login(counsellor)
    return counsellor


@pytest.fixture
def booking(counsellor):
    company = CompanyFactory()
    question = HostQuestionFactory(company=company)
    school = SchoolFactory(members=[counsellor], country="SE")
    return held_visit(
        timedelta(days=300),
        school_class=SchoolClassFactory(school=school, name="8B", grade=8),
        group_name="8B",
        grade=8,
        pupil_count=22,
        adult_count=3,
        requested_by=counsellor,
        phone="070-174 06 77",
        note="We need a ramp.",
        answers=[{"question": question.text, "kind": question.kind, "answer": "36 to 42"}],
        slot__offer__company=company,
        slot__offer__lowest_grade=7,
        slot__offer__highest_grade=9,
    )


def next_page(client, booking):
    return client.get(reverse("visits:booking_next", args=[booking.public_id]))


@pytest.fixture(autouse=True)
def autumn():
    with time_machine.travel("2026-11-20 10:00", tick=False):
        yield


def test_the_form_begins_with_what_was_written_and_the_class_a_grade_up(client, booking):
    slot = VisitSlotFactory(offer=booking.slot.offer)
    form_url = f"{reverse('visits:booking_create', args=[slot.public_id])}?again={booking.public_id}"
    assert form_url in next_page(client, booking).text
    form = client.get(form_url).context["form"]
    assert (form["new_class_name"].value(), form["new_class_grade"].value()) == ("9B", 9)
    saved = SchoolClassFactory(school=booking.school, name="9B", grade=9)
    form = client.get(form_url).context["form"]
    assert form["school_class"].value() == saved.pk
    assert [form[name].value() for name in ("pupil_count", "adult_count", "phone", "note")] == [
        22,
        3,
        "070-174 06 77",
        "We need a ramp.",
    ]
    assert "36 to 42" in [field.value() for field in form if field.name.startswith("question_")]
    assert 'value="9B"' not in client.get(form_url).text  # the saved class is chosen instead


def test_within_the_year_it_is_the_same_class(client, booking):
    booking.slot.starts_at = timezone.now() - timedelta(days=20)
    booking.slot.ends_at = booking.slot.starts_at + timedelta(hours=1)
    booking.slot.opens_at = booking.slot.starts_at - timedelta(days=20)
    booking.slot.closes_at = booking.slot.starts_at
    booking.slot.save()
    slot = VisitSlotFactory(offer=booking.slot.offer)
    page = client.get(reverse("visits:booking_create", args=[slot.public_id]), {"again": booking.public_id})
    assert page.context["form"]["school_class"].value() == booking.school_class.pk


@pytest.mark.parametrize("grade", [8, 9])
def test_a_class_that_has_outgrown_the_visit_is_left_open(client, booking, grade):
    booking.grade, booking.group_name = grade, f"{grade}B"
    booking.save()
    offer = booking.slot.offer
    offer.highest_grade = grade
    offer.save()
    slot = VisitSlotFactory(offer=offer)
    form = client.get(reverse("visits:booking_create", args=[slot.public_id]), {"again": booking.public_id}).context[
        "form"
    ]
    assert not form["school_class"].value()
    assert not form["new_class_name"].value()
    assert form["pupil_count"].value() == 22
    assert ("has left school" in next_page(client, booking).text) == (grade == 9)


def test_a_strangers_booking_fills_nothing_in(client, booking):
    stranger = UserFactory()
    SchoolFactory(members=[stranger])
    client.force_login(stranger)
    slot = VisitSlotFactory(offer=booking.slot.offer)
    page = client.get(reverse("visits:booking_create", args=[slot.public_id]), {"again": booking.public_id})
    assert page.status_code == 200
    assert "We need a ramp." not in page.text
    assert next_page(client, booking).status_code == 404


@pytest.mark.parametrize("state", ["paused", "published"])
def test_where_the_visit_is_no_more_it_says_so_and_shows_similar_ones(client, booking, state):
    offer = booking.slot.offer
    offer.state = state
    offer.save()
    like = VisitOfferFactory(workplace__municipality=offer.workplace.municipality, title="Turn and mill")
    VisitSlotFactory(offer=like)
    too_old = VisitOfferFactory(
        workplace__municipality=offer.workplace.municipality, title="Too old", lowest_grade=11, highest_grade=13
    )
    VisitSlotFactory(offer=too_old)
    page = next_page(client, booking)
    said = "does not offer this visit any more" if state == "paused" else "no times to book now"
    assert said in page.text
    assert [each.title for each in page.context["similar"]] == ["Turn and mill"]
    assert "Turn and mill" in page.text


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("state", ["paused", "published"])
def test_the_page_needs_the_same_queries_for_any_number(client, booking, state, count, django_assert_num_queries):
    offer = booking.slot.offer
    offer.state = state
    offer.save()
    for number in range(count):
        other = VisitOfferFactory(workplace__municipality=offer.workplace.municipality) if state == "paused" else offer
        starts_at = timezone.now() + timedelta(days=20 + number)
        VisitSlotFactory(offer=other, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    next_page(client, booking)
    with django_assert_num_queries(6 if state == "paused" else 5):
        page = next_page(client, booking)
    assert len(page.context["similar"] or page.context["times"]) == count
