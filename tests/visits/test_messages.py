import re
import uuid
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.regions import RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import BookingMessageFactory, VisitBookingFactory
from visits import links, message_actions
from visits.enums import Side
from visits.message_actions import MOST_AN_HOUR, write_message
from visits.models import BookingMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor():
    return UserFactory(name="Kim Syv")


@pytest.fixture
def host():
    return UserFactory(name="Alex Owner")


@pytest.fixture
def booking(counsellor, host):
    school = SchoolFactory(members=[counsellor], name="Ängsskolan")
    company = CompanyFactory(members=[host], name="Svets AB")
    CompanyContactFactory(company=company, email="kontakt@svets.example", name="Robin Kontakt")
    return VisitBookingFactory(
        school_class=SchoolClassFactory(school=school, name="9B"),
        requested_by=counsellor,
        slot__offer__company=company,
        slot__offer__title="Welding",
    )


def write(booking, side=Side.SCHOOL, **changes):
    return write_message(booking, **{"side": side, "text": "Hello!", "request_key": uuid.uuid4()} | changes)


def thread_url(booking):
    return reverse("visits:message_create", args=[booking.public_id])


def link_of(booking, contact_id=None):
    contact_id = booking.slot.offer.contact.public_id if contact_id is None else contact_id
    return links.messages_path(links.MESSAGES.token([booking.public_id, contact_id]))


def post(client, url, text="Where do we park?", **options):
    return client.post(url, {"text": text, "request_key": uuid.uuid4()}, **options)


def test_the_school_writes_and_the_host_answers_from_the_mail(client, booking, counsellor):
    client.force_login(counsellor)
    page = post(client, thread_url(booking), follow=True)
    assert page.redirect_chain[-1][0] == f"{booking.get_absolute_url()}#messages"
    assert "Where do we park?" in page.text
    deliver_due()
    (message,) = mail.outbox
    assert message.to == ["kontakt@svets.example"]
    assert message.subject == "A message from 9B, Ängsskolan"
    assert "Where do we park?" in message.body
    (link,) = re.findall(r"https?://[^/]+(/visits/messages/\S+)", message.body)

    client.logout()
    page = client.get(link)
    assert "Where do we park?" in page.text
    assert page.headers["Referrer-Policy"] == "strict-origin"
    page = post(client, link, "Behind the hall.", follow=True)
    assert "Behind the hall." in page.text
    answer = BookingMessage.objects.last()
    assert (answer.side, answer.by, answer.writer) == (Side.HOST, None, "Robin Kontakt")
    deliver_due()
    assert mail.outbox[-1].to == [counsellor.email]
    assert mail.outbox[-1].subject == "A message from Svets AB"
    assert f"{booking.get_absolute_url()}#messages" in mail.outbox[-1].body


def test_looking_at_the_link_neither_writes_nor_reads(client, booking):
    message = BookingMessageFactory(booking=booking)
    for _ in range(2):
        assert client.get(link_of(booking)).status_code == 200
    message.refresh_from_db()
    assert message.read_at is None
    assert BookingMessage.objects.count() == 1


def test_the_link_opens_this_thread_alone(client, booking):
    other = BookingMessageFactory(booking__slot__offer=booking.slot.offer, text="Another class")
    assert "Another class" not in client.get(link_of(booking)).text
    token = links.MESSAGES.token([booking.public_id, other.booking.slot.offer.contact.public_id])
    for name in ("visits:host_link", "visits:proposal_link", "visits:waiting_link"):
        assert client.get(reverse(name, args=[token])).status_code == 404
    assert client.get(reverse("visits:message_link", args=[links.HOST.token(booking.public_id)])).status_code == 404


def test_the_link_ends_with_the_contact_person_and_with_time(client, booking):
    spare = CompanyContactFactory(company=booking.slot.offer.company)
    link = link_of(booking, spare.public_id)
    assert client.get(link).status_code == 200
    with time_machine.travel(booking.slot.starts_at + timedelta(days=500)):
        assert client.get(link).status_code == 410
    spare.delete()
    assert client.get(link).status_code == 410
    assert post(client, link).status_code == 410
    assert not BookingMessage.objects.exists()


def test_a_contact_of_another_company_opens_nothing(client, booking):
    assert client.get(link_of(booking, CompanyContactFactory().public_id)).status_code == 410


def test_owners_without_a_contact_person_are_led_to_their_account(booking, host):
    booking.slot.offer.contact.is_substitute = True
    message = BookingMessageFactory(booking=booking, side=Side.SCHOOL)
    context = message_context(message, contact="")
    assert context["url"] == f"{links.booking_url(booking)}#messages"
    assert context["needs_account"]


def message_context(message, contact):
    from visits.message_emails import MESSAGE_WRITTEN

    return MESSAGE_WRITTEN.context(QueuedMail(about_id=message.pk, details={"contact": contact}))


def test_nobody_outside_the_two_sides_reads_it(client, booking):
    BookingMessageFactory(booking=booking, text="Only for the two")
    coordinator = UserFactory(second_factor=True)
    region = RegionFactory(municipalities=[booking.slot.offer.company.municipality, booking.school.municipality])
    region.memberships.create(user=coordinator, role="coordinator")
    supervisor = UserFactory()
    booking.slot.offer.company.memberships.create(user=supervisor, role="supervisor")
    admin = UserFactory(is_staff=True, is_superuser=True, second_factor=True)
    for user in (coordinator, supervisor, admin, UserFactory()):
        client.force_login(user)
        for url in (booking.get_absolute_url(), reverse("visits:booking_list"), reverse("coordination:start")):
            assert "Only for the two" not in client.get(url).text
        assert post(client, thread_url(booking)).status_code in {403, 404}
    client.force_login(admin)
    page = client.get(reverse("admin:visits_visitbooking_change", args=[booking.pk]))
    assert page.status_code == 200
    assert "Only for the two" not in page.text
    assert BookingMessage.objects.count() == 1


def test_a_message_is_marked_until_the_other_side_has_seen_it(client, booking, counsellor, host):
    write(booking, by=counsellor)
    start, bookings = reverse("coordination:start"), reverse("visits:booking_list")
    client.force_login(counsellor)
    assert "New message" not in client.get(start).text + client.get(bookings).text
    client.get(booking.get_absolute_url())
    client.force_login(host)
    assert "New messages" in client.get(start).text
    assert "New message" in client.get(bookings).text
    client.head(booking.get_absolute_url())
    assert ">New</span>" in client.get(booking.get_absolute_url()).text
    assert ">New</span>" not in client.get(booking.get_absolute_url()).text
    assert "New message" not in client.get(start).text + client.get(bookings).text


def test_who_answers_has_read(booking):
    first = write(booking)
    write(booking, side=Side.HOST)
    first.refresh_from_db()
    assert first.read_at is not None


def test_errors_keep_what_was_typed(client, booking, counsellor):
    client.force_login(counsellor)
    page = post(client, thread_url(booking), "x" * 2001)
    assert page.status_code == 200
    assert "x" * 2001 in page.text
    assert "data-focus" in page.text
    page = client.post(thread_url(booking), {"text": "kept", "request_key": "nonsense"})
    assert "kept" in page.text
    assert not BookingMessage.objects.exists()


def test_the_same_click_writes_once(booking):
    key = uuid.uuid4()
    assert write(booking, request_key=key) == write(booking, request_key=key)
    assert BookingMessage.objects.count() == 1
    assert QueuedMail.objects.filter(kind="message_written").count() == 1
    write(VisitBookingFactory(), request_key=key)  # elsewhere the key is another one


@pytest.mark.django_db(transaction=True)
def test_the_same_click_at_the_same_time_writes_once():
    booking, key = VisitBookingFactory(), uuid.uuid4()
    outcomes = at_the_same_time(*[partial(write, booking, request_key=key)] * 6)
    assert {type(outcome) for outcome in outcomes} == {BookingMessage}
    assert BookingMessage.objects.count() == 1


def test_too_many_messages_are_refused_for_an_hour(booking):
    for _ in range(MOST_AN_HOUR):
        write(booking)
    with pytest.raises(ActionRefused, match="much in a short time"):
        write(booking)
    write(booking, side=Side.HOST)
    with time_machine.travel(BookingMessage.objects.first().sent_at + timedelta(minutes=61)):
        write(booking)


@pytest.mark.parametrize(("days", "is_open"), [(59, True), (61, False)])
def test_the_thread_closes_two_months_after_the_visit(client, counsellor, days, is_open):
    ended_at = timezone.now() - timedelta(days=days)
    booking = VisitBookingFactory(
        school_class=SchoolClassFactory(school=SchoolFactory(members=[counsellor])),
        slot__starts_at=ended_at - timedelta(hours=2),
        slot__ends_at=ended_at,
        slot__opens_at=ended_at - timedelta(days=30),
    )
    BookingMessageFactory(booking=booking, text="Still to read")
    client.force_login(counsellor)
    page = client.get(booking.get_absolute_url()).text
    assert "Still to read" in page
    assert ("Send the message" in page) == is_open
    answer = post(client, thread_url(booking), follow=True).text
    assert ("The message is sent." in answer, "long ago" in answer) == (is_open, not is_open)


def test_a_teacher_who_has_left_gets_no_mail(booking, counsellor):
    colleague = UserFactory()
    booking.school.memberships.create(user=colleague, role="counsellor")
    booking.school.memberships.create(user=UserFactory(), role="teacher")
    write(booking, side=Side.HOST)
    counsellor.memberships.all().delete()
    write(booking, side=Side.HOST)
    told = QueuedMail.objects.filter(kind="message_written").order_by("pk").values_list("to_email", flat=True)
    assert list(told) == [counsellor.email, colleague.email]


def test_a_mail_about_an_erased_message_is_not_sent(booking):
    message = write(booking)
    BookingMessage.objects.filter(pk=message.pk).update(text="")
    deliver_due()
    assert mail.outbox == []


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_page_needs_a_fixed_number_of_queries(client, booking, counsellor, django_assert_num_queries, item_count):
    for _ in range(item_count):
        BookingMessageFactory(booking=booking)
    client.force_login(counsellor)
    with django_assert_num_queries(12):
        client.get(booking.get_absolute_url())


def test_mark_read_leaves_ones_own_messages(booking):
    own = write(booking)
    assert message_actions.mark_read(booking, {Side.SCHOOL}) == 0
    assert message_actions.mark_read(booking, {Side.HOST}) == 1
    own.refresh_from_db()
    assert own.read_at
