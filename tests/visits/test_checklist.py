from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.outbox import write
from tests.factories.accounts import UserFactory
from tests.factories.visits import VisitBookingFactory
from visits import checklist, emails, links
from visits.enums import CHECKS, BookingState, CheckItem, VisitKind
from visits.models import HostCheck

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return VisitBookingFactory(state=BookingState.CONFIRMED)


@pytest.fixture
def host(client, booking):
    user = UserFactory()
    booking.slot.offer.company.memberships.create(user=user, role="contact")
    client.force_login(user)
    return user


def ticked(booking):
    return {check.item for check in booking.checks.all()}


def test_each_kind_has_a_list_that_fits_it():
    assert set(CHECKS) == set(VisitKind.values)
    on_screen, guests = CHECKS[VisitKind.ON_SCREEN], CHECKS[VisitKind.GUEST_LESSON]
    for item in (CheckItem.GEAR, CheckItem.MEET, CheckItem.WAY_OUT):
        assert item in CHECKS[VisitKind.COMPANY_VISIT]
        assert item not in on_screen
        assert item not in guests
    assert CheckItem.AGES not in CHECKS[VisitKind.TEACHER_SHADOWING]  # nobody young comes


def test_the_host_ticks_off_and_the_school_does_not_see_it(client, booking, host):
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "0 of 7 done." in page
    assert "Safety gear in sizes that fit the pupils" in page
    url = reverse("visits:checklist_save", args=[booking.public_id])
    response = client.post(url, {"done": ["meet", "gear", "link", "nonsense"]}, follow=True)
    assert response.redirect_chain[-1][0] == f"{booking.get_absolute_url()}#checklist"
    assert "Saved. 5 things are left to do." in response.content.decode()
    assert ticked(booking) == {"meet", "gear"}  # neither what belongs to another kind, nor nonsense
    client.post(url, {"done": ["meet"], "was_done": ["meet", "gear"]})
    assert ticked(booking) == {"meet"}
    client.force_login(booking.requested_by)
    assert "Safety gear" not in client.get(booking.get_absolute_url()).content.decode()


def test_what_a_colleague_ticked_meanwhile_stays(booking):
    checklist.save(booking, ticked=["meet"], were_ticked=[])
    checklist.save(booking, ticked=["gear"], were_ticked=[])  # from a page opened before
    assert ticked(booking) == {"meet", "gear"}
    checklist.save(booking, ticked=["gear", "meet"], were_ticked=[])  # twice is once
    checklist.save(booking, ticked=["gear"], were_ticked=["gear", "meet"])
    assert ticked(booking) == {"gear"}


def test_a_host_without_an_account_ticks_off_by_the_link(client, booking):
    token = links.HOST.token(booking.public_id)
    url = reverse("visits:checklist_link", args=[token])
    assert url in client.get(links.host_path(token)).content.decode()
    assert client.get(url).status_code == 405
    response = client.post(url, {"done": [item.value for item in booking.slot.offer.checks]}, follow=True)
    assert "Saved. Everything is ready for the visit." in response.content.decode()
    assert "7 of 7 done." in response.content.decode()


@pytest.mark.parametrize("state", [BookingState.PENDING, BookingState.CANCELLED])
def test_only_an_agreed_visit_has_a_list(client, host, state):
    booking = VisitBookingFactory(state=state)
    booking.slot.offer.company.memberships.create(user=host, role="contact")
    assert "Tick off what is done" not in client.get(booking.get_absolute_url()).content.decode()
    with pytest.raises(ActionRefused):
        checklist.save(booking, ticked=["meet"], were_ticked=[])
    response = client.post(reverse("visits:checklist_save", args=[booking.public_id]), {"done": ["meet"]}, follow=True)
    assert "nothing to prepare" in response.content.decode()
    assert not HostCheck.objects.exists()


def test_the_start_page_says_how_far_it_is(client, booking, host):
    slot = booking.slot
    slot.starts_at, slot.ends_at = timezone.now() + timedelta(days=3), timezone.now() + timedelta(days=3, hours=2)
    slot.closes_at = slot.cancel_by = slot.starts_at
    slot.save()
    checklist.save(booking, ticked=["meet", "thanks"], were_ticked=[])
    assert "1 of 7 prepared" in client.get(reverse("coordination:start")).content.decode()
    checklist.save(booking, ticked=booking.slot.offer.checks, were_ticked=["thanks"])
    assert "Everything is ready" in client.get(reverse("coordination:start")).content.decode()


def test_the_reminder_names_the_host_what_is_left(booking):
    booking.slot.offer.contact.language = "en"
    booking.slot.offer.contact.save()
    checklist.save(booking, ticked=["meet"], were_ticked=[])
    now = timezone.now()
    write(emails.reminder_rows(booking, days=3, due_at=now, expires_at=booking.slot.starts_at))
    deliver_due()
    bodies = {message.to[0]: message.body for message in mail.outbox}
    to_host = bodies[booking.host_contact.email]
    assert "Not ticked off yet on your list:" in to_host
    assert "- Safety gear in sizes that fit the pupils" in to_host
    assert "Who meets the class" not in to_host
    assert "thank the class" not in to_host  # that comes after
    assert "ticked off" not in bodies[booking.requested_by.email]


def test_the_sheet_for_the_day_has_boxes(client, booking, host):
    checklist.save(booking, ticked=["meet"], were_ticked=[])
    url = f"{reverse('visits:host_day_print')}?day={booking.slot.day.isoformat()}"
    page = client.get(url).content.decode()
    assert (
        '<li class="done">Who meets the class at the gate, and when<span class="ds-sr-only"> (done)</span></li>' in page
    )
    assert "<li>Safety gear in sizes that fit the pupils</li>" in page
