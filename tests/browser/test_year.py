"""The host plans a year: by a rule, from last year's times, and with an offer that it copies."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from regions.days_off import public_holiday
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.visits import OfferMaterialFactory, VisitOfferFactory, VisitRuleFactory, VisitSlotFactory
from visits.models import VisitOffer
from visits.slot_times import local_time
from visits.year_copy import same_week

SEND = "main form .actions button[data-color=accent]"
ADD = "main form button[name=add]"
TAKE_BACK = "main form[action$='/times/take-back/'] button"
SHOWN = [("sv", 390), ("nb", 1280)]
WITHOUT_TOO = [("sv", 390, True), ("nb", 1280, True), ("nn", 390, False)]  # without JavaScript


def coming_wednesday():
    """A Wednesday forty days from now or later, with two more behind it: no holidays, and weeks that last year had."""
    day = timezone.localdate() + timedelta(days=40)
    while day.weekday() != 2 or not all(_is_plain(day + timedelta(weeks=week)) for week in range(3)):
        day += timedelta(days=1)
    return day


def _is_plain(day):
    return not public_holiday(day, "SE") and same_week(same_week(day, -1), 1) == day


@pytest.fixture
def host():
    return UserFactory()


def open_desk(open_page, host, path, *, language, width, javascript=True):
    host.language = language
    host.save(update_fields=["language"])
    return Mouse(open_page(path, user=host, width=width, language=language, javascript=javascript))


def ticked(desk):
    return [box.is_checked() for box in desk.page.locator("main input[type=checkbox]").all()]


@pytest.mark.parametrize(("language", "width"), SHOWN)
def test_times_by_a_rule_are_looked_through_added_and_taken_back(open_page, host, language, width):
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]))
    day = coming_wednesday()
    here = reverse("visits:host_offer_detail", args=[offer.public_id])
    desk = open_desk(open_page, host, here, language=language, width=width)
    check_accessibility(desk.page)
    desk.press("main a[href$='/times/year/']")
    check_accessibility(desk.page)
    desk.press(SEND)
    check_accessibility(desk.page)  # weekdays and more are missing, it says
    desk.tick("weekdays", "2")
    desk.fill("start", "13:00")
    desk.fill("first", day.isoformat())
    desk.fill("count", "3")
    desk.press(SEND)
    check_accessibility(desk.page)
    assert ticked(desk) == [True, True, True]
    desk.press("main form button[name=back]")
    assert desk.field("count").input_value() == "3"
    desk.press(SEND)
    desk.page.locator("main input[type=checkbox]").nth(1).uncheck()
    desk.press(ADD)
    check_accessibility(desk.page)
    assert [slot.day - day for slot in offer.slots.all()] == [timedelta(0), timedelta(weeks=2)]
    desk.press(TAKE_BACK)
    check_accessibility(desk.page)
    assert not offer.slots.upcoming().exists()
    expect(desk.page.locator(TAKE_BACK)).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "width", "javascript"), [(*shown, True) for shown in SHOWN] + [("nn", 390, False)]
)
def test_last_year_s_times_are_copied(open_page, host, language, width, javascript):
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]))
    here = reverse("visits:host_offer_detail", args=[offer.public_id])
    desk = open_desk(open_page, host, here, language=language, width=width, javascript=javascript)

    def look():
        if javascript:
            check_accessibility(desk.page)

    desk.press("main a[href$='/times/copy/']")
    look()  # nothing to copy, it says
    days = [coming_wednesday() + timedelta(weeks=week) for week in range(2)]
    for day in days:
        starts_at = local_time(same_week(day, -1), time(9))
        opens_at = starts_at - timedelta(days=90)
        VisitSlotFactory(offer=offer, starts_at=starts_at, opens_at=opens_at, pupils_capacity=17)
    near = VisitSlotFactory(offer=offer, starts_at=local_time(days[1], time(10)))
    desk.page.reload()
    look()
    desk.press(SEND)
    look()
    assert ticked(desk) == [True, False]
    assert "09:00" in desk.page.locator("main fieldset").first.inner_text()
    desk.page.locator("main input[type=checkbox]").nth(1).check()
    desk.press(ADD)
    look()
    added = offer.slots.upcoming().exclude(pk=near.pk)
    assert [(slot.starts_at, slot.pupils_capacity) for slot in added] == [
        (local_time(day, time(9)), 17) for day in days
    ]
    desk.press(TAKE_BACK)
    look()
    assert list(offer.slots.upcoming()) == [near]


@pytest.mark.parametrize(
    ("language", "width", "javascript"), [(*shown, True) for shown in SHOWN] + [("nn", 390, False)]
)
def test_an_offer_is_copied_and_changed(open_page, host, language, width, javascript):
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]), title="Möt robotarna")
    VisitRuleFactory(offer=offer)
    OfferMaterialFactory(offer=offer)
    here = reverse("visits:host_offer_detail", args=[offer.public_id])
    desk = open_desk(open_page, host, here, language=language, width=width, javascript=javascript)
    desk.press("main form[action$='/copy/'] button")
    if javascript:
        check_accessibility(desk.page)
    copy = VisitOffer.objects.exclude(pk=offer.pk).get()
    copied = {"sv": "Möt robotarna (kopia)"}.get(language, "Möt robotarna (kopi)")
    assert (copy.title, desk.field("title").input_value()) == (copied, copied)
    desk.fill("title", "Möt robotarna i Borås")
    desk.press("main form .actions button[type=submit]")
    if javascript:
        check_accessibility(desk.page)
    copy.refresh_from_db()
    offer.refresh_from_db()
    assert (copy.title, offer.title) == ("Möt robotarna i Borås", "Möt robotarna")
    assert (copy.rules.count(), copy.materials.count(), copy.state) == (1, 1, "draft")
