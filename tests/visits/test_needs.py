"""What a class needs and how it comes: told by the school, read by the two sides, gone soon after the visit."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.core import mail
from django.urls import reverse

from coordination.retention import apply_rules
from core.errors import ActionRefused
from notifications.delivery import deliver_due
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits import change_actions, links
from visits.models import BookingNeeds
from visits.reminders import plan_reminders

pytestmark = pytest.mark.django_db

WORDS = "A table by the window"


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
    return VisitBookingFactory(slot=slot, school_class=school_class, requested_by=teacher, state="confirmed")


def tell(booking, *kinds, text="", by=None):
    return change_actions.tell_needs(booking, kinds=kinds, text=text, by=by or booking.requested_by)


def page_of(client, booking, name, user):
    client.force_login(user)
    return client.get(reverse(f"visits:{name}", args=[booking.public_id])).content.decode()


def mails_to(booking):
    deliver_due()
    return [message for message in mail.outbox if message.to == [booking.slot.offer.contact.email]]


def test_both_sides_read_what_the_class_needs(client, booking, teacher, host):
    client.force_login(teacher)
    url = reverse("visits:booking_needs", args=[booking.public_id])
    page = client.post(url, {"needs": ["food", "step_free"], "needs_text": WORDS}, follow=True).content.decode()
    assert "what the class needs was told or changed" in page
    for user in (teacher, host):
        page = page_of(client, booking, "booking_detail", user)
        assert ["Step-free access" in page, "Special food at the table" in page, WORDS in page] == [True] * 3
    client.logout()
    assert WORDS in client.get(links.host_url(booking), follow=True).content.decode()
    client.force_login(teacher)
    form = client.get(url).context["form"]
    assert (form["needs"].value(), form["needs_text"].value()) == (["step_free", "food"], WORDS)


def test_the_mails_say_that_there_is_something_and_never_what(booking):
    tell(booking, "quiet", text=WORDS)
    (told,) = mails_to(booking)
    assert "has told what it needs" in told.body
    with time_machine.travel(booking.slot.starts_at - timedelta(hours=18)):
        plan_reminders()
        assert "The class has told what it needs" in mails_to(booking)[-1].body
    for message in mail.outbox:
        everything = message.body + "".join(str(part) for part, _ in message.alternatives)
        assert WORDS not in everything
        assert "quiet place" not in everything


def test_needs_are_taken_back_and_the_host_is_told(booking):
    tell(booking, "food")
    tell(booking)
    assert not BookingNeeds.objects.exists()
    assert "no longer needs anything" in mails_to(booking)[-1].body
    with pytest.raises(ActionRefused, match="told already"):
        tell(booking)


def test_the_same_again_is_no_change(booking):
    tell(booking, "food", "quiet")
    with pytest.raises(ActionRefused, match="told already"):
        tell(booking, "quiet", "food")
    assert len(mails_to(booking)) == 1


@pytest.mark.parametrize("state", ["cancelled", "declined", "expired"])
def test_nothing_is_told_about_what_has_ended(state):
    booking = VisitBookingFactory(state=state)
    with pytest.raises(ActionRefused):
        tell(booking, "food")
    with pytest.raises(ActionRefused):
        change_actions.tell_transport(booking, transport="Bus 12", by=booking.requested_by)


def test_nothing_is_told_once_the_visit_has_begun(booking):
    with (
        time_machine.travel(booking.slot.starts_at + timedelta(minutes=1)),
        pytest.raises(ActionRefused, match="begun"),
    ):
        tell(booking, "food")


def test_others_never_read_them(client, booking, teacher):
    tell(booking, text=WORDS)
    supervisor = UserFactory()
    elsewhere = UserFactory()
    SchoolFactory(teachers=[elsewhere])
    for user in (supervisor, elsewhere):
        client.force_login(user)
        response = client.get(booking.get_absolute_url())
        assert response.status_code in {403, 404}
    assert not admin.site.is_registered(BookingNeeds)
    root = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(root)
    assert WORDS not in client.get(f"/admin/visits/visitbooking/{booking.pk}/change/").content.decode()
    assert not [name for name in (f.name for f in booking._meta.concrete_fields) if "need" in name]
    assert WORDS not in str(booking.needs)


def test_the_booking_form_asks_and_the_host_finds_it(client, booking, teacher, host):
    slot = VisitSlotFactory(offer=booking.slot.offer, starts_at=booking.slot.starts_at + timedelta(days=1))
    client.force_login(teacher)
    url = reverse("visits:booking_create", args=[slot.public_id])
    form = client.get(url).context["form"]
    assert list(form.fields)[-2:] == ["needs", "needs_text"]
    data = {name: form[name].value() or "" for name in form.fields}
    data |= {"school_class": booking.school_class_id, "pupil_count": 12, "adult_count": 1, "phone": "070-123 45 67"}
    client.post(url, data | {"needs": ["interpreter"], "needs_text": ""})
    assert slot.bookings.get().needs.kinds == ["interpreter"]
    page = page_of(client, slot, "host_slot_detail", host)
    assert "The class has told what it needs" in page


def test_needs_go_two_weeks_after_the_visit_and_at_once_with_a_booking_that_has_ended(booking):
    tell(booking, "food")
    ended = VisitBookingFactory(state="cancelled")
    BookingNeeds.objects.tell(ended, kinds=["food"], text="")
    assert apply_rules()["booking_needs"] == 1
    with time_machine.travel(booking.slot.ends_at + timedelta(days=13)):
        assert apply_rules()["booking_needs"] == 0
    with time_machine.travel(booking.slot.ends_at + timedelta(days=14, hours=1)):
        assert apply_rules()["booking_needs"] == 1
    booking.refresh_from_db()
    assert booking.state == "confirmed"


def test_both_sides_read_how_the_class_comes_and_the_host_is_told_once(client, booking, teacher, host):
    client.force_login(teacher)
    url = reverse("visits:booking_transport", args=[booking.public_id])
    client.post(url, {"transport": "Bus 12, at 9.40"})
    (told,) = mails_to(booking)
    assert "Bus 12, at 9.40" in told.body
    for user in (teacher, host):
        assert "Bus 12, at 9.40" in page_of(client, booking, "booking_detail", user)
        assert "Bus 12, at 9.40" in page_of(client, booking, "booking_print", user)
    client.force_login(teacher)
    response = client.post(url, {"transport": "Bus 12, at 9.40"})
    assert "told already" in response.content.decode()
    assert len(mails_to(booking)) == 1


def test_a_class_that_stays_at_its_school_is_not_asked_how_it_comes(client, booking, teacher):
    assert reverse("visits:booking_transport", args=[booking.public_id]) in page_of(
        client, booking, "booking_detail", teacher
    )
    booking.slot.offer.kind = "on_screen"
    booking.slot.offer.screen_link = "https://meet.example/1"
    booking.slot.offer.save()
    assert "/transport/" not in page_of(client, booking, "booking_detail", teacher)
