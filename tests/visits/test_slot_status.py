from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.visits import VisitSlotFactory
from visits.enums import SlotStatus
from visits.models import VisitSlot

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, SlotStatus.FREE),
        ({"pupils_taken": 30}, SlotStatus.FULL),
        ({"groups_taken": 1}, SlotStatus.FULL),
        ({"opens_at": NOW + timedelta(days=2)}, SlotStatus.NOT_YET_OPEN),
        ({"closes_at": NOW - timedelta(hours=1)}, SlotStatus.CLOSED),
        ({"cancelled_at": NOW}, SlotStatus.WITHDRAWN),
    ],
)
def test_status_agrees_with_what_can_be_booked(fields, status):
    slot = VisitSlotFactory(**fields)
    assert slot.status == status
    assert VisitSlot.objects.bookable().with_places().exists() == (status == SlotStatus.FREE)
