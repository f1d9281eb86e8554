import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_about_data_names_every_source_and_licence(client):
    page = client.get(reverse("coordination:about_data"), headers={"accept-language": "en"}).content.decode()

    for words in [
        "GeoNames",
        "geonames.org",
        "CC BY 4.0",
        "Kartverket",
        "Statistics Norway (SSB)",
        "Statistics Sweden (SCB)",
        "Skolverket",
        "NLOD 2.0",
        "Utdanningsdirektoratet (Udir)",
        "Brønnøysundregistrene",
        "Bolagsverket",
    ]:
        assert words in page


def test_about_data_is_open_to_everyone_and_linked_from_the_foot_of_every_page(client):
    front = client.get(reverse("landing"))
    assert reverse("coordination:about_data") in front.content.decode()
