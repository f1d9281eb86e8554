"""A teacher asks for another time; the host says yes from the mail's link."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits import links


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_teacher_asks_for_another_time_and_the_host_says_yes(open_page, language, width):
    host, teacher = UserFactory(language=language), UserFactory(language=language)
    slot = VisitSlotFactory(offer=VisitOfferFactory(company=CompanyFactory(members=[host])))
    other = VisitSlotFactory(offer=slot.offer, starts_at=slot.starts_at + timedelta(days=3))
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B")
    booking = VisitBookingFactory(slot=slot, school_class=school_class, requested_by=teacher, state="confirmed")

    phone = open_page(booking.get_absolute_url(), width=width, user=teacher, language=language)
    phone.locator("details:has(a[href$='/another-time/']) summary").click()
    phone.locator("a[href$='/another-time/']").click()
    phone.locator("[name=slot]").first.wait_for()
    check_accessibility(phone)
    phone.locator("[name=reason_text]").fill("Nationellt prov den dagen.")
    phone.locator("main form button[type=submit]").click()
    phone.locator(".ds-error-summary").wait_for()
    assert phone.locator("[name=reason_text]").input_value() == "Nationellt prov den dagen."
    check_accessibility(phone)
    phone.locator("[name=slot]").first.check()
    phone.locator("main form button[type=submit]").click()
    phone.locator("form[action$='/take-back/']").wait_for()
    check_accessibility(phone)

    booking.refresh_from_db()
    assert booking.asked_slot == other
    desk = open_page(booking.get_absolute_url(), width=width, user=host, language=language, scheme="dark")
    expect(desk.get_by_text("Nationellt prov den dagen.").first).to_be_visible()
    check_accessibility(desk)
    token = links.ASKED.token([booking.public_id, other.public_id])
    desk.goto(desk.url.split("/visits/")[0] + reverse("visits:ask_link", args=[token]))
    check_accessibility(desk)
    desk.locator("a[href='?choice=yes']").click()
    desk.locator("main form button[type=submit]").click()
    desk.locator(".messages").wait_for()
    check_accessibility(desk)
    phone.reload()
    assert phone.locator("form[action$='/take-back/']").count() == 0
    booking.refresh_from_db()
    slot.refresh_from_db()
    assert (booking.slot, booking.state, slot.groups_taken) == (other, "confirmed", 0)
