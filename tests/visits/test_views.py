import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar
from pghistory.models import Context

from notifications.delivery import deliver_due
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitRuleFactory, VisitSlotFactory
from visits import links
from visits.enums import BookingState
from visits.models import VisitBooking

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor():
    return UserFactory(phone="0701234567")


@pytest.fixture
def school_class(counsellor):
    return SchoolClassFactory(school=SchoolFactory(members=[counsellor]), name="9B")


@pytest.fixture
def host():
    return UserFactory()


@pytest.fixture
def slot(host):
    return VisitSlotFactory(offer__company=CompanyFactory(members=[host]), offer__title="Welding")


def booking_of(school_class, slot, **changes):
    return VisitBookingFactory(school_class=school_class, slot=slot, **changes)


def form_of(saved, **changes):
    return {
        "school_class": saved.pk,
        "school": saved.school_id,
        "pupil_count": 20,
        "adult_count": 2,
        "phone": "070-123 45 67",
        "note": "One of us uses a wheelchair.",
        "request_key": str(uuid.uuid4()),
    } | changes


def test_a_counsellor_books_a_saved_class(client, counsellor, school_class, slot):
    client.force_login(counsellor)
    url = reverse("visits:booking_create", args=[slot.public_id])
    assert client.get(url).status_code == 200
    response = client.post(url, form_of(school_class))
    booking = VisitBooking.objects.get()
    assert response.url == booking.get_absolute_url()
    assert (booking.group_name, booking.pupil_count, booking.phone) == ("9B", 20, "+46701234567")
    page = client.get(response.url).content.decode()
    assert "One of us uses a wheelchair." in page
    assert "The places are held until the host answers." in page


@pytest.mark.parametrize("count", [1, 5])
def test_booking_needs_a_fixed_number_of_queries(
    client, counsellor, school_class, slot, django_assert_num_queries, count
):
    SchoolClassFactory.create_batch(count, school=school_class.school)
    VisitRuleFactory.create_batch(count, offer=slot.offer)
    CompanyContactFactory.create_batch(count, company=slot.offer.company, is_substitute=True)
    client.force_login(counsellor)
    url, form = reverse("visits:booking_create", args=[slot.public_id]), form_of(school_class, accept_rules="on")
    # session, person, roles; slot, schools, class; lock, clash, booking, step, contact persons,
    # choices of notices, mails, places; savepoint and release around them.
    with django_assert_num_queries(16):
        assert client.post(url, form).status_code == 302


def test_a_class_that_is_not_saved_yet_is_saved_on_the_way(client, counsellor, school_class, slot):
    client.force_login(counsellor)
    client.post(
        reverse("visits:booking_create", args=[slot.public_id]),
        form_of(school_class, school_class="", new_class_name="8c", new_class_grade="8"),
    )
    booking = VisitBooking.objects.get()
    assert (booking.school_class.name, booking.school_class.grade, booking.school) == ("8C", 8, school_class.school)


def test_rules_must_be_accepted(client, counsellor, school_class, slot):
    rule = VisitRuleFactory(offer=slot.offer)
    client.force_login(counsellor)
    url = reverse("visits:booking_create", args=[slot.public_id])
    response = client.post(url, form_of(school_class))
    assert response.context["form"].errors.keys() == {"accept_rules"}
    assert rule.text in response.content.decode()
    client.post(url, form_of(school_class, accept_rules="on"))
    assert VisitBooking.objects.get().accepted_rules == [{"kind": "safety", "text": rule.text}]


def test_a_refusal_keeps_what_was_typed(client, counsellor, school_class, slot):
    client.force_login(counsellor)
    response = client.post(
        reverse("visits:booking_create", args=[slot.public_id]), form_of(school_class, pupil_count=31)
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert "at most 30 pupils" in page
    assert "One of us uses a wheelchair." in page


def test_the_class_of_another_school_cannot_be_booked(client, counsellor, school_class, slot):
    client.force_login(counsellor)
    response = client.post(
        reverse("visits:booking_create", args=[slot.public_id]),
        form_of(SchoolClassFactory(), school=school_class.school_id),
    )
    assert response.context["form"].errors.keys() == {"school_class"}
    assert not VisitBooking.objects.exists()


def test_the_slot_of_a_draft_is_not_found(client, counsellor, school_class):
    client.force_login(counsellor)
    slot = VisitSlotFactory(offer__state="draft")
    assert client.get(reverse("visits:booking_create", args=[slot.public_id])).status_code == 404


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_list_of_bookings_needs_a_fixed_number_of_queries(
    client, counsellor, school_class, django_assert_num_queries, item_count
):
    for _ in range(item_count):
        booking_of(school_class, VisitSlotFactory())
    client.force_login(counsellor)
    with django_assert_num_queries(5):
        response = client.get(reverse("visits:booking_list"))
    assert len(response.context["page"].object_list) == item_count


def test_the_list_shows_both_sides_and_nobody_elses(client, counsellor, school_class, host, slot):
    mine = booking_of(school_class, slot)
    VisitBookingFactory()
    for user in (counsellor, host):
        client.force_login(user)
        response = client.get(reverse("visits:booking_list"))
        assert list(response.context["page"]) == [mine]


def test_the_list_filters_by_status_and_time(client, counsellor, school_class):
    confirmed = booking_of(school_class, VisitSlotFactory(), state="confirmed")
    booking_of(school_class, VisitSlotFactory())
    client.force_login(counsellor)
    response = client.get(reverse("visits:booking_list"), {"state": "confirmed"})
    assert list(response.context["page"]) == [confirmed]
    assert list(client.get(reverse("visits:booking_list"), {"when": "past"}).context["page"]) == []


def test_htmx_gets_the_table_alone(client, counsellor, school_class):
    client.force_login(counsellor)
    response = client.get(reverse("visits:booking_list"), headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize(
    ("choice", "data", "state"),
    [
        ("yes", {}, BookingState.CONFIRMED),
        ("no", {"reason": "staff", "reason_text": ""}, BookingState.DECLINED),
    ],
)
@pytest.mark.parametrize("by_link", [True, False])
def test_the_host_answers_signed_in_or_by_link(client, host, school_class, slot, choice, data, state, by_link):
    booking = booking_of(school_class, slot)
    if by_link:
        url = links.host_path(links.HOST.token(booking.public_id))
    else:
        client.force_login(host)
        url = reverse("visits:booking_answer", args=[booking.public_id])
    client.get(url)
    client.get(url, {"choice": choice})
    client.head(url, {"choice": choice})
    booking.refresh_from_db()
    assert booking.state == BookingState.PENDING  # looking at the page does nothing
    response = client.post(url, {"choice": choice, **data}, follow=True)
    booking.refresh_from_db()
    assert booking.state == state
    assert "Thank you! The school has been told." in response.content.decode()
    step = booking.steps.last()
    assert (step.by_link, step.by) == (by_link, None if by_link else host)


def test_a_second_click_on_yes_is_told_that_it_is_done(client, school_class, slot):
    booking = booking_of(school_class, slot)
    url = links.host_path(links.HOST.token(booking.public_id))
    client.post(url, {"choice": "yes"})
    response = client.post(url, {"choice": "no", "reason": "staff"})
    assert "the booking is confirmed" in response.content.decode()
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED


def test_the_host_proposes_a_time_it_has_not_published(client, counsellor, school_class, slot):
    booking = booking_of(school_class, slot)
    day = timezone.localdate() + timedelta(days=30)
    url = links.host_path(links.HOST.token(booking.public_id))
    client.post(url, {"choice": "another-time", "starts_at_0": day.isoformat(), "starts_at_1": "10:00"})
    booking.refresh_from_db()
    assert booking.state == BookingState.PROPOSED
    new = booking.proposed_slot
    assert timezone.localtime(new.starts_at).hour == 10
    assert new.groups_left == 0
    assert not type(new).objects.bookable().filter(pk=new.pk).exists()

    deliver_due()
    (message,) = [m for m in mail.outbox if m.to == [booking.requested_by.email]]
    link = re.search(r"http://localhost:8000(/visits/proposal/\S+)", message.body).group(1)
    assert client.get(link).status_code == 200
    client.post(link, {"accept": "1"})
    booking.refresh_from_db()
    assert (booking.state, booking.slot) == (BookingState.CONFIRMED, new)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"starts_at_0": "2020-01-01", "starts_at_1": "10:00"},
        {"starts_at_0": "nonsense", "starts_at_1": "25:99"},
        {"slot": "999999"},
    ],
)
def test_an_impossible_proposal_is_explained(client, school_class, slot, data):
    booking = booking_of(school_class, slot)
    url = links.host_path(links.HOST.token(booking.public_id))
    response = client.post(url, {"choice": "another-time", **data})
    assert response.status_code == 200
    assert response.context["form"].errors
    booking.refresh_from_db()
    assert booking.state == BookingState.PENDING


def test_the_school_turns_a_proposal_down(client, counsellor, school_class, slot):
    other = VisitSlotFactory(offer=slot.offer)
    booking = booking_of(school_class, slot, state="proposed", proposed_slot=other)
    client.force_login(counsellor)
    client.post(reverse("visits:proposal_answer", args=[booking.public_id]), {"decline": "1"})
    booking.refresh_from_db()
    other.refresh_from_db()
    assert (booking.state, other.groups_taken) == (BookingState.CANCELLED, 0)


def test_either_side_cancels_with_a_reason(client, counsellor, host, school_class, slot):
    for user, reason in ((counsellor, "transport"), (host, "production")):
        booking = booking_of(school_class, slot)
        client.force_login(user)
        url = reverse("visits:booking_cancel", args=[booking.public_id])
        assert client.post(url, {}).context["form"].errors.keys() == {"reason"}
        client.post(url, {"reason": reason, "reason_text": "Sorry"})
        booking.refresh_from_db()
        slot.refresh_from_db()
        assert (booking.state, booking.reason, slot.groups_taken) == (BookingState.CANCELLED, reason, 0)


def test_the_host_cancels_by_link(client, school_class, slot):
    booking = booking_of(school_class, slot, state="confirmed")
    url = reverse("visits:host_link_cancel", args=[links.HOST.token(booking.public_id)])
    client.post(url, {"reason": "staff"})
    booking.refresh_from_db()
    assert (booking.state, booking.ended_by) == (BookingState.CANCELLED, "host")


def test_the_history_keeps_the_route_and_not_the_key_of_a_link(client, school_class, slot):
    booking = booking_of(school_class, slot, state="confirmed")
    token = links.HOST.token(booking.public_id)
    client.post(reverse("visits:host_link_cancel", args=[token]), {"reason": "staff"})
    written = [context.metadata["url"] for context in Context.objects.all()]
    assert written == ["visits/host/<str:token>/cancel/"]


def test_the_calendar_file_is_read_by_a_calendar(client, counsellor, school_class, slot):
    booking = booking_of(school_class, slot, state="confirmed")
    client.force_login(counsellor)
    response = client.get(reverse("visits:booking_calendar", args=[booking.public_id]))
    event = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert (event["STATUS"], str(event["SUMMARY"])) == ("CONFIRMED", f"Welding: 9B, {booking.school.name}")


def test_a_link_of_one_purpose_opens_nothing_else(client, school_class, slot):
    booking = booking_of(school_class, slot)
    host_token, school_token = links.HOST.token(booking.public_id), links.SCHOOL.token(booking.public_id)
    assert client.get(reverse("visits:proposal_link", args=[host_token])).status_code == 404
    assert client.get(reverse("visits:host_link", args=[school_token])).status_code == 404
    assert client.get(reverse("visits:host_link", args=[host_token[:-1] + "_"])).status_code == 404


def test_an_old_link_says_so(client, school_class, slot):
    booking = booking_of(school_class, slot)
    token = links.HOST.token(booking.public_id)
    with time_machine.travel(timezone.now() + timedelta(days=401)):
        response = client.get(reverse("visits:host_link", args=[token]))
    assert response.status_code == 410
    assert "no longer valid" in response.content.decode()


def test_a_token_page_is_neither_referred_nor_stored(client, school_class, slot):
    booking = booking_of(school_class, slot)
    response = client.get(links.host_path(links.HOST.token(booking.public_id)))
    assert response["Referrer-Policy"] == "strict-origin"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["booking_detail", "booking_answer", "proposal_answer", "booking_cancel", "booking_calendar"]
)
def test_another_companys_and_schools_booking_is_not_found(client, name):
    theirs = VisitBookingFactory()
    stranger = UserFactory()
    SchoolFactory(members=[stranger])
    CompanyFactory(members=[stranger])
    client.force_login(stranger)
    url = reverse(f"visits:{name}", args=[theirs.public_id])
    assert client.get(url).status_code == 404
    assert client.post(url, {"choice": "yes", "accept": "1", "reason": "other"}).status_code in {404, 405}
    theirs.refresh_from_db()
    assert theirs.state == BookingState.PENDING


def test_a_school_cannot_answer_for_the_host(client, counsellor, school_class, slot):
    booking = booking_of(school_class, slot)
    client.force_login(counsellor)
    assert client.post(reverse("visits:booking_answer", args=[booking.public_id]), {"choice": "yes"}).status_code == 404


def test_a_supervisor_sees_no_bookings(client, school_class, slot):
    supervisor = UserFactory()
    slot.offer.company.memberships.create(user=supervisor, role="supervisor")
    booking = booking_of(school_class, slot)
    client.force_login(supervisor)
    assert client.get(booking.get_absolute_url()).status_code == 404
