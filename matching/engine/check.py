"""Whether a result is what it says: written plainly and without the solver's code, so that the two may disagree."""

from collections import Counter
from math import asin, cos, floor, radians, sin, sqrt
from typing import Any

from matching.engine.problem import MOST_CARRIED, Offer, Problem, Seeker

EARTH_KM = 6371.0088
# Straight lines and great circles round differently in the last places.
ROUNDING_KM = 1e-6


def check(problem: Problem, result: dict[str, Any]) -> list[str]:
    """Every fault, in words; none for a result that holds. Whether it is the best, only another solver can say."""
    return list(_Check(problem, result).faults())


class _Check:
    def __init__(self, problem: Problem, result: dict[str, Any]) -> None:
        self.problem, self.result = problem, result
        self.offers = {row.id: row for row in problem.offers}
        self.workplaces = {row.id: row for row in problem.workplaces}
        self.hosts = {row.id: row for row in problem.hosts}
        self.seekers = {row.id: row for row in problem.seekers}
        self.where = {one["seeker"]: (one["offer"], one["period"]) for one in result["assignments"]}

    def faults(self) -> Any:
        if self.result["problem_sha256"] != self.problem.sha256():
            yield "This is the result of another problem."
            return
        named = [one["seeker"] for one in [*self.result["assignments"], *self.result["unplaced"]]]
        for seeker, times in Counter(named).items():
            if seeker not in self.seekers or times > 1:
                yield f"{seeker}: named {times} times, or no seeker of the problem."
        yield from (f"{seeker}: neither placed nor unplaced." for seeker in self.seekers.keys() - set(named))
        if unknown := set(self.where) - set(self.seekers):
            yield f"Unknown seekers: {sorted(unknown)}"
            return
        for seeker, (offer, period) in self.where.items():
            yield from self._pair(self.seekers[seeker], offer, period)
        yield from self._capacities()
        yield from self._groups()
        if self.result["placed"] != len(self.where):
            yield f"{len(self.where)} are placed, not {self.result['placed']}."
        cost = {"pairs": self._pairs(), "hosts": self._hosts(), "schools": self._schools()}
        cost["total"] = sum(cost.values())
        if cost != self.result["cost"]:
            yield f"It costs {cost}, not {self.result['cost']}."

    def _pair(self, seeker: Seeker, name: str, period: str) -> Any:
        if seeker.locked:
            if seeker.locked != (name, period):
                yield f"{seeker.id}: locked elsewhere."
            return
        if name not in self.offers:
            yield f"{seeker.id}: no offer {name}."
            return
        offer = self.offers[name]
        host = self.workplaces[offer.workplace].host
        broken = {
            "period": period not in seeker.periods or not offer.seats.get(period),
            "age": seeker.age_band not in offer.age_bands,
            "programme": bool(offer.programmes)
            and seeker.programme not in offer.programmes
            and seeker.programme not in offer.related_programmes,
            "needs": any(need not in offer.offers_needs for need in seeker.needs),
            "excluded": host in seeker.excluded,
            "reserved": bool(offer.reserved_for_schools) and seeker.school not in offer.reserved_for_schools,
            "travel": self._km(seeker, offer) > seeker.max_km + ROUNDING_KM,
            "refused_before": (seeker.id, name, period) in self.problem.banned,
        }
        yield from (f"{seeker.id} at {name} in {period}: {rule}" for rule, is_broken in broken.items() if is_broken)

    def _km(self, seeker: Seeker, offer: Offer) -> float:
        place = self.workplaces[offer.workplace]
        north, east = radians(place.lat - seeker.lat) / 2, radians(place.lon - seeker.lon) / 2
        half = sin(north) ** 2 + cos(radians(seeker.lat)) * cos(radians(place.lat)) * sin(east) ** 2
        return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))

    def _capacities(self) -> Any:
        taken: Counter[tuple[str, ...]] = Counter()
        for name, period in self.where.values():
            workplace = self.workplaces[self.offers[name].workplace]
            taken.update([("offer", name, period), ("workplace", workplace.id, period)])
            taken.update([("host", workplace.host, period), ("host", workplace.host)])
        limits: dict[tuple[str, ...], int | None] = {}
        for offer in self.problem.offers:
            limits |= {("offer", offer.id, period): seats for period, seats in offer.seats.items()}
        for workplace in self.problem.workplaces:
            limits |= {("workplace", workplace.id, period): cap for period, cap in workplace.cap_per_period.items()}
        for host in self.problem.hosts:
            limits |= {("host", host.id, period): cap for period, cap in host.cap_per_period.items()}
            limits["host", host.id] = host.cap
        for what, limit in limits.items():
            if limit is not None and taken[what] > limit:
                yield f"{' '.join(what)}: {taken[what]} of {limit}."

    def _groups(self) -> Any:
        together: dict[str, set[tuple[str, str] | None]] = {}
        for seeker in self.problem.seekers:
            if seeker.group is not None:
                together.setdefault(seeker.group, set()).add(self.where.get(seeker.id))
        yield from (f"group {name}: split." for name, places in together.items() if len(places) > 1)

    def _pairs(self) -> int:
        weights, total = self.problem.weights, 0
        for seeker in self.problem.seekers:
            if seeker.locked or seeker.id not in self.where:
                continue
            offer = self.offers[self.where[seeker.id][0]]
            if offer.id in seeker.wishes:
                total += weights.wish_step * seeker.wishes.index(offer.id)
            else:
                total += weights.not_wished if seeker.wishes else weights.no_wishes
            if offer.programmes and seeker.programme not in offer.programmes:
                total += weights.related
            if seeker.interests and not set(seeker.interests) & set(offer.occupations):
                total += weights.no_interest
            if seeker.max_km:
                total += floor(weights.travel * self._km(seeker, offer) / seeker.max_km)
            total -= weights.carried * min(MOST_CARRIED, seeker.carried)
            if self.problem.staying.get(seeker.id) == self.where[seeker.id]:
                total -= self.problem.stay_bonus
        return total

    def _hosts(self) -> int:
        weights = self.problem.weights
        locked, placed = Counter[str](), Counter[str]()
        for seeker, (name, _period) in self.where.items():
            host = self.workplaces[self.offers[name].workplace].host
            (locked if self.seekers[seeker].locked else placed)[host] += 1
        total = 0
        for row in self.problem.hosts:
            before = row.taken_this_year + locked[row.id]
            total += sum(min(weights.load_max, weights.load_step * (before + n)) for n in range(placed[row.id]))
        return total

    def _schools(self) -> int:
        sizes = Counter(row.school for row in self.problem.seekers if row.school is not None)
        out = Counter(row.school for row in self.problem.seekers if row.school is not None and row.id not in self.where)
        return sum(
            self.problem.weights.school * (2 * u - 1) // sizes[school]
            for school, number in out.items()
            for u in range(1, number + 1)
        )
