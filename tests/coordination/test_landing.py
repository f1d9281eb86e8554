from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination.landing import Figures, figures, newest_offers
from tests.factories.companies import CompanyFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory

pytestmark = pytest.mark.django_db


def test_figures_count_what_is_there_to_see():
    CompanyFactory(joined_at=None)
    slot = VisitSlotFactory()
    VisitSlotFactory(offer__state="draft")
    VisitSlotFactory(offer=slot.offer, pupils_capacity=12)
    VisitBookingFactory(slot=slot, pupil_count=20)
    VisitBookingFactory(slot=VisitSlotFactory(offer=slot.offer), state="confirmed")
    assert figures() == Figures(companies=2, places=12, visits=1)


def test_the_newest_published_offers_come_first():
    now = timezone.now()
    offers = [VisitOfferFactory(published_at=now - timedelta(days=days)) for days in [4, 1, 3, 2]]
    VisitOfferFactory(state="paused", published_at=now)
    VisitOfferFactory(company__joined_at=None, published_at=now)
    assert newest_offers() == [offers[1], offers[3], offers[2]]


@pytest.mark.parametrize("count", [1, 5])
def test_the_first_page_needs_four_queries(client, django_assert_num_queries, count):
    for _ in range(count):
        VisitSlotFactory()
    with django_assert_num_queries(4):
        response = client.get(reverse("landing"))
    assert len(response.context["offers"]) == min(count, 3)


def test_an_empty_house_still_has_a_front_door(client):
    assert client.get(reverse("landing")).status_code == 200
