import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone, translation

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory
from visits import after_actions, links
from visits.certificates import certificate_of
from visits.enums import Attendance, Side, StepKind
from visits.models import BookingMessage, VisitFeedback, VisitOutcome

pytestmark = pytest.mark.django_db
NUMBERS = {"visit": 5, "fit": 4, "information": 3}


@pytest.fixture
def counsellor():
    return UserFactory(name="Kim Syv")


@pytest.fixture
def host():
    return UserFactory(name="Alex Owner")


def held_visit(ended_ago=timedelta(hours=20), **facts):
    starts_at = timezone.now() - ended_ago - timedelta(hours=2)
    offer = {key: facts.pop(key) for key in list(facts) if key.startswith("slot__")}
    slot = VisitSlotFactory(
        **{key.removeprefix("slot__"): value for key, value in offer.items()},
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        opens_at=starts_at - timedelta(days=30),
    )
    return VisitBookingFactory(slot=slot, state="confirmed", **facts)


@pytest.fixture
def booking(counsellor, host):
    school = SchoolFactory(members=[counsellor], name="Ängsskolan")
    company = CompanyFactory(members=[host], name="Svets AB")
    CompanyContactFactory(company=company, email="kontakt@svets.example", name="Robin Kontakt")
    return held_visit(
        school_class=SchoolClassFactory(school=school, name="9B", pupil_count=24),
        requested_by=counsellor,
        slot__offer__company=company,
        slot__offer__title="Welding",
    )


def link_of(booking, side, person=""):
    return links.after_path(links.AFTER.token([booking.public_id, side, person]))


def answer(**changes):
    return {"request_key": uuid.uuid4()} | changes


def test_the_morning_after_both_sides_get_one_mail_each(booking, counsellor):
    with time_machine.travel(booking.slot.ends_at + timedelta(hours=1)):
        after_actions.ask_how_it_was()
        after_actions.ask_how_it_was()
    rows = QueuedMail.objects.filter(kind="visit_over")
    assert sorted(rows.values_list("to_email", flat=True)) == sorted([counsellor.email, "kontakt@svets.example"])
    next_day = timezone.localtime(booking.slot.ends_at).date() + timedelta(days=1)
    assert {timezone.localtime(row.due_at).replace(tzinfo=None).isoformat() for row in rows} == {f"{next_day}T09:00:00"}


def test_the_host_says_from_the_mail_who_came(client, booking):
    with time_machine.travel(booking.slot.ends_at + timedelta(hours=1), tick=False):
        after_actions.ask_how_it_was()
    with time_machine.travel(booking.slot.ends_at + timedelta(days=1, hours=20), tick=False):
        deliver_due()
        (to_host,) = [message for message in mail.outbox if message.to == ["kontakt@svets.example"]]
        (link,) = set(re.findall(r"https?://[^/]+(/visits/after/\S+)", to_host.body))
        assert client.get(link).status_code == 200
        assert not VisitOutcome.objects.exists()
        page = client.post(link, answer(attendance="fewer", pupils_came=20, text="Thanks!", **NUMBERS), follow=True)
    assert "Thank you!" in page.text
    outcome = VisitOutcome.objects.get()
    assert (outcome.attendance, outcome.pupils_came, outcome.told_by) == ("fewer", 20, None)
    step = booking.steps.get(kind=StepKind.ATTENDANCE)
    assert (step.in_words, step.by_link) == ("20 of 24 pupils came", True)
    assert VisitFeedback.objects.get().side == Side.HOST
    assert BookingMessage.objects.get().text == "Thanks!"


@pytest.mark.parametrize("came", [None, 0, 24, 25])
def test_fewer_needs_a_number_below_the_booked_one(client, booking, came):
    page = client.post(link_of(booking, "host"), answer(attendance="fewer", pupils_came="" if came is None else came))
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not VisitOutcome.objects.exists()


def test_the_host_may_answer_again_and_the_same_answer_leaves_one_step(booking, host):
    for attendance in (Attendance.NO_SHOW, Attendance.CAME, Attendance.CAME):
        after_actions.tell_outcome(booking, attendance=attendance, by=host)
    assert VisitOutcome.objects.get().pupils_came == 24
    assert booking.steps.filter(kind=StepKind.ATTENDANCE).count() == 2


@pytest.mark.parametrize("ended_ago", [timedelta(hours=-3), timedelta(days=61)])
def test_nothing_is_told_before_the_end_or_long_after(ended_ago, host):
    booking = held_visit(ended_ago)
    with pytest.raises(ActionRefused):
        after_actions.tell_outcome(booking, attendance=Attendance.CAME, by=host)
    with pytest.raises(ActionRefused):
        after_actions.give_feedback(booking, side=Side.SCHOOL, **NUMBERS)
    assert not VisitOutcome.objects.exists()
    assert not VisitFeedback.objects.exists()


def test_a_visit_that_was_called_off_is_not_asked_about(booking):
    booking.state = "cancelled"
    booking.save()
    after_actions.ask_how_it_was()
    assert not QueuedMail.objects.exists()


def test_a_link_is_for_one_side(client, booking):
    page = client.post(link_of(booking, "school"), answer(attendance="no_show", **NUMBERS), follow=True)
    assert "Did the class come?" not in page.text
    assert not VisitOutcome.objects.exists()
    assert VisitFeedback.objects.get().side == Side.SCHOOL
    assert client.get(links.after_path(links.HOST.token(booking.public_id))).status_code == 404


def test_a_link_is_a_persons_and_ends_with_them(client, booking, counsellor):
    contact = CompanyContactFactory(company=booking.slot.offer.company)
    client.post(link_of(booking, "host", contact.public_id), answer(attendance="came", text="Welcome back"))
    assert BookingMessage.objects.get().contact == contact
    client.post(link_of(booking, "school", str(counsellor.pk)), answer(**NUMBERS))
    assert VisitFeedback.objects.get().given_by == counsellor
    booking.requested_by = UserFactory()  # handed over
    booking.school.memberships.create(user=booking.requested_by, role="teacher")
    booking.save()
    link = link_of(booking, "host", contact.public_id)
    contact.delete()
    assert client.get(link).status_code == 410
    assert client.get(link_of(booking, "school", str(counsellor.pk))).status_code == 410


def test_numbers_are_whole_or_not_at_all_and_what_was_typed_stays(client, booking, counsellor):
    client.force_login(counsellor)
    url = reverse("visits:booking_after", args=[booking.public_id])
    page = client.post(url, answer(visit="5", text="Kind words"))
    assert set(page.context["form"].errors) == {"fit", "information"}
    assert "Kind words" in page.text
    assert not BookingMessage.objects.exists()
    client.post(url, answer(visit=1, fit=1, information=1))
    client.post(url, answer(**NUMBERS))
    feedback = VisitFeedback.objects.get()
    assert (feedback.visit, feedback.given_by) == (5, counsellor)


def test_averages_are_shown_from_five_answers_up(client, booking):
    offer = booking.slot.offer
    url = reverse("visits:offer_detail", args=[offer.public_id])
    after_actions.give_feedback(booking, side=Side.HOST, **NUMBERS)
    for number in range(5):
        assert "What schools say" not in client.get(url).text
        visit = held_visit(timedelta(days=2 + number), slot__offer=offer)
        after_actions.give_feedback(visit, side=Side.SCHOOL, **NUMBERS)
    page = client.get(url)
    assert "What schools say" in page.text
    assert "5.0 of 5" in page.text


def test_neither_side_is_shown_the_numbers_of_the_other(client, booking, counsellor, host):
    after_actions.give_feedback(booking, side=Side.HOST, visit=1, fit=2, information=2)
    client.force_login(counsellor)
    for name in ("visits:booking_detail", "visits:booking_after"):
        page = client.get(reverse(name, args=[booking.public_id]))
        assert page.status_code == 200
        assert "Your numbers are saved" not in page.text
    client.force_login(host)
    assert "Your numbers are saved" in client.get(reverse("visits:booking_after", args=[booking.public_id])).text


def test_the_booking_leads_to_what_comes_after_only_when_it_is_over(client, booking, counsellor):
    client.force_login(counsellor)
    assert "Certificate for the class" in client.get(booking.get_absolute_url()).text
    coming = VisitBookingFactory(school_class=booking.school_class, state="confirmed")
    assert "After the visit" not in client.get(coming.get_absolute_url()).text


def test_nobody_came_nobody_gets_a_certificate(client, booking, counsellor, host):
    client.force_login(counsellor)
    url = reverse("visits:booking_certificate", args=[booking.public_id])
    page = client.get(url)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "application/pdf")
    assert page.content.startswith(b"%PDF")
    after_actions.tell_outcome(booking, attendance=Attendance.NO_SHOW, by=host)
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("language", ["sv", "nb", "nn", "en"])
def test_a_certificate_takes_what_people_write_as_words(booking, language):
    booking.slot.offer.title = '#read("/etc/passwd") *<b>$ \\ "'
    with translation.override(language):
        sheet = certificate_of(booking)
    assert sheet.startswith(b"%PDF")
    # The same letters wherever it is set: of those that lie beside the template.
    assert set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+(\w+)", sheet)) == {b"Inter"}


def test_a_reminder_for_spring_comes_once(client, booking, counsellor):
    client.force_login(counsellor)
    url = reverse("visits:booking_again", args=[booking.public_id])
    for _ in range(2):
        assert client.post(url).status_code == 302
    row = QueuedMail.objects.get(kind="book_again")
    local = timezone.localtime(row.due_at)
    assert (row.to_email, local.month, local.day, local.hour) == (counsellor.email, 3, 1, 9)
    assert local > timezone.now()


@pytest.mark.django_db(transaction=True)
def test_a_double_click_gives_one_answer_a_side(booking):
    def give():
        return after_actions.give_feedback(booking, side=Side.SCHOOL, **NUMBERS)

    assert {type(each) for each in at_the_same_time(*[give] * 4)} == {VisitFeedback}
    assert VisitFeedback.objects.count() == 1


def test_the_hosts_start_page_asks_until_it_is_told(client, booking, host, counsellor):
    url = reverse("visits:booking_after", args=[booking.public_id])
    start = reverse("coordination:start")
    client.force_login(host)
    assert url in client.get(start).text
    client.force_login(counsellor)
    assert url not in client.get(start).text
    after_actions.tell_outcome(booking, attendance=Attendance.CAME, by=host)
    client.force_login(host)
    assert url not in client.get(start).text
