import pytest

from core.search import ReaderQuery
from occupations.models import Occupation
from tests.factories.regions import MunicipalityFactory
from tests.factories.visits import VisitOfferFactory
from visits.models import SearchRow, VisitOffer
from visits.search import refresh_offer, refresh_offers

pytestmark = pytest.mark.django_db


def found(text, language="sv"):
    return [row.title for row in SearchRow.objects.filter(text__words=ReaderQuery(text, language=language))]


@pytest.fixture
def offer():
    offer = VisitOfferFactory(
        title="Prova robotsvetsning",
        programme_of_day="Rundvandring\nPröva själv",
        company__name="Ålands Verkstäder AB",
        company__municipality=MunicipalityFactory(name="Gällivare"),
    )
    offer.occupations.add(
        Occupation.objects.create(
            key="welder", name_sv="Svetsare", name_nb="Sveiser", name_nn="Sveisar", name_en="Welder"
        )
    )
    refresh_offer(offer.pk)
    return offer


@pytest.mark.parametrize(
    ("text", "language"),
    [("robotsv", "sv"), ("sveiser", "nb"), ("sveisar", "nn"), ("welders", "en"), ("alands", "sv"), ("gallivare", "nb")],
)
def test_offers_are_found_by_title_company_place_and_occupation(offer, text, language):
    assert found(text, language) == ["Prova robotsvetsning"]


def test_offers_that_are_not_published_are_not_found(offer):
    VisitOfferFactory(title="Robotsvetsning utkast", state="draft")
    VisitOfferFactory(title="Robotsvetsning vilande", state="paused")
    VisitOfferFactory(title="Robotsvetsning okänd", company__joined_at=None)
    refresh_offers(VisitOffer.objects.all())
    assert found("robotsvetsning") == ["Prova robotsvetsning"]
