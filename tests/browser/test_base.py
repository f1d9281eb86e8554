"""What every page has: menus, colours, languages, focus, weight."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import UserFactory

# WCAG 1.4.12: a reader's own spacing must not break the page.
TEXT_SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
PUBLIC = ["/", "/contact/", "/accessibility/", "/personal-data/", "/visits/", "/companies/", "/accounts/login/"]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_menus_open_and_are_accessible(open_page, width, scheme):
    page = open_page("/contact/", width=width, scheme=scheme, user=UserFactory(language="en"))
    if width == 390:
        page.get_by_role("button", name="Menu").press("Enter")
        check_accessibility(page)
    page.get_by_role("button", name="My account").press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    check_accessibility(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Language:").press("Enter")
    expect(page.locator("#languages").get_by_role("button", name="Norsk nynorsk")).to_be_visible()
    check_accessibility(page)


def test_colours_are_chosen_without_script(open_page):
    page = open_page("/contact/", javascript=False)
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-color-scheme") == "dark"
    page.get_by_role("button", name="Light").click()
    assert page.locator("html").get_attribute("data-color-scheme") == "light"
    assert page.url.endswith("/contact/")


def test_whoever_follows_the_system_is_offered_the_other_colours(open_page):
    expect(open_page("/contact/", scheme="light").get_by_role("button", name="Dark")).to_be_visible()
    dark = open_page("/contact/", scheme="dark")
    expect(dark.get_by_role("button", name="Light")).to_be_visible()
    expect(dark.get_by_role("button", name="Dark")).not_to_be_visible()


def test_a_language_is_chosen_without_script(open_page):
    page = open_page("/contact/", javascript=False)
    page.locator("footer").get_by_role("button", name="Norsk bokmål").click()
    assert page.locator("html").get_attribute("lang") == "nb"
    assert page.url.endswith("/contact/")


@pytest.mark.parametrize("path", PUBLIC)
def test_nothing_scrolls_sideways_on_the_narrowest_screen(open_page, path):
    page = open_page(path, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    # An inline style is against the policy; a constructed sheet is the test's own.
    page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet]; }",
        TEXT_SPACING,
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_skip_link_leads_to_the_content(open_page):
    page = open_page("/contact/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_reading_starts_at_what_must_be_mended(open_page):
    page = open_page("/accounts/login/")
    page.get_by_label("E-mail", exact=True).fill("nobody@example.org")
    page.get_by_label("Password").fill("not the right one")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()
    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.matches('.ds-error-summary')")
    check_accessibility(page)


def test_an_unknown_page_is_accessible(open_page, complaints):
    complaints.expect("404")
    check_accessibility(open_page("/no-such-page/", width=390))


def test_whoever_reads_in_the_dark_prints_on_white(open_page):
    page = open_page("/contact/", scheme="dark")
    page.emulate_media(media="print")
    colours = page.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]")
    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    ink = page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--ds-color-neutral-text-default')"
    )
    assert ink.strip() == "#212d38"
    expect(page.locator("header")).not_to_be_visible()


def test_the_first_page_asks_for_little(open_page):
    """At most 12 requests (FRONTEND.md); what they weigh is in tests/core/test_weight.py."""
    page = open_page("/")
    page.wait_for_load_state("networkidle")
    loaded = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert 5 < 1 + len(loaded) <= 12, loaded
