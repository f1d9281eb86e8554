"""Text messages: through a gateway that is a real HTTP server here, to confirmed numbers, by choice, never at night."""

import base64
import json
import re
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from notifications import choices, text_messages
from notifications.delivery import deliver_due
from notifications.enums import Channel, MailState
from notifications.models import MobileNumber, NoticeChoice, QueuedMail
from notifications.other_channels import deliver_texts
from notifications.sms import Elks46, gateway
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory
from visits import actions, emails
from visits.enums import Side
from visits.reminders import plan_reminders

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NUMBER = "+46701740605"  # of those that PTS keeps for films and tests


def at(*parts):
    return datetime(*parts, tzinfo=STOCKHOLM)


class Elks(BaseHTTPRequestHandler):
    """Answers as api.46elks.com does: 401 without the password, JSON with the id otherwise."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        expected = "Basic " + base64.b64encode(b"u1:p@ss").decode()
        status = self.server.status if self.headers["Authorization"] == expected else 401
        answer = json.dumps({"id": "s1", "status": "created"}).encode() if status == 200 else b"no"
        if status == 200:
            self.server.received.append({name: values[0] for name, values in parse_qs(body).items()})
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


@pytest.fixture
def elks(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elks)
    server.received, server.status = [], 200
    Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_URL = f"elks46+http://u1:p%40ss@127.0.0.1:{server.server_port}/a1/sms?from=Porten"
    yield server
    server.shutdown()
    server.server_close()


def reachable(user, *kinds):
    MobileNumber.objects.create(user=user, number=NUMBER, confirmed_at=timezone.now())
    for kind in kinds:
        choices.choose(user.email, kind, Channel.SMS, is_wanted=True)
    return user


def confirmed_visit(starts_at, user, **changes):
    slot = VisitSlotFactory(starts_at=starts_at, opens_at=at(2027, 1, 1, 8), cancel_by=starts_at)
    return VisitBookingFactory(
        slot=slot, state="confirmed", answered_at=at(2027, 1, 2, 9), requested_by=user, **changes
    )


def test_without_a_gateway_there_are_no_text_messages(client, settings):
    assert settings.SMS_URL == ""
    user = reachable(UserFactory(), emails.CANCELLED)
    client.force_login(user)
    assert "Text messages" not in client.get(reverse("notifications:my_notices")).text
    assert gateway() is None
    assert deliver_texts() == 0


def test_the_gateways_address_is_read_from_the_settings(settings):
    settings.SMS_URL = "elks46://user:word@api.46elks.com/a1/sms"
    through = gateway()
    assert isinstance(through, Elks46)
    assert (through.url, through.sender) == ("https://api.46elks.com/a1/sms", "Porten")
    settings.SMS_URL = "twilio://a:b@c"
    with pytest.raises(ImproperlyConfigured):
        gateway()


def code_on_its_way(elks):
    return re.search(r"\d{6}", elks.received[-1]["message"])[0]


def test_a_number_is_given_confirmed_chosen_and_forgotten(client, elks):
    user = UserFactory(language="sv")
    client.force_login(user)
    page = reverse("notifications:my_notices")
    assert "booking_cancelled-sms" not in client.get(page).text

    response = client.post(reverse("notifications:number_give"), {"number": "12"})
    assert response.context["number_form"].errors
    client.post(reverse("notifications:number_give"), {"number": "070-174 06 05"})
    with time_machine.travel(at(2027, 1, 10, 23, 30)):
        QueuedMail.objects.update(next_attempt_at=timezone.now(), expires_at=timezone.now() + timedelta(minutes=5))
        assert deliver_texts() == 1  # somebody waits for it: at night too
    assert elks.received[-1] | {"message": ""} == {"from": "Porten", "to": NUMBER, "message": ""}
    assert QueuedMail.objects.get().details == {}

    wrong = client.post(reverse("notifications:number_confirm"), {"code": "abc"})
    assert wrong.context["code_form"].errors
    assert text_messages.number_of(user) == ""
    client.post(reverse("notifications:number_confirm"), {"code": code_on_its_way(elks)})
    assert text_messages.number_of(user) == NUMBER

    user.memberships.create(company=VisitBookingFactory().slot.offer.company, role="owner")
    response = client.post(page, {"booking_cancelled-sms": "on"}, follow=True)
    assert choices.wants(user.email, emails.CANCELLED, Channel.SMS)
    client.post(reverse("notifications:number_forget"))
    assert not MobileNumber.objects.exists()
    assert not NoticeChoice.objects.filter(channel=Channel.SMS).exists()


def test_a_code_ends_after_five_tries_or_a_quarter_of_an_hour_and_comes_five_times_a_day(elks):
    user = UserFactory()
    text_messages.give_number(user, NUMBER)
    deliver_texts()
    code = code_on_its_way(elks)
    for _ in range(5):
        with pytest.raises(ActionRefused, match="not right"):
            text_messages.confirm_number(user, "000000" if code != "000000" else "111111")
    with pytest.raises(ActionRefused, match="too old"):
        text_messages.confirm_number(user, code)
    text_messages.give_number(user, NUMBER)
    deliver_texts()
    with time_machine.travel(timezone.now() + timedelta(minutes=16)), pytest.raises(ActionRefused, match="too old"):
        text_messages.confirm_number(user, code_on_its_way(elks))
    for _ in range(3):
        text_messages.give_number(user, NUMBER)
    with pytest.raises(ActionRefused, match="Five codes"):
        text_messages.give_number(user, NUMBER)


@pytest.mark.parametrize(
    ("language", "words"), [("sv", "9B besöker"), ("nb", "9B besøker"), ("nn", "9B vitjar"), ("en", "9B visit")]
)
def test_the_day_before_a_visit_in_the_persons_language(elks, language, words):
    with time_machine.travel(at(2027, 2, 1, 12), tick=False) as clock:
        user = reachable(UserFactory(language=language), emails.REMINDER)
        confirmed_visit(at(2027, 2, 10, 9), user, group_name="9B")
        while timezone.now() < at(2027, 2, 10, 10):
            plan_reminders()
            deliver_texts()
            clock.shift(timedelta(hours=6))
    (message,) = elks.received
    assert words in message["message"]
    assert len(message["message"]) < 306  # two of the telephone network's


def test_a_cancellation_is_texted_when_less_than_a_day_is_left(elks):
    user = reachable(UserFactory(), emails.CANCELLED)
    with time_machine.travel(at(2027, 2, 9, 14), tick=False):
        tomorrow = confirmed_visit(at(2027, 2, 10, 9), user)
        later = confirmed_visit(at(2027, 2, 20, 9), user)
        for booking in (tomorrow, later):
            actions.cancel_booking(booking, side=Side.HOST, reason="illness")
        assert deliver_texts() == 2
    assert len(elks.received) == 1
    states = dict(QueuedMail.objects.filter(channel=Channel.SMS).values_list("about_id", "state"))
    assert states == {tomorrow.pk: MailState.SENT, later.pk: MailState.CANCELLED}


def test_a_telephone_is_quiet_at_night(elks):
    user = reachable(UserFactory(), emails.CANCELLED)
    with time_machine.travel(at(2027, 2, 9, 22), tick=False) as clock:
        actions.cancel_booking(confirmed_visit(at(2027, 2, 10, 9), user), side=Side.HOST, reason="illness")
        deliver_texts()
        row = QueuedMail.objects.get(channel=Channel.SMS)
        assert (row.state, row.attempts, row.next_attempt_at) == (MailState.WAITING, 0, at(2027, 2, 10, 7))
        clock.move_to(at(2027, 2, 10, 6, 59))
        assert deliver_texts() == 0
        clock.move_to(at(2027, 2, 10, 7, 1))
        assert deliver_texts() == 1
    assert len(elks.received) == 1


@pytest.mark.parametrize(
    ("now", "again"),
    [
        (at(2027, 3, 27, 22), at(2027, 3, 28, 7)),  # the night that is an hour shorter
        (at(2027, 10, 31, 2, 30), at(2027, 10, 31, 7)),  # the one that is longer
        (at(2027, 12, 31, 21), at(2028, 1, 1, 7)),
        (at(2027, 6, 1, 20, 59), None),
        (at(2027, 6, 1, 7), None),
    ],
)
def test_quiet_hours_go_by_the_local_clock(now, again):
    assert text_messages.after_quiet_hours(now) == again


@pytest.mark.parametrize(
    ("status", "state", "attempts"),
    [(500, MailState.WAITING, 0), (403, MailState.WAITING, 0), (400, MailState.PARKED, 0)],
)
def test_what_the_gateway_answers(elks, status, state, attempts):
    elks.status = status
    text_messages.give_number(UserFactory(), NUMBER)
    deliver_texts()
    row = QueuedMail.objects.get()
    assert (row.state, row.attempts) == (state, attempts)


def test_a_dead_gateway_delays_no_mail_and_loses_no_message(elks, settings):
    user = reachable(UserFactory(), emails.CANCELLED)
    alive, settings.SMS_URL = settings.SMS_URL, "elks46+http://u:p@127.0.0.1:9/a1/sms"
    with time_machine.travel(at(2027, 2, 9, 14), tick=False) as clock:
        actions.cancel_booking(confirmed_visit(at(2027, 2, 10, 9), user), side=Side.HOST, reason="illness")
        deliver_texts()
        assert deliver_due() > 0
        settings.SMS_URL = alive
        clock.shift(timedelta(minutes=20))
        deliver_texts()
    assert len(elks.received) == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_each_message_once(elks):
    for _ in range(8):
        text_messages.give_number(UserFactory(), NUMBER)
    at_the_same_time(*[deliver_texts] * 4)
    assert len(elks.received) == 8
    assert len({message["message"] for message in elks.received}) > 1
    assert set(QueuedMail.objects.values_list("state", flat=True)) == {MailState.SENT}


@pytest.mark.django_db(transaction=True)
def test_a_message_falls_with_its_transaction(elks):
    with transaction.atomic():
        text_messages.give_number(UserFactory(), NUMBER)
        transaction.set_rollback(True)
    deliver_texts()
    assert elks.received == []


def test_neither_number_nor_words_are_logged(elks, caplog, capsys):
    elks.status = 500
    text_messages.give_number(UserFactory(), NUMBER)
    deliver_texts()
    said = caplog.text + "".join(capsys.readouterr())
    assert NUMBER not in said
    assert "Porten" not in said
