"""A whole system of its own for each drill: Redis, a mail server, web, worker and beat on free ports.

Drills break these, and only these. The database is the test's; nobody here stops it.
"""

import asyncio
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
import redis
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.embedded import _redis_program
from notifications.delivery import message_id
from notifications.enums import MailState
from notifications.models import QueuedMail
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from tests.processes import Process, Web, free_port, test_database_url, wait_until


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.drill)
            item.add_marker(pytest.mark.django_db(transaction=True))


class MailServer:
    """Takes every mail and remembers its Message-ID. `hold` lets it take the next one and then fall silent."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[str] = []
        self.hold = threading.Event()
        self.holding = threading.Event()
        self.controller: Controller | None = None

    async def handle_DATA(self, server, session, envelope) -> str:
        self.received.append(message_from_bytes(envelope.content)["Message-ID"])
        if self.hold.is_set():
            self.holding.set()
            while self.hold.is_set():
                await asyncio.sleep(0.05)
        return "250 OK"

    def start(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self) -> None:
        if self.controller:
            self.controller.stop()
            self.controller = None


class Broker:
    """A Redis of the drill's own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self.start()

    def start(self) -> None:
        command = [_redis_program(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.process = Process([*command, "--save", "", "--appendonly", "no"], self.folder / "redis.log")
        wait_until(self.answers)

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return client.ping()
        except redis.RedisError:
            return False

    def wipe(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


class System:
    """Everything that runs, and a counsellor with a class for every slot."""

    def __init__(self, folder: Path, settings) -> None:
        self.folder = folder
        self.mail_server = MailServer()
        self.mail_server.start()
        self.broker = Broker(folder)
        self.environment = {
            "APP_ENV": "test",
            "DATABASE_URL": test_database_url(),
            "REDIS_URL": self.broker.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail_server.port}",
        }
        self.web = Web(folder / "web.log", wait=False, **self.environment)
        self.environment["SITE_URL"] = settings.SITE_URL = self.web.url
        self.start_worker()
        self.beat = self._celery("beat", f"--schedule={folder / 'schedule'}")
        wait_until(self.web.answers, seconds=60)

        school = SchoolFactory(members=[user := UserFactory()])
        self.classes = iter(SchoolClassFactory.create_batch(40, school=school))
        offer = VisitOfferFactory()
        self.slots = iter(VisitSlotFactory.create_batch(40, offer=offer))
        client = Client()
        client.force_login(user)
        self.session = client.cookies[django_settings.SESSION_COOKIE_NAME].value

    def start_worker(self) -> None:
        self.worker = self._celery("worker", "--concurrency=1", f"--hostname=worker@{uuid.uuid4().hex}")

    def _celery(self, *arguments: str) -> Process:
        command = [sys.executable, "-m", "celery", "--app=config.celery", *arguments]
        return Process(command, self.folder / f"{arguments[0]}.log", **self.environment, IS_WORKER="1")

    def book(self) -> float:
        """Book the next slot for the next class through the web, as a browser does; how many seconds it took."""
        school_class, slot = next(self.classes), next(self.slots)
        token = "a" * 32
        fields = {
            "csrfmiddlewaretoken": token,
            "school_class": school_class.pk,
            "school": school_class.school_id,
            "pupil_count": 20,
            "adult_count": 1,
            "phone": "0701234567",
            "request_key": uuid.uuid4(),
        }
        begun = time.monotonic()
        with closing(HTTPConnection("127.0.0.1", self.web.port, timeout=30)) as connection:
            connection.request(
                "POST",
                reverse("visits:booking_create", args=[slot.public_id]),
                body=urlencode(fields),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Cookie": f"sessionid={self.session}; csrftoken={token}",
                },
            )
            assert connection.getresponse().status == 302, self.web.text()
        seconds = time.monotonic() - begun
        slot.refresh_from_db()
        assert slot.pupils_taken == 20
        return seconds

    def waiting(self) -> int:
        return QueuedMail.objects.filter(state=MailState.WAITING).count()

    def let_pauses_pass(self) -> None:
        """As if the minutes between two attempts were over."""
        QueuedMail.objects.filter(state=MailState.WAITING).update(next_attempt_at=timezone.now())

    def all_sent(self) -> bool:
        return not self.waiting()

    def reconcile(self, *, bookings: int) -> list[str]:
        """Every mail of the bookings has been sent and received; returns the ids received, repeats included."""
        rows = QueuedMail.objects.all()
        assert {row.state for row in rows} == {MailState.SENT}
        assert len(rows) == 2 * bookings  # one to each side
        assert set(self.mail_server.received) == {message_id(row) for row in rows}
        return sorted(self.mail_server.received)

    def stop(self) -> None:
        for process in (self.beat, self.worker, self.web, self.broker.process):
            process.send(signal.SIGCONT)
            process.kill()
        self.mail_server.hold.clear()
        self.mail_server.stop()


@pytest.fixture
def system(tmp_path, transactional_db, settings) -> Iterator[System]:
    running = System(tmp_path, settings)
    yield running
    running.stop()
