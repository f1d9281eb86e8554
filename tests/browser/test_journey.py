"""The main job, whole: a company publishes, a counsellor finds and books, the company answers from the mail, both are
reminded, the calendar file opens."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from icalendar import Calendar

from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Keyboard, Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory, WorkplaceFactory
from tests.factories.regions import MunicipalityFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from visits.models import VisitBooking, VisitOffer
from visits.reminders import plan_reminders

TITLE = "Provsvetsa en grind"


@dataclass
class Cast:
    host: object
    counsellor: object
    contact: object
    school_class: object


@pytest.fixture
def cast_in():
    def make(language: str) -> Cast:
        town = MunicipalityFactory()
        host, counsellor = UserFactory(language=language), UserFactory(language=language, phone="+46701234567")
        company = CompanyFactory(members=[host], name="Provsmedjan AB", municipality=town)
        WorkplaceFactory(company=company)
        contact = CompanyContactFactory(company=company, language=language)
        school = SchoolFactory(members=[counsellor], municipality=town)
        return Cast(host, counsellor, contact, SchoolClassFactory(school=school, name="9B", grade=9))

    return make


def publish(hands, day) -> None:
    """The host writes an offer, adds a time and publishes."""
    hands.page.goto("/visits/hosting/offers/new/")
    hands.fill("title", TITLE)
    hands.fill("summary", "Klassen svetsar sin egen grind.")
    hands.fill("programme_of_day", "Skyddskläder på\nSvetsa")
    hands.press("main form .actions button[type=submit]")
    hands.press("main a[href$='/times/new/']")
    hands.fill("day", day.isoformat())
    hands.fill("start", "09:00")
    hands.fill("pupils_capacity", "30")
    hands.press("main form .actions button[type=submit]")
    hands.press("main form[action$='/publish/'] button")


def find(hands) -> None:
    """The counsellor finds it by a word of the description."""
    hands.page.goto("/visits/")
    hands.fill("q", "svetsar")
    if hands.page.evaluate("() => Boolean(window.htmx)"):
        hands.page.wait_for_url("**q=svetsar**")
    else:
        hands.press("main form[role=search] .sbar button[type=submit]")
    hands.press(f".ccard a:has-text('{TITLE}')")


def book(hands, cast) -> VisitBooking:
    hands.press(".slots a[href$='/book/']")
    hands.choose("school_class", "9B")
    hands.fill("pupil_count", "25")
    hands.fill("note", "Vi kommer med buss.")
    hands.tick("accept_rules")
    hands.press("main form button[type=submit]")
    return VisitBooking.objects.get(school_class=cast.school_class)


def links_in(address: str) -> list[str]:
    deliver_due()
    newest = [message for message in mail.outbox if message.to == [address]][-1]
    return re.findall(r"http://127\.0\.0\.1:\d+\S+", newest.body)


def answer_yes(hands, cast) -> None:
    """The host opens the link in the mail, without an account."""
    (link,) = [link for link in links_in(cast.contact.email) if "choice=yes" in link]
    hands.page.goto(link)
    hands.press("main form button[type=submit]")


def the_whole_way(open_page, cast, hands_of, *, width=1280, language="sv", javascript=True, look=lambda page: None):
    day = timezone.localdate() + timedelta(days=40)
    options = {"width": width, "language": language, "javascript": javascript}

    host = hands_of(open_page("/", user=cast.host, **options))
    publish(host, day)
    look(host.page)
    assert VisitOffer.objects.get(title=TITLE).state == "published"

    counsellor = hands_of(open_page("/", user=cast.counsellor, **options))
    find(counsellor)
    look(counsellor.page)
    booking = book(counsellor, cast)
    look(counsellor.page)
    assert booking.state == "pending"
    assert counsellor.page.url.endswith(booking.get_absolute_url())

    mailed = hands_of(open_page("/", **options))
    answer_yes(mailed, cast)
    look(mailed.page)
    booking.refresh_from_db()
    assert booking.state == "confirmed"

    with time_machine.travel(timezone.localtime(booking.slot.starts_at).replace(hour=8, minute=1) - timedelta(days=3)):
        plan_reminders()
        deliver_due()
    reminded = QueuedMail.objects.filter(kind="booking_reminder", state="sent")
    assert sorted(reminded.values_list("to_email", "language")) == sorted(
        [(cast.contact.email, language), (cast.counsellor.email, language)]
    )

    counsellor.page.goto(booking.get_absolute_url())
    with counsellor.page.expect_download() as download:
        counsellor.page.locator("a[href$='visit.ics']").click()
    event = Calendar.from_ical(download.value.path().read_bytes()).walk("VEVENT")[0]
    assert event.decoded("DTSTART") == booking.slot.starts_at
    assert TITLE in str(event["SUMMARY"])


@pytest.mark.parametrize("language", ["sv", "nb"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_whole_journey(open_page, cast_in, width, language):
    the_whole_way(open_page, cast_in(language), Mouse, width=width, language=language, look=check_accessibility)


def test_the_whole_journey_with_the_keyboard_alone(open_page, cast_in):
    the_whole_way(open_page, cast_in("sv"), Keyboard)


def test_the_whole_journey_without_javascript(open_page, cast_in):
    the_whole_way(open_page, cast_in("sv"), Mouse, javascript=False)
