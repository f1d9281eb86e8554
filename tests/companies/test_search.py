import pytest

from companies.models import Company
from companies.search import refresh_companies, refresh_company
from core.search import ReaderQuery
from occupations.models import Industry
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
