"""Days without lessons: the school's page, and what the host and whoever books read of them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from schools.models import ClosedDay
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory

SAVE = "main form.form button[type=submit]"


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_school_tells_its_days_and_the_others_read_them(open_page, language, width):
    options = {"width": width, "language": language}
    teacher, host = UserFactory(language=language), UserFactory(language=language)
    company = CompanyFactory(members=[host])
    offer = VisitOfferFactory(company=company)
    school = SchoolFactory(members=[teacher], municipality=offer.workplace.municipality)
    SchoolClassFactory(school=school)
    monday = timezone.localdate() + timedelta(days=42 - timezone.localdate().weekday())
    nine = timezone.make_aware(timezone.datetime(monday.year, monday.month, monday.day, 9))
    slot = VisitSlotFactory(offer=offer, starts_at=nine, ends_at=nine + timedelta(hours=1))

    staff = Mouse(open_page(reverse("schools:school_detail", args=[school.public_id]), user=teacher, **options))
    staff.press(f"a[href='{reverse('schools:closed_days', args=[school.public_id])}']")
    check_accessibility(staff.page)
    staff.press(SAVE)  # nothing written: it says so
    expect(staff.page.locator(".ds-error-summary")).to_be_visible()
    check_accessibility(staff.page)
    staff.fill("first_day", monday.isoformat())
    staff.fill("last_day", (monday + timedelta(days=4)).isoformat())
    staff.fill("reason", "Studiedagar")
    staff.press(SAVE)
    expect(staff.page.locator(".rows-title")).to_have_count(1)
    check_accessibility(staff.page)
    staff.press("form[action$='/remove/'] button")
    assert not ClosedDay.objects.exists()
    check_accessibility(staff.page)
    staff.press("button[name=undo]")
    assert ClosedDay.objects.count() == 5

    staff.page.goto(reverse("visits:booking_create", args=[slot.public_id]))
    expect(staff.page.locator("main .ds-alert").filter(has_text="Studiedagar")).to_be_visible()
    check_accessibility(staff.page)

    desk = Mouse(open_page(reverse("visits:host_times_by_rule", args=[offer.public_id]), user=host, **options))
    desk.fill("first", (monday + timedelta(days=1)).isoformat())
    desk.fill("last", (monday + timedelta(days=8)).isoformat())
    desk.tick("weekdays", "1")
    desk.fill("start", "10:00")
    desk.press("main form.form button[type=submit]")
    expect(desk.page.locator("main").get_by_text("(Studiedagar)")).to_have_count(1)
    assert desk.page.locator("input[name=anyway]:not(:checked)").count() == 1
    assert desk.page.locator("input[name=take]:checked").count() == 1
    check_accessibility(desk.page)
