import pytest

from tests.factories.visits import VisitBookingFactory, VisitRuleFactory

pytestmark = pytest.mark.django_db


def test_a_booking_takes_its_places():
    booking = VisitBookingFactory()
    assert (booking.slot.pupils_left, booking.slot.groups_left) == (0, 0)
    assert booking.slot.pupils_taken == 25


def test_a_rule_belongs_to_a_published_offer():
    assert VisitRuleFactory().offer.state == "published"
