"""Does a point lie where its row says? Registers hold default points in other parts of the country."""

from core.distance import Point, kilometres
from core.geo import metres_outside
from regions.models import Municipality

TOO_FAR_KM = 50
# Where no outline is known: no municipality reaches farther from its seat (Jokkmokk does, 196 km).
FARTHEST_REACH_KM = 200
ANOTHER_PART_OF_THE_WORLD_KM = 2500  # where the outlines' flat picture of the Nordic countries says nothing


def kilometres_outside(municipality: Municipality, lat: float, lon: float) -> float:
    """How far outside the municipality a point lies; 0 when inside or within 50 km of the seat."""
    from_seat = kilometres(Point(lat, lon), Point(municipality.lat, municipality.lon))
    if from_seat <= TOO_FAR_KM:
        return 0
    if from_seat > ANOTHER_PART_OF_THE_WORLD_KM:
        return from_seat
    metres = metres_outside(municipality.pk, lat, lon)
    return max(0, from_seat - FARTHEST_REACH_KM) if metres is None else metres / 1000
