"""The reference against trying everything: who checks the engine must be right itself."""

from itertools import product

from hypothesis import given, settings

from tests.matching.problems import problems
from tests.matching.reference import Reference


def by_trying_everything(reference):
    choices = []
    for pk in reference.free:
        choices.append([None, *(pair[1:] for pair in reference.pairs() if pair[0] == pk)])
    best = None
    for chosen in product(*choices):
        placed = dict(reference.locked)
        placed |= {pk: where for pk, where in zip(reference.free, chosen, strict=True) if where}
        if not reference.faults(placed):
            value = (-len(placed), reference.cost(placed))
            best = value if best is None else min(best, value)
    return -best[0], best[1]


def small_enough(data):
    count = 1
    reference = Reference(data)
    for pk in reference.free:
        count *= 1 + sum(pair[0] == pk for pair in reference.pairs())
    return count <= 3000


@settings(max_examples=60, deadline=None)
@given(problems().filter(small_enough))
def test_single_seekers(data):
    reference = Reference(data)
    assert reference.best() == by_trying_everything(reference)


@settings(max_examples=60, deadline=None)
@given(problems(groups=True, locked=True).filter(small_enough))
def test_groups_and_locked_pairs(data):
    reference = Reference(data)
    assert reference.best() == by_trying_everything(reference)
