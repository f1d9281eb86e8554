"""The matching of MATCHING's words once more, slowly and plainly: what the engine is compared with.

Works on the JSON, shares no line with the engine, and asks another solver (HiGHS, in scipy) for the optimum.
"""

from itertools import product
from math import asin, cos, floor, radians, sin, sqrt

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

WEIGHTS = {
    "wish_step": 60,
    "not_wished": 400,
    "no_wishes": 200,
    "related": 100,
    "no_interest": 120,
    "travel": 280,
    "carried": 500,
    "load_step": 15,
    "load_max": 600,
    "school": 1000,
}
MOST_CARRIED = 3


class Reference:
    """One problem: what is possible, what it costs, and the best that can be reached."""

    def __init__(self, data):
        self.data = data
        self.weights = WEIGHTS | data.get("weights", {})
        self.offers = {offer["id"]: offer for offer in data["offers"]}
        self.workplaces = {place["id"]: place for place in data["workplaces"]}
        self.hosts = {host["id"]: host for host in data["hosts"]}
        self.seekers = {seeker["id"]: seeker for seeker in data["seekers"]}
        self.locked = {
            pk: (one["locked"]["offer"], one["locked"]["period"])
            for pk, one in self.seekers.items()
            if one.get("locked")
        }
        self.free = [pk for pk in self.seekers if pk not in self.locked]
        self.groups = {}
        for pk in self.free:
            if group := self.seekers[pk].get("group"):
                self.groups.setdefault(group, []).append(pk)

    # What is possible, and what a pair costs

    def refusals(self, seeker, offer, period):
        """Every rule that forbids the pair."""
        workplace = self.workplaces[offer["workplace"]]
        open_to = offer.get("programmes", [])
        related = offer.get("related_programmes", [])
        broken = []
        if period not in seeker["periods"] or not offer["seats"].get(period):
            broken.append("period")
        if seeker["age_band"] not in offer["age_bands"]:
            broken.append("age")
        if open_to and seeker.get("programme") not in [*open_to, *related]:
            broken.append("programme")
        if set(seeker.get("needs", [])) - set(offer.get("offers_needs", [])):
            broken.append("needs")
        if workplace["host"] in seeker.get("excluded", []):
            broken.append("excluded")
        if offer.get("reserved_for_schools") and seeker.get("school") not in offer["reserved_for_schools"]:
            broken.append("reserved")
        if self.km(seeker, offer) > seeker["max_km"]:
            broken.append("travel")
        return broken

    def km(self, seeker, offer):
        place = self.workplaces[offer["workplace"]]
        north, east = radians(place["lat"] - seeker["lat"]) / 2, radians(place["lon"] - seeker["lon"]) / 2
        half = sin(north) ** 2 + cos(radians(seeker["lat"])) * cos(radians(place["lat"])) * sin(east) ** 2
        return 2 * 6371.0088 * asin(min(1, sqrt(half)))

    def pair_cost(self, seeker, offer):
        weights, wishes = self.weights, seeker.get("wishes", [])
        if not wishes:
            cost = weights["no_wishes"]
        elif offer["id"] in wishes:
            cost = weights["wish_step"] * wishes.index(offer["id"])
        else:
            cost = weights["not_wished"]
        open_to, programme = offer.get("programmes", []), seeker.get("programme")
        if open_to and programme not in open_to:
            cost += weights["related"]
        interests = set(seeker.get("interests", []))
        if interests and not interests & set(offer.get("occupations", [])):
            cost += weights["no_interest"]
        if seeker["max_km"]:
            cost += floor(weights["travel"] * self.km(seeker, offer) / seeker["max_km"])
        return cost - weights["carried"] * min(MOST_CARRIED, seeker.get("carried", 0))

    def pairs(self):
        """(seeker, offer, period) of all that are free, in plain loops."""
        return [
            (pk, offer["id"], period)
            for pk, offer, period in product(self.free, self.data["offers"], self.data["periods"])
            if not self.refusals(self.seekers[pk], offer, period)
        ]

    # What a whole placement is worth

    def faults(self, placed):
        """Whatever a placement of {seeker: (offer, period)}, the locked included, does that it must not."""
        found = [f"{pk} is not where it is locked" for pk, where in self.locked.items() if placed.get(pk) != where]
        for pk, (offer, period) in placed.items():
            if pk not in self.locked:
                found += [
                    f"{pk} at {offer}: {rule}" for rule in self.refusals(self.seekers[pk], self.offers[offer], period)
                ]
        for name, most, taken in self.capacities(placed):
            if taken > most:
                found.append(f"{name}: {taken} of {most}")
        for name, members in self.groups.items():
            where = {placed.get(pk) for pk in members}
            if len(where) > 1:
                found.append(f"group {name} is split")
        return found

    def capacities(self, placed):
        """(name, most, taken) of everything that has a limit."""
        at = [(self.offers[offer], period) for offer, period in placed.values()]
        for offer in self.data["offers"]:
            for period, seats in offer["seats"].items():
                yield f"{offer['id']} in {period}", seats, sum(o is offer and p == period for o, p in at)
        for place in self.data["workplaces"]:
            for period, cap in place.get("cap_per_period", {}).items():
                taken = sum(o["workplace"] == place["id"] and p == period for o, p in at)
                yield f"{place['id']} in {period}", cap, taken
        for host in self.data["hosts"]:
            of_host = [p for o, p in at if self.workplaces[o["workplace"]]["host"] == host["id"]]
            for period, cap in host.get("cap_per_period", {}).items():
                yield f"{host['id']} in {period}", cap, of_host.count(period)
            if host.get("cap") is not None:
                yield host["id"], host["cap"], len(of_host)

    def cost(self, placed):
        """Least is best: pairs of those that are not locked, hosts beyond what is locked, schools."""
        total = sum(
            self.pair_cost(self.seekers[pk], self.offers[where[0]]) for pk, where in placed.items() if pk in self.free
        )
        for host in self.data["hosts"]:
            first, last = (self.load(host["id"], whom) for whom in (self.locked, placed))
            total += sum(self.load_cost(host, n) for n in range(first + 1, last + 1))
        for school in self.schools():
            size = sum(one.get("school") == school for one in self.seekers.values())
            unplaced = sum(one.get("school") == school and pk not in placed for pk, one in self.seekers.items())
            total += sum(self.shortage_cost(size, u) for u in range(1, unplaced + 1))
        return total

    def schools(self):
        return sorted({one["school"] for one in self.seekers.values() if one.get("school")})

    def load(self, host, placed):
        return sum(
            self.workplaces[self.offers[offer]["workplace"]]["host"] == host for offer, _period in placed.values()
        )

    def load_cost(self, host, n):
        """Of the nth it takes in this round: those it has taken this year come before."""
        return min(self.weights["load_max"], self.weights["load_step"] * (host.get("taken_this_year", 0) + n - 1))

    def shortage_cost(self, size, u):
        return self.weights["school"] * (2 * u - 1) // size

    # The best

    def best(self):
        """How many are placed at most, the locked included, and the least cost of placing so many."""
        pairs = self.pairs()
        rows, costs = [], [self.pair_cost(self.seekers[pk], self.offers[offer]) for pk, offer, _period in pairs]
        count = len(pairs)

        def variable(cost):
            costs.append(cost)
            return len(costs) - 1

        def limit(names, least, most):
            rows.append((dict(names), least, most))

        for pk in self.free:
            limit([(at, 1) for at, pair in enumerate(pairs) if pair[0] == pk], 0, 1)
        for at_most, members in self._limits(pairs):
            limit([(at, 1) for at in members], 0, at_most)
        for members in self.groups.values():
            for where in {pair[1:] for pair in pairs if pair[0] in members}:
                together = variable(0)
                here = [(at, 1) for at, pair in enumerate(pairs) if pair[0] in members and pair[1:] == where]
                limit([*here, (together, -len(members))], 0, 0)
        for host in self.data["hosts"]:
            of_host = [at for at, pair in enumerate(pairs) if self._host_of(pair) == host["id"]]
            first = self.load(host["id"], self.locked)
            steps = [variable(self.load_cost(host, first + n)) for n in range(1, len(of_host) + 1)]
            if of_host:
                limit([*((at, 1) for at in of_host), *((step, -1) for step in steps)], 0, 0)
        for school in self.schools():
            of_school = [pk for pk, one in self.seekers.items() if one.get("school") == school]
            free = [pk for pk in of_school if pk in self.free]
            steps = [variable(self.shortage_cost(len(of_school), u)) for u in range(1, len(free) + 1)]
            if free:
                here = [(at, 1) for at, pair in enumerate(pairs) if pair[0] in free]
                limit([*here, *((step, 1) for step in steps)], len(free), len(free))
        if not pairs:
            return len(self.locked), self.cost(dict(self.locked))
        matrix = lil_array((len(rows) + 1, len(costs)))
        least, most = np.zeros(len(rows) + 1), np.zeros(len(rows) + 1)
        for row, (names, low, high) in enumerate(rows):
            least[row], most[row] = low, high
            for at, factor in names.items():
                matrix[row, at] = factor
        matrix[len(rows), range(count)] = 1
        most[-1] = count
        number = np.zeros(len(costs))
        number[:count] = -1
        placed = -self._solve(number, matrix, least, most)
        least[-1] = placed
        return placed + len(self.locked), self._solve(np.array(costs, dtype=float), matrix, least, most)

    def _limits(self, pairs):
        """(what is left after the locked, the pairs that share it) of everything that has a limit."""
        alone = {pair: dict([self._alone(pair)]) for pair in pairs}
        taken = list(self.capacities(self.locked))
        each = {pair: list(self.capacities(placed)) for pair, placed in alone.items()}
        for place, (_name, most, used) in enumerate(taken):
            members = [at for at, pair in enumerate(pairs) if each[pair][place][2]]
            if members:
                yield most - used, members

    def _alone(self, pair):
        return pair[0], pair[1:]

    def _host_of(self, pair):
        return self.workplaces[self.offers[pair[1]]["workplace"]]["host"]

    def _solve(self, costs, matrix, least, most):
        answer = milp(
            costs,
            constraints=LinearConstraint(matrix.tocsr(), least, most),
            bounds=Bounds(0, 1),
            integrality=np.ones(len(costs)),
            options={"mip_rel_gap": 0},
        )
        assert answer.success, answer.message
        return round(answer.fun)
