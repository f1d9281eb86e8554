"""The list of visits in a frame of somebody else's page."""

import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest

from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Nothing: the test speaks for itself."""


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_the_list_stands_in_a_frame_of_another_page(open_page, live_url, complaints, tmp_path, language, width):
    VisitSlotFactory(offer=VisitOfferFactory(title="Provsvetsa en grind"))
    hands = Mouse(open_page("/visits/", width=width, language=language))
    hands.press("a[href^='/visits/embed/how/']")
    check_accessibility(hands.page)
    snippet = hands.page.locator("#snippet").input_value().replace("http://localhost:8000", live_url)
    assert snippet.startswith(f'<iframe src="{live_url}/visits/embed/?')
    other = open_page("about:blank", width=width, language=language)
    (tmp_path / "index.html").write_text(
        f"<!doctype html><html lang='{language}'><title>Skolan</title><main>{snippet}</main></html>"
    )
    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as school:
        threading.Thread(target=school.serve_forever, kwargs={"poll_interval": 0.01}).start()
        complaints.expect("favicon.ico")
        other.goto(f"http://127.0.0.1:{school.server_port}/")
        seen = other.frame_locator("iframe").get_by_role("link", name="Provsvetsa en grind")
        try:
            seen.wait_for(timeout=5000)
        finally:
            school.shutdown()
    other.goto(f"{live_url}/visits/embed/?lang={language}")
    check_accessibility(other)
