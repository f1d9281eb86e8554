"""An offer on its way to the schools, past the region."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.visits import VisitOfferFactory, VisitRuleFactory
from visits.models import VisitOffer


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_the_region_sends_an_offer_back_and_approves_it(open_page, language, width):
    host, coordinator = UserFactory(language=language), UserFactory(language=language, second_factor=True)
    municipality = MunicipalityFactory()
    region = RegionFactory(municipalities=[municipality], coordinators=[coordinator])
    company = CompanyFactory(municipality=municipality, members=[host])
    offer = VisitOfferFactory(company=company, state="draft", published_at=None)
    VisitRuleFactory(offer=offer)
    of_host = reverse("visits:host_offer_detail", args=[offer.public_id])

    desk = open_page(
        reverse("coordination:region_settings", args=[region.public_id]),
        width=width,
        user=coordinator,
        language=language,
    )
    check_accessibility(desk)
    desk.locator("[name=vetting][value=all]").check()
    desk.locator("main form button[type=submit]").click()

    phone = open_page(of_host, width=width, user=host, language=language)
    phone.locator(f"form[action$='{offer.public_id}/publish/'] button").click()
    phone.locator(f"form[action$='{offer.public_id}/pause/'] button").wait_for()
    check_accessibility(phone)

    desk.goto(desk.url.replace(f"regions/{region.public_id}/settings/", "vetting/"))
    check_accessibility(desk)
    desk.get_by_role("link", name=offer.title).click()
    desk.locator("summary").last.click()
    desk.locator("[name=reason]").fill("Skriv hva elevene skal ha på føttene.")
    check_accessibility(desk)
    desk.locator("[name=send_back]").click()
    desk.locator(".messages").wait_for()

    phone.reload()
    expect(phone.get_by_text("Skriv hva elevene skal ha på føttene.")).to_be_visible()
    check_accessibility(phone)
    phone.locator(f"form[action$='{offer.public_id}/publish/'] button").click()

    desk.reload()
    desk.get_by_role("link", name=offer.title).click()
    desk.locator("[name=approve]").click()
    desk.locator(".messages").wait_for()
    assert list(VisitOffer.objects.published()) == [offer]
