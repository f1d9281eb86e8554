"""No booking fails, no mail is lost, none comes twice: with the mail server, Redis or the worker broken meanwhile."""

import json
import signal
import statistics
import urllib.request
from collections import Counter

import pytest

from notifications.models import QueuedMail
from tests.processes import wait_until

PATIENCE = 2.0  # seconds a booking may take, whatever is broken
RECOVERY = 90.0


def redis_answers(system) -> bool:
    with urllib.request.urlopen(f"{system.web.url}/readyz", timeout=10) as answer:
        return json.load(answer)["redis"]


def bookings_take(system, count: int) -> float:
    """The median: what is broken slows all of them, a busy machine only some."""
    return statistics.median(system.book() for _ in range(count))


def test_mail_waits_for_a_mail_server_that_is_down(system):
    system.mail_server.stop()
    assert bookings_take(system, 5) < PATIENCE
    wait_until(QueuedMail.objects.filter(last_error="ServerUnreachable").exists, seconds=60)
    assert system.waiting() == 10
    assert system.mail_server.received == []

    system.mail_server.start()
    system.let_pauses_pass()
    wait_until(system.all_sent, seconds=RECOVERY)
    received = system.reconcile(bookings=5)
    assert len(received) == len(set(received))


def kill(system):
    system.broker.process.kill()


def freeze(system):
    system.broker.process.send(signal.SIGSTOP)


def wipe(system):
    system.broker.wipe()


def start_again(system):
    system.broker.start()


def thaw(system):
    system.broker.process.send(signal.SIGCONT)


@pytest.mark.parametrize(
    ("break_it", "repair"),
    [(kill, start_again), (freeze, thaw), (wipe, lambda system: None)],
    ids=["killed", "frozen", "wiped"],
)
def test_booking_needs_no_redis_and_its_mail_follows(system, break_it, repair):
    system.book()
    wait_until(system.all_sent, seconds=RECOVERY)  # everything runs

    break_it(system)
    assert bookings_take(system, 5) < PATIENCE
    assert redis_answers(system) is (break_it is wipe)

    repair(system)
    wait_until(system.all_sent, seconds=RECOVERY)
    assert redis_answers(system)
    received = system.reconcile(bookings=6)
    assert len(received) == len(set(received))


def test_a_worker_killed_between_send_and_commit_repeats_that_mail_and_no_other(system):
    system.mail_server.hold.set()
    for _ in range(4):
        system.book()
    assert system.mail_server.holding.wait(60)  # one mail was taken, the answer has not been given
    system.worker.kill()
    system.mail_server.hold.clear()
    (repeated,) = system.mail_server.received
    assert system.waiting() == 8

    system.start_worker()
    wait_until(system.all_sent, seconds=RECOVERY)
    received = Counter(system.reconcile(bookings=4))
    assert {each for each, times in received.items() if times > 1} == {repeated}
    assert received[repeated] == 2
