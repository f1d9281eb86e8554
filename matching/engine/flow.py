"""Places first, cost second, then the lottery: the exact optimum of single seekers, with its prices.

Only a few pairs of each seeker are in the network. The smallest cut and the prices say which of all others would help;
when none would, what was found is the best over all possible pairs. The prices are always computed: they are the
certificate.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine import lottery, network
from matching.engine.candidates import Pairs
from matching.engine.network import Arcs, Network
from matching.engine.world import Longs, World

FEW = 80  # possible pairs of each seeker, on the average, up to which all are taken in at once
FIRST = 8  # pairs of each seeker to begin with, when there are more
KEPT = 4  # pairs of each seeker, on the average, once there are prices
CHUNK = 1 << 21


@dataclass
class Found:
    place_of: Longs  # by seeker, -1 without
    number: int
    prices: Longs  # by node
    rounds: int
    pairs_used: int
    network: Network


def place_seekers(world: World, pairs: Pairs) -> Longs:
    """The place of each seeker, or -1."""
    return find(world, pairs).place_of


def find(world: World, pairs: Pairs) -> Found:
    """The same with what proves it."""
    return _Flow(world, pairs).solve()


class _Flow:
    def __init__(self, world: World, pairs: Pairs) -> None:
        self.world, self.pairs = world, pairs
        self.net = Network(world)
        self.owners = pairs.seekers()
        self.inside = np.zeros(len(pairs), dtype=bool)
        self.flow = np.zeros(len(pairs), dtype=bool)
        self.rounds = 0

    def solve(self) -> Found:
        net = self.net
        if len(self.pairs) <= FEW * len(self.world.seekers):
            self.inside[:] = True
        else:
            self.inside = _cheapest_few(self.owners, self.pairs, net.seats)
        number = self._number()
        chosen, arcs = self._arcs()
        flows = net.cheapest(arcs, number)
        prices = network.prices(net.fixed + arcs, flows, net.nodes, net.sink)
        self.rounds = 1
        if not self.inside.all():
            self._let_go(chosen, arcs, flows, prices)
        while True:
            slack = self._add(prices)
            chosen, arcs, flows = self._carried_over(chosen, flows)
            if not slack:
                break
            self.rounds += 1
            flows = self._improved(net.fixed + arcs, flows, prices, slack)
            prices = network.prices(net.fixed + arcs, flows, net.nodes, net.sink)
        flows = self._draw(net.fixed + arcs, chosen, flows, prices)
        prices = network.prices(net.fixed + arcs, flows, net.nodes, net.sink)
        taken = chosen[flows[len(net.fixed) :] > 0]
        place_of = np.full(len(self.world.seekers), -1, dtype=np.int64)
        place_of[self.owners[taken]] = self.pairs.places[taken]
        return Found(place_of, number, prices, self.rounds, len(chosen), net)

    def _carried_over(self, before: Longs, flows: Longs) -> tuple[Longs, Arcs, Longs]:
        """The pairs as they are now, with the flow as it was."""
        fixed = len(self.net.fixed)
        self.flow[before] = flows[fixed:] > 0
        chosen, arcs = self._arcs()
        return chosen, arcs, np.concatenate([flows[:fixed], self.flow[chosen].astype(np.int64)])

    def _improved(self, all_arcs: Arcs, flows: Longs, prices: Longs, slack: int) -> Longs:
        """The cheapest flow again, after pairs came that would save `slack` in all: what is dearer by more stays."""
        reduced = all_arcs.costs + prices[all_arcs.heads] - prices[all_arcs.tails]
        open_ = np.flatnonzero((np.abs(reduced) <= slack) & (all_arcs.capacities > 0))
        return _solved_again(all_arcs, flows, open_, all_arcs.costs[open_])

    def _arcs(self) -> tuple[Longs, Arcs]:
        chosen = np.flatnonzero(self.inside)
        return chosen, self.net.pair_arcs(self.owners[chosen], self.pairs.places[chosen], self.pairs.costs[chosen])

    def _number(self) -> int:
        """The most that can be placed. Pairs across the smallest cut may raise it."""
        while True:
            number, near = self.net.largest(self._arcs()[1])
            seeker_near = near[: len(self.world.seekers)]
            place_near = near[self.net.first_place :][: len(self.world.place_offer)]
            across = seeker_near[self.owners] & ~place_near[self.pairs.places] & ~self.inside
            across &= self.net.seats[self.pairs.places] > 0
            if not across.any():
                return number
            self.inside |= across

    def _let_go(self, chosen: Longs, arcs: Arcs, flows: Longs, prices: Longs) -> None:
        """Once, the pairs in the network that are far too dear. Should one be missed, the prices will say."""
        most = KEPT * len(self.world.seekers)
        if len(chosen) <= most:
            return
        reduced = arcs.costs + prices[arcs.heads] - prices[arcs.tails]
        limit = np.partition(reduced, most)[most]
        self.inside[chosen[(reduced > limit) & (flows[len(self.net.fixed) :] == 0)]] = False

    def _add(self, prices: Longs) -> int:
        """Take in every pair that would be cheaper than what its seeker has, or as cheap: what they save in all."""
        of_seekers = prices[: len(self.world.seekers)]
        of_places = prices[self.net.first_place :][: len(self.world.place_offer)]
        slack = 0
        for begin in range(0, len(self.pairs), CHUNK):
            part = slice(begin, begin + CHUNK)
            reduced = of_places[self.pairs.places[part]] - of_seekers[self.owners[part]] + self.pairs.costs[part]
            new = np.flatnonzero((reduced <= 0) & ~self.inside[part])
            self.inside[begin + new] = True
            slack -= int(reduced[new].sum())
        return slack

    def _draw(self, all_arcs: Arcs, chosen: Longs, flows: Longs, prices: Longs) -> Longs:
        """Among all cheapest flows the one the lottery wants: only arcs that cost nothing more or less are open."""
        world, fixed = self.world, len(self.net.fixed)
        reduced = all_arcs.costs + prices[all_arcs.heads] - prices[all_arcs.tails]
        open_ = np.flatnonzero((reduced == 0) & (all_arcs.capacities > 0))
        nodes = 2 + len(np.unique(np.concatenate([all_arcs.tails[open_], all_arcs.heads[open_]])))
        bits = max(2, min(40, 61 - 2 * nodes.bit_length()))
        pair = open_ >= fixed
        which = chosen[open_[pair] - fixed]
        seekers, places = self.owners[which], self.pairs.places[which]
        high = bits // 2
        costs = np.zeros(len(open_), dtype=np.int64)
        costs[pair] = ((world.lottery[seekers] >> np.uint64(64 - high)) << np.uint64(bits - high)).astype(np.int64) + (
            lottery.of_pairs(world.lottery[seekers], world.place_lottery[places]) >> np.uint64(64 - bits + high)
        ).astype(np.int64)
        return _solved_again(all_arcs, flows, open_, costs)


def _solved_again(all_arcs: Arcs, flows: Longs, open_: Longs, costs: Longs) -> Longs:
    """The cheapest flow when all arcs but the open ones stay as they are."""
    flows = flows.copy()
    tied = all_arcs.only(open_)
    nodes, numbered = np.unique(np.concatenate([tied.tails, tied.heads]), return_inverse=True)
    small = Arcs(numbered[: len(tied)], numbered[len(tied) :], tied.capacities, costs)
    supplies = np.zeros(len(nodes), dtype=np.int64)
    np.add.at(supplies, small.tails, flows[open_])
    np.subtract.at(supplies, small.heads, flows[open_])
    flows[open_] = network.cheapest(small, supplies)
    return flows


def _cheapest_few(owners: NDArray[np.int32], pairs: Pairs, seats: Longs) -> NDArray[np.bool_]:
    """The cheapest of each seeker, and twice its seats for each place."""
    inside = np.zeros(len(pairs), dtype=bool)
    if not len(pairs):
        return inside
    index_bits = len(pairs).bit_length()
    costs = pairs.costs.astype(np.int64) - int(pairs.costs.min())
    cost_bits = int(costs.max()).bit_length()
    key = costs << index_bits
    key |= np.arange(len(pairs))
    mask = (1 << index_bits) - 1
    for groups, limits in (
        (owners, np.full(len(pairs.start) - 1, FIRST, dtype=np.int64)),
        (pairs.places, 2 * seats),
    ):
        if len(limits).bit_length() + cost_bits + index_bits > 62:  # sums of very large weights: all pairs
            return np.ones(len(pairs), dtype=bool)
        ordered = key | (groups.astype(np.int64) << (cost_bits + index_bits))
        ordered.sort()
        group = ordered >> (cost_bits + index_bits)
        counts = np.bincount(groups, minlength=len(limits))
        begins = np.cumsum(counts) - counts
        rank = np.arange(len(ordered)) - begins[group]
        inside[ordered[rank < limits[group]] & mask] = True
    return inside
