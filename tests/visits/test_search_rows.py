import random
from datetime import datetime, time, timedelta
from functools import partial

import pytest
from django.core.cache import caches
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.distance import Point, kilometres
from occupations.models import Industry
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.regions import CountyFactory, MunicipalityFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits import actions, move_actions, offer_actions
from visits.enums import VisitKind
from visits.models import SearchRow, SearchText, SearchTraits, VisitOffer
from visits.search import refresh_offers, refresh_rows
from visits.tasks import refresh_search, refresh_search_rows

pytestmark = pytest.mark.django_db
URL = "/visits/"
START = Point(59.0, 16.0)


@pytest.fixture
def country(client):
    """Forty offers that differ in all that a search asks about, of six companies."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    dice = random.Random(7)
    counties = [CountyFactory(id="SE-04"), CountyFactory(id="NO-42", name="Agder")]
    places = [
        MunicipalityFactory(id=f"SE-048{number}", county=counties[number % 2], lat=59 + number / 3, lon=16 + number / 4)
        for number in range(4)
    ]
    MunicipalityFactory(name="Startby", lat=START.lat, lon=START.lon)
    companies = []
    for number in range(6):
        company = CompanyFactory(municipality=places[number % 4], joined_at=None if number == 5 else timezone.now())
        point = {} if number % 2 else {"lat": None, "lon": None}
        WorkplaceFactory(company=company, municipality=places[number % 4], **point)
        companies.append(company)
    for number in range(40):
        lowest = dice.randint(4, 9)
        offer = VisitOfferFactory(
            title=f"{dice.choice(['Xylophones', 'Drums'])} {number}",
            summary=dice.choice(["All about xylophones", "About nothing"]),
            company=dice.choice(companies),
            state=dice.choice(["published", "published", "published", "paused"]),
            kind=dice.choice([VisitKind.COMPANY_VISIT, VisitKind.ON_SCREEN, VisitKind.THEME_DAY]),
            lowest_grade=lowest,
            highest_grade=dice.randint(lowest, 13),
            languages=dice.sample(["sv", "nb", "en"], dice.randint(1, 2)),
            group_max=dice.choice([15, 30]),
            subjects=dice.choice([[], ["physics"], ["mathematics", "physics"]]),
            **dice.choice([{}, {"cost_kind": "per_class", "cost_amount": 500}]),
        )
        for days in dice.sample(range(20, 40), dice.randint(0, 3)):
            VisitSlotFactory(
                offer=offer,
                starts_at=timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days), time(10))),
                pupils_taken=dice.choice([0, 12, 30]),
                cancelled_at=dice.choice([None, None, None, timezone.now()]),
            )
    refresh_offers(VisitOffer.objects.all())


SEARCHES = st.fixed_dictionaries(
    {},
    optional={
        "q": st.sampled_from(["xylo", "drums", "about xylophones", "unobtainium"]),
        "kind": st.lists(st.sampled_from(["company_visit", "on_screen", "theme_day"]), min_size=1, max_size=2),
        "grade": st.integers(4, 13),
        "language": st.lists(st.sampled_from(["sv", "nb", "en"]), min_size=1, max_size=2),
        "subject": st.sampled_from(["mathematics", "physics"]),
        "county": st.sampled_from(["SE-04", "NO-42"]),
        "pupils": st.sampled_from([5, 16, 19]),
        "first_day": st.integers(20, 40),
        "last_day": st.integers(20, 40),
        "free": st.just("on"),
        "no_cost": st.just("on"),
        "max_km": st.sampled_from([20, 60]),
        "sort": st.sampled_from(["nearest", "soonest"]),
        "page": st.integers(1, 3),
    },
)


def naive(search):
    """The same search, offer by offer: every (public id, free times, next of them) in order."""
    found = []
    words = [word for word in search.get("q", "").split() if word != "about"]  # which no English query asks for
    today = timezone.localdate()
    for offer in VisitOffer.objects.published().select_related("company", "workplace__municipality"):
        text = f"{offer.title} {offer.summary}".lower()
        if not all(word in text for word in words):
            continue
        if "kind" in search and offer.kind not in search["kind"]:
            continue
        if "grade" in search and not offer.lowest_grade <= search["grade"] <= offer.highest_grade:
            continue
        if "language" in search and not set(search["language"]) & set(offer.languages):
            continue
        if "subject" in search and search["subject"] not in offer.subjects:
            continue
        if "county" in search and offer.workplace.municipality.county_id != search["county"]:
            continue
        pupils = search.get("pupils", 1)
        if "pupils" in search and not offer.group_min <= pupils <= offer.group_max:
            continue
        if "no_cost" in search and offer.cost_kind != "free":
            continue
        far = offer.kind != VisitKind.ON_SCREEN
        km = kilometres(START, Point(*offer.workplace.point)) if far else None
        if "max_km" in search and far and km > search["max_km"]:
            continue
        slots = [
            slot
            for slot in offer.slots.upcoming()
            if today + timedelta(search.get("first_day", 0))
            <= slot.day
            <= today + timedelta(search.get("last_day", 99))
        ]
        free = [slot.starts_at for slot in slots if slot.pupils_left >= pupils]
        if not free and ("pupils" in search or "free" in search):
            continue
        if not slots and {"first_day", "last_day"} & set(search):
            continue
        in_title = bool(words) and all(word in offer.title.lower() for word in words)
        soonest = min(free).timestamp() if free else float("inf")
        distance = float("inf") if km is None else km
        key = {
            "nearest": (distance, soonest),
            "soonest": (soonest, not in_title),
            "": (not free, not in_title, distance, soonest),
        }[search.get("sort", "")]
        found.append((*key, offer.title, offer.pk, len(free), min(free, default=None)))
    return [row[-3:] for row in sorted(found, key=lambda row: row[:-1])]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(SEARCHES)
def test_the_search_finds_what_a_look_at_every_offer_finds(client, country, search):
    asked = {"near": "Startby", **search}
    for name in ("first_day", "last_day"):
        if name in asked:
            asked[name] = timezone.localdate() + timedelta(asked[name])
    found = client.get(URL, asked).context["found"]
    expected = naive(search)
    assert (found.total, found.free) == (len(expected), sum(free for _, free, _ in expected))
    first = (found.page - 1) * 12
    assert found.page == min(search.get("page", 1), max(1, -(-len(expected) // 12)))
    assert [(row.pk, row.free, row.next_free_at) for row in found.rows] == expected[first : first + 12]


def versions_of(model):
    """Where each row lies: elsewhere when it has been written again."""
    return dict(model.objects.extra(select={"version": "ctid::text"}).values_list("pk", "version"))


def test_only_rows_that_differ_are_written(country, django_assert_num_queries):
    versions = versions_of(SearchRow)
    offer = VisitOffer.objects.published().order_by("pk")[0]
    VisitOffer.objects.filter(pk=offer.pk).update(group_max=7)
    with django_assert_num_queries(2):
        refresh_search_rows()
    again = versions_of(SearchRow)
    assert {pk for pk in versions if versions[pk] != again[pk]} == {offer.pk}
    assert offer.search_row.group_max == 7


def test_a_night_writes_no_texts_that_are_the_same(country):
    refresh_search()
    texts, rows = versions_of(SearchText), versions_of(SearchRow)
    offer = VisitOffer.objects.published().order_by("pk")[0]
    offer.company.name = "Zeppelin AB"
    offer.company.save()
    refresh_search()
    assert versions_of(SearchRow) == rows
    again = versions_of(SearchText)
    of_company = VisitOffer.objects.published().filter(company=offer.company)
    assert {pk for pk in texts if texts[pk] != again[pk]} == set(of_company.values_list("pk", flat=True))


def test_a_booked_up_time_leaves_the_texts_alone(country):
    refresh_search_rows()
    texts, rows = versions_of(SearchText), versions_of(SearchRow)
    row = SearchRow.objects.filter(free__gt=0)[0]
    row.offer.slots.update(cancelled_at=timezone.now())
    refresh_search_rows()
    assert versions_of(SearchText) == texts
    assert versions_of(SearchRow)[row.pk] != rows[row.pk]


def test_groups_that_no_offer_is_in_are_forgotten_at_night(country):
    used = set(SearchRow.objects.values_list("traits", flat=True))
    assert used == set(SearchTraits.objects.values_list("pk", flat=True))
    offer = VisitOffer.objects.published().order_by("pk")[0]
    VisitOffer.objects.filter(pk=offer.pk).update(lowest_grade=1, highest_grade=2)
    refresh_search_rows()
    offer_actions.pause_offer(VisitOffer.objects.get(pk=offer.pk))
    assert SearchTraits.objects.filter(lowest_grade=1).exists()
    refresh_search()
    assert not SearchTraits.objects.filter(lowest_grade=1).exists()
    assert set(SearchRow.objects.values_list("traits", flat=True)) == set(
        SearchTraits.objects.values_list("pk", flat=True)
    )


def test_many_rows_are_written_some_at_a_time(country, monkeypatch):
    rows = set(SearchRow.objects.values_list("pk", "title", "free"))
    SearchRow.objects.all().delete()
    monkeypatch.setattr("visits.search.AT_ONCE", 5)
    refresh_rows()
    assert set(SearchRow.objects.values_list("pk", "title", "free")) == rows


def test_what_the_host_does_is_found_at_once(country):
    """Also where nobody refreshes the rows on every search."""
    offer = VisitOffer.objects.published().order_by("pk")[0]
    offer_actions.pause_offer(offer)
    assert not SearchRow.objects.filter(pk=offer.pk).exists()
    offer_actions.publish_offer(VisitOffer.objects.get(pk=offer.pk))
    assert SearchRow.objects.get(pk=offer.pk).title == offer.title


@pytest.mark.parametrize(
    "take_back",
    [offer_actions.withdraw_slot, offer_actions.close_slot, partial(move_actions.cancel_slot, reason="staff")],
    ids=["withdraw", "close", "cancel"],
)
def test_a_time_that_the_host_takes_back_is_no_free_one_at_once(take_back):
    slot = VisitSlotFactory()
    refresh_rows()
    assert SearchRow.objects.get(pk=slot.offer_id).free == 1
    take_back(slot)
    assert SearchRow.objects.get(pk=slot.offer_id).free == 0


def test_what_others_do_is_found_with_the_next_refresh(country):
    slot = VisitSlotFactory(pupils_capacity=20)
    offer, company = slot.offer, slot.offer.company
    refresh_search_rows()
    row = SearchRow.objects.get(pk=offer.pk)
    assert (row.free, row.next_free_at, row.most_places) == (1, slot.starts_at, 20)
    actions.request_booking(
        slot=slot,
        school_class=SchoolClassFactory(grade=9),
        pupil_count=20,
        adult_count=1,
        phone="",
        note="",
        request_key="00000000-0000-0000-0000-000000000001",
        by=UserFactory(),
    )
    refresh_search_rows()
    row.refresh_from_db()
    assert (row.free, row.next_free_at, row.most_places) == (0, None, 0)
    company.ceased_at = timezone.now()
    company.save()
    refresh_search_rows()
    assert not SearchRow.objects.filter(pk=offer.pk).exists()


def test_new_names_are_found_the_day_after(client, country):
    offer = VisitOffer.objects.published().order_by("pk")[0]
    offer.company.name = "Zeppelin AB"
    offer.company.save()
    refresh_search()
    assert [row.pk for row in client.get(f"{URL}?q=zeppelin+{offer.pk}").context["found"].rows] in ([], [offer.pk])
    found = client.get(f"{URL}?q=zeppelin").context["found"]
    assert found.total == VisitOffer.objects.published().filter(company=offer.company).count()


@pytest.fixture
def _keeping(settings):
    settings.KEEP_SECONDS = 20
    caches["kept"].clear()
    yield
    caches["kept"].clear()


@pytest.mark.usefixtures("_keeping")
def test_a_kept_page_costs_one_query_and_is_the_same(client, country, django_assert_num_queries):
    first = client.get(f"{URL}?q=xylo")
    with django_assert_num_queries(1):
        again = client.get(f"{URL}?q=xylo")
    assert "Xylophones" in again.text
    assert (
        again.text.partition("<main")[2].partition('id="save-search"')[0]
        == (first.text.partition("<main")[2].partition('id="save-search"')[0])
    )
    part = client.get(f"{URL}?q=xylo", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert part["HX-Push-Url"] == f"{URL}?q=xylo"


@pytest.mark.usefixtures("_keeping")
def test_what_is_kept_is_for_readers_from_the_same_place_in_the_same_language(client, country):
    industry = Industry.objects.create(
        code="24", section="C", name_sv="Stål", name_nb="Stål", name_nn="Stål", name_en="Steel", name_sv_2025="Stål"
    )
    VisitOfferFactory(company__industry=industry)
    refresh_rows()
    near, far = UserFactory(), UserFactory()
    SchoolFactory(members=[near], lat=59, lon=16, name="Nära skola")
    SchoolFactory(members=[far], lat=63, lon=14, name="Fjärran skola")
    texts = {}
    for user in (None, near, far):
        client.logout()
        if user:
            client.force_login(user)
        texts[user] = client.get(URL).text
    assert "Nära skola" in texts[near]
    assert "Nära skola" not in texts[far] + texts[None]
    assert "Fjärran skola" in texts[far]
    assert "Tell me when something new comes" not in texts[None]
    client.logout()
    assert "Steel" in texts[None]
    assert "Steel" not in client.get(URL, headers={"accept-language": "sv"}).text


@pytest.mark.usefixtures("_keeping")
def test_what_is_taken_down_is_not_shown_by_a_kept_count(client, country):
    found = client.get(f"{URL}?kind=company_visit").context["found"]
    offer = VisitOffer.objects.get(pk=found.rows[0].pk)
    offer_actions.pause_offer(offer)
    cards = client.get(f"{URL}?kind=company_visit&sort=soonest").context["cards"]
    assert offer.pk not in {row.pk for row, _ in cards}
