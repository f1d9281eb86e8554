"""Every seat-taking path against every other, at random. What must hold afterwards is in visits/sums.py."""

import time
from collections import Counter
from functools import partial
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from core.errors import ActionRefused
from schools.models import SchoolClass
from tests.concurrency import at_the_same_time
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory, WaitingGroupFactory
from tests.visits.paths import PATHS, NothingToDo, make_town
from visits import places, tasks
from visits.models import VisitBooking, VisitSlot
from visits.sums import Difference, check_sums, stranded_groups

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 8
ACTS = 40
MOST_ROUNDS = 8


def act(town, *, acts):
    """One client: so many acts at random. What each came to, and every error that is no refusal."""
    done, troubles = Counter(), []
    while acts:
        one = town.dice.choice(PATHS)
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


def run(seed, *, acts=ACTS):
    """All clients at once on one town. How often each path succeeded, and all that is wrong afterwards."""
    town = make_town()
    clients = [partial(act, town.with_dice(Random(f"{seed}-{n}")), acts=acts) for n in range(CLIENTS)]
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
    return done, troubles


def test_places_add_up_whoever_meets_whom():
    every_path = {one.__name__ for one in PATHS}
    succeeded = Counter()
    for seed in range(MOST_ROUNDS):
        done, troubles = run(seed)
        assert troubles == []
        succeeded += done
        if seed and every_path <= set(succeeded):
            break
    assert every_path - set(succeeded) == set()


def without_slot_lock(monkeypatch):
    """The one that counts: everything that changes a booking or a line takes the slot's lock before the row's."""
    lockless = "visits.models.slots.VisitSlotQuerySet.select_for_update"
    monkeypatch.setattr(lockless, lambda rows, **options: rows.all())


def without_class_lock(monkeypatch):
    monkeypatch.setattr(type(SchoolClass.objects.all()), "select_for_update", lambda rows, **options: rows.all())


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


@pytest.mark.parametrize("remove", [without_slot_lock, without_class_lock, without_guard])
def test_a_removed_lock_is_found(monkeypatch, remove):
    """The negative controls: with a lock taken away, the same race finds what is wrong."""
    remove(monkeypatch)
    for seed in range(MOST_ROUNDS):
        _, troubles = run(seed)
        if troubles:
            break
    assert troubles


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
