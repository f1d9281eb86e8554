"""Who is placed where, for seekers that come alone: a flow from schools through seekers and places to hosts.

First as many as possible, then at the least cost with just so many (two runs are faster than one with a huge cost for
each who is left out). Convex costs are parallel arcs of rising cost: a school's shortage, a host's load. The costs are
whole numbers, so the flow is a whole number too: the exact optimum.
"""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow, min_cost_flow

from matching.engine import lottery
from matching.engine.candidates import Pairs
from matching.engine.world import UNLIMITED, Longs, World

# ortools multiplies costs by the number of nodes and refuses what no longer fits into 64 bits.
MOST_COST_TIMES_NODES = 1 << 46
LOTTERY_BITS = 12


class _Arcs:
    def __init__(self) -> None:
        self.parts: list[tuple[Longs, Longs, Longs, Longs]] = []

    def add(self, tails: Longs, heads: Longs, most: Longs, costs: Longs) -> None:
        self.parts.append((tails, heads, most, costs))

    def one(self, tail: int, head: int, most: int, cost: int = 0) -> None:
        tails, heads, most_of, costs = (np.array([each], dtype=np.int64) for each in (tail, head, most, cost))
        self.add(tails, heads, most_of, costs)

    def together(self) -> tuple[Longs, ...]:
        return tuple(np.concatenate([part[column] for part in self.parts]).astype(np.int64) for column in range(4))


@dataclass
class _Nodes:
    source: int
    sink: int
    school: int
    seeker: int
    place: int
    host: int
    count: int


def place_seekers(world: World, pairs: Pairs) -> Longs:
    """The place of each seeker, or -1."""
    if not len(pairs):
        return np.full(len(world.seekers), -1, dtype=np.int64)
    nodes, arcs, first_pair = _network(world, pairs)
    tails, heads, most, costs = arcs.together()
    placed = _most(nodes, tails, heads, most)
    used = _cheapest(nodes, tails, heads, most, _with_lottery(world, pairs, nodes, costs, first_pair), placed)
    of_pairs = used[first_pair : first_pair + len(pairs)] > 0
    where = np.full(len(world.seekers), -1, dtype=np.int64)
    where[pairs.seekers()[of_pairs]] = pairs.places[of_pairs]
    return where


def _network(world: World, pairs: Pairs) -> tuple[_Nodes, _Arcs, int]:
    schools, seekers, places, hosts = (
        len(world.schools) + 1,
        len(world.seekers),
        len(world.place_offer),
        len(world.hosts),
    )
    nodes = _Nodes(0, 1, 2, 2 + schools, 2 + schools + seekers, 2 + schools + seekers + places, 0)
    nodes.count = nodes.host + hosts
    arcs = _Arcs()
    seeker_nodes = nodes.seeker + np.arange(seekers, dtype=np.int64)
    of_school = np.where(world.school < 0, schools - 1, world.school).astype(np.int64)
    ones, zeros = np.ones(seekers, dtype=np.int64), np.zeros(seekers, dtype=np.int64)
    arcs.add(nodes.school + of_school, seeker_nodes, ones, zeros)
    first_pair = seekers
    arcs.add(
        nodes.seeker + pairs.seekers().astype(np.int64),
        nodes.place + pairs.places.astype(np.int64),
        np.ones(len(pairs), dtype=np.int64),
        pairs.costs.astype(np.int64),
    )
    # Each who is placed spares the school what the last one left out would have cost: the first spares most.
    for school in range(schools - 1):
        free = int(world.school_free[school])
        spared = -world.shortage_cost(np.arange(free, 0, -1, dtype=np.int64), int(world.school_size[school]))
        begin, end = (np.full(free, node, dtype=np.int64) for node in (nodes.source, nodes.school + school))
        arcs.add(begin, end, np.ones(free, dtype=np.int64), spared)
    arcs.one(nodes.source, nodes.school + schools - 1, int((world.school < 0).sum()))
    _capacities(world, nodes, arcs)
    return nodes, arcs, first_pair


def _capacities(world: World, nodes: _Nodes, arcs: _Arcs) -> None:
    """Place → workplace in the period → host in the period → host → sink, leaving out what has no limit."""
    workplaces: dict[tuple[int, int], int] = {}
    host_periods: dict[tuple[int, int], int] = {}
    for place in range(len(world.place_offer)):
        period, host = int(world.place_period[place]), int(world.place_host[place])
        workplace = int(world.place_workplace[place])
        to = _host_in(world, nodes, arcs, host_periods, host, period)
        if (workplace, period) in world.workplace_left:
            if (workplace, period) not in workplaces:
                workplaces[workplace, period] = nodes.count
                nodes.count += 1
                arcs.one(workplaces[workplace, period], to, world.workplace_left[workplace, period])
            to = workplaces[workplace, period]
        arcs.one(nodes.place + place, to, int(world.seats_left[place]))
    seats = np.bincount(world.place_host, weights=world.seats_left, minlength=len(world.hosts)).astype(np.int64)
    for host in range(len(world.hosts)):
        most = int(min(seats[host], world.host_left[host], UNLIMITED))
        taken = int(world.host_taken[host])
        rising = np.arange(taken + 1, taken + most + 1, dtype=np.int64)
        costs = world.load_cost(rising)
        dearest = int(np.searchsorted(costs, world.weights.load_max)) if most else 0
        begin = np.full(dearest, nodes.host + host, dtype=np.int64)
        arcs.add(begin, np.full(dearest, nodes.sink), np.ones(dearest, dtype=np.int64), costs[:dearest])
        if most > dearest:
            arcs.one(nodes.host + host, nodes.sink, most - dearest, int(costs[dearest]))


def _host_in(
    world: World, nodes: _Nodes, arcs: _Arcs, known: dict[tuple[int, int], int], host: int, period: int
) -> int:
    if (host, period) not in world.host_period_left:
        return nodes.host + host
    if (host, period) not in known:
        known[host, period] = nodes.count
        nodes.count += 1
        arcs.one(known[host, period], nodes.host + host, world.host_period_left[host, period])
    return known[host, period]


def _with_lottery(world: World, pairs: Pairs, nodes: _Nodes, costs: Longs, first_pair: int) -> Longs:
    """Costs made larger, so that lottery numbers fit below one unit of cost, all who are placed together.

    With very many seekers fewer bits fit, in the end none: then the order of the world decides. The seed has drawn it.
    """
    dearest = int(np.abs(costs).max(initial=1)) + 1
    bits = LOTTERY_BITS
    while bits and dearest * (len(world.seekers) << bits) * nodes.count >= MOST_COST_TIMES_NODES:
        bits -= 1
    if not bits:
        return costs
    drawn = lottery.of_pairs(world.lottery[pairs.seekers()], world.place_lottery[pairs.places])
    scaled = costs * (len(world.seekers) << bits)
    scaled[first_pair : first_pair + len(pairs)] += (drawn >> np.uint64(64 - bits)).astype(np.int64)
    return scaled


def _most(nodes: _Nodes, tails: Longs, heads: Longs, most: Longs) -> int:
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(tails.astype(np.int32), heads.astype(np.int32), most)
    status = flow.solve(nodes.source, nodes.sink)
    if status != flow.OPTIMAL:
        raise RuntimeError(f"The largest flow was not found: {status}.")
    return int(flow.optimal_flow())


def _cheapest(nodes: _Nodes, tails: Longs, heads: Longs, most: Longs, costs: Longs, placed: int) -> Longs:
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tails.astype(np.int32), heads.astype(np.int32), most, costs)
    flow.set_node_supply(nodes.source, placed)
    flow.set_node_supply(nodes.sink, -placed)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"The cheapest flow was not found: {status}.")
    return np.asarray(flow.flows(arcs), dtype=np.int64)
