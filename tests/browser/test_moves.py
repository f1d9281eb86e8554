"""A host cancels a whole time; the class that had booked it finds another one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_time_is_cancelled_for_everyone_and_the_class_finds_another(open_page, language, width):
    host, teacher = UserFactory(language=language), UserFactory(language=language)
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]))
    soon, later = timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=30)
    slot, other = VisitSlotFactory(offer=offer, starts_at=soon), VisitSlotFactory(offer=offer, starts_at=later)
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B")
    booking = VisitBookingFactory(slot=slot, school_class=school_class, requested_by=teacher, state="confirmed")

    desk = open_page(
        reverse("visits:host_slot_detail", args=[slot.public_id]),
        width=width,
        user=host,
        language=language,
        scheme="dark",
    )
    desk.locator("a[href$='/cancel/']").click()
    desk.locator("[name=reason]").first.wait_for()
    expect(desk.get_by_text("9B")).to_be_visible()
    check_accessibility(desk)
    desk.locator("[name=reason_text]").fill("Omviseren er syk.")
    desk.locator("main form button[type=submit]").click()
    desk.locator(".ds-error-summary").wait_for()
    assert desk.locator("[name=reason_text]").input_value() == "Omviseren er syk."
    check_accessibility(desk)
    desk.locator("[name=reason][value=staff]").check()
    desk.locator("[name=knows_late]").check()
    desk.locator("main form button[type=submit]").click()
    desk.locator(".messages").wait_for()
    check_accessibility(desk)

    phone = open_page(booking.get_absolute_url(), width=width, user=teacher, language=language)
    expect(phone.get_by_text("Omviseren er syk.").first).to_be_visible()
    check_accessibility(phone)
    phone.locator(f"a[href='{reverse('visits:booking_create', args=[other.public_id])}']").click()
    phone.locator("[name=school_class]").wait_for()
    slot.refresh_from_db()
    assert (slot.cancel_reason, slot.groups_taken) == ("staff", 0)


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_booked_time_is_moved_and_the_class_steps_back(open_page, language, width):
    host, teacher = UserFactory(language=language), UserFactory(language=language)
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]))
    slot = VisitSlotFactory(offer=offer)
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B")
    booking = VisitBookingFactory(slot=slot, school_class=school_class, requested_by=teacher, state="confirmed")
    there = timezone.localtime(slot.starts_at) + timedelta(days=7)

    desk = open_page(
        reverse("visits:host_slot_detail", args=[slot.public_id]),
        width=width,
        user=host,
        language=language,
        scheme="dark",
    )
    desk.locator("a[href$='/move/']").click()
    desk.locator("[name=day]").wait_for()
    expect(desk.get_by_text("9B")).to_be_visible()
    check_accessibility(desk)
    desk.locator("[name=day]").fill(there.date().isoformat())
    desk.locator("[name=reason_text]").fill("Ovnen bygges om.")
    desk.locator("main form button[type=submit]").click()
    desk.locator(".ds-error-summary").wait_for()
    assert desk.locator("[name=day]").input_value() == there.date().isoformat()
    check_accessibility(desk)
    desk.locator("[name=reason][value=production]").check()
    desk.locator("main form button[type=submit]").click()
    desk.locator(".messages").wait_for()

    phone = open_page(booking.get_absolute_url(), width=width, user=teacher, language=language)
    expect(phone.get_by_text("Ovnen bygges om.").first).to_be_visible()
    check_accessibility(phone)
    phone.locator("section.ds-alert a[href$='/cancel/']").click()
    phone.locator("[name=reason][value=timetable]").check()
    phone.locator("main form button[type=submit]").click()
    phone.locator(".history").wait_for()
    booking.refresh_from_db()
    slot.refresh_from_db()
    assert (booking.state, booking.late, slot.groups_taken) == ("cancelled", False, 0)
    assert timezone.localtime(slot.starts_at) == there
