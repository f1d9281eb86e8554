"""The map of search results: places as circles that are links, and the same places as a list."""

from dataclasses import dataclass, field
from math import sqrt

from core.facets import FacetedFilterSet, Option
from core.geo import AreaMap, region_paths
from regions.models import County, Municipality

# More outlines would weigh more than the page, and more municipalities than this nobody reads as a list.
MOST_OUTLINES = 130
# On a map of more counties the silhouette of the land shows where one is; neighbours without results are left out.
MOST_WHOLE_COUNTIES = 2
MOST_MUNICIPALITIES = 60


@dataclass
class Place:
    """A municipality or county with results. `query` chooses it, or takes the choice back."""

    name: str
    number: int
    chosen: bool
    query: str
    x: float = 0
    y: float = 0
    radius: float = 0


@dataclass
class PlaceMap:
    places: list[Place] = field(default_factory=list)
    picture: AreaMap | None = None
    chosen_ids: set[str] = field(default_factory=set)


def place_map(filterset: FacetedFilterSet, options: dict[str, list[Option]]) -> PlaceMap:
    """Where the results are, by municipality; by county as long as there are too many of them."""
    level = "municipality"
    if len(options[level]) > MOST_MUNICIPALITIES and "county" not in filterset.chosen:
        level = "county"
    hits = {option.value: option for option in options[level] if option.number or option.chosen}
    if not hits:
        return PlaceMap()
    if level == "county":
        points = {pk: (lat, lon) for pk, lat, lon in County.objects.filter(pk__in=hits).values_list("pk", "lat", "lon")}
        counties = set(hits)
    else:
        rows = Municipality.objects.filter(pk__in=hits).values_list("pk", "county_id", "lat", "lon")
        points, counties = {}, set()
        for pk, county, lat, lon in rows:
            points[pk] = (lat, lon)
            counties.add(county)
    around = Municipality.objects.filter(county__in=counties)
    if level == "municipality" and len(counties) > MOST_WHOLE_COUNTIES:
        around = around.filter(pk__in=hits)
    outlines = frozenset(around.values_list("pk", flat=True))
    picture = region_paths(outlines) if len(outlines) <= MOST_OUTLINES else None
    places = []
    for key, option in hits.items():
        place = Place(option.label, option.number, option.chosen, _query(filterset, level, option))
        if picture:
            place.x, place.y = picture.project(*points[key])
            place.radius = round(min(9 + sqrt(option.number), 18), 1)
        places.append(place)
    return PlaceMap(places, picture, {key for key, option in hits.items() if option.chosen})


def _query(filterset: FacetedFilterSet, level: str, option: Option) -> str:
    state = filterset.state
    state.setlist(level, [] if option.chosen else [option.value])
    return state.urlencode()


@dataclass
class PointMap:
    """Points on the outlines of one county."""

    picture: AreaMap
    points: list[tuple[float, float]]
    chosen_ids: set[str]


def point_map(municipality: Municipality | None, points: list[tuple[float, float]]) -> PointMap | None:
    """Where a company or a visit is, in its county."""
    if municipality is None:
        return None
    neighbours = Municipality.objects.filter(county=municipality.county_id).values_list("pk", flat=True)
    picture = region_paths(frozenset(neighbours))
    return PointMap(picture, [picture.project(*point) for point in points], {municipality.pk})
