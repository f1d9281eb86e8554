"""A school's poster, fetched by its staff; the code's way is walked by a pupil without an account."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits.search import refresh_offer


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_poster_from_the_school_to_the_phone(open_page, language, width):
    options = {"width": width, "language": language}
    teacher = UserFactory(language=language)
    slot = VisitSlotFactory(offer=VisitOfferFactory(title="Prova robotarna"))
    refresh_offer(slot.offer_id)
    school = SchoolFactory(members=[teacher], municipality=slot.offer.workplace.municipality)
    staff = Mouse(open_page(reverse("schools:school_detail", args=[school.public_id]), user=teacher, **options))
    staff.press(f"a[href='{reverse('visits:school_poster', args=[school.public_id])}']")
    check_accessibility(staff.page)
    staff.page.locator("select[name=lang]").select_option("nn")
    staff.press("main form button[type=submit]")
    with staff.page.expect_download() as fetched:
        staff.page.locator("main a[href*='/a3/?lang=nn']").click()
    assert fetched.value.suggested_filename == "industriporten-a3.pdf"
    pupil = open_page(reverse("near_school", args=[school.public_id]), **options)
    expect(pupil.get_by_role("link", name="Prova robotarna")).to_be_visible()
    check_accessibility(pupil)
