"""Signed-in people who talk to a real web process over real HTTP."""

import http.client
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client


@dataclass
class Answer:
    status: int
    location: str
    text: str


class HttpClient:
    """One person's browser without a screen: a session, a CSRF token and a connection of its own."""

    def __init__(self, url: str, user) -> None:
        self.address = urlsplit(url).netloc
        login = Client()
        login.force_login(user)
        self.token = _get_new_csrf_string()
        session = login.cookies[settings.SESSION_COOKIE_NAME].value
        self.cookies = f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={self.token}"
        self.connection = http.client.HTTPConnection(self.address, timeout=60)

    def close(self) -> None:
        self.connection.close()

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, data: dict) -> Answer:
        return self._ask("POST", path, urlencode(data | {"csrfmiddlewaretoken": self.token}))

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return Answer(response.status, response.headers.get("Location", ""), response.read().decode())


def booking_form(school_class, pupils: int) -> dict:
    """What the booking page sends for a saved class."""
    return {
        "school_class": school_class.pk,
        "school": school_class.school_id,
        "pupil_count": pupils,
        "adult_count": 1,
        "phone": "0701234567",
        "note": "",
        "request_key": uuid.uuid4(),
    }
