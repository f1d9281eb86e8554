"""The guards of the browser tests can fail."""

import pytest

from tests.browser.accessibility import check_accessibility


def test_a_violated_content_policy_is_noticed(open_page, complaints):
    page = open_page("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>')")
    page.wait_for_timeout(100)
    assert "Content Security Policy" in " ".join(complaints.open())
    complaints.clear()


def test_an_inaccessible_page_is_noticed(open_page):
    page = open_page("/")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/img/icons.svg\">')"
    )
    with pytest.raises(AssertionError, match="image-alt"):
        check_accessibility(page)
