"""Booking POSTs per second and CPU per booking, on one hot slot and spread over many.

    python -m bench.booking [bookings per case]

Beside each case, in the same run, two yardsticks: a bare Django view with a small template through the same web
processes, and the same work as bare SQL through psycopg. Read the ratios: machines differ.
"""

import statistics
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from bench.common import FOLDER, Cpu, in_parallel, percentiles, report, set_up_country

CLIENTS = 16
WEB_PROCESSES = 4
PUPILS = 10
CLASS = "Bench"
SPREAD = 1000
UNSENT = 100_000
TURNS = 3
WRITTEN = ["visits_visitbooking", "visits_visitbookingevent", "visits_bookingstep", "visits_visitslot"]
WRITTEN += ["notifications_queuedmail", "schools_schoolclass", "pghistory_context"]
# What a booking may cost: in milliseconds of CPU, beside the yardsticks, and beside itself in bad weather.
MOST_CPU_MS, MOST_TIMES_BARE, MOST_TIMES_CALM = 12, 3, 1.2


def booking_sql() -> str:
    """What a booking must write at the least: class locked, places taken, booking, its first step, two mails."""
    from notifications.models import QueuedMail
    from visits.models import BookingStep, VisitBooking

    booking = _insert(
        VisitBooking,
        "FROM class, visits_visitslot slot WHERE slot.id = %(slot)s RETURNING id",
        public_id="%(public_id)s",
        slot_id="%(slot)s",
        school_id="class.school_id",
        school_class_id="class.id",
        group_name="class.name",
        grade="class.grade",
        pupil_count="%(pupils)s",
        requested_by_id="%(user)s",
        phone="'+46701234567'",
        answer_by="now() + interval '7 days'",
        during="tstzrange(slot.starts_at, slot.ends_at)",
        request_key="%(key)s",
    )
    step = _insert(BookingStep, "FROM booking", booking_id="id", to_state="'pending'", side="'school'")
    mail = _insert(
        QueuedMail,
        "FROM booking, unnest(ARRAY['host', 'school']) side",
        key="side || ':' || booking.id",
        kind="'booking_requested'",
        about_id="booking.id",
        to_email="side || '@mail.example'",
        language="'sv'",
        due_at="now()",
        next_attempt_at="now()",
        created_at="now()",
    )
    return f"""
        WITH class AS (
            SELECT id, school_id, name, grade FROM schools_schoolclass WHERE id = %(klass)s FOR NO KEY UPDATE),
        booking AS ({booking}), step AS ({step}), mail AS ({mail})
        UPDATE visits_visitslot SET pupils_taken = pupils_taken + %(pupils)s, groups_taken = groups_taken + 1
        WHERE id = %(slot)s AND pupils_taken + %(pupils)s <= pupils_capacity AND groups_taken < groups_capacity
    """


def _insert(model: Any, source: str, **given: str) -> str:
    """An INSERT of the given columns, with every other that must be filled at its default."""
    from django.db import connection
    from psycopg import sql

    for field in model._meta.concrete_fields:
        value = field.get_default()
        if field.column not in given and not field.null and not field.primary_key:
            literal = sql.Literal(field.get_db_prep_save(value, connection)).as_string(connection.connection)
            given[field.column] = literal.replace("%", "%%")
    names = ", ".join(f'"{name}"' for name in given)
    return f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(given.values())} {source}'


def main(bookings: int) -> None:
    set_up_country()
    from schools.models import School
    from tests.clients import HttpClient
    from tests.processes import Web

    schools = School.objects.order_by("pk")[:CLIENTS]
    people = [(school.memberships.select_related("user").get().user, school) for school in schools]
    command = ("--workers", str(WEB_PROCESSES))
    with Web(FOLDER / "web.log", arguments=command, DJANGO_SETTINGS_MODULE="bench.settings") as web:
        clients = [HttpClient(web.url, user) for user, _ in people]
        measure("warm-up", web, book_everything(people, clients, make_slots(1, bookings), 8), quiet=True)
        bare = measure("bare Django view", web, [[partial(c.get, "/bare/")] * 50 for c in clients], expected=200)
        each = bookings // CLIENTS
        for case, slot_count in (("one hot slot", 1), (f"spread over {SPREAD} slots", SPREAD)):
            slots = make_slots(slot_count, bookings)
            sql = measure_sql(f"bare SQL, {case}", people, slots, each)
            measure(f"booking, {case}", web, book_everything(people, clients, slots, each), yardstick=bare + sql)
        for weather, unsent in (("mail server down", 0), (f"mail server down, {UNSENT} unsent mails", UNSENT)):
            compare(f"booking, {weather}", web, people, clients, each, unsent)
    clear_away()


def compare(name: str, web: Any, people: list[Any], clients: list[Any], each: int, unsent: int) -> None:
    """Calm and bad weather by turns, so that what else the machine does meets both; the middle one of each counts."""
    calm, bad = [], []
    for _ in range(TURNS):
        slots = make_slots(SPREAD, each * CLIENTS)
        calm.append(measure("", web, book_everything(people, clients, slots, each), quiet=True))
        with bad_weather(unsent):
            slots = make_slots(SPREAD, each * CLIENTS)
            bad.append(measure(name, web, book_everything(people, clients, slots, each)))
    middle = statistics.median(calm), statistics.median(bad)
    targets = {"times_calm": (middle[1] / middle[0], MOST_TIMES_CALM)}
    report(f"{name}, {TURNS} turns", targets=targets, per_second=round(1 / middle[1], 1))


@contextmanager
def bad_weather(unsent: int) -> Iterator[None]:
    """A worker that tries in vain to send, with so many mails waiting."""
    from django.utils import timezone

    from notifications.models import QueuedMail
    from notifications.outbox import READY

    now = timezone.now()
    QueuedMail.objects.bulk_create(
        (
            QueuedMail(
                key=f"bench:{number}",
                kind=READY,  # nothing is looked up for it: the worker has a mail in hand, and no server to give it to
                details={"subject": "Bench", "text": "Bench", "html": ""},
                to_email="host@mail.example",
                language="sv",
                due_at=now,
                next_attempt_at=now,
            )
            for number in range(unsent)
        ),
        batch_size=5000,
    )
    worker = subprocess.Popen([sys.executable, "-m", "bench.sweeper"], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"  # nor is the start of a worker
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()
        QueuedMail.objects.all().delete()


def book_everything(people: list[Any], clients: list[Any], slots: list[Any], each: int) -> list[list[Any]]:
    """So many bookings by each client, over the slots in turn."""
    from django.urls import reverse

    from tests.clients import booking_form

    work: list[list[Any]] = []
    for first, ((_, school), client) in enumerate(zip(people, clients, strict=True)):
        client.close()  # the server may have hung up meanwhile
        classes = make_classes(school, each)
        work.append(
            [
                partial(
                    client.post,
                    reverse("visits:booking_create", args=[slots[(first + number * CLIENTS) % len(slots)].public_id]),
                    booking_form(school_class, PUPILS),
                )
                for number, school_class in enumerate(classes)
            ]
        )
    return work


def make_slots(count: int, bookings: int) -> list[Any]:
    """Slots with room for everybody, all of one offer without rules."""
    from django.utils import timezone

    from visits.models import VisitOffer, VisitSlot

    offer = VisitOffer.objects.filter(state="published", answer_mode="by_hand", lowest_grade__lte=9).order_by("pk")[0]
    offer.rules.all().delete()
    VisitOffer.objects.filter(pk=offer.pk).update(highest_grade=13, group_max=60)
    now = timezone.now()
    starts = [now + timedelta(days=400, hours=3 * number) for number in range(count)]
    return VisitSlot.objects.bulk_create(
        VisitSlot(
            offer=offer,
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            opens_at=now - timedelta(hours=1),
            closes_at=start - timedelta(days=1),
            cancel_by=start - timedelta(days=2),
            pupils_capacity=min(32_000, bookings * PUPILS * 3),
            groups_capacity=bookings * 3,
        )
        for start in starts
    )


def clear_away() -> None:
    """Leave the country as it was."""
    from django.utils import timezone

    from notifications.models import QueuedMail
    from schools.models import SchoolClass
    from visits.models import VisitBooking, VisitSlot

    QueuedMail.objects.all().delete()
    slots = VisitSlot.objects.filter(starts_at__gt=timezone.now() + timedelta(days=399))
    VisitBooking.objects.filter(slot__in=slots).delete()
    slots.delete()
    SchoolClass.objects.filter(name__startswith=CLASS).delete()


def make_classes(school: Any, count: int) -> list[Any]:
    from schools.models import SchoolClass

    base = school.classes.count()  # names are given once
    return SchoolClass.objects.bulk_create(
        SchoolClass(school=school, name=f"{CLASS}{base + number}", grade=9, pupil_count=25) for number in range(count)
    )


def measure(
    name: str,
    web: Any,
    work: list[list[Any]],
    *,
    expected: int = 302,
    yardstick: float = 0,
    quiet: bool = False,
) -> float:
    """Report a case through the web processes; seconds per request, all clients together."""
    settle()
    with Cpu(web.process.pid) as cpu:
        total, seconds, answers = in_parallel(work)
    failed = [answer.status for answer in answers if answer.status != expected]
    count = len(answers)
    web_ms, database_ms = cpu.web / count * 1000, cpu.database / count * 1000
    targets = {"failed": (float(len(failed)), 0.0)}
    if expected == 302:
        targets["cpu_ms"] = web_ms + database_ms, MOST_CPU_MS
    if yardstick:
        targets["times_bare"] = total / count / yardstick, MOST_TIMES_BARE
    if not quiet:
        report(
            name,
            targets=targets,
            count=count,
            clients=len(work),
            per_second=round(count / total, 1),
            web_cpu_ms=round(web_ms, 2),
            database_cpu_ms=round(database_ms, 2),
            **percentiles(seconds),
        )
    return total / count


def settle() -> None:
    """As if what was made for a case had been there for a while: cleaning after it is no cost of a booking.

    Each case begins with a checkpoint, since PostgreSQL writes whole pages after one: more for each booking.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"VACUUM ANALYZE {', '.join(WRITTEN)}")
        cursor.execute("CHECKPOINT")


def measure_sql(name: str, people: list[Any], slots: list[Any], each: int) -> float:
    import psycopg
    from django.db import connection

    from core.ids import new_public_id

    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("dbname", "user", "host", "port", "password") if parameters.get(key)}
    sessions, work, statement = [], [], booking_sql()
    for user, school in people:
        session = psycopg.connect(**wanted, autocommit=True)
        sessions.append(session)
        work.append(
            [
                partial(
                    session.execute,
                    statement,
                    {
                        "klass": school_class.pk,
                        "public_id": new_public_id(),
                        "slot": slots[number % len(slots)].pk,
                        "pupils": PUPILS,
                        "user": user.pk,
                        "key": uuid.uuid4(),
                    },
                )
                for number, school_class in enumerate(make_classes(school, each))
            ]
        )
    settle()
    total, seconds, answers = in_parallel(work)
    assert all(answer.rowcount == 1 for answer in answers)
    for session in sessions:
        session.close()
    count = len(answers)
    report(name, count=count, clients=len(work), per_second=round(count / total, 1), **percentiles(seconds))
    return total / count


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 800)
