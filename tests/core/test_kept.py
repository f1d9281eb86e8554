from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import time_machine
from django.core.cache import caches

from core.kept import kept, this_moment

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _keeping(settings):
    settings.KEEP_SECONDS = 30
    caches["kept"].clear()
    yield
    caches["kept"].clear()


def at(seconds):
    return time_machine.travel(MORNING + timedelta(seconds=seconds), tick=False)


def test_an_answer_is_kept_for_so_many_seconds_and_no_longer():
    numbers = count()
    with at(0):
        assert [kept(lambda: next(numbers), "key") for _ in range(3)] == [0, 0, 0]
    with at(19):
        assert kept(lambda: next(numbers), "key") == 0
    with at(31):
        assert kept(lambda: next(numbers), "key") == 1


def test_every_key_has_an_answer_of_its_own():
    with at(0):
        assert kept(lambda: "one", "key", 1) == "one"
        assert kept(lambda: "two", "key", "1") == "two"
        assert kept(lambda: "three", "key", 1) == "one"


def test_one_of_those_who_ask_late_makes_it_anew_while_the_others_get_the_old_one():
    with at(0):
        kept(lambda: "old", "key")
    seen = []
    with at(25):

        def make():
            seen.append(kept(lambda: pytest.fail("two at once"), "key"))
            return "new"

        assert kept(make, "key") == "new"
        assert kept(lambda: pytest.fail("it is new"), "key") == "new"
    assert seen == ["old"]


def test_nothing_is_kept_where_nothing_shall_be(settings):
    settings.KEEP_SECONDS = 0
    assert [kept(lambda answer=answer: answer, "key") for answer in (1, 2)] == [1, 2]
    with at(3):
        assert this_moment() == MORNING + timedelta(seconds=3)


def test_the_moment_stands_still_for_as_long_as_answers_are_kept():
    moments = []
    for seconds in (0, 29, 30, 59):
        with at(seconds):
            moments.append(this_moment())
    assert moments == [MORNING, MORNING, MORNING + timedelta(seconds=30), MORNING + timedelta(seconds=30)]
