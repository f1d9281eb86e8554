"""The network that begins small ends where the whole one does, and what it says of itself is true."""

import numpy as np
import pytest

from matching.engine import candidates, flow, lottery, network
from matching.engine.problem import ProblemError, read
from matching.engine.solve import solve
from matching.engine.world import World
from tests.matching.problems import example


@pytest.fixture
def begin_small(monkeypatch):
    monkeypatch.setattr(flow, "FEW", 0)
    monkeypatch.setattr(flow, "FIRST", 1)
    monkeypatch.setattr(flow, "KEPT", 1)


def found(data):
    world = World(read(data))
    pairs = candidates.find(world)
    return world, pairs, flow.find(world, pairs)


@pytest.mark.parametrize("seed", range(30))
def test_beginning_with_one_pair_each_ends_with_the_same_places(seed, begin_small, monkeypatch):
    data = example(seed=seed, seekers=60)
    _world, pairs, small = found(data)
    monkeypatch.setattr(flow, "FEW", len(pairs))
    _world, _pairs, whole = found(data)
    assert small.place_of.tolist() == whole.place_of.tolist()
    assert small.prices.tolist() == whole.prices.tolist()


@pytest.mark.parametrize("seed", range(10))
def test_the_prices_prove_the_result_over_all_pairs(seed, begin_small):
    _world, pairs, best = found(example(seed=seed, seekers=60))
    seekers = best.prices[pairs.seekers()]
    places = best.prices[best.network.first_place + pairs.places]
    reduced = pairs.costs + places - seekers
    taken = best.place_of[pairs.seekers()] == pairs.places
    assert (reduced[~taken] >= 0).all()
    assert (reduced[taken] <= 0).all()


def test_what_is_no_optimum_has_no_prices():
    # Two ways from 0 to 2, and the flow takes the dearer.
    arcs = network.arcs(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([1, 1, 1]), np.array([5, 9, 3]))
    with pytest.raises(AssertionError, match="cheaper exchange"):
        network.prices(arcs, np.array([0, 1, 0]), 3, 2)
    assert network.prices(arcs, np.array([1, 0, 1]), 3, 2).tolist() == [9, 4, 0]


def test_weights_beyond_64_bits_are_refused_in_words():
    data = example(seed=2) | {"weights": {"wish_step": 1_000_000}}
    assert solve(read(data)).optimal
    costs = network.arcs(np.arange(9), np.arange(1, 10), np.ones(9), np.full(9, 1 << 60))
    with pytest.raises(ProblemError, match="64 bits"):
        network.cheapest(costs, np.array([1, *[0] * 8, -1]))


def test_lottery_numbers_are_the_same_on_every_machine():
    drawn = lottery.draw(7, "seeker", ["p1", "p2"])
    assert drawn.tolist() == [1200925942741893782, 12268268414583852230]
    assert lottery.of_pairs(drawn, drawn[::-1]).tolist() == [16426892628135874251, 9698975212566823315]
