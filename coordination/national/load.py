"""The steps of `manage.py load_national`, in order, and whether the house is empty enough for them."""

import threading
from collections.abc import Callable

from django.db import connection, models

from accounts.models import User
from companies.models import Company
from companies.search import refresh_companies
from coordination.national.copying import Copier
from coordination.national.organisations import companies, people, regions, schools
from coordination.national.plan import DOMAIN, MARK, Plan, Size
from coordination.national.visits import Times, offers
from core.errors import ActionRefused
from notifications.models import QueuedMail
from regions.models import Region
from schools.models import School, SchoolOwner
from visits.models import VisitOffer
from visits.search import refresh_offers

Progress = Callable[[float, str], None]


def holds_real_data() -> bool:
    """Whether anything is here that this command has not made."""
    ours: list[tuple[type[models.Model], models.Q]] = [
        (User, models.Q(email__endswith=f"@{DOMAIN}")),
        (Company, models.Q(source=MARK)),
        (School, models.Q(source=MARK)),
        (Region, models.Q(email__endswith=f"@{DOMAIN}")),
    ]
    return any(model._default_manager.exclude(made_here).exists() for model, made_here in ours)


def is_loaded() -> bool:
    return Company.objects.filter(source=MARK).exists()


def wipe() -> None:
    """Empty every table that hangs on what this command makes. Refused where real data is."""
    if holds_real_data():
        raise ActionRefused("There are people, companies, schools or regions here that load_national has not made.")
    roots = [User, Company, School, SchoolOwner, Region, QueuedMail]
    tables = ", ".join(f'"{model._meta.db_table}"' for model in roots)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")


def load(size: Size, progress: Progress = lambda share, name: None) -> dict[str, int]:
    """Fill the empty tables; how many rows of each. Search vectors are built beside the bookings."""
    copier = Copier()
    try:
        plan = Plan(size, copier)
        counts: dict[str, int] = {}
        for share, name, step in [
            (0.00, "regions", regions),
            (0.01, "schools", schools),
            (0.08, "companies", companies),
            (0.14, "people", people),
            (0.16, "offers", offers),
        ]:
            progress(share, name)
            counts[name] = step(plan)
        vectors = threading.Thread(target=_build_vectors)
        vectors.start()
        progress(0.22, "times")
        times = Times(plan)
        for share, name, write in [
            (0.25, "slots", times.slots),
            (0.40, "bookings", times.bookings),
            (0.75, "steps", times.steps),
        ]:
            progress(share, name)
            counts[name] = write()
        progress(0.92, "search")
        vectors.join()
        progress(0.98, "statistics")
        copier.session.execute("VACUUM (ANALYZE, PARALLEL 0)")
        progress(1, "")
    finally:
        copier.close()
    return counts


def _build_vectors() -> None:
    """In a thread with a connection of its own: it is the second core's work."""
    try:
        refresh_companies(Company.objects.all())
        refresh_offers(VisitOffer.objects.all())
    finally:
        connection.close()
