"""The two searches, the company page and the visit page, as people use them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.factories.companies import CompanyFactory
from tests.factories.regions import CountyFactory, MunicipalityFactory
from tests.factories.visits import VisitOfferFactory, VisitRuleFactory, VisitSlotFactory
from visits.models import VisitOffer
from visits.search import refresh_offers

SIZES = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def visits():
    """Two visits in two municipalities of Sörmland, drawn on the map."""
    sormland = CountyFactory(id="SE-04")
    nykoping = MunicipalityFactory(id="SE-0480", name="Nyköping", county=sormland)
    eskilstuna = MunicipalityFactory(id="SE-0484", name="Eskilstuna", county=sormland, lat=59.37, lon=16.51)
    weld = VisitOfferFactory(title="Prova svetsning", company=CompanyFactory(municipality=nykoping), highest_grade=9)
    mill = VisitOfferFactory(
        title="Se hur vi fräser", company=CompanyFactory(municipality=eskilstuna), kind="theme_day"
    )
    for offer in (weld, mill):
        VisitRuleFactory(offer=offer)
        VisitSlotFactory(offer=offer)
        VisitSlotFactory(offer=offer, pupils_taken=30)
        VisitSlotFactory(offer=offer, starts_at=timezone.now() + timedelta(days=70))
    refresh_offers(VisitOffer.objects.all())
    return weld, mill


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_pages_are_accessible(open_page, visits, width, scheme):
    weld, _mill = visits
    page = open_page("/visits/?q=s&near=Eskilstuna&kind=company_visit", width=width, scheme=scheme)
    check_accessibility(page)
    if width == 390:
        page.get_by_text("Map and places").click()
        check_accessibility(page)
        page.get_by_role("button", name="Filter").click()
        check_accessibility(page)
    for address in (
        "/visits/?grade=99&pupils=900&q=nothing",
        "/companies/",
        weld.get_absolute_url(),
        weld.company.get_absolute_url(),
    ):
        page.goto(address)
        check_accessibility(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_typing_narrows_the_list_and_keeps_the_cursor(open_page, visits):
    page = open_page("/visits/")
    status = page.get_by_role("status")
    expect(status).to_have_text("2 visits, 4 free times")
    box = page.get_by_label("Company, occupation, subject or place")
    box.press_sequentially("fras", delay=20)
    expect(status).to_have_text("1 visit, 2 free times")
    expect(box).to_be_focused()
    expect(box).to_have_value("fras")
    assert page.url.endswith("/visits/?q=fras")
    expect(page.locator("label[for=id_kind_theme_day] .cnt")).to_have_text("1")
    expect(page.locator("label[for=id_kind_company_visit] .cnt")).to_have_text("0")
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("2 visits, 4 free times")


def test_a_box_ticked_keeps_the_focus_and_can_be_taken_back(open_page, visits):
    page = open_page("/visits/")
    box = page.get_by_label("Theme day")
    box.check()
    expect(page.get_by_role("status")).to_have_text("1 visit, 2 free times")
    expect(box).to_be_focused()
    assert page.url.endswith("/visits/?kind=theme_day")
    page.get_by_role("link", name="Kind: theme day").click()
    expect(page.get_by_role("status")).to_have_text("2 visits, 4 free times")
    expect(box).not_to_be_checked()
    assert page.url.endswith("/visits/?")


def test_a_place_on_the_map_is_chosen_by_keyboard(open_page, visits):
    page = open_page("/visits/")
    page.get_by_role("link", name="Eskilstuna, 1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 visit, 2 free times")
    expect(page.get_by_label("Municipality", exact=True)).to_have_value("SE-0484")
    expect(page.locator(".map a[aria-current]")).to_have_count(1)


def test_another_month_comes_without_a_new_page(open_page, visits):
    weld, _mill = visits
    page = open_page(weld.get_absolute_url())
    first = page.get_by_role("status").inner_text()
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Later:").click()
    expect(page.get_by_role("status")).not_to_have_text(first)
    assert page.evaluate("window.same")
    page.get_by_role("link", name="Earlier:").click()
    expect(page.get_by_role("status")).to_have_text(first)


def test_everything_works_without_javascript(open_page, visits):
    page = open_page("/visits/", javascript=False)
    page.get_by_label("Company, occupation, subject or place").fill("svets")
    page.get_by_label("Company visit").check()
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_have_text("1 visit, 2 free times")
    page.get_by_role("link", name="Search words: svets").click()
    page.get_by_role("link", name="Prova svetsning").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Prova svetsning")
    page.get_by_role("link", name="Later:").click()
    page.get_by_role("link", name="Book Prova svetsning").click()
    assert "/accounts/login/" in page.url
