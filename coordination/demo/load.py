"""Makes the demo, step by step."""

from collections.abc import Callable

from django.db import connection

from companies.models import Company
from companies.search import refresh_companies
from coordination.demo.accounts import make_contacts, make_newcomers, make_people
from coordination.demo.afterwards import make_afterwards, make_lists
from coordination.demo.bookings import make_bookings
from coordination.demo.goals import make_goals
from coordination.demo.interest import make_imports, make_interest
from coordination.demo.messages import make_messages
from coordination.demo.offers import make_offers
from coordination.demo.organisations import make_companies, make_plans, make_regions, make_schools
from coordination.demo.preparations import make_preparations
from coordination.demo.slots import make_closures, make_last_year, make_slots
from coordination.demo.world import World
from visits.models import VisitOffer
from visits.search import refresh_offers


def make_searchable(world: World) -> None:
    refresh_companies(Company.objects.filter(is_demo=True))
    refresh_offers(VisitOffer.objects.filter(company__is_demo=True))


def make_statistics(world: World) -> None:
    """Tell the database what our tables hold now, so that the first pages are planned well.

    Table by table: a bare ANALYZE also locks the catalogue that all databases of the server share.
    """
    tables = ", ".join(
        connection.ops.quote_name(name) for name in sorted(connection.introspection.django_table_names())
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


STEPS: list[tuple[str, Callable[[World], None]]] = [
    ("regions", make_regions),
    ("schools", make_schools),
    ("companies", make_companies),
    ("people", make_people),
    ("contact persons", make_contacts),
    ("newcomers", make_newcomers),
    ("interest", make_interest),
    ("imports", make_imports),
    ("offers", make_offers),
    ("times", make_slots),
    ("blocked days", make_closures),
    ("bookings", make_bookings),
    ("last year", make_last_year),
    ("plans", make_plans),
    ("messages", make_messages),
    ("preparations", make_preparations),
    ("afterwards", make_afterwards),
    ("goals", make_goals),
    ("search", make_searchable),
    ("lists", make_lists),
    ("statistics", make_statistics),
]
