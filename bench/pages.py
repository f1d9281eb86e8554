"""Pages that people have open all day, with a whole country in the database: queries, database time, p50, p95, CPU.

    python -m bench.pages [--explain]

Each is asked for by somebody who has much to see: the company with the most bookings, the school that books most, the
coordinator of the largest region. Beside them a bare Django view.
"""

import sys
import time
from typing import Any

from bench.common import percentiles, report, set_up_country
from bench.search_page import measure, print_plan, recorded, timed

ROUNDS = 20
# What a page may ask of the database, p95: one that looks at a whole region may ask more.
MOST_DATABASE_MS, MOST_FOR_A_REGION_MS = 50, 300
SLOW_MS = 5  # with --explain, the plans of queries that take longer


def main(*, explain: bool) -> None:
    set_up_country()
    from django.test import Client

    anybody = Client(headers={"accept-language": "sv"})
    report("bare Django view", **measure(lambda: anybody.get("/bare/")))
    for name, user, url in pages():
        client = Client(headers={"accept-language": "sv"})
        if user:
            client.force_login(user)
            trust(client)
        response = client.get(url)
        assert response.status_code == 200, (name, url, response.status_code, response.headers.get("Location"))
        with recorded() as queries:
            client.get(url)
        database = database_time(client, url)
        most = MOST_FOR_A_REGION_MS if "coordinator" in name else MOST_DATABASE_MS
        report(
            name,
            targets={"database_p95_ms": (database["p95_ms"], most)},
            queries=len(queries),
            database_p50_ms=database["p50_ms"],
            html_kb=round(len(response.content) / 1000, 1),
            **measure(lambda client=client, url=url: client.get(url), ROUNDS),
        )
        if explain:
            explain_slow(queries)


def pages() -> list[tuple[str, Any, str]]:
    """Name, reader and address of each."""
    from django.db.models import Count
    from django.urls import reverse

    from accounts.models import User
    from companies.models import Company
    from regions.models import Region
    from regions.school_year import current_school_year
    from schools.models import School
    from visits.models import VisitBooking, VisitOffer

    companies = Company.objects.filter(memberships__isnull=False)
    company = companies.annotate(number=Count("visit_offers__slots__bookings")).order_by("-number", "pk")[0]
    schools = School.objects.filter(memberships__isnull=False)
    school = schools.annotate(number=Count("visit_bookings")).order_by("-number", "pk")[0]
    region = Region.objects.annotate(number=Count("municipalities__schools")).order_by("-number", "pk")[0]
    host = company.memberships.select_related("user").order_by("pk")[0].user
    teacher = school.memberships.select_related("user").order_by("pk")[0].user
    coordinator = (
        User.objects.filter(memberships__region=region, memberships__role="coordinator").order_by("pk").first()
    )
    owner = User.objects.filter(memberships__school_owner__isnull=False).order_by("pk").first()
    offer = VisitOffer.objects.published().annotate(number=Count("slots")).order_by("-number", "pk")[0]
    booking = VisitBooking.objects.filter(school=school, state="confirmed").order_by("-slot__starts_at")[0]
    hosted = VisitBooking.objects.filter(slot__offer__company=company).order_by("-slot__starts_at")[0]
    start, bookings = reverse("coordination:start"), reverse("visits:booking_list")
    found = [
        ("a visit's page", None, offer.get_absolute_url()),
        ("a visit's page, signed in", teacher, offer.get_absolute_url()),
        ("a company's page", None, company.get_absolute_url()),
        ("start, school", teacher, start),
        ("bookings, school", teacher, bookings),
        ("a booking, school", teacher, booking.get_absolute_url()),
        ("a school's page", teacher, reverse("schools:school_detail", args=[school.public_id])),
        ("a school's plan", teacher, reverse("visits:school_plan", args=[school.public_id])),
        ("start, company", host, start),
        ("bookings, company", host, bookings),
        ("a booking, company", host, hosted.get_absolute_url()),
        ("offers, company", host, reverse("visits:host_offer_list")),
    ]
    if coordinator:
        found += [
            ("start, coordinator", coordinator, start),
            (
                "what is stuck, coordinator",
                coordinator,
                reverse("coordination:booking_stuck_list", args=[region.public_id]),
            ),
            (
                "figures, coordinator",
                coordinator,
                reverse("coordination:figures", args=[region.public_id, current_school_year()]),
            ),
        ]
    if owner:
        found.append(("start, school owner", owner, start))
    return found


def trust(client: Any) -> None:
    """As after the second factor, where one is asked for."""
    from django.contrib.auth import get_user

    user = get_user(client)
    if user.is_authenticated and user.memberships.filter(role="coordinator").exists():
        from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
        from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

        if not user.authenticator_set.exists():
            TOTP.activate(user, generate_totp_secret())
            RecoveryCodes.activate(user)


def database_time(client: Any, url: str) -> dict[str, float]:
    """The time of a page's queries together, as Django waits for them."""
    from django.db import connection

    sums = []
    for _ in range(ROUNDS):
        spent = [0.0]

        def clock(execute: Any, sql: str, params: Any, many: bool, context: Any, spent: Any = spent) -> Any:
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent[0] += time.perf_counter() - begun

        with connection.execute_wrapper(clock):
            client.get(url)
        sums.append(spent[0])
    return percentiles(sums)


def explain_slow(queries: list[tuple[str, Any]]) -> None:
    from django.db import connection

    for query in queries:
        if not query[0].startswith(("SELECT", "WITH")):
            continue

        def ask(query: Any = query) -> None:
            with connection.cursor() as cursor:
                cursor.execute(*query)
                cursor.fetchall()

        if (seconds := min(timed(ask) for _ in range(3))) * 1000 > SLOW_MS:
            print(f"{seconds * 1000:.1f} ms: {query[0]}", file=sys.stderr)
            print_plan(query)


if __name__ == "__main__":
    main(explain="--explain" in sys.argv)
