"""How far it is, as the crow flies: once in Python, once as a database expression."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin, sqrt
from typing import Any

from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True)
class Point:
    """A place on earth in degrees."""

    lat: float
    lon: float


def kilometres(a: Point, b: Point) -> float:
    """The great-circle distance between two points."""
    half = (
        sin(radians(b.lat - a.lat) / 2) ** 2
        + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(radians(b.lon - a.lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


def kilometres_from(point: Point, lat: str, lon: str) -> Any:
    """The same distance from `point` to the columns `lat` and `lon`, for `annotate`. They must be filled."""
    north = Power(Sin((Radians(F(lat)) - radians(point.lat)) / 2), 2)
    east = Power(Sin((Radians(F(lon)) - radians(point.lon)) / 2), 2)
    half = north + Cos(Radians(F(lat))) * cos(radians(point.lat)) * east
    return 2 * EARTH_RADIUS_KM * ASin(Least(Value(1.0), Sqrt(half)), output_field=FloatField())


def in_box_around(point: Point, km: float, lat: str, lon: str) -> Q:
    """Rows in the box that holds the circle: two comparisons that spare most rows the trigonometry."""
    angle = km / EARTH_RADIUS_KM
    height = degrees(angle)
    box = Q(**{f"{lat}__range": (point.lat - height, point.lat + height)})
    reach = sin(angle) / cos(radians(point.lat)) if abs(point.lat) + height < 90 else 1.0
    if reach < 1:
        width = degrees(asin(reach))
        box &= Q(**{f"{lon}__range": (point.lon - width, point.lon + width)})
    return box
