from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination import goals
from coordination.enums import GoalFigure
from coordination.figures import FIGURES, Cell
from coordination.models import Goal
from tests.coordination.test_figures import coordinator, recount, region, sign_in  # noqa: F401 - fixtures
from tests.factories.accounts import UserFactory
from tests.factories.coordination import GoalFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"coordination:{name}", args=args)


def test_what_is_reached_is_what_the_figures_say_for_the_region_and_each_municipality(region):  # noqa: F811
    places = [None, *region.municipalities.all()]
    made = [GoalFactory(region=region, figure=figure, municipality=m) for figure in GoalFigure for m in places]
    expected = recount(region)
    for progress in goals.progress_of(region, made):
        by_place = expected[progress.goal.figure]
        place = progress.goal.municipality
        assert progress.reached.value == (by_place[place] if place else sum(by_place.values())), progress.goal.figure
        assert progress.reached.value > 0


def test_only_the_goals_own_period_counts(region):  # noqa: F811
    today = timezone.localdate()
    later = GoalFactory(region=region, begins_on=today + timedelta(days=1), ends_on=today + timedelta(days=300))
    year = GoalFactory(region=region)
    long_ago = GoalFactory(region=region, begins_on=today - timedelta(days=450), ends_on=today - timedelta(days=350))
    found = [one.reached.value for one in goals.progress_of(region, [later, year, long_ago])]
    assert found[0] == 0
    # One visit 400 days ago for each company of the two municipalities that number their rows.
    assert (found[1], found[2]) == (sum(recount(region)["visits-held"].values()), 2)


def test_goals_over_the_same_rows_cost_one_query(region, django_assert_num_queries):  # noqa: F811
    few = [GoalFactory(region=region, figure="visits-held")]
    many = few + [GoalFactory(region=region, figure="visits-held", target=number) for number in range(1, 9)]
    list(goals.progress_of(region, few))
    for made in (few, many):
        fresh = type(region).objects.get(pk=region.pk)
        with django_assert_num_queries(2):  # the municipalities, the count
            goals.progress_of(fresh, made)


PERIOD = {"begins_on": date(2026, 8, 1), "ends_on": date(2027, 7, 31)}


@pytest.mark.parametrize(
    ("today", "reached", "words", "is_behind"),
    [
        (date(2026, 7, 31), 0, ["The period has not begun."], False),
        (
            date(2027, 1, 30),
            60,
            [
                "On course: 50 were to be expected by now.",
                "40 to go in 27 weeks: about 2 a week.",
                "At this pace it comes to 120.",
            ],
            False,
        ),
        (
            date(2027, 1, 30),
            20,
            [
                "Behind: 50 were to be expected by now.",
                "80 to go in 27 weeks: about 3 a week.",
                "At this pace it comes to 40.",
            ],
            True,
        ),
        (
            date(2026, 8, 3),
            0,
            ["Behind: 1 were to be expected by now.", "100 to go in 52 weeks: about 2 a week."],
            True,
        ),
        (
            date(2027, 7, 31),
            99,
            [
                "Behind: 100 were to be expected by now.",
                "1 to go in 1 week: about 1 a week.",
                "At this pace it comes to 99.",
            ],
            True,
        ),
        (date(2027, 8, 1), 99, ["The period is over: 1 short."], True),
        (date(2026, 9, 1), 100, ["The goal is reached."], False),
        (date(2027, 9, 1), 140, ["The goal is reached."], False),
    ],
)
def test_how_a_goal_stands_is_said_in_words(today, reached, words, is_behind):
    goal = Goal(figure="visits-held", target=100, **PERIOD)
    progress = goals.Progress(goal, Cell(FIGURES["visits-held"], reached), today)
    assert (progress.words, progress.is_behind) == (words, is_behind)
    assert 0 <= progress.per_cent <= 100


def test_what_adds_up_over_years_is_not_forecast():
    goal = Goal(figure="companies-joined", target=100, **PERIOD)
    progress = goals.Progress(goal, Cell(FIGURES["companies-joined"], 90), date(2027, 1, 30))
    assert progress.forecast is None


def test_a_goal_is_set_changed_repeated_and_removed(client, coordinator, region):  # noqa: F811
    sign_in(client, coordinator)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert "No goal is set yet" in client.get(url("goal_list", region.public_id)).text
    typed = {
        "figure": "pupils-reached",
        "target": 500,
        "begins_on": "2026-08-01",
        "ends_on": "2027-07-31",
        "municipality": "",
        "name": "More to industry",
        "source": "Decision 12",
    }
    assert client.post(url("goal_create", region.public_id), typed).url == url("goal_list", region.public_id)
    goal = Goal.objects.get()
    assert (goal.region, goal.target, goal.municipality) == (region, 500, None)
    page = client.get(url("goal_list", region.public_id)).text
    assert "of 500" in page
    assert "More to industry" in page
    client.post(url("goal_edit", goal.public_id), typed | {"target": 700})
    assert "500, from" in client.get(url("goal_edit", goal.public_id)).text
    again = client.get(url("goal_create", region.public_id), {"from": goal.public_id}).context["form"].instance
    assert (again.pk, again.target, again.begins_on, again.ends_on) == (None, 700, date(2027, 8, 1), date(2028, 7, 31))
    assert "Remove this goal?" in client.get(url("goal_remove", goal.public_id)).text
    client.post(url("goal_remove", goal.public_id))
    assert not Goal.objects.exists()


def test_bad_goals_are_explained_and_keep_what_was_typed(client, coordinator, region):  # noqa: F811
    sign_in(client, coordinator)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    typed = {"figure": "visits-held", "target": 0, "begins_on": "2027-08-01", "ends_on": "2026-07-31", "name": "Kept"}
    page = client.post(url("goal_create", region.public_id), typed).text
    assert "The last day cannot come before the first." in page
    assert 'value="Kept"' in page
    outside = MunicipalityFactory()
    typed |= {"target": 5, "begins_on": "1826-08-01", "ends_on": "9999-01-01", "municipality": outside.pk}
    form = client.post(url("goal_create", region.public_id), typed).context["form"]
    assert form.errors.keys() == {"begins_on", "ends_on", "municipality"}
    form = client.post(url("goal_create", region.public_id), typed | {"target": 10**12}).context["form"]
    assert "target" in form.errors
    assert not Goal.objects.exists()


def test_a_region_has_at_most_twenty_goals(client, coordinator, region):  # noqa: F811
    GoalFactory.create_batch(goals.MOST_GOALS, region=region)
    sign_in(client, coordinator)
    typed = {"figure": "visits-held", "target": 5, "begins_on": "2026-08-01", "ends_on": "2027-07-31"}
    form = client.post(url("goal_create", region.public_id), typed, headers={"accept-language": "en"}).context["form"]
    assert form.non_field_errors() == ["The region has 20 goals already. Remove one first."]


def test_another_regions_goal_is_not_repeated(client, coordinator, region):  # noqa: F811
    other = GoalFactory(region=RegionFactory(coordinators=[UserFactory()]), target=77)
    sign_in(client, coordinator)
    form = client.get(url("goal_create", region.public_id), {"from": other.public_id}).context["form"]
    assert form.instance.target is None


def test_a_leap_day_repeats():
    goal = Goal(region=RegionFactory(), figure="visits-held", begins_on=date(2028, 2, 29), ends_on=date(2028, 2, 29))
    again = goals.a_year_later(goal)
    assert (again.begins_on, again.ends_on) == (date(2029, 2, 28), date(2029, 2, 28))
