"""The host blocks days; its times for a year and its single times say so before they are added."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from regions.days_off import public_holiday
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits.models import HostClosure, VisitSlot
from visits.slot_times import local_time

SEND = "main form .actions button[data-color=accent]"


def coming_wednesday():
    """A Wednesday that is no public holiday, at least forty days from now."""
    day = timezone.localdate() + timedelta(days=40)
    while day.weekday() != 2 or any(public_holiday(day + timedelta(weeks=week), "SE") for week in range(2)):
        day += timedelta(days=1)
    return day


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_blocked_days_are_left_out_of_the_year(open_page, language, width):
    host = UserFactory(language=language)
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]), buffer_minutes=30)
    WorkplaceFactory(company=offer.company, name="Hamnen")
    day = coming_wednesday()
    slot = VisitSlotFactory(offer=offer, starts_at=local_time(day, time(9)))

    desk = Mouse(open_page(reverse("visits:host_offer_list"), user=host, width=width, language=language))
    desk.press("main a[href$='/blocked-days/']")
    check_accessibility(desk.page)
    desk.press(SEND)
    check_accessibility(desk.page)  # the first day is missing, it says
    desk.fill("first_day", day.isoformat())
    desk.fill("reason", "Revision")
    desk.press(SEND)
    check_accessibility(desk.page)
    expect(
        desk.page.locator(f"main a[href='{reverse('visits:host_slot_detail', args=[slot.public_id])}']")
    ).to_be_visible()
    desk.press("form[action$='/remove/'] button")
    check_accessibility(desk.page)
    assert not HostClosure.objects.exists()
    desk.press("main form:has(input[type=hidden][name=first_day]) button")
    assert HostClosure.objects.get().reason == "Revision"

    desk.page.goto(reverse("visits:host_times_by_rule", args=[offer.public_id]))
    desk.tick("weekdays", "2")
    desk.fill("start", "13:00")
    desk.fill("first", day.isoformat())
    desk.fill("count", "2")
    desk.press(SEND)
    check_accessibility(desk.page)
    boxes = desk.page.locator("main input[type=checkbox]")
    assert [box.is_checked() for box in boxes.all()] == [False, True]
    expect(desk.page.get_by_text("Revision")).to_be_visible()
    desk.press("main form button[name=add]")
    assert VisitSlot.objects.count() == 2

    desk.page.goto(reverse("visits:host_slot_create", args=[offer.public_id]))
    desk.fill("day", day.isoformat())
    desk.fill("start", "11:15")
    desk.press(SEND)
    check_accessibility(desk.page)
    expect(desk.page.locator(".ds-alert li")).to_have_count(2)  # the day is blocked, and another visit ends at eleven
    assert desk.field("start").input_value() == "11:15"
    desk.press("main form button[name=seen]")
    assert VisitSlot.objects.count() == 3
