"""The map of search results: places as circles that are links, and the same places as a list."""

from dataclasses import dataclass, field, replace
from math import sqrt

from core.facets import FacetedFilterSet, Option
from core.geo import AreaMap, region_paths
from regions.models import County, Municipality

# Farther apart than this, circles per municipality lie on top of each other.
MOST_COUNTIES = 3
# On a map of more counties the silhouette of the land shows where one is; neighbours without results are left out.
MOST_WHOLE_COUNTIES = 2


@dataclass
class Place:
    """A municipality or county with results. `query` chooses it, or takes the choice back."""

    name: str
    number: int
    chosen: bool
    query: str
    x: str
    y: str
    radius: str


@dataclass
class PlaceMap:
    places: list[Place] = field(default_factory=list)
    picture: AreaMap | None = None
    chosen_ids: set[str] = field(default_factory=set)


def place_map(filterset: FacetedFilterSet, options: dict[str, list[Option]]) -> PlaceMap:
    """Where the results are: by county as long as they are in many and none is chosen, else by municipality."""
    is_wide = sum(option.number > 0 for option in options["county"]) > MOST_COUNTIES
    has_chosen = not {"county", "municipality"}.isdisjoint(filterset.chosen)
    level = "county" if is_wide and not has_chosen else "municipality"
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
    picture = region_paths(frozenset(around.values_list("pk", flat=True)))
    if level == "county":  # outlines of so many municipalities would weigh more than the page
        picture = replace(picture, areas=())
    places = []
    for key, option in hits.items():
        x, y = picture.project(*points[key])
        # As text: templates would write 12,5 in Swedish, and be slow about it.
        circle = str(x), str(y), f"{min(9 + sqrt(option.number), 18):.1f}"
        places.append(Place(option.label, option.number, option.chosen, _query(filterset, level, option), *circle))
    return PlaceMap(places, picture, {key for key, option in hits.items() if option.chosen})


def _query(filterset: FacetedFilterSet, level: str, option: Option) -> str:
    state = filterset.state
    state.setlist(level, [] if option.chosen else [option.value])
    return state.urlencode()


@dataclass
class PointMap:
    """Points on the outlines of one county."""

    picture: AreaMap
    points: list[tuple[str, str]]
    chosen_ids: set[str]


def point_map(municipality: Municipality | None, points: list[tuple[float, float]]) -> PointMap | None:
    """Where a company or a visit is, in its county."""
    if municipality is None:
        return None
    neighbours = Municipality.objects.filter(county=municipality.county_id).values_list("pk", flat=True)
    picture = region_paths(frozenset(neighbours))
    marks = [picture.project(*point) for point in points]
    return PointMap(picture, [(str(x), str(y)) for x, y in marks], {municipality.pk})
