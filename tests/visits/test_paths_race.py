"""Every seat-taking path against every other, at random. What must hold afterwards is in visits/sums.py."""

import os
import time
from collections import Counter
from functools import partial
from itertools import count
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from core.errors import ActionRefused
from schools.models import SchoolClass
from tests.concurrency import at_the_same_time
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory, WaitingGroupFactory
from tests.visits.paths import PATHS, NothingToDo, astray, book, cancel, make_sought_class, make_town, misfits_in_line
from visits import booking_queries, places, tasks
from visits.models import VisitBooking, VisitSlot
from visits.sums import Difference, check_sums, stranded_groups

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 8
ACTS = 40
MOST_ROUNDS = 8
SECONDS = int(os.environ.get("RACE_SECONDS", "0"))
TRIES = int(os.environ.get("RACE_TRIES", "1"))


def act(town, *, acts, paths):
    """One client: so many acts at random. What each came to, and every error that is no refusal."""
    done, troubles = Counter(), []
    while acts:
        one = town.dice.choice(paths)
        try:
            one(town)
            done[one.__name__] += 1
        except NothingToDo:
            continue
        except ActionRefused:
            done["refused"] += 1
        except Exception as error:  # a database's complaint is what the test looks for
            troubles.append(f"{one.__name__}: {type(error).__name__}: {error}")
        acts -= 1
    return done, troubles


def run(seed, *, make=make_town, acts=ACTS, paths=PATHS):
    """All clients at once on one town. How often each path succeeded, and all that is wrong afterwards."""
    town = make()
    clients = [partial(act, town.with_dice(Random(f"{seed}-{n}")), acts=acts, paths=paths) for n in range(CLIENTS)]
    outcomes = at_the_same_time(*clients)
    done, troubles = Counter(), []
    for outcome in outcomes:
        if isinstance(outcome, Exception) or outcome is None:
            troubles.append(f"a client gave up: {outcome!r}")
            continue
        done += outcome[0]
        troubles += outcome[1]
    troubles += [str(each) for each in check_sums()]
    troubles += [f"{group} stands beside free places" for group in stranded_groups()]
    troubles += [f"{booking} is expected at another time" for booking in astray()]
    troubles += [f"{group} waits in vain" for group in misfits_in_line()]
    return done, troubles


def test_places_add_up_whoever_meets_whom():
    """Until every path has been taken; with RACE_SECONDS so long, and with figures (CONTRIBUTING.md)."""
    every_path = {one.__name__ for one in PATHS}
    succeeded, began = Counter(), time.monotonic()
    for seed in count() if SECONDS else range(MOST_ROUNDS):
        # What has not come yet is tried more often: on a slow machine too, every path meets the others.
        rare = [one for one in PATHS if seed and not succeeded[one.__name__]]
        done, troubles = run(seed, paths=PATHS + 10 * rare)
        assert troubles == []
        succeeded += done
        if time.monotonic() - began > SECONDS if SECONDS else seed and every_path <= set(succeeded):
            break
    tell(f"{succeeded.total()} acts in {seed + 1} rounds, {time.monotonic() - began:.0f} s", *succeeded.most_common())
    assert every_path - set(succeeded) == set()


def tell(*figures):
    """For whoever runs it by hand, with -s."""
    print(*figures, sep="\n")


def run_for_one_class(seed):
    return run(seed, make=make_sought_class, paths=[book, cancel])


def test_a_class_that_everybody_wants_is_in_one_place_at_a_time():
    done, troubles = run_for_one_class(0)
    assert troubles == []
    assert {"book", "cancel", "refused"} <= set(done)


def without_slot_lock(monkeypatch):
    """The one that counts: everything that changes a booking or a line takes the slot's lock before the row's."""
    lockless = "visits.models.slots.VisitSlotQuerySet.select_for_update"
    monkeypatch.setattr(lockless, lambda rows, **options: rows.all())


def without_class_lock(monkeypatch):
    monkeypatch.setattr(type(SchoolClass.objects.all()), "select_for_update", lambda rows, **options: rows.all())
    monkeypatch.setattr(booking_queries, "locked_class", lambda *which: [])  # its statement is written once


def without_guard(monkeypatch):
    """Look first, then write: what the conditional update does in one go."""

    def look_then_write(slot, pupils, now, ignore_closing):
        seen = VisitSlot.objects.get(pk=slot.pk)
        if pupils > seen.pupils_left:
            return False
        time.sleep(0.002)  # as long as a thought
        changes = {"pupils_taken": seen.pupils_taken + pupils, "groups_taken": seen.groups_taken + 1}
        return bool(VisitSlot.objects.filter(pk=slot.pk).update(**changes))

    monkeypatch.setattr(places, "_try_to_take", look_then_write)


@pytest.mark.parametrize(
    ("remove", "race"),
    [(without_slot_lock, run), (without_class_lock, run_for_one_class), (without_guard, run)],
)
def test_a_removed_lock_is_found(monkeypatch, remove, race):
    """The negative controls: with a lock taken away, the same race finds what is wrong."""
    remove(monkeypatch)
    needed = []
    for first in range(0, TRIES * MOST_ROUNDS, MOST_ROUNDS):
        began = time.monotonic()
        found = next((seed for seed in range(first, first + MOST_ROUNDS) if race(seed)[1]), None)
        assert found is not None
        needed.append((found - first + 1, round(time.monotonic() - began, 1)))
    tell(f"{remove.__name__}: rounds and seconds until it was found", *sorted(needed))


def test_a_counter_that_is_wrong_is_named(capsys):
    slot = VisitBookingFactory(pupil_count=20).slot
    WaitingGroupFactory(slot=VisitSlotFactory(), pupil_count=10, is_offered=True)
    other = VisitSlotFactory()
    VisitBookingFactory(state="proposed", proposed_slot=other, pupil_count=12)
    VisitBookingFactory(state="cancelled")
    call_command("check_sums")
    assert "Every time adds up." in capsys.readouterr().out
    VisitSlot.objects.filter(pk=slot.pk).update(pupils_taken=F("pupils_taken") - 5)
    VisitBooking.objects.filter(proposed_slot=other).update(pupil_count=11)
    assert check_sums()[0] == Difference(slot.public_id, (15, 1), (20, 1))
    assert len(check_sums()) == 3
    with pytest.raises(CommandError, match="3 times do not add up"):
        call_command("check_sums")
    tasks.report_sums()
