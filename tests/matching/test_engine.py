"""What the engine says of bad problems, of results that lie, and of why each is where they are."""

import io
import json
import sys
from copy import deepcopy

import pytest
from hypothesis import given, settings

from matching.engine import rules
from matching.engine.__main__ import main
from matching.engine.check import check
from matching.engine.problem import ProblemError, read
from matching.engine.solve import solve
from tests.matching.problems import example, problems
from tests.matching.reference import Reference

# A place that several rules forbid is counted under the first of them.
ORDER = ["period", "programme", "travel", "age", "needs", "excluded", "reserved"]


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("format", lambda data: data.update(format="other/1")),
        ("colour", lambda data: data.update(colour="red")),
        ("seekers[0].colour", lambda data: data["seekers"][0].update(colour="red")),
        ("seekers[0].lat", lambda data: data["seekers"][0].update(lat=91)),
        ("seekers[1].id", lambda data: data["seekers"][1].update(id="p0")),
        ("seekers[0].wishes", lambda data: data["seekers"][0].update(wishes=["o99"])),
        ("offers[2].workplace", lambda data: data["offers"][2].update(workplace="w99")),
        ("offers[0].seats.2027-W12", lambda data: data["offers"][0]["seats"].update({"2027-W12": -1})),
        ("hosts[0].cap", lambda data: data["hosts"][0].update(cap="many")),
        ("weights.wish_step", lambda data: data.update(weights={"wish_step": 1.5})),
        ("mode", lambda data: data.update(mode="quick")),
    ],
)
def test_a_bad_problem_is_refused_with_its_path(path, change):
    data = example(seed=1)
    change(data)
    with pytest.raises(ProblemError) as refused:
        read(data)
    assert refused.value.path == path


@settings(max_examples=150, deadline=None)
@given(problems(locked=True))
def test_what_is_said_of_each_wish_and_of_what_is_refused_is_true(data):
    result, reference = solve(read(data)).as_json(), Reference(data)
    for one in result["assignments"] + result["unplaced"]:
        seeker = reference.seekers[one["seeker"]]
        for better in one["reason"]["better"]:
            assert better["code"] == reason_naively(reference, seeker, better["offer"])
        if "refused" in one["reason"]:
            firsts = [
                next(iter(sorted(reference.refusals(seeker, offer, period), key=ORDER.index)), "possible")
                for offer in data["offers"]
                for period in data["periods"]
                if offer["seats"].get(period)
            ]
            counted = {code: firsts.count(code) for code in {*firsts} - {"possible"}}
            assert (one["reason"]["refused"], one["reason"]["possible"]) == (counted, firsts.count("possible"))


def reason_naively(reference, seeker, name):
    """The first rule that forbids the wish in all periods with seats, or that it was full."""
    offer = reference.offers[name]
    broken = [reference.refusals(seeker, offer, period) for period in reference.data["periods"]]
    if any(not rules_of_period for rules_of_period in broken):
        return "full"
    if all("period" in each for each in broken):
        return "period"
    open_ones = [each for each in broken if "period" not in each]
    return min((code for each in open_ones for code in each), key=ORDER.index)


def test_what_a_better_wish_failed_on_is_counted():
    data = example(seed=5)
    result = solve(read(data)).as_json()
    better = [each for one in result["assignments"] for each in one["reason"]["better"] if each["code"] == "full"]
    assert better
    for each in better:
        assert each["wished"] == sum(each["offer"] in seeker["wishes"] for seeker in data["seekers"])
        assert 1 <= each["lottery"] <= len(data["seekers"])


def lies(result):
    placed, unplaced = result["assignments"], result["unplaced"]
    yield "cost", lambda: result["cost"].update(total=result["cost"]["total"] - 1)
    yield "of 2", lambda: placed.extend([placed[0] | {"seeker": one["seeker"]} for one in unplaced])
    yield "neither placed nor unplaced", lambda: unplaced.pop()
    yield "named 2 times", lambda: placed.append(placed[0])
    yield "another problem", lambda: result.update(problem_sha256="0" * 64)


@pytest.mark.parametrize("number", range(5))
def test_a_result_that_lies_is_found_out(number):
    problem = read(example(seed=2))
    result = deepcopy(solve(problem).as_json())
    assert check(problem, result) == []
    words, lie = list(lies(result))[number]
    lie()
    assert any(words in fault for fault in check(problem, result)) or (
        words == "of 2" and any("of 1" in fault for fault in check(problem, result))
    )


def test_another_seed_lets_others_win():
    winners = {
        tuple(one["seeker"] for one in solve(read(example(2) | {"seed": seed})).assignments) for seed in range(5)
    }
    assert len(winners) > 1


def test_every_rule_has_a_code_of_its_own():
    assert len(set(rules.IN_ORDER)) == len(rules.IN_ORDER)


def test_the_command_line_solves_and_checks(tmp_path, capsys, monkeypatch):
    question, answer = tmp_path / "problem.json", tmp_path / "result.json"
    question.write_text(json.dumps(example(seed=4)))
    assert main(["solve", str(question), "--out", str(answer)]) == 0
    assert main(["check", str(question), str(answer)]) == 0
    assert "The result holds." in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.StringIO(question.read_text()))
    assert main(["solve", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(answer.read_text())
    result = json.loads(answer.read_text())
    result["placed"] += 1
    answer.write_text(json.dumps(result))
    assert main(["check", str(question), str(answer)]) == 1
    question.write_text('{"format": "industriporten-matching/1", "colour": 1}')
    assert main(["solve", str(question)]) == 2
    question.write_text("no json")
    assert main(["solve", str(question)]) == 2
    assert main(["solve", str(tmp_path / "missing.json")]) == 2
    told = capsys.readouterr().err
    assert "seed: is missing" in told or "colour" in told
