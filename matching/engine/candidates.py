"""Every possible pair and its cost, and how many places each rule takes from each seeker.

Blocks by programme and period; in a block strips of latitude and two binary searches leave what may be in reach, masks
the rest. Chunks keep the memory bounded. Nothing is left out for good: the cheapest few of each seeker lose places.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine import rules
from matching.engine.world import (
    EARTH_KM,
    Floats,
    Integers,
    Longs,
    World,
    bits,
    kilometres,
    unit_vectors,
    vocabulary_of,
)

CHUNK = 1 << 20  # raw pairs looked at together


@dataclass
class Pairs:
    """Those of seeker i are places[start[i]:start[i + 1]], in geographic order within each period."""

    start: Longs
    places: Integers
    costs: Integers
    refused: Integers  # seekers × rules

    def seekers(self) -> Integers:
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))

    def __len__(self) -> int:
        return len(self.places)


@dataclass
class _Block:
    rows: Longs  # seekers
    counts: Longs  # pairs of each
    places: Integers
    costs: Integers


def find(world: World) -> Pairs:
    return _Finder(world).find()


class _Finder:
    def __init__(self, world: World) -> None:
        self.world = world
        seekers, offers = world.seekers, world.offers
        self.refused = np.zeros((len(seekers), len(rules.IN_ORDER)), dtype=np.int32)
        self.vectors = unit_vectors(world.lat, world.lon)
        self.place_vectors = unit_vectors(world.offer_lat, world.offer_lon)[:, world.place_offer]
        bands = vocabulary_of([[row.age_band] for row in seekers], [row.age_bands for row in offers])
        self.band = np.array([bands[row.age_band] for row in seekers], dtype=np.int32)
        self.bands = np.zeros((len(bands), len(offers)), dtype=bool)
        for number, offer in enumerate(offers):
            for name in offer.age_bands:
                self.bands[bands[name], number] = True
        needs = vocabulary_of([row.needs for row in seekers], [row.offers_needs for row in offers])
        self.needs, self.meets = (
            bits([row.needs for row in seekers], needs),
            bits([row.offers_needs for row in offers], needs),
        )
        self.has_needs: NDArray[np.bool_] = np.asarray(self.needs.any(axis=1))
        occupations = vocabulary_of([row.interests for row in seekers], [row.occupations for row in offers])
        self.interests = bits([row.interests for row in seekers], occupations)
        self.occupations = bits([row.occupations for row in offers], occupations)
        self.has_interests: NDArray[np.bool_] = np.asarray(self.interests.any(axis=1))
        hosts = len(world.hosts)
        self.excluded = np.array(
            sorted(
                number * hosts + world.host_number[name] for number, row in enumerate(seekers) for name in row.excluded
            ),
            dtype=np.int64,
        )
        self.has_excluded = np.array([bool(row.excluded) for row in seekers], dtype=bool)
        self._reserved()
        number_of = {row.id: number for number, row in enumerate(seekers)}
        self.banned = np.array(
            sorted(
                number_of[seeker] * len(world.place_offer) + world.place_number[offer_id, period]
                for seeker, offer_id, period in world.problem.banned
                if seeker in number_of and (offer_id, period) in world.place_number
            ),
            dtype=np.int64,
        )
        self.base = (-world.weights.carried * world.carried).astype(np.int32)

    def _reserved(self) -> None:
        world = self.world
        reserved = [number for number, row in enumerate(world.offers) if row.reserved_for_schools]
        self.reserved_row = np.full(len(world.offers), -1, dtype=np.int32)
        self.reserved_row[reserved] = np.arange(len(reserved))
        # The last column is that of seekers without a school.
        self.reserved = np.zeros((len(reserved), len(world.schools) + 1), dtype=bool)
        for row, number in enumerate(reserved):
            for name in world.offers[number].reserved_for_schools:
                if name in world.school_number:
                    self.reserved[row, world.school_number[name]] = True

    def find(self) -> Pairs:
        world = self.world
        seekers = len(world.seekers)
        periods = {name: number for number, name in enumerate(world.periods)}
        free_in = np.zeros((seekers, len(world.periods)), dtype=bool)
        for number, row in enumerate(world.seekers):
            free_in[number, [periods[name] for name in row.periods]] = True
        names: dict[str | None, int] = {}
        programme = np.array([names.setdefault(row.programme, len(names)) for row in world.seekers], dtype=np.int32)
        in_period = np.bincount(world.place_period, minlength=len(world.periods))
        self.refused[:, rules.NUMBER[rules.PERIOD]] = (~free_in) @ in_period
        blocks: list[_Block] = []
        for name in sorted(names, key=lambda name: name or ""):
            admits = self._admits(name)[world.place_offer]
            of_programme = programme == names[name]
            for period in range(len(world.periods)):
                rows = np.flatnonzero(of_programme & free_in[:, period])
                if not len(rows):
                    continue
                places = np.flatnonzero((world.place_period == period) & (admits > 0))
                self.refused[rows, rules.NUMBER[rules.PROGRAMME]] += in_period[period] - len(places)
                related = np.where(admits[places] == 2, world.weights.related, 0).astype(np.int32)
                blocks += self._block(rows, places, related)
        pairs = self._together(blocks)
        self._wishes(pairs)
        return pairs

    def _admits(self, programme: str | None) -> NDArray[np.int8]:
        """For each offer: 0 no, 1 yes, 2 as related."""
        return np.array(
            [
                1
                if not row.programmes or programme in row.programmes
                else 2 * (programme is not None and programme in row.related_programmes)
                for row in self.world.offers
            ],
            dtype=np.int8,
        )

    def _block(self, rows: Longs, places: Longs, related: Integers) -> list[_Block]:
        """The pairs of these seekers and places, which agree on period and programme."""
        low, counts = self._strips(rows, places)
        raw = counts.sum(axis=1)
        travel = rules.NUMBER[rules.TRAVEL]
        blocks = []
        begin = 0
        upto = np.cumsum(raw)
        while begin < len(rows):
            before = upto[begin - 1] if begin else 0
            end = max(begin + 1, int(np.searchsorted(upto, before + CHUNK, side="right")))
            part = slice(begin, end)
            block = self._chunk(rows[part], low[part], counts[part], raw[part], places, related)
            self.refused[rows[part], travel] += (len(places) - self.reached).astype(np.int32)
            blocks.append(block)
            begin = end
        return blocks

    def _strips(self, rows: Longs, places: Longs) -> tuple[Longs, Longs]:
        """For each seeker and strip in reach: the first place that may be, and how many follow."""
        world = self.world
        strips, width = world.strips, world.strips.WIDTH
        lat, lon = world.lat[rows], world.lon[rows]
        angle = world.max_km[rows] / EARTH_KM * (1 + 1e-9) + 1e-12
        degrees = np.degrees(angle)
        first = strips.of(np.maximum(lat - degrees, -90.0))
        last = strips.of(np.minimum(lat + degrees, 90.0))
        ratio = np.sin(np.minimum(angle, np.pi / 2)) / np.maximum(np.cos(np.radians(lat)), 1e-12)
        wide = (np.abs(lat) + degrees >= 90.0) | (ratio >= 1.0)
        across = np.degrees(np.arcsin(np.minimum(ratio, 1.0))) + 1e-9
        wide |= (lon - across < -180.0) | (lon + across > 180.0)
        west, east = np.where(wide, -180.0, lon - across) + 180.0, np.where(wide, 180.0, lon + across) + 180.0
        strip = first[:, None] + np.arange(int((last - first).max(initial=0)) + 1)
        keys = world.place_key[places]
        low = np.searchsorted(keys, strip * width + west[:, None], side="left")
        high = np.searchsorted(keys, strip * width + east[:, None], side="right")
        return low, np.where(strip <= last[:, None], high - low, 0)

    def _chunk(self, rows: Longs, low: Longs, counts: Longs, raw: Longs, places: Longs, related: Integers) -> _Block:
        world = self.world
        flat = counts.ravel()
        begins = np.cumsum(flat) - flat
        position = np.arange(int(flat.sum())) + np.repeat(low.ravel() - begins, flat)
        owner = np.repeat(np.arange(len(rows), dtype=np.int32), raw)
        place = places[position]
        square: Floats = np.zeros(len(place))
        for axis in range(3):
            step = np.repeat(self.vectors[axis][rows], raw)
            step -= self.place_vectors[axis][place]
            step *= step
            square += step
        most = 2.0 * np.sin(np.minimum(world.max_km[rows] / EARTH_KM, np.pi) / 2.0)
        keep = np.flatnonzero(square <= np.repeat(most * most * (1 + 1e-9) + 1e-18, raw))
        owner, place, position = owner[keep], place[keep], position[keep]
        km = kilometres(np.sqrt(square[keep]))
        limit = world.max_km[rows][owner]
        keep = np.flatnonzero(km <= limit)
        if len(keep) < len(km):
            owner, place, position, km, limit = owner[keep], place[keep], position[keep], km[keep], limit[keep]
        self.reached = np.bincount(owner, minlength=len(rows))
        cost = np.floor(np.divide(world.weights.travel * km, limit, out=np.zeros_like(km), where=limit > 0))
        costs = cost.astype(np.int32) + related[position]
        seeker = rows[owner]
        owner, place, seeker, costs = self._masks(rows, owner, place, seeker, costs)
        costs += self.base[seeker]
        self._interests(seeker, world.place_offer[place], costs)
        return _Block(rows, np.bincount(owner, minlength=len(rows)), place.astype(np.int32), costs)

    def _masks(
        self, rows: Longs, owner: Integers, place: Longs, seeker: Longs, costs: Integers
    ) -> tuple[Integers, Longs, Longs, Integers]:
        world = self.world

        def age() -> NDArray[np.bool_]:
            return self.bands[self.band[seeker], world.place_offer[place]]

        def needs() -> NDArray[np.bool_]:
            good = np.ones(len(seeker), dtype=bool)
            some = np.flatnonzero(self.has_needs[seeker])
            wanted, met = self.needs[seeker[some]], self.meets[world.place_offer[place[some]]]
            good[some] = np.logical_not(np.any(wanted & ~met, axis=1))
            return good

        def excluded() -> NDArray[np.bool_]:
            good = np.ones(len(seeker), dtype=bool)
            some = np.flatnonzero(self.has_excluded[seeker])
            good[some] = ~np.isin(seeker[some] * len(world.hosts) + world.place_host[place[some]], self.excluded)
            return good

        def reserved() -> NDArray[np.bool_]:
            good = np.ones(len(seeker), dtype=bool)
            row = self.reserved_row[world.place_offer[place]]
            some = np.flatnonzero(row >= 0)
            good[some] = self.reserved[row[some], world.school[seeker[some]]]
            return good

        def banned() -> NDArray[np.bool_]:
            return ~np.isin(seeker * len(world.place_offer) + place, self.banned)

        checks = [(rules.AGE, age)]
        if self.has_needs.any():
            checks.append((rules.NEEDS, needs))
        if len(self.excluded):
            checks.append((rules.EXCLUDED, excluded))
        if len(self.reserved):
            checks.append((rules.RESERVED, reserved))
        if len(self.banned):
            checks.append((rules.BANNED, banned))
        for code, check in checks:
            good = check()
            if good.all():
                continue
            self.refused[rows, rules.NUMBER[code]] += np.bincount(owner[~good], minlength=len(rows)).astype(np.int32)
            owner, place, seeker, costs = owner[good], place[good], seeker[good], costs[good]
        return owner, place, seeker, costs

    def _interests(self, seeker: Longs, offer: Integers, costs: Integers) -> None:
        some = np.flatnonzero(self.has_interests[seeker])
        common = np.zeros(len(some), dtype=bool)
        for word in range(self.interests.shape[1]):
            common |= (self.interests[seeker[some], word] & self.occupations[offer[some], word]) != 0
        costs[some[~common]] += self.world.weights.no_interest

    def _together(self, blocks: list[_Block]) -> Pairs:
        seekers = len(self.world.seekers)
        counts = np.zeros(seekers, dtype=np.int64)
        for block in blocks:
            counts[block.rows] += block.counts
        start = np.zeros(seekers + 1, dtype=np.int64)
        np.cumsum(counts, out=start[1:])
        places, costs = np.empty(start[-1], dtype=np.int32), np.empty(start[-1], dtype=np.int32)
        free = start[:-1].copy()
        for index in range(len(blocks)):
            block = blocks[index]
            begins = np.cumsum(block.counts) - block.counts
            target = np.arange(len(block.places)) + np.repeat(free[block.rows] - begins, block.counts)
            places[target], costs[target] = block.places, block.costs
            free[block.rows] += block.counts
            blocks[index] = _Block(block.rows, block.counts, places[:0], costs[:0])  # let go of its memory
        return Pairs(start, places, costs, self.refused)

    def _wishes(self, pairs: Pairs) -> None:
        """Add what the rank of the wish costs: a small table of seekers × offers, filled and emptied chunk by chunk."""
        world, weights = self.world, self.world.weights
        stay = world.problem.staying
        height = max(1, min(len(world.seekers), (1 << 21) // max(1, len(world.offers))))
        table = np.zeros((height, len(world.offers)), dtype=np.int32)
        for begin in range(0, len(world.seekers), height):
            chunk = world.seekers[begin : begin + height]
            rows, columns, ranks = [], [], []
            for row, seeker in enumerate(chunk):
                table[row] = weights.not_wished if seeker.wishes else weights.no_wishes
                for rank, name in enumerate(seeker.wishes):
                    rows.append(row)
                    columns.append(world.offer_number[name])
                    ranks.append(rank)
            table[rows, columns] = weights.wish_step * np.array(ranks, dtype=np.int32)
            part = slice(int(pairs.start[begin]), int(pairs.start[begin + len(chunk)]))
            owner = np.repeat(
                np.arange(len(chunk), dtype=np.int32), np.diff(pairs.start[begin : begin + len(chunk) + 1])
            )
            pairs.costs[part] += table[owner, world.place_offer[pairs.places[part]]]
        if not stay:
            return
        for number, seeker in enumerate(world.seekers):
            place = world.place_number.get(stay.get(seeker.id, ("", "")))
            if place is not None:
                part = slice(int(pairs.start[number]), int(pairs.start[number + 1]))
                pairs.costs[part] -= world.problem.stay_bonus * (pairs.places[part] == place)
