import random
from collections import Counter

import pytest
from django.http import QueryDict
from django.utils import timezone

from companies.models import Company, InterestAnswer
from companies.search import refresh_companies
from core.distance import Point, kilometres
from occupations.models import Industry
from regions.school_year import current_school_year
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.regions import CountyFactory, MunicipalityFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory

pytestmark = pytest.mark.django_db
URL = "/companies/"


@pytest.fixture(autouse=True)
def _in_english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def answer(company, level="yes", kinds=("visit",), year=None):
    return InterestAnswer.objects.create(
        company=company, school_year=year or current_school_year(), level=level, kinds=list(kinds)
    )


def industry(code, name="Metal"):
    return Industry.objects.create(code=code, section="C", name_sv=name, name_nb=name, name_nn=name, name_en=name)


def names(client, query=""):
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 200
    return [company.name for _row, company in response.context["cards"]]


VALUES = {
    "county": lambda company: [company.municipality.county_id],
    "municipality": lambda company: [company.municipality_id],
    "kind": lambda company: [company.kind],
    "industry": lambda company: [company.industry_id] if company.industry_id else [],
    "takes": lambda company: [kind for answer in company.interest_answers.all() for kind in answer.kinds],
}


def test_counts_are_those_of_a_naive_recount(client):
    dice = random.Random(2)
    industries = [industry("24"), industry("25"), None]
    places = [MunicipalityFactory(county=CountyFactory(id=pk, name=pk)) for pk in ("SE-04", "SE-04", "NO-42")]
    for number in range(25):
        company = CompanyFactory(
            name=f"Company {number} {'brass' if number % 2 else 'steel'}",
            municipality=dice.choice(places),
            industry=dice.choice(industries),
            kind=dice.choice(["company", "training_centre"]),
        )
        if number % 4:
            answer(company, dice.choice(["yes", "maybe"]), dice.sample(["visit", "prao", "apl"], 2))
    refresh_companies(Company.objects.all())
    for query in ("", "q=brass", "county=SE-04", "takes=visit&takes=apl", "industry=24&kind=company&takes=prao"):
        chosen = QueryDict(query)
        companies = Company.objects.select_related("municipality").prefetch_related("interest_answers")
        companies = [one for one in companies if "q" not in chosen or chosen["q"] in one.name]

        def fits(company, *but, chosen=chosen):
            asked = [name for name in chosen if name not in ("q", *but)]
            return all(set(chosen.getlist(name)) & set(VALUES[name](company)) for name in asked)

        found = client.get(f"{URL}?{query}").context["found"]
        for name, values_of in VALUES.items():
            but = (name, "municipality") if name == "county" else (name,)
            naive = Counter(value for one in companies if fits(one, *but) for value in values_of(one))
            assert (query, name, found.counts[name]) == (query, name, dict(naive))
        assert (query, found.total) == (query, sum(fits(one) for one in companies))


def test_only_this_years_yes_and_maybe_count_as_interest(client):
    for name, level, year in (
        ("Yes", "yes", None),
        ("Maybe", "maybe", None),
        ("No", "no", None),
        ("Last year", "yes", current_school_year() - 1),
    ):
        answer(CompanyFactory(name=name), level, year=year)
    assert names(client, "takes=visit") == ["Maybe", "Yes"]


def test_what_has_not_joined_is_nowhere(client):
    place = MunicipalityFactory(county=CountyFactory(id="SE-09", name="Kanarielän"), name="Kanariekommun")
    hidden = [
        CompanyFactory(name="Kanariefågel ett", joined_at=None, municipality=place, industry=industry("99", "Kanarie")),
        CompanyFactory(name="Kanariefågel två", ceased_at=timezone.now(), municipality=place),
    ]
    for company in hidden:
        answer(company)
    refresh_companies(Company.objects.all())
    for query in ("", "q=kanarie", "county=SE-09", "takes=visit", "industry=99"):
        response = client.get(f"{URL}?{query}")
        assert (response.context["found"].total, response.context["map"].places) == (0, [])
        assert not any(response.context["found"].counts.values())
        assert all(company.public_id not in response.content.decode() for company in hidden)
    assert "anarie" not in client.get(URL).content.decode()


def test_a_company_is_as_near_as_its_nearest_workplace(client):
    MunicipalityFactory(name="Startby", lat=59.37, lon=16.51)
    far = MunicipalityFactory(name="Fjärran", lat=63.2, lon=14.6)
    origin = Point(59.37, 16.51)
    many = CompanyFactory(name="Many", municipality=far)
    WorkplaceFactory(company=many, lat=59, lon=17)
    WorkplaceFactory(company=many, lat=63, lon=14)
    closed = CompanyFactory(name="Closed workshop", municipality=far)
    WorkplaceFactory(company=closed, lat=59.3, lon=16.5, is_active=False)
    doubtful = CompanyFactory(name="Doubtful", municipality=far)
    WorkplaceFactory(company=doubtful, lat=59.3, lon=16.5, point_is_doubtful=True)
    CompanyFactory(name="No workplace", municipality=far)
    CompanyFactory(name="Nowhere", municipality=None)
    response = client.get(f"{URL}?near=Startby&sort=nearest")
    km = {company.name: row.km for row, company in response.context["cards"]}
    assert list(km) == ["Many", "Closed workshop", "Doubtful", "No workplace", "Nowhere"]
    assert km["Many"] == pytest.approx(kilometres(origin, Point(59, 17)), abs=0.001)
    seat = pytest.approx(kilometres(origin, Point(63.2, 14.6)), abs=0.001)
    assert [km["Closed workshop"], km["Doubtful"], km["No workplace"], km["Nowhere"]] == [seat, seat, seat, None]
    assert names(client, "near=Startby&max_km=60&sort=nearest") == ["Many"]
    assert names(client, "near=Startby&max_km=450&sort=nearest") == [
        "Many",
        "Closed workshop",
        "Doubtful",
        "No workplace",
    ]


def test_cards_say_how_many_times_are_free(client):
    company = CompanyFactory(name="With times")
    VisitSlotFactory.create_batch(2, offer=VisitOfferFactory(company=company))
    VisitSlotFactory(offer=VisitOfferFactory(company=company, state="paused"))
    CompanyFactory(name="Without")
    html = client.get(URL).content.decode()
    assert "2 free times" in html
    assert html.count("calendar-check") == 1


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_page_needs_twelve_queries(client, django_assert_num_queries, item_count):
    metal = industry("24")
    for _ in range(item_count):
        VisitSlotFactory(offer=VisitOfferFactory(company__industry=metal))
    # Two bring the rows up to date, as a worker does; the page, the counts, three code lists, the cards, their
    # interest, two for the map, the free times.
    with django_assert_num_queries(12):
        response = client.get(URL)
    assert response.context["found"].total == item_count


def test_htmx_gets_the_results_and_the_facets_alone(client):
    part = client.get(f"{URL}?q=&kind=company&page=1", headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert b'id="results"' in part.content
    assert b'hx-swap-oob="outerMorph"' in part.content
    assert part["HX-Push-Url"] == f"{URL}?kind=company"
    assert "HX-Request" in part["Vary"]
