"""Booking POSTs per second and CPU per booking, on one hot slot and spread over many.

    python -m bench.booking [bookings per case]

Beside each case, in the same run, two yardsticks: a bare Django view with a small template through the same web
processes, and the same work as bare SQL through psycopg. Read the ratios: machines differ.
"""

import sys
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from bench.common import FOLDER, cpu_of, in_parallel, percentiles, report, set_up

CLIENTS = 16
PUPILS = 10

# What a booking must write at the least: the class locked, places taken, the booking, its first step, two mails.
SQL = """
WITH class AS (SELECT id, school_id, name, grade FROM schools_schoolclass WHERE id = %(klass)s FOR NO KEY UPDATE),
booking AS (
    INSERT INTO visits_visitbooking (public_id, slot_id, school_id, school_class_id, group_name, grade, pupil_count,
        adult_count, requested_by_id, phone, note, accepted_rules, state, answer_by, during, request_key, requested_at,
        ended_by, reason, reason_text)
    SELECT %(public_id)s, slot.id, class.school_id, class.id, class.name, class.grade, %(pupils)s,
        1, %(user)s, '+46701234567', '', '[]', 'pending', now() + interval '7 days',
        tstzrange(slot.starts_at, slot.ends_at), %(key)s, now(), '', '', ''
    FROM class, visits_visitslot slot WHERE slot.id = %(slot)s RETURNING id),
step AS (INSERT INTO visits_bookingstep (booking_id, from_state, to_state, side, by_link, happened_at)
    SELECT id, '', 'pending', 'school', false, now() FROM booking),
mail AS (INSERT INTO notifications_queuedmail (key, kind, about_id, details, to_email, language, state, created_at,
        due_at, next_attempt_at, attempts, last_error, subject)
    SELECT side || ':' || booking.id, 'booking_requested', booking.id, '{}', side || '@mail.example', 'sv', 'waiting',
        now(), now(), now(), 0, '', '' FROM booking, unnest(ARRAY['host', 'school']) side)
UPDATE visits_visitslot SET pupils_taken = pupils_taken + %(pupils)s, groups_taken = groups_taken + 1
WHERE id = %(slot)s AND pupils_taken + %(pupils)s <= pupils_capacity AND groups_taken < groups_capacity
"""


def main(bookings: int) -> None:
    set_up()
    from django.urls import reverse

    from tests.clients import HttpClient, booking_form
    from tests.factories.accounts import UserFactory
    from tests.factories.schools import SchoolFactory
    from tests.processes import Web

    people = []
    for _ in range(CLIENTS):
        user = UserFactory()
        people.append((user, SchoolFactory(members=[user])))

    with Web(FOLDER / "web.log", DJANGO_SETTINGS_MODULE="bench.settings") as web:
        for case, slot_count in (("one hot slot", 1), ("spread over 200 slots", 200)):
            slots = make_slots(slot_count, bookings)
            each = bookings // CLIENTS
            work: list[list[Any]] = []
            for user, school in people:
                client = HttpClient(web.url, user)
                classes = make_classes(school, each)
                work.append(
                    [
                        partial(
                            client.post,
                            reverse("visits:booking_create", args=[slots[number % slot_count].public_id]),
                            booking_form(school_class, PUPILS),
                        )
                        for number, school_class in enumerate(classes)
                    ]
                )
            measure(f"booking, {case}", web.process.pid, work, expected=302)
            measure_sql(f"bare SQL, {case}", people, slots, each)
        clients = [HttpClient(web.url, user) for user, _ in people]
        measure("bare Django view", web.process.pid, [[partial(c.get, "/bare/")] * 50 for c in clients], expected=200)


def make_slots(count: int, bookings: int) -> list[Any]:
    """Slots with room for everybody, all of one offer."""
    from django.utils import timezone

    from tests.factories.visits import VisitOfferFactory, VisitSlotFactory

    offer = VisitOfferFactory()
    start = timezone.now() + timedelta(days=30)
    return [
        VisitSlotFactory(
            offer=offer,
            starts_at=start + timedelta(hours=3 * number),
            pupils_capacity=min(32_000, bookings * PUPILS * 3),
            groups_capacity=bookings * 3,
        )
        for number in range(count)
    ]


def make_classes(school: Any, count: int) -> list[Any]:
    from schools.models import SchoolClass

    base = school.classes.count()
    return SchoolClass.objects.bulk_create(
        SchoolClass(school=school, name=f"K{base + number}", grade=9, pupil_count=25) for number in range(count)
    )


def measure(name: str, pid: int, work: list[list[Any]], *, expected: int) -> None:
    with cpu_of(pid) as cpu:
        total, seconds, answers = in_parallel(work)
    statuses = {answer.status for answer in answers}
    assert statuses == {expected}, f"{name}: answers {statuses}"
    report(
        name,
        count=len(answers),
        clients=len(work),
        per_second=round(len(answers) / total, 1),
        web_cpu_ms_each=round(cpu["seconds"] / len(answers) * 1000, 2),
        **percentiles(seconds),
    )


def measure_sql(name: str, people: list[Any], slots: list[Any], each: int) -> None:
    import psycopg
    from django.db import connection

    from core.ids import new_public_id

    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("dbname", "user", "host", "port", "password") if parameters.get(key)}
    work = []
    for user, school in people:
        session = psycopg.connect(**wanted, autocommit=True)
        classes = make_classes(school, each)
        work.append(
            [
                partial(
                    session.execute,
                    SQL,
                    {
                        "klass": school_class.pk,
                        "public_id": new_public_id(),
                        "slot": slots[number % len(slots)].pk,
                        "pupils": PUPILS,
                        "user": user.pk,
                        "key": uuid.uuid4(),
                    },
                )
                for number, school_class in enumerate(classes)
            ]
        )
    total, seconds, answers = in_parallel(work)
    assert all(answer.rowcount == 1 for answer in answers)
    report(
        name, count=len(answers), clients=len(work), per_second=round(len(answers) / total, 1), **percentiles(seconds)
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 800)
