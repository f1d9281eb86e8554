from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.geo import Point, Ring, shared_lines

LAND = settings.BASE_DIR / "static" / "img" / "land.svg"
# Kilometres: the drawing lies under municipalities, so that one sees where in the two countries they are.
TOLERANCE = 4
SMALLEST_ISLAND = 150  # square kilometres of its bounding box


class Command(BaseCommand):
    help = "Draw static/img/land.svg, the silhouette of Sweden and Norway, from data/outlines.topo.json."

    def handle(self, *args: Any, **options: Any) -> None:
        LAND.write_text(land_svg())
        self.stdout.write(f"Wrote {LAND.relative_to(settings.BASE_DIR)}.")


def land_svg() -> str:
    """One symbol in kilometres east and south of the projection's centre (core/geo.py)."""
    rings = [simplified([(x / 1000, y / 1000) for x, y in ring], TOLERANCE) for ring in coast()]
    d = "".join(_path(ring) for ring in rings if len(ring) > 3 and _box(ring) >= SMALLEST_ISLAND)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n<path id="land" d="{d}"/>\n</svg>\n'


def coast() -> list[Ring]:
    """Closed rings around everything: the lines that belong to one municipality only, end to end."""
    lines, uses = shared_lines()
    begin: dict[Point, list[Ring]] = {}
    for index, line in enumerate(lines):
        if uses[index] == 1:
            begin.setdefault(line[0], []).append(line)
            begin.setdefault(line[-1], []).append(line[::-1])
    rings = []
    while begin:
        ring = list(_take(begin, next(iter(begin))))
        while ring[-1] != ring[0] and ring[-1] in begin:
            ring.extend(_take(begin, ring[-1])[1:])
        rings.append(ring)
    return rings


def _take(begin: dict[Point, list[Ring]], corner: Point) -> Ring:
    """A line from this corner, removed at both of its ends."""
    line = begin[corner][0]
    for end, way in ((line[0], line), (line[-1], line[::-1])):
        begin[end].remove(way)
        if not begin[end]:
            del begin[end]
    return line


def simplified(ring: Ring, tolerance: float) -> Ring:
    """Douglas and Peucker: the fewest corners that stay within the tolerance."""
    if len(ring) < 3:
        return ring
    (x0, y0), (x1, y1) = ring[0], ring[-1]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5

    def distance(point: Point) -> float:
        x, y = point
        if length == 0:
            return ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5
        return abs((x1 - x0) * (y0 - y) - (x0 - x) * (y1 - y0)) / length

    farthest = max(range(1, len(ring) - 1), key=lambda place: distance(ring[place]))
    if distance(ring[farthest]) <= tolerance:
        return [ring[0], ring[-1]]
    return simplified(ring[: farthest + 1], tolerance)[:-1] + simplified(ring[farthest:], tolerance)


def _box(ring: Ring) -> float:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return (max(xs) - min(xs)) * (max(ys) - min(ys))


def _path(ring: Ring) -> str:
    points = [(round(x), round(y)) for x, y in ring]
    steps = [f"{x1 - x0} {y1 - y0}" for (x0, y0), (x1, y1) in pairwise(points)]
    return f"M{points[0][0]} {points[0][1]}l" + " ".join(steps) + "z"
