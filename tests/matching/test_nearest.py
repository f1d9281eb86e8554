"""The change that is named helps: whoever makes it, alone, raises the number of the placed by one."""

from copy import deepcopy

import pytest
from hypothesis import given, settings

from matching.engine.problem import read
from matching.engine.solve import solve
from tests.matching.problems import example, problems


@settings(max_examples=150, deadline=None)
@given(problems(locked=True))
def test_the_change_places_one_more(data):
    result = solve(read(data)).as_json()
    for one in result["unplaced"][:3]:
        nearest = one["reason"].get("nearest")
        if not nearest:
            continue
        changed = deepcopy(data)
        seeker = next(row for row in changed["seekers"] if row["id"] == one["seeker"])
        if nearest["change"] == "period":
            assert nearest["to"] not in seeker["periods"]
            seeker["periods"].append(nearest["to"])
        else:
            assert nearest["to"] > seeker["max_km"]
            seeker["max_km"] = nearest["to"]
        assert solve(read(changed)).as_json()["placed"] == result["placed"] + 1


@pytest.mark.parametrize("change", [{"periods": ["2027-W12"]}, {"max_km": 1}])
def test_the_change_is_named(change):
    data = example(seed=1, seekers=3)
    data["offers"] = data["offers"][:1]
    data["offers"][0]["seats"] = {"2027-W13": 3}
    for row in data["seekers"]:
        row |= {"wishes": [], "periods": ["2027-W13"]} | change
    reasons = [one["reason"]["nearest"] for one in solve(read(data)).unplaced]
    assert [(each["change"], each["offer"]) for each in reasons] == [
        ("period" if "periods" in change else "max_km", "o0")
    ] * 3
