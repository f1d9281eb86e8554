import pytest
from django.urls import reverse

from tests.factories.visits import VisitSlotFactory

pytestmark = pytest.mark.django_db


def test_every_public_page_answers_whole_and_in_part(client):
    slot = VisitSlotFactory()
    for url in (
        reverse("visits:offer_search"),
        slot.offer.get_absolute_url(),
        reverse("companies:company_search"),
        slot.offer.company.get_absolute_url(),
    ):
        response = client.get(url)
        assert response.status_code == 200
        response = client.get(url, headers={"HX-Request": "true"})
        assert response.status_code == 200
