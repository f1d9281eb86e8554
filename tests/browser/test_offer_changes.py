"""A host changes what a class has booked; the teacher reads what it was and what it is."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitRuleFactory


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_booked_offer_is_changed_and_the_class_steps_back(open_page, language, width):
    host, teacher = UserFactory(language=language), UserFactory(language=language)
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]))
    VisitRuleFactory(offer=offer)
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B")
    soon = timezone.now() + timedelta(days=2)
    booking = VisitBookingFactory(
        slot__offer=offer, slot__starts_at=soon, school_class=school_class, requested_by=teacher, state="confirmed"
    )

    phone = open_page(
        reverse("visits:host_offer_edit", args=[offer.public_id]), width=width, user=host, language=language
    )
    phone.locator("[name=meeting_place]").fill("Vid stora grinden")
    phone.locator("[name=cost_note]").fill("Ta med matsäck")
    phone.locator("form.form button[type=submit]:visible").last.click()
    phone.locator("[name=confirm]").wait_for()
    expect(phone.get_by_text("9B")).to_be_visible()
    check_accessibility(phone)
    phone.locator("[name=back]").click()
    phone.locator("[name=cost_note]").wait_for()
    assert phone.locator("[name=cost_note]").input_value() == "Ta med matsäck"
    phone.locator("form.form button[type=submit]:visible").last.click()
    phone.locator("[name=confirm]").click()
    phone.locator(".messages").wait_for()
    check_accessibility(phone)

    desk = open_page(booking.get_absolute_url(), width=width, user=teacher, language=language)
    expect(desk.get_by_text("Vid stora grinden").first).to_be_visible()
    check_accessibility(desk)
    desk.locator("section.ds-alert a[href$='/cancel/']").click()
    desk.locator("[name=reason]").first.check()
    desk.locator("main form button[type=submit]").click()
    desk.locator(".messages").wait_for()
    booking.refresh_from_db()
    assert (booking.state, booking.late) == ("cancelled", False)
