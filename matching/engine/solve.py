"""From a problem to its result: who is placed where, what it costs, and why each is where they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.engine import candidates, explain, flow, together
from matching.engine.problem import Problem, ProblemError, Seeker
from matching.engine.world import Longs, World, distance

FORMAT = "industriporten-matching-result/1"


@dataclass(frozen=True)
class Result:
    """Assignments and unplaced in the order of the seekers' ids; costs leave out what is locked."""

    problem_sha256: str
    assignments: list[dict[str, Any]]
    unplaced: list[dict[str, Any]]
    cost: dict[str, int]
    optimal: bool
    gap: float | None

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "placed": len(self.assignments),
            "cost": self.cost,
            "optimal": self.optimal,
            "gap": self.gap,
            "problem_sha256": self.problem_sha256,
            "assignments": self.assignments,
            "unplaced": self.unplaced,
        }


def solve(problem: Problem) -> Result:
    """The best placement. Raises ProblemError for what the engine cannot do."""
    if problem.mode != "optimal":
        raise ProblemError("mode", "only 'optimal' can be solved so far")
    world = World(problem)
    pairs = candidates.find(world)
    gap: float | None = None
    if (world.group >= 0).any():
        where, gap = together.place_seekers(world, pairs)
    else:
        where = flow.place_seekers(world, pairs)
    reasons = explain.Reasons(world, pairs, where)
    assignments = [_locked(world, seeker) for seeker in world.locked]
    unplaced = []
    for number, seeker in enumerate(world.seekers):
        if where[number] >= 0:
            assignments.append(_assignment(world, seeker, int(where[number]), reasons.of_placed(number)))
        else:
            unplaced.append({"seeker": seeker.id, "reason": reasons.of_unplaced(number)})
    return Result(
        problem.sha256(),
        sorted(assignments, key=lambda one: one["seeker"]),
        sorted(unplaced, key=lambda one: one["seeker"]),
        _cost(world, pairs, where),
        gap is None,
        gap,
    )


def _assignment(world: World, seeker: Seeker, place: int, reason: dict[str, Any]) -> dict[str, Any]:
    offer = world.offers[world.place_offer[place]]
    at = int(world.place_offer[place])
    km = distance(seeker.lat, seeker.lon, float(world.offer_lat[at]), float(world.offer_lon[at]))
    return {
        "seeker": seeker.id,
        "offer": offer.id,
        "period": world.periods[world.place_period[place]],
        "wish_rank": seeker.wishes.index(offer.id) + 1 if offer.id in seeker.wishes else None,
        "km": round(km, 1),
        "reason": reason,
    }


def _locked(world: World, seeker: Seeker) -> dict[str, Any]:
    assert seeker.locked
    return _assignment(world, seeker, world.place_number[seeker.locked], {"code": "locked", "better": []})


def _cost(world: World, pairs: candidates.Pairs, where: Longs) -> dict[str, int]:
    owners = pairs.seekers()
    of_pairs = int(pairs.costs[where[owners] == pairs.places].sum())
    placed = where[where >= 0]
    taken = np.bincount(world.place_host[placed], minlength=len(world.hosts))
    hosts = sum(
        int(world.load_cost(np.arange(before + 1, before + more + 1, dtype=np.int64)).sum())
        for before, more in zip(world.host_taken.tolist(), taken.tolist(), strict=True)
    )
    out = world.school[(where < 0) & (world.school >= 0)]
    left = np.bincount(out, minlength=len(world.schools))
    schools = sum(
        int(world.shortage_cost(np.arange(1, number + 1, dtype=np.int64), size).sum())
        for number, size in zip(left.tolist(), world.school_size.tolist(), strict=True)
    )
    return {"pairs": of_pairs, "hosts": hosts, "schools": schools, "total": of_pairs + hosts + schools}
