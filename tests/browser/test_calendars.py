"""Calendar addresses and pages for paper, as people meet them."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_calendar_address_is_made_and_the_visits_are_printed(open_page, language, width):
    counsellor, host = UserFactory(language=language), UserFactory(language=language)
    school, company = SchoolFactory(members=[counsellor]), CompanyFactory(members=[host])
    booking = VisitBookingFactory(
        school_class=SchoolClassFactory(school=school), slot__offer__company=company, state="confirmed"
    )
    hands = Mouse(open_page("/visits/bookings/", user=counsellor, width=width, language=language))
    hands.press("a[href='/visits/calendars/']")
    hands.page.locator("main [name=what]:not([type=hidden])").select_option(f"school:{school.public_id}")
    hands.press("main form[novalidate] button[type=submit]")
    check_accessibility(hands.page)
    address = hands.page.locator("#address").input_value()
    answer = hands.page.request.get(address.replace("http://localhost:8000", ""))
    assert answer.text().count("BEGIN:VEVENT") == 1
    hands.page.goto("/visits/calendars/")
    hands.press("form[action$='/stop/'] button")
    check_accessibility(hands.page)
    assert hands.page.request.get(address.replace("http://localhost:8000", "")).status in {404, 410}
    hands.page.goto(f"{booking.get_absolute_url()}print/")
    check_accessibility(hands.page)
    hands.page.goto("/visits/school/print/")
    check_accessibility(hands.page)
    day = timezone.localdate(booking.slot.starts_at)
    paper = open_page(f"/visits/hosting/day/?day={day}", user=host, width=width, language=language)
    check_accessibility(paper)
    expect(paper.get_by_text(booking.phone)).to_be_visible()
