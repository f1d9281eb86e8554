from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q, Sum

from accounts.models import Membership
from companies.models import Company
from schools.models import School
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from visits.enums import LIVE_STATES
from visits.models import BookingStep, SearchRow, VisitBooking, VisitOffer, VisitSlot

# A COPY has a connection of its own, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)
NOVEMBER = datetime(2026, 11, 25, 10, tzinfo=UTC)
SMALL = ["--schools=80", "--companies=120", "--offers=150", "--slots=200", "--bookings=2000"]


def load(*arguments):
    out = StringIO()
    with time_machine.travel(NOVEMBER, tick=False):
        call_command("load_national", *SMALL, *arguments, stdout=out)
    return out.getvalue()


def fingerprint():
    return (
        list(
            Company.objects.order_by("pk").values_list("public_id", "name", "municipality", "search_row__text__words")
        ),
        list(VisitSlot.objects.order_by("pk").values_list("public_id", "offer", "starts_at", "pupils_taken")),
        list(VisitBooking.objects.order_by("pk").values_list("public_id", "school_class", "state", "during")),
    )


def test_a_small_country_adds_up_and_is_the_same_every_time():
    assert load().startswith("36 regions, 80 schools, 120 companies, 140 people, 150 offers, ")
    assert VisitBooking.objects.count() == 2000
    assert VisitSlot.objects.filter(starts_at__gt=NOVEMBER).count() == 200
    live = Q(bookings__state__in=LIVE_STATES)
    counted = VisitSlot.objects.annotate(
        pupils=Sum("bookings__pupil_count", filter=live), groups=Count("bookings", filter=live)
    )
    wrong = counted.exclude(groups_taken=F("groups"), pupils_taken=F("pupils")).exclude(groups=0, groups_taken=0)
    assert list(wrong.values_list("pk", "pupils_taken", "pupils")) == []
    assert not VisitSlot.objects.filter(groups_taken=0, pupils_taken__gt=0).exists()
    assert VisitBooking.objects.exclude(steps__to_state=F("state")).count() == 0
    assert BookingStep.objects.count() > 2000
    assert SearchRow.objects.count() == VisitOffer.objects.published().count()
    assert School.objects.values("municipality").distinct().count() > 30
    assert Membership.objects.count() == 80 + 24 + 36
    first = fingerprint()
    load("--again")
    assert fingerprint() == first


def test_numbering_goes_on_after_what_was_copied():
    load()
    assert CompanyFactory().pk == 121


def test_it_runs_where_nothing_real_is_and_only_once():
    load()
    with pytest.raises(CommandError, match="loaded already"):
        load()
    UserFactory(email="somebody@kommun.example")
    with pytest.raises(CommandError, match="has not made"):
        load("--again")
    assert Company.objects.count() == 120
