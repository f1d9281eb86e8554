from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.check import check
from matching.engine.problem import ProblemError, read
from matching.engine.rerun import after_answers
from matching.engine.solve import solve
from tests.matching.problems import example, problems


def placed_by(result):
    return {one["seeker"]: (one["offer"], one["period"]) for one in result["assignments"]}


@settings(max_examples=100, deadline=None)
@given(problems(), st.integers(0, 10**6))
def test_what_was_accepted_stays_and_what_was_refused_does_not_come_back(data, seed):
    dice, problem = Random(seed), read(data)
    first = solve(problem).as_json()
    before = placed_by(first)
    answers = {name: dice.choice(["yes", "no", ""]) for name in sorted(before)}
    again = after_answers(
        problem,
        first,
        accepted=[name for name, answer in answers.items() if answer == "yes"],
        refused=[name for name, answer in answers.items() if answer == "no"],
    )
    second = solve(again).as_json()
    after = placed_by(second)
    assert check(again, second) == []
    for name, answer in answers.items():
        if answer == "yes":
            assert after[name] == before[name]
        if answer == "no":
            assert after.get(name) != before[name]


@pytest.mark.parametrize("seed", range(5))
def test_without_answers_nobody_moves(seed):
    problem = read(example(seed=seed))
    first = solve(problem).as_json()
    assert placed_by(solve(after_answers(problem, first)).as_json()) == placed_by(first)


def test_a_group_answers_as_one():
    data = example(seed=1, seekers=4)
    for row in data["seekers"][:2]:
        row |= {"group": "g", "wishes": [], "periods": ["2027-W12", "2027-W13"]}
    for row in data["offers"]:
        row["seats"] = {"2027-W12": 2}
    problem = read(data)
    first = solve(problem).as_json()
    before = placed_by(first)
    after = placed_by(solve(after_answers(problem, first, refused=["p0"])).as_json())
    assert before["p0"] == before["p1"] != after.get("p1") == after.get("p0")
    kept = after_answers(problem, first, accepted=["p1"])
    assert [row.locked for row in kept.seekers[:2]] == [before["p0"], before["p0"]]


def test_an_answer_to_nothing_is_refused():
    problem = read(example(seed=1))
    first = solve(problem).as_json()
    someone = first["assignments"][0]["seeker"]
    with pytest.raises(ProblemError, match="has no place to answer about"):
        after_answers(problem, first, accepted=["nobody"])
    with pytest.raises(ProblemError, match="has accepted too"):
        after_answers(problem, first, accepted=[someone], refused=[someone])
