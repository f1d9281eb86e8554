import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.distance import Point, in_box_around, kilometres, kilometres_from
from regions.models import Municipality
from tests.factories.regions import MunicipalityFactory

STOCKHOLM, OSLO, TROMSO = Point(59.3293, 18.0686), Point(59.9139, 10.7522), Point(69.6489, 18.9551)
places = st.builds(Point, st.floats(55, 71.2), st.floats(4, 31.5))


@pytest.mark.parametrize(
    ("a", "b", "km"), [(STOCKHOLM, OSLO, 416), (STOCKHOLM, TROMSO, 1148), (OSLO, OSLO, 0), (TROMSO, OSLO, 1148)]
)
def test_kilometres(a, b, km):
    assert kilometres(a, b) == pytest.approx(km, abs=2)


@given(places, places)
def test_the_law_of_cosines_agrees(a, b):
    cosine = math.sin(math.radians(a.lat)) * math.sin(math.radians(b.lat)) + math.cos(math.radians(a.lat)) * math.cos(
        math.radians(b.lat)
    ) * math.cos(math.radians(a.lon - b.lon))
    assert kilometres(a, b) == pytest.approx(6371 * math.acos(min(1, cosine)), abs=0.2)


@pytest.mark.django_db
@pytest.mark.parametrize("start", [STOCKHOLM, TROMSO, Point(71.1, 25.8)])
def test_the_database_measures_the_same_and_the_box_loses_nothing(start):
    points = [Point(55 + step * 0.9, 4 + step * 1.5) for step in range(18)] + [start]
    for point in points:
        MunicipalityFactory(lat=point.lat, lon=point.lon)
    measured = Municipality.objects.annotate(km=kilometres_from(start, "lat", "lon"))
    for municipality in measured:
        assert municipality.km == pytest.approx(kilometres(start, Point(municipality.lat, municipality.lon)), abs=1e-6)
    for km in (1, 50, 400, 1500, 2000):
        in_circle = set(measured.filter(km__lte=km))
        in_box = set(measured.filter(in_box_around(start, km, "lat", "lon")))
        assert in_circle <= in_box
        assert len(in_circle) >= 1


@pytest.mark.django_db
def test_the_box_is_not_the_whole_world():
    MunicipalityFactory(lat=60, lon=18)
    assert not Municipality.objects.filter(in_box_around(OSLO, 100, "lat", "lon")).exists()
