"""A school's plan in the browser: an example, a step more, from what lacks to the search."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from regions.school_year import term_of
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits.models import PlanStep
from visits.search import refresh_offer


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_from_an_example_to_a_visit(open_page, language, width):
    teacher = UserFactory(language=language)
    school = SchoolFactory(members=[teacher], lowest_grade=7, highest_grade=9)
    SchoolClassFactory(school=school, name="9B")
    slot = VisitSlotFactory(offer=VisitOfferFactory(title="Prova robotarna", lowest_grade=7, highest_grade=9))
    refresh_offer(slot.offer_id)
    url = reverse("visits:school_plan", args=[school.public_id])
    staff = Mouse(
        open_page(
            reverse("schools:school_detail", args=[school.public_id]), user=teacher, width=width, language=language
        )
    )
    staff.press(f"a[href='{url}']")
    check_accessibility(staff.page)
    staff.press("form[action$='/example/'] button")
    assert PlanStep.objects.count() == 3
    check_accessibility(staff.page)
    staff.press("main form.form button[type=submit]")  # nothing chosen: it says so
    expect(staff.page.locator(".ds-error-summary")).to_be_visible()
    check_accessibility(staff.page)
    staff.page.locator("select[name=grade]").select_option("9")
    staff.page.locator("select[name=term]").select_option(term_of(timezone.localdate()).value)
    staff.page.locator("select[name=kind]").select_option("")
    staff.fill("note", "Teknik")
    staff.press("main form.form button[type=submit]")
    step = PlanStep.objects.get(note="Teknik")
    staff.press(f"form[action$='/{step.public_id}/remove/'] button")
    staff.press("button[name=undo]")
    check_accessibility(staff.page)
    staff.press("li:has-text('Teknik') a[href*='/visits/?grade=9']")
    expect(staff.page.locator("main input[name=pupils]").first).to_have_value("25")
