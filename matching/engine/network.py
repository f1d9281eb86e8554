"""The network: source → school → seeker → place → workplace → host in the period → host → sink.

What costs more the more of it there is (a school's shortage, a host's load) are parallel arcs of rising cost.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow, min_cost_flow

from matching.engine.problem import ProblemError
from matching.engine.world import Longs, World

FAR = 1 << 44  # the price of what cannot reach a free seat any more


@dataclass
class Arcs:
    tails: Longs
    heads: Longs
    capacities: Longs
    costs: Longs

    def __add__(self, other: "Arcs") -> "Arcs":
        return Arcs(
            np.concatenate([self.tails, other.tails]),
            np.concatenate([self.heads, other.heads]),
            np.concatenate([self.capacities, other.capacities]),
            np.concatenate([self.costs, other.costs]),
        )

    def __len__(self) -> int:
        return len(self.tails)

    def only(self, which: NDArray[np.bool_] | Longs) -> "Arcs":
        return Arcs(self.tails[which], self.heads[which], self.capacities[which], self.costs[which])


def arcs(tails: NDArray[Any], heads: NDArray[Any], capacities: NDArray[Any], costs: NDArray[Any]) -> Arcs:
    return Arcs(*(np.asarray(part, dtype=np.int64) for part in (tails, heads, capacities, costs)))


def _merged(rising: Arcs) -> Arcs:
    """Neighbours between the same nodes at the same cost become one."""
    if not len(rising):
        return rising
    new = np.ones(len(rising), dtype=bool)
    new[1:] = (np.diff(rising.tails) != 0) | (np.diff(rising.heads) != 0) | (np.diff(rising.costs) != 0)
    first = np.flatnonzero(new)
    return Arcs(
        rising.tails[first], rising.heads[first], np.add.reduceat(rising.capacities, first), rising.costs[first]
    )


def steps(counts: Longs) -> tuple[Longs, Longs]:
    """For counts 2 and 3: whose 0 0 1 1 1, and which 1 2 1 2 3."""
    whose = np.repeat(np.arange(len(counts)), counts)
    return whose, np.arange(len(whose)) - np.repeat(np.cumsum(counts) - counts, counts) + 1


class Network:
    """Nodes: seekers, places, workplaces and hosts by period, hosts, schools, source, sink."""

    def __init__(self, world: World) -> None:
        self.world = world
        seekers, places, hosts, periods = (
            len(world.seekers),
            len(world.place_offer),
            len(world.hosts),
            len(world.periods),
        )
        self.seats = world.seats_left.astype(np.int64)
        by_workplace = np.full(len(world.workplaces) * periods, -1, dtype=np.int64)
        by_host = np.full(hosts * periods, -1, dtype=np.int64)
        for (number, week), left in world.workplace_left.items():
            by_workplace[number * periods + week] = left
        for (number, week), left in world.host_period_left.items():
            by_host[number * periods + week] = left
        at_workplace = world.place_workplace.astype(np.int64) * periods + world.place_period
        at_host = world.place_host.astype(np.int64) * periods + world.place_period
        self.first_place = seekers
        self.first_host = self.first_place + places
        self.first_school = self.first_host + hosts
        node = self.first_school + len(world.schools)
        workplace_node = np.full(len(by_workplace), -1, dtype=np.int64)
        some = np.flatnonzero(by_workplace >= 0)
        workplace_node[some] = node + np.arange(len(some))
        node += len(some)
        host_node = np.full(len(by_host), -1, dtype=np.int64)
        capped = np.flatnonzero(by_host >= 0)
        host_node[capped] = node + np.arange(len(capped))
        self.source, self.sink, self.nodes = node + len(capped), node + len(capped) + 1, node + len(capped) + 2

        host_of_place = self.first_host + world.place_host.astype(np.int64)
        above_workplace = np.where(host_node[at_host] >= 0, host_node[at_host], host_of_place)
        above = np.where(workplace_node[at_workplace] >= 0, workplace_node[at_workplace], above_workplace)
        tree = arcs(np.arange(places) + self.first_place, above, self.seats, np.zeros(places))
        workplace, first = np.unique(at_workplace, return_index=True)
        first = first[workplace_node[workplace] >= 0]
        workplace = at_workplace[first]
        tree += arcs(workplace_node[workplace], above_workplace[first], by_workplace[workplace], np.zeros(len(first)))
        tree += arcs(host_node[capped], self.first_host + capped // periods, by_host[capped], np.zeros(len(capped)))
        self.fixed = tree + self._loads() + self._shortages()

    def _loads(self) -> Arcs:
        world = self.world
        seats = np.bincount(world.place_host, weights=self.seats, minlength=len(world.hosts)).astype(np.int64)
        whose, nth = steps(np.minimum(np.minimum(world.host_left, seats), len(world.seekers)))
        costs = world.load_cost(world.host_taken[whose] + nth)
        return _merged(arcs(self.first_host + whose, np.full(len(whose), self.sink), np.ones(len(whose)), costs))

    def _shortages(self) -> Arcs:
        """The first of a school to be placed saves most. Without a school: nothing."""
        world = self.world
        school = world.school.astype(np.int64)
        some, alone = np.flatnonzero(school >= 0), np.flatnonzero(school < 0)
        counts = np.bincount(school[some], minlength=len(world.schools))
        whose, which = steps(counts)
        uth = counts[whose] - which + 1
        saved = world.weights.school * (2 * uth - 1) // world.school_size[whose]
        rising = _merged(arcs(np.full(len(whose), self.source), self.first_school + whose, np.ones(len(whose)), -saved))
        return (
            rising
            + arcs(self.first_school + school[some], some, np.ones(len(some)), np.zeros(len(some)))
            + arcs(np.full(len(alone), self.source), alone, np.ones(len(alone)), np.zeros(len(alone)))
        )

    def pair_arcs(self, seekers: NDArray[Any], places: NDArray[Any], costs: NDArray[Any]) -> Arcs:
        return arcs(seekers, self.first_place + np.asarray(places, dtype=np.int64), np.ones(len(seekers)), costs)

    def largest(self, pairs: Arcs) -> tuple[int, NDArray[np.bool_]]:
        """How many can be placed with these pairs, and the source's side of a smallest cut."""
        solver = max_flow.SimpleMaxFlow()
        all_arcs = self.fixed + pairs
        solver.add_arcs_with_capacity(_narrow(all_arcs.tails), _narrow(all_arcs.heads), all_arcs.capacities)
        status = solver.solve(self.source, self.sink)
        assert status == solver.OPTIMAL, status
        near = np.zeros(self.nodes, dtype=bool)
        near[solver.get_source_side_min_cut()] = True
        return solver.optimal_flow(), near

    def cheapest(self, pairs: Arcs, number: int) -> Longs:
        """The flow on every arc, fixed ones first, when that many are placed as cheaply as can be."""
        supplies = np.zeros(self.nodes, dtype=np.int64)
        supplies[self.source], supplies[self.sink] = number, -number
        return cheapest(self.fixed + pairs, supplies)


def _narrow(numbers: Longs) -> NDArray[np.int32]:
    return numbers.astype(np.int32)


def cheapest(all_arcs: Arcs, supplies: Longs) -> Longs:
    solver = min_cost_flow.SimpleMinCostFlow()
    numbers = solver.add_arcs_with_capacity_and_unit_cost(
        _narrow(all_arcs.tails), _narrow(all_arcs.heads), all_arcs.capacities, all_arcs.costs
    )
    nodes = np.flatnonzero(supplies)
    solver.set_nodes_supplies(_narrow(nodes), supplies[nodes])
    status = solver.solve()
    if status == solver.BAD_COST_RANGE:
        raise ProblemError("weights", "are so large that 64 bits do not hold their sums")
    assert status == solver.OPTIMAL, status
    return np.asarray(solver.flows(numbers), dtype=np.int64)


def prices(all_arcs: Arcs, flows: Longs, nodes: int, sink: int) -> Longs:
    """For each node what one more unit there would cost: the shortest way to the sink in the residual network.

    It exists only when no exchange would be cheaper: the certificate of the flow. It does not depend on how the flow
    was found, nor on arcs that would not make it cheaper. Bellman–Ford backwards from what has changed.
    """
    forward, back = np.flatnonzero(flows < all_arcs.capacities), np.flatnonzero(flows > 0)
    tails = np.concatenate([all_arcs.tails[forward], all_arcs.heads[back]])
    heads = np.concatenate([all_arcs.heads[forward], all_arcs.tails[back]])
    costs = np.concatenate([all_arcs.costs[forward], -all_arcs.costs[back]])
    order = np.argsort(heads, kind="stable")
    tails, costs = tails[order], costs[order]
    start = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(heads, minlength=nodes), out=start[1:])
    price = np.full(nodes, FAR, dtype=np.int64)
    price[sink] = 0
    changed = np.arange(nodes)
    for _ in range(2 * nodes + 2):
        counts = start[changed + 1] - start[changed]
        total = int(counts.sum())
        if not total:
            return price
        into = np.arange(total) + np.repeat(start[changed] - (np.cumsum(counts) - counts), counts)
        offered = costs[into] + np.repeat(price[changed], counts)
        owners = tails[into]
        better = offered < price[owners]
        owners, offered = owners[better], offered[better]
        np.minimum.at(price, owners, offered)
        changed = np.unique(owners)
    raise AssertionError("there is a cheaper exchange")
