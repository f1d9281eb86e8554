"""The problem as arrays, in an order of its own: by strips of latitude, then longitude, then lottery number.

Nothing behind this module sees the order of the input. What is locked has already taken its part of every capacity.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.engine import lottery
from matching.engine.problem import MOST_CARRIED, Host, Offer, Problem, Seeker, Workplace

EARTH_KM = 6371.0088
UNLIMITED = np.int64(1) << 40

Integers = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]


class Strips:
    """The earth in strips of latitude. A key orders by strip, then by longitude."""

    WIDTH = 1000.0

    def __init__(self, kilometres: Floats) -> None:
        usual = float(np.median(kilometres)) if len(kilometres) else 50.0
        self.height = min(max(usual / 111.0, 0.05), 10.0)

    def of(self, lat: Floats) -> Longs:
        return np.floor((lat + 90.0) / self.height).astype(np.int64)

    def keys(self, lat: Floats, lon: Floats) -> Floats:
        return self.of(lat) * self.WIDTH + (lon + 180.0)


def unit_vectors(lat: Floats, lon: Floats) -> Floats:
    phi, theta = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)])


def kilometres(chord: Floats) -> Floats:
    """Along the great circle, from the straight distance on a globe of radius one."""
    return 2.0 * EARTH_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))


def distance(lat_1: float, lon_1: float, lat_2: float, lon_2: float) -> float:
    """Of two points, as of many above."""

    def point(lat: float, lon: float) -> tuple[float, float, float]:
        phi, theta = math.radians(lat), math.radians(lon)
        return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)

    return 2.0 * EARTH_KM * math.asin(min(math.dist(point(lat_1, lon_1), point(lat_2, lon_2)) / 2.0, 1.0))


def bits(rows: Sequence[Iterable[str]], vocabulary: dict[str, int]) -> Words:
    """One row of 64-bit words for each set of names."""
    width = max(1, -(-len(vocabulary) // 64))
    words = np.zeros((len(rows), width), dtype=np.uint64)
    for row, names in enumerate(rows):
        for name in names:
            number = vocabulary[name]
            words[row, number // 64] |= np.uint64(1 << (number % 64))
    return words


def vocabulary_of(*sides: Iterable[Iterable[str]]) -> dict[str, int]:
    return {
        name: number for number, name in enumerate(sorted({name for rows in sides for row in rows for name in row}))
    }


class World:
    """Seekers that are not locked, places (an offer in one period), and what is left of every capacity."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.weights = problem.weights
        self.hosts: list[Host] = sorted(problem.hosts, key=lambda row: row.id)
        self.periods = sorted(problem.periods)
        self._offers()
        self._seekers()
        self._places()
        self._capacities()
        self._schools()

    def _offers(self) -> None:
        problem = self.problem
        self.offers: list[Offer] = sorted(problem.offers, key=lambda row: row.id)
        self.offer_number = {row.id: number for number, row in enumerate(self.offers)}
        workplaces = {row.id: row for row in problem.workplaces}
        self.workplaces: list[Workplace] = sorted(problem.workplaces, key=lambda row: row.id)
        workplace_number = {row.id: number for number, row in enumerate(self.workplaces)}
        host_number = {row.id: number for number, row in enumerate(self.hosts)}
        self.host_number = host_number
        at = [workplaces[row.workplace] for row in self.offers]
        self.offer_workplace = np.array([workplace_number[row.id] for row in at], dtype=np.int32)
        self.offer_host = np.array([host_number[row.host] for row in at], dtype=np.int32)
        self.offer_lat = np.array([row.lat for row in at], dtype=np.float64)
        self.offer_lon = np.array([row.lon for row in at], dtype=np.float64)

    def _seekers(self) -> None:
        problem = self.problem
        self.locked = sorted((row for row in problem.seekers if row.locked), key=lambda row: row.id)
        free = [row for row in problem.seekers if not row.locked]
        lat = np.array([row.lat for row in free], dtype=np.float64)
        lon = np.array([row.lon for row in free], dtype=np.float64)
        max_km = np.array([row.max_km for row in free], dtype=np.float64)
        drawn = lottery.draw(problem.seed, "seeker", [row.id for row in free])
        self.strips = Strips(max_km)
        order = np.lexsort((drawn, self.strips.keys(lat, lon)))
        self.seekers: list[Seeker] = [free[number] for number in order.tolist()]
        self.lat, self.lon, self.max_km, self.lottery = lat[order], lon[order], max_km[order], drawn[order]
        # Places in the lottery: 1 is drawn first.
        self.drawn_as = np.empty(len(free), dtype=np.int64)
        self.drawn_as[np.argsort(self.lottery, kind="stable")] = np.arange(1, len(free) + 1)
        self.carried = np.array([min(row.carried, MOST_CARRIED) for row in self.seekers], dtype=np.int32)
        numbers: dict[str, int] = {}
        self.group = np.array(
            [-1 if row.group is None else numbers.setdefault(row.group, len(numbers)) for row in self.seekers],
            dtype=np.int32,
        )
        self.groups = list(numbers)

    def _places(self) -> None:
        problem = self.problem
        period_number = {name: number for number, name in enumerate(self.periods)}
        rows = [
            (offer, period_number[period], seats)
            for offer, row in enumerate(self.offers)
            for period, seats in row.seats.items()
            if seats > 0
        ]
        offer, period, seats = np.array(rows or np.zeros((0, 3)), dtype=np.int32).reshape(-1, 3).T
        drawn = lottery.draw(
            problem.seed, "place", [f"{self.offers[number].id}\0{self.periods[week]}" for number, week, _ in rows]
        )
        keys = self.strips.keys(self.offer_lat[offer], self.offer_lon[offer])
        order = np.lexsort((drawn, period, keys))
        self.place_offer, self.place_period = offer[order], period[order]
        self.place_seats = seats[order]  # as offered
        self.place_lottery, self.place_key = drawn[order], keys[order]
        self.place_host, self.place_workplace = (
            self.offer_host[self.place_offer],
            self.offer_workplace[self.place_offer],
        )
        self.place_number = {
            (self.offers[one].id, self.periods[week]): number
            for number, (one, week) in enumerate(
                zip(self.place_offer.tolist(), self.place_period.tolist(), strict=True)
            )
        }

    def _capacities(self) -> None:
        """What the locked leave."""
        taken: Counter[int] = Counter()
        at_workplace: Counter[tuple[int, int]] = Counter()
        at_host: Counter[tuple[int, int]] = Counter()
        hosts: Counter[int] = Counter()
        for seeker in self.locked:
            assert seeker.locked
            place = self.place_number[seeker.locked]
            week, host = int(self.place_period[place]), int(self.place_host[place])
            taken[place] += 1
            at_workplace[int(self.place_workplace[place]), week] += 1
            at_host[host, week] += 1
            hosts[host] += 1
        self.seats_left = self.place_seats.copy()
        for place, number in taken.items():
            self.seats_left[place] -= number
        self.workplace_left = {
            (number, week): row.cap_per_period[name] - at_workplace[number, week]
            for number, row in enumerate(self.workplaces)
            for week, name in enumerate(self.periods)
            if name in row.cap_per_period
        }
        self.host_period_left = {
            (number, week): row.cap_per_period[name] - at_host[number, week]
            for number, row in enumerate(self.hosts)
            for week, name in enumerate(self.periods)
            if name in row.cap_per_period
        }
        self.host_locked = np.array([hosts[number] for number in range(len(self.hosts))], dtype=np.int64)
        self.host_taken = np.array([row.taken_this_year for row in self.hosts], dtype=np.int64) + self.host_locked
        self.host_left = np.array(
            [UNLIMITED if row.cap is None else row.cap for row in self.hosts], dtype=np.int64
        ) - np.where([row.cap is None for row in self.hosts], 0, self.host_locked)

    def _schools(self) -> None:
        sizes = Counter(row.school for row in self.problem.seekers if row.school is not None)
        self.schools = sorted(sizes)
        number = {name: index for index, name in enumerate(self.schools)}
        self.school_number = number
        self.school_size = np.array([sizes[name] for name in self.schools], dtype=np.int64)
        self.school = np.array(
            [-1 if row.school is None else number[row.school] for row in self.seekers], dtype=np.int32
        )
        self.school_free = np.bincount(self.school[self.school >= 0], minlength=len(self.schools))

    def load_cost(self, nth: Longs) -> Longs:
        """Of the nth person a host takes this year."""
        return np.minimum(self.weights.load_max, self.weights.load_step * (nth - 1))

    def shortage_cost(self, uth: Longs, size: int) -> Longs:
        """Of the uth unplaced seeker of a school of that size."""
        return self.weights.school * (2 * uth - 1) // size

    def members(self) -> dict[int, Longs]:
        """The seekers of each group."""
        rows: dict[int, list[int]] = defaultdict(list)
        for seeker in np.flatnonzero(self.group >= 0).tolist():
            rows[int(self.group[seeker])].append(seeker)
        return {group: np.array(seekers, dtype=np.int64) for group, seekers in rows.items()}
