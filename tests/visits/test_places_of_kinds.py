"""Where the two meet, by kind: at the workplace, at the school, on screen."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.outbox import write
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from tests.visits.test_actions import book
from tests.visits.test_feeds import address_of
from tests.visits.test_offer_changes import change
from visits import actions, emails, waiting_actions
from visits.models import OfferChange, VisitOffer
from visits.offer_forms import OfferForm
from visits.reminders import plan_reminders
from visits.search import refresh_offers

pytestmark = pytest.mark.django_db

LINK = "https://meet.example/abc-secret"
ESKILSTUNA, ARBOGA = (59.3712, 16.5098), (59.3939, 15.8388)  # 38 km apart


@pytest.fixture
def teacher():
    return UserFactory(name="Kim Syv", phone="0701234567")


@pytest.fixture
def school(teacher):
    return SchoolFactory(
        members=[teacher], name="Ängsskolan", street="Ängsvägen 1", city="Arboga", lat=ARBOGA[0], lon=ARBOGA[1]
    )


@pytest.fixture
def screen(school, teacher):
    """A class's request for a meeting on screen."""
    company = CompanyFactory(members=[UserFactory()])
    offer = VisitOfferFactory(kind="on_screen", screen_link=LINK, company=company)
    return VisitBookingFactory(
        slot__offer=offer, school_class=SchoolClassFactory(school=school, name="9B"), requested_by=teacher
    )


def guest_lesson(**facts):
    company = facts.pop("company", None) or CompanyFactory()
    workplace = WorkplaceFactory(
        company=company, lat=ESKILSTUNA[0], lon=ESKILSTUNA[1], city="Eskilstuna", directions="Gate 3."
    )
    return VisitOfferFactory(kind="guest_lesson", company=company, workplace=workplace, **facts)


# On screen


def test_the_link_is_seen_by_confirmed_classes_and_the_host_alone(client, screen, teacher):
    offer = screen.slot.offer
    refresh_offers(VisitOffer.objects.all())
    host = offer.company.memberships.get().user
    for url in (
        offer.get_absolute_url(),
        reverse("visits:offer_search"),
        reverse("visits:embed_list"),
        offer.company.get_absolute_url(),
    ):
        page = client.get(url)
        assert page.status_code == 200
        assert "secret" not in page.text
    assert "The link comes with the confirmed booking" in client.get(offer.get_absolute_url()).text
    client.force_login(teacher)
    for url in (screen.get_absolute_url(), reverse("visits:booking_create", args=[screen.slot.public_id])):
        assert "secret" not in client.get(url).text
    assert "It is here when the visit is confirmed" in client.get(screen.get_absolute_url()).text
    actions.confirm_booking(screen)
    assert LINK in client.get(screen.get_absolute_url()).text
    assert LINK in client.get(reverse("visits:booking_print", args=[screen.public_id])).text
    client.force_login(host)
    assert LINK in client.get(screen.get_absolute_url()).text
    assert LINK in client.get(reverse("visits:host_offer_detail", args=[offer.public_id])).text
    client.force_login(SchoolFactory(members=[UserFactory()]).memberships.get().user)
    assert client.get(screen.get_absolute_url()).status_code == 404
    screen.refresh_from_db()
    actions.cancel_booking(screen, side="host", reason="staff")
    client.force_login(teacher)
    assert "secret" not in client.get(screen.get_absolute_url()).text


def test_calendars_say_on_screen_and_never_the_link(client, screen, teacher):
    actions.confirm_booking(screen)
    client.force_login(teacher)
    file = client.get(reverse("visits:booking_calendar", args=[screen.public_id])).content
    feed = client.get(address_of(teacher)).content
    for content in (file, feed):
        assert b"secret" not in content
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        assert str(event["LOCATION"]) == "On screen"


def test_the_confirmation_and_the_reminder_bring_the_link(screen, teacher):
    deliver_due()
    assert all("secret" not in message.body for message in mail.outbox)
    mail.outbox.clear()
    actions.confirm_booking(screen)
    plan_reminders()
    deliver_due()
    (body,) = [message.body for message in mail.outbox if message.to == [teacher.email]]
    assert f"Link to the meeting: {LINK}" in body
    assert "Where: On screen" in body


def test_a_link_that_comes_later_is_told_without_being_given_away(client, screen, teacher):
    actions.confirm_booking(screen)
    waiting = VisitBookingFactory(slot__offer=screen.slot.offer)
    change(screen.slot.offer, screen_link="https://meet.example/other-secret")
    assert "secret" not in str(OfferChange.objects.get().facts)
    ((label, before, after),) = OfferChange.objects.get().told()
    assert (label, before, after) == (
        "Link to the meeting on screen",
        "The link until now",
        "A new link. You find it with the booking when the visit is confirmed.",
    )
    deliver_due()
    told = [message for message in mail.outbox if message.to == [waiting.requested_by.email]]
    assert told
    assert all("secret" not in message.body for message in told)
    client.force_login(teacher)
    assert "https://meet.example/other-secret" in client.get(screen.get_absolute_url()).text


# Guest lesson


def test_a_guest_lesson_is_held_at_the_school(client, school, teacher):
    offer = guest_lesson(meeting_place="At the main gate.")
    booking = VisitBookingFactory(
        slot__offer=offer, school_class=SchoolClassFactory(school=school), requested_by=teacher, state="confirmed"
    )
    assert booking.place == "Ängsskolan, Ängsvägen 1, Arboga"
    client.force_login(teacher)
    page = client.get(booking.get_absolute_url()).text
    assert "Ängsvägen 1" in page
    for words in ("At the main gate", "Gate 3."):
        assert words not in page
    (event,) = Calendar.from_ical(
        client.get(reverse("visits:booking_calendar", args=[booking.public_id])).content
    ).walk("VEVENT")
    assert str(event["LOCATION"]) == "Ängsskolan, Ängsvägen 1, Arboga"
    public = client.get(offer.get_absolute_url())
    assert "At your school. The host comes to you." in public.text
    assert "Gate 3." not in public.text
    assert public.context["map"] is None


def test_the_reminders_say_who_travels(school, teacher):
    starts_at = timezone.now() + timedelta(days=3)
    booking = VisitBookingFactory(
        slot__offer=guest_lesson(company=CompanyFactory(name="Svets AB")),
        slot__starts_at=starts_at,
        slot__closes_at=timezone.now(),
        slot__cancel_by=timezone.now(),
        school_class=SchoolClassFactory(school=school, name="9B"),
        requested_by=teacher,
        state="confirmed",
    )
    write(emails.reminder_rows(booking, days=3, due_at=timezone.now() - timedelta(minutes=1), expires_at=starts_at))
    deliver_due()
    bodies = {message.to[0]: message.body for message in mail.outbox}
    assert "Svets AB comes to you and 9B soon." in bodies.pop(teacher.email)
    (host,) = bodies.values()
    assert "You come to 9B at Ängsskolan soon." in host


@pytest.mark.parametrize(("reach", "comes"), [(30, False), (45, True), (None, True)])
def test_a_host_comes_as_far_as_it_says(school, reach, comes):
    slot = VisitSlotFactory(offer=guest_lesson(travel_km=reach))
    school_class = SchoolClassFactory(school=school)
    if comes:
        assert book(slot, school_class=school_class).school == school
        return
    with pytest.raises(ActionRefused, match="within 30 km, and Ängsskolan is 38 km away"):
        book(slot, school_class=school_class)
    slot.refresh_from_db()
    assert (slot.pupils_taken, slot.groups_taken) == (0, 0)


def test_nobody_stands_in_line_for_a_host_who_does_not_come(school, teacher):
    slot = VisitBookingFactory(slot__offer=guest_lesson(travel_km=30), state="confirmed").slot
    with pytest.raises(ActionRefused, match="within 30 km"):
        waiting_actions.join_line(
            slot=slot,
            school_class=SchoolClassFactory(school=school),
            pupil_count=20,
            adult_count=1,
            phone="0701234567",
            note="",
            request_key="7f1b7f0e-7f7c-4d6e-9d5e-2f9d6f6f9a11",
            by=teacher,
        )


def test_the_search_of_a_school_leaves_out_who_does_not_come(client, school, teacher):
    titles = {30: "Too far", 45: "Comes here", None: "Comes anywhere"}
    for reach, title in titles.items():
        VisitSlotFactory(offer=guest_lesson(travel_km=reach, title=title))
    refresh_offers(VisitOffer.objects.all())

    def found():
        return set(re.findall("Too far|Comes here|Comes anywhere", client.get(reverse("visits:offer_search")).text))

    assert found() == set(titles.values())
    client.force_login(teacher)
    assert found() == {"Comes here", "Comes anywhere"}


# The host's form, and the data


@pytest.mark.parametrize(
    ("kind", "values", "errors"),
    [
        ("company_visit", {"travel_km": 30}, ["travel_km"]),
        ("company_visit", {"screen_link": LINK}, ["screen_link"]),
        ("guest_lesson", {"travel_km": 30}, []),
        ("on_screen", {"screen_link": LINK}, []),
        ("on_screen", {}, []),
    ],
)
def test_the_form_says_what_belongs_to_another_kind(kind, values, errors):
    offer = VisitOfferFactory()
    form = OfferForm({"kind": kind, **values}, company=offer.company)
    assert [name for name in form.errors if name in {"travel_km", "screen_link"}] == errors


@pytest.mark.parametrize("wrong", [{"travel_km": 30}, {"screen_link": LINK}])
def test_the_data_keep_to_the_kind(wrong):
    offer = VisitOfferFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitOffer.objects.filter(pk=offer.pk).update(**wrong)


# Teachers without a class


def test_teacher_shadowing_counts_teachers(client, school, teacher):
    """The page, the booking and what both sides read of it speak of teachers, and nobody accompanies them."""
    host = UserFactory()
    offer = VisitOfferFactory(
        kind="teacher_shadowing",
        company=CompanyFactory(members=[host]),
        group_min=1,
        group_max=6,
        lowest_grade=7,
        highest_grade=9,
    )
    slot = VisitSlotFactory(offer=offer)
    school_class = SchoolClassFactory(school=school, grade=8)
    client.force_login(teacher)
    page = client.get(offer.get_absolute_url(), headers={"accept-language": "en"}).text
    for words in ("for teachers of grades 7 to 9", "1 to 6 teachers", "What you get to do"):
        assert words in page
    assert "pupils get to do" not in page
    url = reverse("visits:booking_create", args=[slot.public_id])
    form = client.get(url, headers={"accept-language": "en"}).context["form"]
    assert (form["pupil_count"].label, form["adult_count"].is_hidden) == ("Teachers", True)
    typed = {"school_class": school_class.pk, "pupil_count": 2, "adult_count": 1, "phone": teacher.phone}
    typed |= {"request_key": form["request_key"].value(), "accept_rules": "on"}
    response = client.post(url, typed)
    assert response.status_code == 302, response.context["form"].errors
    for reader in (teacher, host):
        client.force_login(reader)
        assert "Ängsskolan: 2 teachers" in client.get(response.url, headers={"accept-language": "en"}).text


@pytest.mark.parametrize(
    ("lowest", "highest", "words"),
    [
        (8, 8, "grade 8"),
        (6, 9, "grades 6 to 9"),
        (11, 13, "upper secondary, years 1 to 3"),
        (9, 11, "grade 9 to upper secondary, year 1"),
        (13, 14, "upper secondary, year 3 to adult education"),
    ],
)
def test_grades_are_said_once(lowest, highest, words):
    assert VisitOffer(lowest_grade=lowest, highest_grade=highest).grades_in_words == words
