"""Reminders: 20,000 that are due at once, queued by two planners side by side; 4,000 delivered by one worker.

    python -m bench.reminders [reminders]

The worker is killed (SIGKILL) in the middle and another begins. What the mail server received is
compared with the outbox.
"""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from bench.common import FOLDER, in_parallel, report, set_up_country

MOST_SECONDS, LEAST_PER_SECOND = 30, 100
TIMES = 1000
SENT = 4000  # of those that are queued: enough for a rate
CLASS = "Reminded"
MINUTE = 7  # past the hour: when no other slot begins


def main(reminders: int) -> None:
    set_up_country()
    from notifications.models import QueuedMail

    clear_away()
    make_visits(reminders // 2)
    begun = time.perf_counter()
    in_parallel([[plan], [plan]])
    seconds = time.perf_counter() - begun
    queued = QueuedMail.objects.filter(kind="booking_reminder")
    report(
        f"{reminders} reminders queued, two beats", queued=queued.count(), targets={"seconds": (seconds, MOST_SECONDS)}
    )
    begun = time.perf_counter()
    plan()
    report("the next round, nothing new", seconds=round(time.perf_counter() - begun, 2))
    deliver(queued)
    clear_away()


def plan() -> None:
    from django.db import connection

    from visits.reminders import plan_reminders

    plan_reminders()
    connection.close()


def make_visits(bookings: int) -> None:
    """So many confirmed visits in three days, for as many classes, at some offers: a reminder to each side is due."""
    from django.utils import timezone

    from schools.models import School, SchoolClass
    from visits.models import BookingStep, VisitBooking, VisitOffer, VisitSlot

    now = timezone.now()
    day = timezone.localdate() + timedelta(days=3)
    offers = list(VisitOffer.objects.published().select_related("company").order_by("pk")[:TIMES])
    slots = VisitSlot.objects.bulk_create(_slot(offer, day, bookings // TIMES, now) for offer in offers)
    schools = list(School.objects.filter(memberships__isnull=False).order_by("pk").distinct()[:TIMES])
    people = {school.pk: school.memberships.order_by("pk")[0].user_id for school in schools}
    classes = SchoolClass.objects.bulk_create(
        SchoolClass(school=schools[number % len(schools)], name=f"{CLASS}{number}", grade=9, pupil_count=25)
        for number in range(bookings)
    )
    made = VisitBooking.objects.bulk_create(
        [
            VisitBooking(
                slot=slots[number % TIMES],
                school_id=each.school_id,
                school_class=each,
                group_name=each.name,
                grade=9,
                pupil_count=1,
                state="confirmed",
                request_key=uuid.uuid4(),
                requested_by_id=people[each.school_id],
                requested_at=now - timedelta(days=30),
                answered_at=now - timedelta(days=29),
                answer_by=now - timedelta(days=20),
                during=(slots[number % TIMES].starts_at, slots[number % TIMES].ends_at),
            )
            for number, each in enumerate(classes)
        ],
        batch_size=1000,
    )
    BookingStep.objects.bulk_create(
        (BookingStep(booking=booking, to_state="confirmed", side="host") for booking in made), batch_size=5000
    )


def _slot(offer: Any, day: Any, groups: int, now: datetime) -> Any:
    from django.utils import timezone

    from visits.models import VisitSlot

    starts_at = timezone.make_aware(datetime.combine(day, clock_time(13, MINUTE)))
    return VisitSlot(
        offer=offer,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        opens_at=now - timedelta(days=60),
        closes_at=now,
        cancel_by=now,
        pupils_capacity=groups,
        pupils_taken=groups,
        groups_capacity=groups,
        groups_taken=groups,
    )


def deliver(queued: Any) -> None:
    """Through one worker at a time; the first is killed after a third of them."""
    from django.utils import timezone

    from notifications.delivery import message_id
    from notifications.models import QueuedMail
    from tests.processes import free_port

    now = timezone.now()
    queued.update(next_attempt_at=now + timedelta(days=1))
    queued = QueuedMail.objects.filter(pk__in=list(queued.order_by("pk").values_list("pk", flat=True)[:SENT]))
    queued.update(next_attempt_at=now)
    total, port, taken = queued.count(), free_port(), FOLDER / "received.txt"
    sink = started("bench.mail_sink", str(port), str(taken))
    try:
        worker = started("bench.sweeper", f"smtp://127.0.0.1:{port}")
        seconds = timed_until(taken, total // 3)
        rate = total / 3 / seconds
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker = started("bench.sweeper", f"smtp://127.0.0.1:{port}")
        timed_until(taken, total, still=lambda: queued.filter(state="waiting").exists())
        worker.terminate()
        worker.wait()
    finally:
        sink.terminate()
        sink.wait()
    received = Counter(line.split()[1].decode() for line in taken.read_bytes().splitlines())
    wanted = {message_id(row) for row in queued}
    report(
        "reminders delivered by one worker, killed once",
        mails=total,
        missing=len(wanted - received.keys()),
        states=sorted(set(queued.values_list("state", flat=True))),
        # A mail that the server had taken when the worker was killed is sent once more with the same Message-ID.
        repeated_by_the_kill=sum(times - 1 for times in received.values()),
        per_second=round(rate, 1),
        targets={"ms_each": (1000 / rate, 1000 / LEAST_PER_SECOND)},
    )


def started(module: str, *arguments: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def timed_until(path: Path, lines: int, still: Callable[[], bool] = lambda: False) -> float:
    """Seconds until so many mails have come and nothing is `still` to do; gives up when none has come for a minute."""
    begun = last_news = time.perf_counter()
    seen = 0
    while seen < lines or still():
        time.sleep(0.1)
        count = path.read_bytes().count(b"\n")
        if count > seen:
            seen, last_news = count, time.perf_counter()
        assert time.perf_counter() - last_news < 60, f"{seen} of {lines}"
    return time.perf_counter() - begun


def clear_away() -> None:
    """Leave the country as it was."""
    from notifications.models import QueuedMail
    from schools.models import SchoolClass
    from visits.models import VisitBooking, VisitSlot

    QueuedMail.objects.all().delete()
    VisitBooking.objects.filter(school_class__name__startswith=CLASS).delete()
    VisitSlot.objects.filter(starts_at__minute=MINUTE).delete()
    SchoolClass.objects.filter(name__startswith=CLASS).delete()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
