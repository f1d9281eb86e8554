"""The engine against the reference, on hundreds of random problems: as many placed, at the same least cost."""

import json
import subprocess
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.check import check
from matching.engine.problem import read
from matching.engine.solve import solve
from tests.matching.problems import problems
from tests.matching.reference import Reference
from tests.processes import ROOT


def solved(data):
    return solve(read(data)).as_json()


def placed_by(result):
    return {one["seeker"]: (one["offer"], one["period"]) for one in result["assignments"]}


def assert_is_right(data, *, exact=True):
    result, reference = solved(data), Reference(data)
    placed = placed_by(result)
    assert reference.faults(placed) == []
    assert check(read(data), result) == []
    most, least = reference.best()
    assert len(placed) == result["placed"] == most
    if exact:
        assert result["optimal"]
        assert reference.cost(placed) == least
    everybody = {one["seeker"] for one in result["assignments"] + result["unplaced"]}
    assert everybody == set(reference.seekers)
    return result


@settings(max_examples=250, deadline=None)
@given(problems())
def test_single_seekers(data):
    result = assert_is_right(data)
    assert result["cost"]["total"] == Reference(data).cost(placed_by(result))


@settings(max_examples=100, deadline=None)
@given(problems(locked=True))
def test_locked_pairs_stay_and_count(data):
    assert_is_right(data)


@settings(max_examples=60, deadline=None)
@given(problems(groups=True, locked=True))
def test_groups_are_never_split(data):
    result = assert_is_right(data, exact=False)
    if result["optimal"]:
        reference = Reference(data)
        assert reference.cost(placed_by(result)) == reference.best()[1]


@settings(max_examples=60, deadline=None)
@given(problems(locked=True), st.integers(0, 10**6))
def test_the_order_of_the_input_moves_nobody(data, seed):
    expected, dice = solved(data), Random(seed)
    shuffled = {**data}
    for name in ("seekers", "hosts", "workplaces", "offers"):
        shuffled[name] = dice.sample(data[name], len(data[name]))
    again = solved(shuffled)
    assert placed_by(again) == placed_by(expected)
    assert again["problem_sha256"] == expected["problem_sha256"]


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_moves_nobody(tmp_path, hash_seed):
    from tests.matching.problems import example

    data = example(seed=3)
    question = tmp_path / "problem.json"
    question.write_text(json.dumps(data))
    told = subprocess.run(
        [sys.executable, "-m", "matching.engine", "solve", str(question)],
        cwd=ROOT,
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert placed_by(json.loads(told.stdout)) == placed_by(solved(data))
