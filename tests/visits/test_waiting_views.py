import re
import uuid

import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import HostQuestionFactory, VisitBookingFactory, VisitSlotFactory, WaitingGroupFactory
from visits import actions, links, waiting_actions
from visits.enums import Side, WaitingState
from visits.models import VisitBooking, WaitingGroup
from visits.questions import field_name

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(client):
    user = UserFactory()
    SchoolFactory(members=[user])
    client.force_login(user)
    return user


def fields_of(school_class, **changes):
    return {
        "school_class": school_class.pk,
        "pupil_count": 20,
        "adult_count": 2,
        "phone": "0701234567",
        "note": "",
        "request_key": uuid.uuid4(),
        **changes,
    }


def own_class(teacher):
    return SchoolClassFactory(school=teacher.memberships.get().school)


def full_slot(**changes):
    slot = VisitSlotFactory(pupils_capacity=20, **changes)
    VisitBookingFactory(slot=slot, pupil_count=20)
    return slot


def held(teacher, **changes):
    slot = VisitSlotFactory(pupils_capacity=20, **changes)
    return WaitingGroupFactory(
        slot=slot, school_class=own_class(teacher), requested_by=teacher, pupil_count=20, is_offered=True
    )


def test_a_full_time_offers_to_stand_in_line(client, teacher):
    slot = full_slot()
    line = reverse("visits:waiting_create", args=[slot.public_id])
    page = client.get(reverse("visits:offer_detail", args=[slot.offer.public_id]), {"m": f"{slot.starts_at:%Y-%m}"})
    assert line in page.text
    assert line in client.get(reverse("visits:booking_create", args=[slot.public_id])).text


def test_what_was_typed_for_a_booking_goes_into_the_line(client, teacher):
    slot = VisitSlotFactory(pupils_capacity=30, groups_capacity=2)
    VisitBookingFactory(slot=slot, pupil_count=20)
    fields = fields_of(own_class(teacher))
    refused = client.post(reverse("visits:booking_create", args=[slot.public_id]), fields)
    assert "Only 10 places are left" in refused.text
    line = reverse("visits:waiting_create", args=[slot.public_id])
    assert f'formaction="{line}"' in refused.text
    joined = client.post(line, fields, follow=True)
    assert "You are number 1 in line." in joined.text
    assert "10 places would have to become free." in joined.text
    assert WaitingGroup.objects.get().requested_by == teacher


def test_the_answers_to_the_hosts_questions_wait_with_the_group(client, teacher):
    slot = full_slot(offer__answer_mode="auto")
    question = HostQuestionFactory(company=slot.offer.company, is_required=True)
    line = reverse("visits:waiting_create", args=[slot.public_id])
    fields = fields_of(own_class(teacher))
    assert question.text in client.post(line, fields).text
    assert not WaitingGroup.objects.exists()
    assert "38 to 44" in client.post(line, fields | {field_name(question): "38 to 44"}, follow=True).text
    actions.cancel_booking(slot.bookings.get(), side=Side.HOST, reason="staff")
    booking = waiting_actions.accept_offer(WaitingGroup.objects.get())
    assert booking.answers == [{"question": question.text, "kind": "text", "answer": "38 to 44"}]


def test_a_refusal_for_another_reason_offers_no_line(client, teacher):
    slot = VisitSlotFactory(offer__group_max=10)
    page = client.post(reverse("visits:booking_create", args=[slot.public_id]), fields_of(own_class(teacher)))
    assert "at most 10 pupils" in page.text
    assert "formaction" not in page.text


def test_who_could_book_gets_the_button_to_do_so(client, teacher):
    slot = VisitSlotFactory()
    page = client.post(reverse("visits:waiting_create", args=[slot.public_id]), fields_of(own_class(teacher)))
    assert "Book the visit instead" in page.text
    assert f'formaction="{reverse("visits:booking_create", args=[slot.public_id])}"' in page.text


def test_yes_when_signed_in_leads_to_the_booking(client, teacher):
    group = held(teacher, offer__answer_mode="auto")
    page = client.get(group.get_absolute_url())
    assert "There are places for" in page.text
    page = client.post(reverse("visits:waiting_answer", args=[group.public_id]), {"accept": "1"}, follow=True)
    assert page.redirect_chain[-1][0] == VisitBooking.objects.get().get_absolute_url()
    assert "The visit is booked." in page.text


@pytest.mark.parametrize(("button", "state"), [("accept", "accepted"), ("decline", "declined")])
def test_the_link_in_the_mail_acts_on_post_only_and_once(client, button, state):
    group = WaitingGroupFactory(slot__pupils_capacity=30, is_offered=True)
    url = links.waiting_path(links.WAITING.token(group.public_id))
    page = client.get(url)
    assert re.findall(r'name="(accept|decline|leave)"', page.text) == ["accept", "decline"]
    assert page.headers["Referrer-Policy"] == "strict-origin"
    group.refresh_from_db()
    assert group.state == WaitingState.OFFERED
    for _ in range(2):
        assert client.post(url, {button: "1"}, follow=True).status_code == 200
    group.refresh_from_db()
    assert group.state == state
    assert VisitBooking.objects.count() == (1 if state == "accepted" else 0)


def test_the_link_lets_one_leave(client):
    group = WaitingGroupFactory()
    page = client.post(links.waiting_path(links.WAITING.token(group.public_id)), {"leave": "1"}, follow=True)
    assert "You no longer stand in line." in page.text
    group.refresh_from_db()
    assert group.state == WaitingState.LEFT


def test_a_refused_yes_says_why(client, teacher):
    group = held(teacher, offer__title="Casting")
    VisitBookingFactory(
        slot__starts_at=group.slot.starts_at, slot__offer__title="Welding", school_class=group.school_class
    )
    page = client.post(reverse("visits:waiting_answer", args=[group.public_id]), {"accept": "1"})
    assert "already has a visit then: Welding" in page.text
    assert "Yes, we take the places" in page.text


@pytest.mark.parametrize("state", [state for state, _ in WaitingState.choices if state not in {"accepted", "offered"}])
def test_every_state_has_a_page(client, teacher, state):
    group = WaitingGroupFactory(school_class=own_class(teacher), state=state, reason_text="Vi byter hall.")
    page = client.get(group.get_absolute_url())
    assert page.status_code == 200
    assert ("Leave the line" in page.text) == (state == "waiting")


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_list_needs_five_queries(client, teacher, django_assert_num_queries, item_count):
    for _ in range(item_count):
        WaitingGroupFactory(school_class=own_class(teacher))
    with django_assert_num_queries(5):
        page = client.get(reverse("visits:waiting_list"))
    assert len(page.context["page"].object_list) == item_count


def test_the_list_shows_held_places_first_and_earlier_lines_apart(client, teacher):
    waiting = WaitingGroupFactory(school_class=own_class(teacher))
    offered = held(teacher)
    left = WaitingGroupFactory(school_class=own_class(teacher), state="left")
    url = reverse("visits:waiting_list")
    page = client.get(url)
    assert list(page.context["page"]) == [offered, waiting]
    assert page.text.count("Number 1 in line") == 1
    assert list(client.get(url, {"past": 1}).context["page"]) == [left]


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_host_sees_the_line(client, django_assert_num_queries, item_count):
    host = UserFactory()
    slot = VisitSlotFactory(offer__company=CompanyFactory(members=[host]))
    groups = WaitingGroupFactory.create_batch(item_count, slot=slot)
    client.force_login(host)
    with django_assert_num_queries(7):
        page = client.get(reverse("visits:host_slot_detail", args=[slot.public_id]))
    for group in groups:
        assert reverse("visits:waiting_pass_over", args=[group.public_id]) in page.text


def test_the_host_passes_over(client):
    host = UserFactory()
    group = WaitingGroupFactory(slot__offer__company=CompanyFactory(members=[host]))
    client.force_login(host)
    url = reverse("visits:waiting_pass_over", args=[group.public_id])
    assert "This field is required" in client.post(url, {"reason_text": ""}).text
    client.post(url, {"reason_text": "The hall is closed."})
    group.refresh_from_db()
    assert (group.state, group.reason_text) == (WaitingState.PASSED_OVER, "The hall is closed.")
