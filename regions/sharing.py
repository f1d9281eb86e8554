"""How a region shares visits among its schools, as a column of other queries: bookings need no query of their own."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject

from regions.models import Region


def region_rules(**where: Any) -> ArraySubquery:
    """An annotation: for each region found that limits visits, what it says (visits/fair_share.py reads it)."""
    regions = Region.objects.limiting_visits().filter(**where).order_by("name")
    rule = {
        "region": "pk",
        "name": "name",
        "per_school": "visits_per_school",
        "per_class": "visits_per_class",
        "first_turn_days": "first_turn_days",
    }
    return ArraySubquery(regions.values(rule=JSONObject(**rule)))
