"""After a visit: the host says from the mail who came, the school how it was, and fetches the certificate."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitSlotFactory
from tests.visits.test_after import held_visit
from visits import after_actions

SEND = "main form button[data-color=accent]"


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_both_sides_say_how_it_was(open_page, language, width):
    counsellor, host = UserFactory(language=language), UserFactory(language=language)
    company = CompanyFactory(members=[host])
    contact = CompanyContactFactory(company=company, language=language, name="Robin Kontakt")
    booking = held_visit(
        timedelta(days=2),
        school_class=SchoolClassFactory(school=SchoolFactory(members=[counsellor]), pupil_count=24),
        requested_by=counsellor,
        slot__offer__company=company,
        slot__offer__contact=contact,
    )
    after_actions.ask_how_it_was()
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        deliver_due()
    (to_host,) = [message for message in mail.outbox if message.to == [contact.email]]
    options = {"width": width, "language": language}

    mailed = Mouse(open_page(re.search(r"http\S+/visits/after/\S+", to_host.body)[0], **options))
    check_accessibility(mailed.page)
    mailed.tick("attendance", "fewer")
    mailed.press(SEND)
    check_accessibility(mailed.page)  # how many, it asks
    mailed.fill("pupils_came", "20")
    mailed.fill("text", "Så trevligt det var!")
    mailed.press(SEND)
    assert mailed.field("pupils_came").input_value() == ""
    check_accessibility(mailed.page)
    assert booking.outcome.pupils_came == 20

    teacher = Mouse(open_page(booking.get_absolute_url(), user=counsellor, **options))
    assert "Så trevligt det var!" in teacher.page.locator("main").inner_text()
    assert "Robin Kontakt" in teacher.page.locator("main").inner_text()
    teacher.tick("kinds", "prao")
    teacher.press("form[action$='/wishes/'] button")
    assert booking.follow_ups.get().wished_by == counsellor
    check_accessibility(teacher.page)
    at_work = Mouse(open_page(booking.get_absolute_url(), user=host, **options))
    check_accessibility(at_work.page)
    at_work.press("button[name=welcome][value='1']")
    assert booking.follow_ups.get().state == "welcome"
    teacher.press("a[href$='/after/']")
    check_accessibility(teacher.page)
    for name in ("visit", "fit", "information"):
        teacher.tick(name, "5")
    teacher.press(SEND)
    assert booking.feedback.get().given_by == counsellor
    teacher.press("form[action$='/again/'] button")
    assert QueuedMail.objects.filter(kind="book_again", to_email=counsellor.email).count() == 1
    teacher.press("a[href$='/next/']")
    check_accessibility(teacher.page)  # no time to book now, it says
    VisitSlotFactory(offer=booking.slot.offer)
    teacher.page.reload()
    check_accessibility(teacher.page)
    teacher.press("main .rows a[href*='?again=']")
    assert teacher.field("pupil_count").input_value() == "24"
    teacher.page.goto(booking.get_absolute_url())
    with teacher.page.expect_download() as download:
        teacher.page.locator("a[href$='/certificate.pdf']").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
