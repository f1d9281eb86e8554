"""Between yes and the visit: what the class may do, how many come, who looks after it, and stepping back late."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from notifications.delivery import deliver_due
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory
from visits.models import VisitBooking

SEND = "main form button[data-color=accent]"


def changes(hands, booking, what) -> None:
    hands.page.goto(booking.get_absolute_url())
    hands.page.locator("details:has(a[href$='/size/']) summary").click()
    hands.press(f"a[href$='/{what}/']")
    check_accessibility(hands.page)


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_number_and_people_change_on_both_sides(open_page, language, width):
    teacher, host = (UserFactory(language=language, phone="+46701234567") for _ in range(2))
    colleague = UserFactory(name="Kolla Kollega")
    company = CompanyFactory(members=[host])
    old, new = (CompanyContactFactory(company=company, name=name, language=language) for name in ("Kim", "Robin"))
    booking = VisitBookingFactory(
        school_class=SchoolClassFactory(school=SchoolFactory(members=[teacher, colleague]), name="9B", pupil_count=24),
        requested_by=teacher,
        state="confirmed",
        slot__offer__company=company,
        slot__offer__contact=old,
    )
    options = {"width": width, "language": language}

    school = Mouse(open_page("/", user=teacher, **options))
    changes(school, booking, "size")
    school.fill("pupil_count", "31")
    school.press(SEND)
    assert school.field("pupil_count").input_value() == "31"
    check_accessibility(school.page)  # more than there is room for, it says
    school.fill("pupil_count", "22")
    school.press(SEND)
    check_accessibility(school.page)

    desk = Mouse(open_page("/", user=host, **options))
    changes(desk, booking, "size")
    assert desk.field("pupil_count").input_value() == "22"
    desk.fill("pupil_count", "20")
    desk.press(SEND)
    changes(desk, booking, "contact")
    desk.choose("contact", "Robin")
    desk.press(SEND)
    check_accessibility(desk.page)

    changes(school, booking, "hand-over")
    assert "Robin" not in school.page.locator("main").inner_text()
    school.choose("to", "Kolla Kollega")
    school.fill("phone", "0709998877")
    school.press(SEND)
    check_accessibility(school.page)
    desk.page.goto(booking.get_absolute_url())
    facts = desk.page.locator("main").inner_text()
    assert "Kolla Kollega" in facts
    assert "70999887" in "".join(filter(str.isdigit, facts))
    booking.refresh_from_db()
    assert (booking.pupil_count, booking.requested_by, booking.host_contact) == (20, colleague, new)


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_young_class_is_booked_knowingly_and_steps_back_late(open_page, language, width):
    teacher, host = UserFactory(language=language, phone="+46701234567"), UserFactory(language=language)
    company = CompanyFactory(members=[host])
    contact = CompanyContactFactory(company=company, language=language)
    slot = VisitSlotFactory(
        offer__company=company,
        offer__hands_on_from=16,
        offer__answer_mode="auto",
        offer__late_note="Vi tar 500 kr för materialet.",
        cancel_by=timezone.now() + timedelta(days=1),
    )
    SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="8C", grade=8, pupil_count=24)
    options = {"width": width, "language": language}

    school = Mouse(open_page(slot.offer.get_absolute_url(), user=teacher, **options))
    check_accessibility(school.page)  # what 8C may do
    school.page.goto(reverse("visits:booking_create", args=[slot.public_id]))
    school.choose("school_class", "8C")
    school.fill("pupil_count", "24")
    school.press(SEND)
    check_accessibility(school.page)
    assert school.field("pupil_count").input_value() == "24"
    school.tick("knows_age")
    school.press(SEND)
    check_accessibility(school.page)
    booking = VisitBooking.objects.get()
    type(slot).objects.update(cancel_by=timezone.now() - timedelta(hours=1))

    school.page.goto(booking.get_absolute_url())
    school.press("main a[href$='/cancel/']")
    school.tick("reason", "illness")
    school.press("main form button[data-color=danger]")
    check_accessibility(school.page)  # late, it says, and what the host wants then
    school.tick("knows_late")
    school.press("main form button[data-color=danger]")
    check_accessibility(school.page)
    desk = Mouse(open_page(booking.get_absolute_url(), user=host, **options))
    expect(desk.page.locator("main .ds-alert[data-color=warning]")).to_be_visible()  # who left, and that it was late
    check_accessibility(desk.page)
    booking.refresh_from_db()
    assert (booking.state, booking.late) == ("cancelled", True)
    deliver_due()
    assert contact.email in [message.to[0] for message in mail.outbox]
