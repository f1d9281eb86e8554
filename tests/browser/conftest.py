"""A real Chromium in front of a real web process, on the test's own database.

    def test_landing(open_page):
        page = open_page("/", width=390, scheme="dark", language="nb")
        check_accessibility(page)

Whatever the browser's console complains about, a violated content policy included, fails the test in the end.
"""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

from accounts.models import User
from tests.processes import Web, test_database_url

# The first is the engine without its windows: the same pages, a third less work.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCALES = {"sv": "sv-SE", "nb": "nb-NO", "nn": "nn-NO", "en": "en-GB"}
HEIGHTS = {390: 844, 1280: 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.browser)
            # The web process reads what the test has committed.
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not program:
        reason = f"no browser: none of {', '.join(PROGRAMS)} is on the PATH"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    # Playwright runs its loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def web(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Web]:
    """Two web processes with four threads each, static files included; `web.url` is the address."""
    folder = tmp_path_factory.mktemp("web")
    with django_db_blocker.unblock():
        address = test_database_url()
    environment = {"APP_ENV": "test", "DATABASE_URL": address, "MEDIA_ROOT": str(folder / "media")}
    with Web(folder / "web.log", **environment) as running:
        running.media = folder / "media"
        yield running


@pytest.fixture
def live_url(web: Web, settings) -> str:
    """The address of the web process. Links in mails that the test delivers lead there too."""
    settings.SITE_URL = web.url
    settings.MEDIA_ROOT = web.media
    return web.url


class Complaints(list[str]):
    """What the browser complained about. `expect("404")` forgives complaints that hold the text."""

    def __init__(self) -> None:
        super().__init__()
        self.forgiven: list[str] = []

    def expect(self, text: str) -> None:
        self.forgiven.append(text)

    def open(self) -> list[str]:
        return [each for each in self if not any(text in each for text in self.forgiven)]

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"{page.url}: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.append(f"{message.location.get('url')}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.append(f"{response.status} {response.url}")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    found = Complaints()
    yield found
    assert not found.open(), "The browser complains:\n" + "\n".join(found.open())


@pytest.fixture
def open_page(browser: Browser, live_url: str, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    """`open_page("/path", width=390, scheme="dark", language="nb", javascript=False, user=somebody)`.

    Each call is a browser of its own (cookies apart). `user` is signed in beforehand. Wider and narrower than phone
    and desktop are fine.
    """
    contexts: list[BrowserContext] = []

    def open_one(
        path: str = "/",
        *,
        width: int = 1280,
        scheme: str = "light",
        language: str = "en",
        javascript: bool = True,
        user=None,
    ) -> Page:
        context = browser.new_context(
            base_url=live_url,
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            color_scheme=scheme,
            locale=LOCALES[language],
            java_script_enabled=javascript,
            timezone_id="Europe/Stockholm",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if user:
            context.add_cookies([{"name": "sessionid", "value": _session(user), "url": live_url}])
        page = context.new_page()
        complaints.watch(page)
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value
