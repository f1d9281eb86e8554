"""A teacher tells what the class needs and how it comes; the host reads it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_teacher_tells_what_the_class_needs_and_how_it_comes(open_page, language, width):
    host, teacher = UserFactory(language=language), UserFactory(language=language)
    slot = VisitSlotFactory(offer=VisitOfferFactory(company=CompanyFactory(members=[host])))
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B")
    booking = VisitBookingFactory(slot=slot, school_class=school_class, requested_by=teacher, state="confirmed")

    phone = open_page(booking.get_absolute_url(), width=width, user=teacher, language=language)
    phone.locator("a[href$='/needs/']").click()
    phone.locator("[name=needs]").first.wait_for()
    check_accessibility(phone)
    phone.locator("[name=needs][value=step_free]").check()
    phone.locator("[name=needs_text]").fill("x" * 200)
    phone.locator("main form button[type=submit]").click()
    phone.locator(".ticks li").first.wait_for()
    check_accessibility(phone)
    phone.locator("a[href$='/needs/']").click()
    phone.locator("[name=needs_text]").fill("Ett lågt bord.")
    phone.locator("main form button[type=submit]").click()
    phone.get_by_text("Ett lågt bord.").wait_for()
    phone.locator("details:has(a[href$='/transport/']) summary").click()
    phone.locator("a[href$='/transport/']").click()
    phone.locator("[name=transport]").fill("Buss 12, vid grinden 9.40.")
    check_accessibility(phone)
    phone.locator("main form button[type=submit]").click()
    phone.get_by_text("Buss 12, vid grinden 9.40.").wait_for()

    desk = open_page(booking.get_absolute_url(), width=width, user=host, language=language, scheme="dark")
    expect(desk.get_by_text("Ett lågt bord.")).to_be_visible()
    expect(desk.get_by_text("Buss 12, vid grinden 9.40.")).to_be_visible()
    check_accessibility(desk)
    desk.goto(desk.url.split("/visits/")[0] + reverse("visits:host_slot_detail", args=[slot.public_id]))
    told = {"sv": "Klassen har berättat vad den behöver", "nb": "Klassen har fortalt hva den trenger"}
    expect(desk.get_by_text(told[language])).to_be_visible()
    expect(desk.get_by_text("Ett lågt bord.")).not_to_be_visible()
    check_accessibility(desk)
