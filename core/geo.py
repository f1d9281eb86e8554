"""Maps as SVG paths, from one file of municipal outlines: for pictures, not for measuring (data/README)."""

import json
import math
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from django.conf import settings

OUTLINES = settings.BASE_DIR / "data" / "outlines.topo.json"
# The file's projection: Lambert's azimuthal equal-area around this point, on a sphere, y growing southwards.
# Found by fitting the municipal seats: nine in ten fall inside their own outline, the rest within 5 km.
CENTRE = (math.radians(63), math.radians(16))
EARTH_RADIUS = 6_371_000
FEW_DETAILS_FROM = 1_500  # metres per unit
MARGIN = 12

Point = tuple[float, float]
Ring = list[Point]
Polygon = list[Ring]


@dataclass(frozen=True)
class Area:
    """One municipality: its outline as path data, and the middle of its largest part."""

    id: str
    name: str
    d: str
    x: float
    y: float


@dataclass(frozen=True)
class AreaMap:
    """Outlines on one picture. Circles for companies and schools come from `project`."""

    width: int
    height: int
    areas: tuple[Area, ...]
    left: float
    top: float
    metres_per_unit: float

    @property
    def view_box(self) -> str:
        """With a margin, so that a circle at the edge is whole."""
        return f"{-MARGIN} {-MARGIN} {self.width + 2 * MARGIN} {self.height + 2 * MARGIN}"

    @property
    def land_transform(self) -> str:
        """Puts static/img/land.svg (kilometres from the centre) under this picture."""
        scale = 1000 / self.metres_per_unit
        return f"scale({scale:.4f}) translate({-self.left / 1000:.1f} {-self.top / 1000:.1f})"

    def project(self, lat: float, lon: float) -> Point:
        """Where a place lies on the picture, to a tenth of a unit."""
        x, y = _plane(lat, lon)
        return self._unit(x, self.left), self._unit(y, self.top)

    def _unit(self, metres: float, origin: float) -> float:
        return round((metres - origin) / self.metres_per_unit, 1)


@lru_cache(maxsize=64)
def region_paths(municipality_ids: frozenset[str], width: int = 360) -> AreaMap:
    """A map of the municipalities (ids like SE-0180), as wide as asked. Ids that are unknown are left out."""
    outlines = {key: outline for key, outline in _outlines().items() if key in municipality_ids}
    if not outlines:
        return AreaMap(width, 1, (), 0, 0, 1)
    points = [point for _, polygons in outlines.values() for polygon in polygons for point in polygon[0]]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    scale = (right - left) / width
    picture = AreaMap(width, math.ceil((bottom - top) / scale), (), left, top, scale)
    areas = tuple(_area(picture, key, name, polygons) for key, (name, polygons) in sorted(outlines.items()))
    return AreaMap(width, picture.height, areas, left, top, scale)


def metres_outside(municipality_id: str, lat: float, lon: float) -> float | None:
    """How far outside a municipality's outline a place lies, to a kilometre or so: 0 inside, None without outline."""
    if municipality_id not in _outlines():
        return None
    _, polygons = _outlines()[municipality_id]
    rings = [ring for polygon in polygons for ring in polygon]
    place = _plane(lat, lon)
    return 0.0 if _holds(rings, place) else min(_metres_to(ring, place) for ring in rings)


def _holds(rings: list[Ring], place: Point) -> bool:
    """Whether a line from the place to the west crosses the rings an odd number of times."""
    x, y = place
    crossings = 0
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise(ring):
            if (y0 > y) != (y1 > y) and x > x0 + (x1 - x0) * (y - y0) / (y1 - y0):
                crossings += 1
    return crossings % 2 == 1


def _metres_to(ring: Ring, place: Point) -> float:
    """The distance to the nearest stretch of a ring."""
    x, y = place
    nearest = math.inf
    for (x0, y0), (x1, y1) in pairwise(ring):
        along_x, along_y = x1 - x0, y1 - y0
        length = along_x**2 + along_y**2
        share = ((x - x0) * along_x + (y - y0) * along_y) / length if length else 0
        share = min(1, max(0, share))
        nearest = min(nearest, math.hypot(x - x0 - share * along_x, y - y0 - share * along_y))
    return nearest


@cache
def _outlines() -> dict[str, tuple[str, list[Polygon]]]:
    """Name and polygons in metres per municipality, read once per process."""
    topology = _topology()
    lines = _lines(topology)
    found = {}
    for geometry in _geometries(topology):
        polygons = [[_ring(indexes, lines) for indexes in part] for part in _parts(geometry)]
        found[geometry["properties"]["id"]] = (geometry["properties"]["n"], polygons)
    return found


def shared_lines() -> tuple[list[Ring], Counter[int]]:
    """Every line of the file, and how many municipalities have each as their border."""
    topology = _topology()
    uses = Counter(
        index if index >= 0 else ~index
        for geometry in _geometries(topology)
        for part in _parts(geometry)
        for indexes in part
        for index in indexes
    )
    return _lines(topology), uses


def _topology() -> dict[str, Any]:
    topology: dict[str, Any] = json.loads(OUTLINES.read_text())
    return topology


def _geometries(topology: dict[str, Any]) -> list[dict[str, Any]]:
    (collection,) = topology["objects"].values()
    geometries: list[dict[str, Any]] = collection["geometries"]
    return geometries


def _parts(geometry: dict[str, Any]) -> list[list[list[int]]]:
    parts: list[list[list[int]]] = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return parts


def _lines(topology: dict[str, Any]) -> list[Ring]:
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    return [_arc(steps, scale, translate) for steps in topology["arcs"]]


def _arc(steps: list[list[int]], scale: list[float], translate: list[float]) -> Ring:
    """TopoJSON stores each point as the step from the one before."""
    x = y = 0
    points = []
    for step_x, step_y in steps:
        x, y = x + step_x, y + step_y
        points.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
    return points


def _ring(indexes: list[int], arcs: list[Ring]) -> Ring:
    """Arcs end to end; a negative index is the arc backwards."""
    points: Ring = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points.extend(arc[1:] if points else arc)
    return points


def _area(picture: AreaMap, key: str, name: str, polygons: list[Polygon]) -> Area:
    d = "".join(_path(picture, ring) for polygon in polygons for ring in polygon)
    x, y = _middle(max((polygon[0] for polygon in polygons), key=lambda ring: abs(_twice_the_area(ring))))
    return Area(key, name, d, picture._unit(x, picture.left), picture._unit(y, picture.top))


def _path(picture: AreaMap, ring: Ring) -> str:
    """Path data in tenths of a unit, relative, without points that fall together."""
    # Half a pixel is fine enough for a map of whole countries, and halves its weight.
    grain = 5 if picture.metres_per_unit > FEW_DETAILS_FROM else 1
    size = picture.metres_per_unit / 10 * grain
    points = [(round((x - picture.left) / size) * grain, round((y - picture.top) / size) * grain) for x, y in ring]
    here = points[0]
    path = f"M{_tenth(here[0])} {_tenth(here[1])}l"
    steps = []
    for point in points[1:]:
        if point != here:
            steps.append(f"{_tenth(point[0] - here[0])} {_tenth(point[1] - here[1])}")
            here = point
    return path + " ".join(steps) + "z" if steps else ""


def _tenth(value: int) -> str:
    return f"{value / 10:.1f}".removesuffix(".0")


def _twice_the_area(ring: Ring) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))


def _middle(ring: Ring) -> Point:
    """The centroid of a closed ring."""
    # Measured from its first corner: the products of large coordinates would lose digits.
    x_first, y_first = ring[0]
    moved = [(x - x_first, y - y_first) for x, y in ring]
    area = _twice_the_area(moved)
    x = y = 0.0
    for (x0, y0), (x1, y1) in pairwise(moved):
        cross = x0 * y1 - x1 * y0
        x, y = x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return x_first + x / (3 * area), y_first + y / (3 * area)


def _plane(lat: float, lon: float) -> Point:
    """Metres east and south of CENTRE."""
    lat, lon = math.radians(lat), math.radians(lon)
    lat0, lon0 = CENTRE
    cos_c = math.sin(lat0) * math.sin(lat) + math.cos(lat0) * math.cos(lat) * math.cos(lon - lon0)
    k = EARTH_RADIUS * math.sqrt(2 / (1 + cos_c))
    x = k * math.cos(lat) * math.sin(lon - lon0)
    y = k * (math.cos(lat0) * math.sin(lat) - math.sin(lat0) * math.cos(lat) * math.cos(lon - lon0))
    return x, -y
