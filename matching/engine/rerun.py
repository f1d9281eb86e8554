"""A round solved again after the answers: what was accepted stays, what was refused does not come back."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from matching.engine.problem import Problem, ProblemError

STAY_BONUS = 30  # half a wish: others are moved only for more than that


def after_answers(
    problem: Problem,
    result: dict[str, Any],
    *,
    accepted: Iterable[str] = (),
    refused: Iterable[str] = (),
    stay_bonus: int = STAY_BONUS,
) -> Problem:
    """The problem to solve next. `accepted` and `refused` are seekers whose place, as in `result`, was answered so.

    Who neither accepted nor refused keeps the place unless another costs less by more than the bonus. A group answers
    as one: when one member refuses, the pair is refused for all of them.
    """
    had = {row["seeker"]: (row["offer"], row["period"]) for row in result["assignments"]}
    yes, no = set(accepted), set(refused)
    if both := sorted(yes & no):
        raise ProblemError("refused", f"{both[0]!r} has accepted too")
    for path, names in (("accepted", yes), ("refused", no)):
        if without := sorted(names - had.keys()):
            raise ProblemError(path, f"{without[0]!r} has no place to answer about")
    members: dict[str, set[str]] = {}
    for row in problem.seekers:
        if row.group is not None:
            members.setdefault(row.group, set()).add(row.id)
    for group in members.values():
        if group & no:
            no |= group
        elif group & yes:
            yes |= group
    yes -= no
    seekers = tuple(
        replace(row, locked=had[row.id]) if row.id in yes else replace(row, locked=None) if row.id in no else row
        for row in problem.seekers
    )
    return replace(
        problem,
        seekers=seekers,
        banned=problem.banned | {(name, *had[name]) for name in no},
        staying={name: pair for name, pair in had.items() if name not in yes | no},
        stay_bonus=stay_bonus,
    )
