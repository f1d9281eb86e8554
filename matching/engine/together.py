"""Who is placed where when some come as groups: the same rules as a model for CP-SAT, which never splits a group."""

from collections import defaultdict
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from matching.engine.candidates import Pairs
from matching.engine.world import Longs, World

# Counted in the solver's own work, not by the clock: the same answer on every machine.
MOST_WORK = 60.0


def place_seekers(world: World, pairs: Pairs) -> tuple[Longs, float | None]:
    """The place of each seeker or -1, and how far the cost may be from the best: None when it is the best."""
    model = cp_model.CpModel()
    owners, places = pairs.seekers().tolist(), pairs.places.tolist()
    chosen = [model.new_bool_var("") for _ in owners]
    of_seeker: dict[int, list[int]] = defaultdict(list)
    of_limit: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for pair, (seeker, place) in enumerate(zip(owners, places, strict=True)):
        of_seeker[seeker].append(pair)
        period, host = int(world.place_period[place]), int(world.place_host[place])
        of_limit["place", place].append(pair)
        of_limit["workplace", int(world.place_workplace[place]), period].append(pair)
        of_limit["host", host, period].append(pair)
        of_limit["hosts", host].append(pair)
    for members in of_seeker.values():
        model.add_at_most_one(chosen[pair] for pair in members)
    for key, members in of_limit.items():
        most = _left(world, key)
        if most is not None and most < len(members):
            model.add(sum(chosen[pair] for pair in members) <= most)
    _keep_groups(world, model, chosen, owners, places)
    cost = sum(int(each) * one for each, one in zip(pairs.costs, chosen, strict=True))
    cost += _loads(world, model, chosen, of_limit) + _shortages(world, model, chosen, of_seeker)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = world.problem.seed % (1 << 31)
    solver.parameters.max_deterministic_time = MOST_WORK
    placed = sum(chosen)
    model.maximize(placed)
    most_status = solver.solve(model)
    where = np.full(len(world.seekers), -1, dtype=np.int64)
    if most_status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return where, float("inf")
    model.add(placed >= round(solver.objective_value))
    for one in chosen:
        model.add_hint(one, solver.value(one))
    model.minimize(cost)
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise RuntimeError(f"The cheapest placement was not found: {solver.status_name(status)}.")
    for one, seeker, place in zip(chosen, owners, places, strict=True):
        if solver.value(one):
            where[seeker] = place
    exact = (most_status, status) == (cp_model.OPTIMAL, cp_model.OPTIMAL)
    return where, None if exact else abs(solver.objective_value - solver.best_objective_bound)


def _left(world: World, key: tuple[Any, ...]) -> int | None:
    kind, *numbers = key
    if kind == "place":
        return int(world.seats_left[numbers[0]])
    if kind == "hosts":
        return int(world.host_left[numbers[0]])
    left = world.workplace_left if kind == "workplace" else world.host_period_left
    return left.get((numbers[0], numbers[1]))


def _keep_groups(
    world: World, model: cp_model.CpModel, chosen: list[cp_model.IntVar], owners: list[int], places: list[int]
) -> None:
    """All of a group in the same place, or nobody."""
    at: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    for one, seeker, place in zip(chosen, owners, places, strict=True):
        if world.group[seeker] >= 0:
            at[int(world.group[seeker]), place].append(one)
    sizes = {group: len(members) for group, members in world.members().items()}
    for (group, _place), members in at.items():
        together = model.new_bool_var("")
        for one in members:
            model.add(one == together)
        if len(members) < sizes[group]:  # somebody of the group cannot come here
            model.add(together == 0)


def _loads(
    world: World, model: cp_model.CpModel, chosen: list[cp_model.IntVar], of_limit: dict[tuple[Any, ...], list[int]]
) -> Any:
    cost: Any = 0
    for key, members in of_limit.items():
        if key[0] != "hosts":
            continue
        taken = int(world.host_taken[key[1]])
        steps = world.load_cost(np.arange(taken + 1, taken + len(members) + 1, dtype=np.int64)).tolist()
        cost += _rising(model, sum(chosen[pair] for pair in members), steps)
    return cost


def _shortages(
    world: World, model: cp_model.CpModel, chosen: list[cp_model.IntVar], of_seeker: dict[int, list[int]]
) -> Any:
    cost: Any = 0
    for school, size in enumerate(world.school_size.tolist()):
        members = np.flatnonzero(world.school == school).tolist()
        placed = sum(chosen[pair] for seeker in members for pair in of_seeker[seeker])
        steps = world.shortage_cost(np.arange(1, len(members) + 1, dtype=np.int64), size).tolist()
        cost += _rising(model, len(members) - placed, steps)
    return cost


def _rising(model: cp_model.CpModel, number: Any, steps: list[int]) -> Any:
    """What so many cost together, each more than the one before."""
    used = [model.new_bool_var("") for _ in steps]
    model.add(sum(used) == number)
    return sum(cost * one for cost, one in zip(steps, used, strict=True))
