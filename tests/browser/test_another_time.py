"""A teacher asks for another time: the host says yes from the mail's link, or no on the page; or it is taken back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
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


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_question_is_taken_back_and_the_next_one_refused(open_page, language, width):
    options = {"width": width, "language": language}
    host, teacher = UserFactory(language=language), UserFactory(language=language)
    slot = VisitSlotFactory(offer=VisitOfferFactory(company=CompanyFactory(members=[host])))
    other = VisitSlotFactory(offer=slot.offer, starts_at=slot.starts_at + timedelta(days=3))
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B")
    booking = VisitBookingFactory(slot=slot, school_class=school_class, requested_by=teacher, state="confirmed")

    school = Mouse(open_page(booking.get_absolute_url(), user=teacher, **options))
    for turn in ("first", "second"):
        school.page.goto(reverse("visits:ask_create", args=[booking.public_id]))
        school.tick("slot", other.public_id)
        school.fill("reason_text", "Nationellt prov den dagen.")
        school.press("main form button[type=submit]")
        other.refresh_from_db()
        assert other.groups_taken == 1
        if turn == "first":
            school.press("form[action$='/take-back/'] button")
            check_accessibility(school.page)
            other.refresh_from_db()
            assert other.groups_taken == 0

    desk = Mouse(open_page(booking.get_absolute_url(), user=host, **options))
    desk.press("main .ds-alert a[href$='/answer/']")
    desk.press("a[href='?choice=no']")
    desk.fill("reason_text", "Då står maskinerna.")
    desk.press("main form button[type=submit]")
    check_accessibility(desk.page)
    school.page.goto(booking.get_absolute_url())
    expect(school.page.get_by_text("Då står maskinerna.").first).to_be_visible()
    check_accessibility(school.page)
    booking.refresh_from_db()
    other.refresh_from_db()
    assert (booking.slot, booking.state, booking.asked_slot, other.groups_taken) == (slot, "confirmed", None, 0)
