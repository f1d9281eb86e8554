"""Visits that are no visit to a workplace: a lesson at the school, a meeting on screen, a day for teachers."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory, WorkplaceFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from visits.models import VisitBooking, VisitOffer

SAVE = "main form .actions button[type=submit]"
SEND = "main form button[data-color=accent]"
LINK = "https://meet.example/hemlig"


def publish(desk, kind, look, **fields) -> VisitOffer:
    """The host writes an offer of the kind, gives it a time and publishes it."""
    desk.page.goto(reverse("visits:host_offer_create"))
    desk.field("kind").select_option(kind)
    for name, text in {
        "title": kind,
        "summary": "Vi berättar om yrken.",
        "programme_of_day": "Vi ses",
        **fields,
    }.items():
        desk.fill(name, text)
    desk.tick("answer_mode", "auto")
    desk.press(SAVE)
    desk.press("main a[href$='/times/new/']")
    desk.fill("day", (timezone.localdate() + timedelta(days=30 + len(kind))).isoformat())
    desk.fill("start", "09:00")
    desk.press(SAVE)
    desk.press("main form[action$='/publish/'] button")
    look(desk.page)
    return VisitOffer.objects.get(title=kind, state="published")


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_where_the_two_meet_follows_the_kind(open_page, language, width):
    host, teacher = UserFactory(language=language), UserFactory(language=language, phone="+46701234567")
    company = CompanyFactory(members=[host], name="Provsmedjan AB")
    WorkplaceFactory(company=company)
    CompanyContactFactory(company=company)
    school = SchoolFactory(
        members=[teacher], street="Skolgatan 7", city="Provköping", municipality=company.municipality
    )
    SchoolClassFactory(school=school, name="9B", grade=9, pupil_count=24)
    options = {"width": width, "language": language}
    desk, classroom = Mouse(open_page("/", user=host, **options)), Mouse(open_page("/", user=teacher, **options))

    def book(offer, number) -> VisitBooking:
        classroom.page.goto(offer.get_absolute_url())
        check_accessibility(classroom.page)
        assert LINK not in classroom.page.content()
        classroom.page.goto(reverse("visits:booking_create", args=[offer.slots.get().public_id]))
        classroom.choose("school_class", "9B")
        classroom.fill("pupil_count", number)
        if classroom.field("accept_rules").count():
            classroom.tick("accept_rules")
        check_accessibility(classroom.page)
        classroom.press(SEND)
        check_accessibility(classroom.page)
        return VisitBooking.objects.get(slot__offer=offer)

    at_school = book(publish(desk, "guest_lesson", check_accessibility, travel_km="30"), "24")
    desk.page.goto(at_school.get_absolute_url())
    assert "Skolgatan 7" in desk.page.locator("main").inner_text()
    check_accessibility(desk.page)

    on_screen = book(publish(desk, "on_screen", check_accessibility, screen_link=LINK), "24")
    assert on_screen.state == "confirmed"
    expect(classroom.page.get_by_role("link", name=LINK)).to_be_visible()

    day = book(publish(desk, "teacher_shadowing", check_accessibility, group_min="1", group_max="4"), "2")
    assert day.pupil_count == 2
    desk.page.goto(reverse("visits:host_slot_detail", args=[day.slot.public_id]))
    check_accessibility(desk.page)
    words = {"sv": "2 lärare", "nb": "2 lærere"}[language]
    expect(desk.page.get_by_role("status").filter(has_text=words)).to_be_visible()
