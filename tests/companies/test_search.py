import pytest
from django.utils import timezone

from companies.models import Company, CompanyRow, CompanyTraits, InterestAnswer
from companies.search import refresh_companies, refresh_company
from companies.tasks import refresh_search, refresh_search_rows
from core.search import ReaderQuery
from occupations.models import Industry
from regions.models import Municipality
from regions.school_year import current_school_year
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.regions import MunicipalityFactory

pytestmark = pytest.mark.django_db


def found(text, language="sv"):
    return [
        company.name
        for company in Company.objects.listed().filter(search_row__text__words=ReaderQuery(text, language=language))
    ]


@pytest.fixture
def companies():
    metal = Industry.objects.create(
        code="25",
        section="C",
        name_sv="Tillverkning av metallvaror",
        name_nb="Produksjon av metallvarer",
        name_nn="Produksjon av metallvarer",
        name_en="Manufacture of metal products",
    )
    MunicipalityFactory(id="SE-2284", name="Örnsköldsvik")
    CompanyFactory(name="Höga Kusten Svetsning AB", municipality_id="SE-2284", industry=metal)
    plant = CompanyFactory(name="Mjøsa Sveiseverksted AS", about="Vi sveiser rør og tanker.")
    WorkplaceFactory(company=plant, city="Gjøvik", municipality=MunicipalityFactory(name="Gjøvik"))
    CompanyFactory(name="Svetsarna som inte är med", joined_at=None)
    refresh_companies(Company.objects.all())


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("svets", "sv", ["Höga Kusten Svetsning AB"]),
        ("svetsning", "en", ["Höga Kusten Svetsning AB"]),
        ("Ornskoldsvik", "sv", ["Höga Kusten Svetsning AB"]),
        ("ØRNSKØLDSVIK", "nb", ["Höga Kusten Svetsning AB"]),
        ("örnsk", "sv", ["Höga Kusten Svetsning AB"]),
        ("gjovik", "sv", ["Mjøsa Sveiseverksted AS"]),
        ("gjövik", "sv", ["Mjøsa Sveiseverksted AS"]),
        ("sveis", "nb", ["Mjøsa Sveiseverksted AS"]),
        ("tankene", "nb", ["Mjøsa Sveiseverksted AS"]),
        ("metallvarer", "nb", ["Höga Kusten Svetsning AB"]),
        ("metal products", "en", ["Höga Kusten Svetsning AB"]),
        ("svets och metall", "sv", ["Höga Kusten Svetsning AB"]),
        ("svets gjovik", "sv", []),
        ("svetsarna inte", "sv", []),
    ],
)
def test_companies_are_found_as_people_type(companies, text, language, names):
    assert found(text, language) == names


def test_refreshing_one_company_leaves_the_others(companies):
    Company.objects.update(about="Nytt: laserskärning")
    refresh_company(Company.objects.get(name="Mjøsa Sveiseverksted AS").pk)
    assert found("laserskarning") == ["Mjøsa Sveiseverksted AS"]


def test_refreshing_leaves_no_event(companies):
    company = Company.objects.listed().first()
    before = company.events.count()
    refresh_company(company.pk)
    assert company.events.count() == before


def test_what_changes_elsewhere_is_found_with_the_next_round(companies):
    """A company that ceases, one that joins, a new answer about interest: nobody has to think of the search."""
    gone, new = Company.objects.listed()[0], Company.objects.get(joined_at=None)
    Company.objects.filter(pk=gone.pk).update(ceased_at=timezone.now())
    Company.objects.filter(pk=new.pk).update(joined_at=timezone.now())
    InterestAnswer.objects.create(company=new, school_year=current_school_year(), level="yes", kinds=["visit"])
    refresh_search_rows()
    assert not CompanyRow.objects.filter(pk=gone.pk).exists()
    assert CompanyRow.objects.get(pk=new.pk).traits.takes == ["visit"]
    assert found("svetsarna") == [new.name]
    refresh_search()
    kept = set(CompanyTraits.objects.values_list("pk", flat=True))
    assert kept == set(CompanyRow.objects.values_list("traits", flat=True))


def test_a_new_name_of_a_place_is_found_the_day_after(companies):
    Municipality.objects.filter(pk="SE-2284").update(name="Nyhamn")
    refresh_search_rows()
    assert found("nyhamn") == []
    refresh_search()
    assert found("nyhamn") == ["Höga Kusten Svetsning AB"]
