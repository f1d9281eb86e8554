import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import check_accessibility


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_landing_is_accessible(open_page, width, scheme):
    page = open_page("/", width=width, scheme=scheme)
    expect(page.locator("h1")).to_have_count(1)
    check_accessibility(page)


@pytest.mark.parametrize("language", ["sv", "nb", "nn", "en"])
def test_landing_speaks_the_browsers_language(open_page, language):
    page = open_page("/", language=language, javascript=False)
    assert page.locator("html").get_attribute("lang") == language
