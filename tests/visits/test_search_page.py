import random
from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companies.enums import CompanyKind
from core.distance import Point, kilometres
from occupations.models import Industry, Occupation
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.regions import CountyFactory, MunicipalityFactory
from tests.factories.schools import SchoolFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits.enums import VisitKind
from visits.filters import WeeksField
from visits.models import VisitOffer
from visits.search import refresh_offers

pytestmark = pytest.mark.django_db
URL = "/visits/"


@pytest.fixture(autouse=True)
def _in_english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def titles(client, query=""):
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 200
    return [offer.title for _row, offer in response.context["cards"]]


def midday(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


def names(**every):
    return {f"name_{language}": name for language, name in every.items()}


@pytest.fixture
def country():
    """Thirty offers that differ in everything, the same each time."""
    dice = random.Random(1)
    sormland = CountyFactory(id="SE-04")
    agder = CountyFactory(id="NO-42", name="Agder")
    places = [MunicipalityFactory(county=sormland, name=f"Ort {n}", lat=58.5 + n / 5, lon=16.5) for n in range(3)]
    places += [MunicipalityFactory(id=f"NO-420{n}", county=agder, name=f"Sted {n}", lat=58, lon=7 + n) for n in (1, 2)]
    industries = [
        Industry.objects.create(code=code, section="C", **names(sv=code, nb=code, nn=code, en=code))
        for code in ("24", "25")
    ]
    occupations = [
        Occupation.objects.create(key=key, **names(sv=key, nb=key, nn=key, en=key)) for key in ("welder", "fitter")
    ]
    for number in range(30):
        place = dice.choice(places)
        lowest = dice.randint(4, 9)
        offer = VisitOfferFactory(
            title=f"Visit {number:02d} {'xylophone' if number % 3 else 'drum'}",
            company=CompanyFactory(
                municipality=place,
                industry=dice.choice([*industries, None]),
                kind=CompanyKind.values[number % 4],
            ),
            kind=dice.choice(VisitKind.values),
            lowest_grade=lowest,
            highest_grade=dice.randint(lowest, 13),
            languages=dice.sample(["sv", "nb", "en"], dice.randint(1, 2)),
            group_max=dice.choice([15, 30]),
            subjects=["mathematics", "physics"][number % 3 : number % 5],
        )
        offer.occupations.set(dice.sample(occupations, dice.randint(0, 2)))
        for _ in range(dice.randint(0, 3)):
            VisitSlotFactory(offer=offer, pupils_taken=dice.choice([0, 10, 30]))
    refresh_offers(VisitOffer.objects.all())


VALUES = {
    "county": lambda offer: [offer.workplace.municipality.county_id],
    "municipality": lambda offer: [offer.workplace.municipality_id],
    "kind": lambda offer: [offer.kind],
    "host": lambda offer: [offer.company.kind],
    "grade": lambda offer: [str(grade) for grade in range(offer.lowest_grade, offer.highest_grade + 1)],
    "language": lambda offer: offer.languages,
    "subject": lambda offer: offer.subjects,
    "occupation": lambda offer: [occupation.pk for occupation in offer.occupations.all()],
    "industry": lambda offer: [offer.company.industry_id] if offer.company.industry_id else [],
}
QUERIES = [
    "",
    "county=SE-04",
    "municipality=NO-4201",
    "kind=company_visit&kind=theme_day",
    "host=school&host=science_centre&kind=company_visit",
    "grade=9&language=sv",
    "language=nb&language=en&occupation=welder",
    "subject=physics&kind=guest_lesson&kind=company_visit",
    "industry=24&grade=7&kind=guest_lesson&kind=company_visit&kind=on_screen",
    "county=NO-42&municipality=NO-4202&language=sv",
]


@pytest.mark.parametrize("hard", ["", "q=xylo", "pupils=20"])
def test_counts_are_those_of_a_naive_recount(client, country, hard):
    """Each facet counts what fits all other facets; a county is counted whatever municipality is chosen."""
    offers = list(
        VisitOffer.objects.published()
        .select_related("company", "workplace__municipality")
        .prefetch_related("occupations", "slots")
    )
    if hard == "q=xylo":
        offers = [offer for offer in offers if "xylophone" in offer.title]
    if hard == "pupils=20":
        offers = [
            offer
            for offer in offers
            if offer.group_max >= 20 and any(slot.pupils_left >= 20 for slot in offer.slots.all())
        ]
    assert 5 < len(offers) <= 30
    for query in QUERIES:
        chosen = QueryDict(query)

        def fits(offer, *but, chosen=chosen):
            return all(set(chosen.getlist(name)) & set(VALUES[name](offer)) for name in chosen if name not in but)

        found = client.get(f"{URL}?{query}&{hard}").context["found"]
        for name, values_of in VALUES.items():
            but = (name, "municipality") if name == "county" else (name,)
            naive = Counter(value for offer in offers if fits(offer, *but) for value in values_of(offer))
            assert (query, name, found.counts[name]) == (query, name, dict(naive))
        matching = [offer for offer in offers if fits(offer)]
        assert (query, found.total) == (query, len(matching))
        assert len(found.rows) == min(12, len(matching))
        least = 20 if "pupils" in hard else 1
        assert found.free == sum(slot.pupils_left >= least for offer in matching for slot in offer.slots.all())


def test_the_map_equals_its_list_and_the_counts(client, country):
    for query in QUERIES:
        response = client.get(f"{URL}?{query}")
        shown = response.context["map"].places
        options = response.context["options"]["municipality"]
        assert [(place.name, place.number) for place in shown] == [
            (option.label, option.number) for option in options if option.number or option.chosen
        ]
        html = response.content.decode()
        for place in shown:
            link = place.query.replace("&", "&amp;")
            assert html.count(f'href="?{link}"') >= 2  # the circle and the list
            assert f'aria-label="{place.name}, {place.number}"' in html


def test_wide_results_are_mapped_by_county_and_a_link_goes_nearer(client):
    for county, municipality in (
        ("SE-04", "SE-0480"),
        ("SE-03", "SE-0380"),
        ("NO-42", "NO-4201"),
        ("NO-55", "NO-5501"),
    ):
        CountyFactory(id=county, name=f"County {county}")
        place = MunicipalityFactory(id=municipality, county_id=county)
        VisitOfferFactory(company__municipality=place)
    places = client.get(URL).context["map"].places
    assert [(place.name, place.number) for place in places] == [
        ("County NO-42", 1),
        ("County NO-55", 1),
        ("County SE-03", 1),
        ("County SE-04", 1),
    ]
    nearer = client.get(f"{URL}?{places[-1].query}").context["map"].places
    assert [place.name for place in nearer] == ["Provköping 0480"]


def test_words_are_found_in_the_readers_language(client):
    VisitOfferFactory(title="Prova svetsning", company__name="Ö-svets AB")
    VisitOfferFactory(title="Prøv sveising", company__municipality=MunicipalityFactory(name="Gjøvik"))
    refresh_offers(VisitOffer.objects.all())
    assert titles(client, "q=svets") == ["Prova svetsning"]
    assert titles(client, "q=gjovik") == ["Prøv sveising"]
    assert titles(client, "q=sveis") == ["Prøv sveising"]
    assert titles(client, "q=" + "x" * 150) == []


def test_free_times_come_first_then_the_best_match(client):
    full = VisitOfferFactory(title="Weld weld", summary="weld")
    late, soon = VisitOfferFactory(title="Late", summary="weld"), VisitOfferFactory(title="Soon", summary="weld")
    VisitSlotFactory(offer=full, pupils_taken=30)
    VisitSlotFactory(offer=late, starts_at=timezone.now() + timedelta(days=40))
    VisitSlotFactory(offer=soon, starts_at=timezone.now() + timedelta(days=30))
    refresh_offers(VisitOffer.objects.all())
    assert titles(client) == ["Soon", "Late", "Weld weld"]
    assert titles(client, "q=weld") == ["Soon", "Late", "Weld weld"]
    assert titles(client, "sort=soonest") == ["Soon", "Late", "Weld weld"]
    assert titles(client, "free=on") == ["Soon", "Late"]


def test_a_group_fits_the_places_left_and_the_offers_sizes(client):
    small = VisitOfferFactory(title="Small groups", group_max=12)
    VisitSlotFactory(offer=small)
    nearly_full = VisitOfferFactory(title="Nearly full")
    VisitSlotFactory(offer=nearly_full, pupils_taken=10, groups_capacity=2)
    roomy = VisitOfferFactory(title="Roomy")
    VisitSlotFactory(offer=roomy)
    assert titles(client, "pupils=4") == []
    assert sorted(titles(client, "pupils=12")) == ["Nearly full", "Roomy", "Small groups"]
    assert sorted(titles(client, "pupils=20")) == ["Nearly full", "Roomy"]
    assert titles(client, "pupils=21") == ["Roomy"]


def test_a_chosen_day_is_said_as_people_say_it(client):
    response = client.get(f"{URL}?first_day=2027-01-05")
    assert [chip.text for chip in response.context["filterset"].chips] == ["From: 5 January 2027"]


def test_weeks_and_days_choose_slots(client):
    monday = WeeksField().clean(str((timezone.localdate() + timedelta(weeks=8)).isocalendar().week))[0]
    week, offer = monday.isocalendar().week, VisitOfferFactory(title="Sunday")
    VisitSlotFactory(offer=offer, starts_at=midday(monday + timedelta(days=6)))
    VisitSlotFactory(offer=VisitOfferFactory(title="Next Monday"), starts_at=midday(monday + timedelta(days=7)))
    full = VisitOfferFactory(title="Full Monday")
    VisitSlotFactory(offer=full, starts_at=midday(monday), pupils_taken=30)
    assert titles(client, f"weeks={week}") == ["Sunday", "Full Monday"]
    assert titles(client, f"weeks={week}&free=on") == ["Sunday"]
    assert titles(client, f"first_day={monday + timedelta(days=6)}") == ["Sunday", "Next Monday"]
    assert titles(client, f"last_day={monday}") == ["Full Monday"]
    response = client.get(f"{URL}?weeks={week}")
    assert [row.free for row in response.context["found"].rows] == [1, 0]


@pytest.mark.parametrize(
    ("text", "weeks"),
    [("12", [12]), ("12-14", [12, 13, 14]), ("12 – 13", [12, 13]), ("12, 14", [12, 14]), ("51-2", [51, 52, 1, 2])],
)
def test_weeks_as_schools_write_them(text, weeks):
    mondays = WeeksField().clean(text)
    assert [monday.isocalendar().week for monday in mondays] == weeks
    assert all(monday.weekday() == 0 and monday + timedelta(days=6) >= timezone.localdate() for monday in mondays)
    assert max(mondays) < timezone.localdate() + timedelta(days=372)


def test_distance_is_that_of_a_naive_haversine(client):
    start = MunicipalityFactory(name="Startby", lat=59.37, lon=16.51)
    far = MunicipalityFactory(name="Fjärran", lat=63.2, lon=14.6)
    own = VisitOfferFactory(title="Own point", company__municipality=start)
    doubtful = CompanyFactory(municipality=far)
    VisitOfferFactory(
        title="Doubtful", company=doubtful, workplace=WorkplaceFactory(company=doubtful, point_is_doubtful=True)
    )
    without = CompanyFactory(municipality=far)
    VisitOfferFactory(title="Without", company=without, workplace=WorkplaceFactory(company=without, lat=None, lon=None))
    VisitOfferFactory(title="Screen", kind="on_screen", company__municipality=far)
    origin = Point(59.37, 16.51)
    response = client.get(f"{URL}?near=startby&sort=nearest")
    km = {offer.title: row.km for row, offer in response.context["cards"]}
    assert list(km) == ["Own point", "Doubtful", "Without", "Screen"]
    assert km["Own point"] == pytest.approx(kilometres(origin, Point(own.workplace.lat, own.workplace.lon)), abs=0.001)
    assert km["Doubtful"] == km["Without"] == pytest.approx(kilometres(origin, Point(63.2, 14.6)), abs=0.001)
    assert km["Screen"] is None
    assert titles(client, "near=startby&max_km=100") == ["Own point", "Screen"]
    assert titles(client, "near=startby&max_km=500&sort=nearest") == ["Own point", "Doubtful", "Without", "Screen"]


def test_distance_is_from_my_school_unless_i_say_otherwise(client):
    teacher = UserFactory()
    SchoolFactory(teachers=[teacher], lat=60, lon=17, name="Provskolan")
    MunicipalityFactory(name="Startby", lat=59.37, lon=16.51)
    VisitOfferFactory()
    client.force_login(teacher)
    response = client.get(URL)
    assert response.context["filterset"].start.name == "Provskolan"
    assert [row.km for row in response.context["found"].rows] == [
        pytest.approx(kilometres(Point(60, 17), Point(58.75, 17)), abs=0.001)
    ]
    assert client.get(f"{URL}?near=Startby").context["filterset"].start.name == "Startby"


def test_what_fits_equally_well_comes_nearest_first(client):
    teacher = UserFactory()
    SchoolFactory(teachers=[teacher], lat=58.75, lon=17)
    far = CompanyFactory(municipality=MunicipalityFactory(lat=63.2, lon=14.6))
    far_away = VisitOfferFactory(company=far, workplace=WorkplaceFactory(company=far, lat=63.2, lon=14.6), title="Far")
    VisitSlotFactory(offer=far_away)
    VisitSlotFactory(offer=VisitOfferFactory(title="Near"), starts_at=midday(timezone.localdate() + timedelta(weeks=9)))
    assert titles(client, "") == ["Far", "Near"]
    client.force_login(teacher)
    assert titles(client, "") == ["Near", "Far"]


def test_nearest_without_a_starting_point_says_what_is_missing(client):
    VisitOfferFactory()
    response = client.get(f"{URL}?sort=nearest&max_km=10")
    assert response.context["filterset"].ignored == [
        ("Starting from", "Say where you start from, then we can measure.")
    ]
    assert response.context["found"].total == 1


CANARY = "Kanariefågel"


@pytest.fixture
def hidden_offers():
    place = MunicipalityFactory(name=f"{CANARY} kommun", county=CountyFactory(id="SE-09", name=f"{CANARY} län"))
    industry = Industry.objects.create(code="99", section="U", **names(sv=CANARY, nb=CANARY, nn=CANARY, en=CANARY))
    job = Occupation.objects.create(key="canary", **names(sv=CANARY, nb=CANARY, nn=CANARY, en=CANARY))

    def hide(**fields):
        offer = VisitOfferFactory(
            title=f"{CANARY} {len(fields)}", company__municipality=place, company__industry=industry, **fields
        )
        offer.occupations.add(job)
        VisitSlotFactory(offer=offer)
        return offer

    offers = [
        hide(state="draft"),
        hide(state="paused"),
        hide(company__joined_at=None),
        hide(company__ceased_at=timezone.now()),
    ]
    refresh_offers(VisitOffer.objects.all())
    return offers


@pytest.mark.parametrize(
    "query",
    ["", "q=kanarie", "county=SE-09", "industry=99", "occupation=canary", "free=on", "near=Kanariefågel+kommun"],
)
def test_what_is_not_public_is_nowhere(client, hidden_offers, query):
    client.force_login(UserFactory())
    page = client.get(f"{URL}?{query}")
    found = page.context["found"]
    assert (found.total, found.free, found.rows) == (0, 0, [])
    assert not any(found.counts.values())
    assert page.context["map"].places == []
    for offer in hidden_offers:
        assert offer.title not in page.content.decode()
        assert offer.public_id not in page.content.decode()
    if not query:
        assert CANARY not in page.content.decode()


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("grade=99", "Grade"),
        ("kind=party", "Kind"),
        ("county=XX", "County"),
        ("municipality=SE-9999", "Municipality"),
        ("weeks=spring", "Weeks"),
        ("weeks=54", "Weeks"),
        ("first_day=tomorrow", "From"),
        ("last_day=0001-01-01", "To"),
        ("last_day=9999-12-31", "To"),
        ("pupils=-1", "Pupils"),
        ("pupils=99999999999999999999", "Pupils"),
        ("near=Atlantis", "Starting from"),
        ("near=99999", "Starting from"),
        ("max_km=near", "At most this many kilometres"),
        ("sort=random", "Order"),
        ("q=!", "Search words"),
        ("q=a%00b", "Search words"),
        ("industry=%00", "Industry"),
    ],
)
def test_what_is_not_understood_is_ignored_and_named(client, query, problem):
    VisitOfferFactory(title="Still here")
    response = client.get(f"{URL}?{query}")
    assert [offer.title for _row, offer in response.context["cards"]] == ["Still here"]
    assert [label for label, _why in response.context["filterset"].ignored] == [problem]
    assert "We searched without this:" in response.content.decode()


def test_a_municipality_outside_the_county_is_ignored(client):
    CountyFactory(id="NO-42", name="Agder")
    offer = VisitOfferFactory(title="Here")
    query = f"county=NO-42&municipality={offer.workplace.municipality_id}"
    response = client.get(f"{URL}?{query}")
    assert response.context["filterset"].ignored[0][1].endswith("is not in Agder.")
    assert response.context["found"].total == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [*VALUES, "q", "near", "max_km", "weeks", "first_day", "pupils", "free", "sort", "page", "m", "?"]
        ),
        st.lists(st.one_of(st.text(max_size=30), st.integers().map(str), st.dates().map(str)), min_size=1, max_size=3),
        max_size=5,
    )
)
def test_no_parameter_breaks_the_page(client, parameters):
    for url in (URL, "/companies/"):
        assert client.get(url, parameters).status_code == 200


def test_the_state_goes_into_the_address_and_back(client, country):
    query = "q=xylo&kind=company_visit&kind=theme_day&grade=9&county=SE-04&pupils=&weeks=&nonsense=1&sort=soonest"
    response = client.get(f"{URL}?{query}", headers={"HX-Request": "true"})
    address = response["HX-Push-Url"]
    state = QueryDict(address.partition("?")[2])
    assert dict(state.lists()) == {
        "q": ["xylo"],
        "county": ["SE-04"],
        "kind": ["company_visit", "theme_day"],
        "grade": ["9"],
        "sort": ["soonest"],
    }
    again = client.get(address)
    assert again.context["found"] == response.context["found"]
    assert again.context["filterset"].state == state
    for name in ("company_visit", "theme_day"):
        assert f'value="{name}" checked' in again.content.decode()
    assert '<option value="9" selected>' in again.content.decode()


def test_each_choice_can_be_taken_back(client, country):
    response = client.get(f"{URL}?q=weld&kind=company_visit&kind=theme_day&free=on&county=NO-42")
    assert [(chip.text, chip.without) for chip in response.context["filterset"].chips] == [
        ("Search words: weld", "county=NO-42&kind=company_visit&kind=theme_day&free=on"),
        ("County: Agder", "q=weld&kind=company_visit&kind=theme_day&free=on"),
        ("Kind: company visit", "q=weld&county=NO-42&kind=theme_day&free=on"),
        ("Kind: theme day", "q=weld&county=NO-42&kind=company_visit&free=on"),
        ("Only with free times", "q=weld&county=NO-42&kind=company_visit&kind=theme_day"),
    ]


@pytest.mark.parametrize(("language", "words"), [("sv", "Högst 50 km"), ("nb", "Høyst 50 km"), ("nn", "Høgst 50 km")])
def test_a_distance_is_said_as_people_say_it(client, country, language, words):
    response = client.get(f"{URL}?max_km=50", headers={"accept-language": language})
    assert f">{words}" in response.text


def test_pages_follow_each_other_and_beyond_the_end_is_the_last(client, country):
    seen = [title for page in (1, 2, 3) for title in titles(client, f"page={page}")]
    assert len(seen) == len(set(seen)) == 30
    assert titles(client, "page=99") == titles(client, "page=3")
    assert titles(client, "page=minus") == titles(client)


def test_htmx_gets_the_results_and_the_facets_alone(client):
    VisitOfferFactory()
    whole, part = client.get(URL), client.get(URL, headers={"HX-Request": "true"})
    restored = client.get(URL, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert [b"<html" in response.content for response in (whole, part, restored)] == [True, False, True]
    assert b'id="results"' in part.content
    assert b'hx-swap-oob="outerMorph"' in part.content
    assert b"hx-swap-oob" not in whole.content
    for response in (whole, part):
        assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_page_needs_twelve_queries(client, django_assert_num_queries, item_count):
    industry = Industry.objects.create(code="24", section="C", **names(sv="24", nb="24", nn="24", en="24"))
    job = Occupation.objects.create(key="welder", **names(sv="w", nb="w", nn="w", en="w"))
    for _ in range(item_count):
        offer = VisitOfferFactory(company__industry=industry)
        offer.occupations.add(job)
        VisitSlotFactory.create_batch(2, offer=offer)
    # Two that a worker asks elsewhere (the search rows); the page, the counts, four code lists, the cards, their
    # pictures, two for the map.
    with django_assert_num_queries(12):
        response = client.get(URL)
    assert response.context["found"].total == item_count


def test_nothing_found_says_what_to_do(client):
    html = client.get(f"{URL}?q=unobtainium").content.decode()
    assert "No visit fits" in html
    assert f'href="{reverse("visits:offer_search")}"' in html
    assert "Clear all choices" in html
