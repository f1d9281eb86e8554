from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone
from stdnum.no import orgnr as norwegian
from stdnum.se import orgnr as swedish

from accounts.models import JoinRequest, User
from companies.models import Company, CompanyRow, InterestAnswer, InterestInvitation
from coordination.demo.calendar import is_school_day, school_days
from coordination.demo.people import PARTNERS, PASSWORD, PEOPLE
from coordination.models import ImportRun
from notifications.models import QueuedMail
from occupations.reference import load_occupations
from regions.models import Region
from regions.reference import counties, municipalities, upsert
from schools.models import School, SchoolClass
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory
from visits.enums import Attendance, BookingState
from visits.models import (
    Favourite,
    FollowUp,
    SavedSearch,
    SearchRow,
    VisitBooking,
    VisitFeedback,
    VisitOffer,
    VisitOutcome,
    VisitSlot,
    WaitingGroup,
)

WEDNESDAY_IN_NOVEMBER = datetime(2026, 11, 18, 10, tzinfo=UTC)


@pytest.fixture
def reference_data(db):
    upsert(counties(), match=["id"])
    upsert(municipalities(), match=["id"])
    load_occupations()


def load(*arguments):
    out = StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


def counted_places(slot):
    held = [
        *slot.bookings.live(),
        *slot.proposed_bookings.live(),
        *slot.asked_bookings.live(),
        *slot.waiting_groups.offered(),
    ]
    return sum(booking.pupil_count for booking in held), len(held)


def fingerprint():
    return (
        list(VisitOffer.objects.order_by("public_id").values_list("public_id", "title", "state")),
        list(VisitSlot.objects.order_by("public_id").values_list("public_id", "starts_at", "pupils_taken")),
        list(VisitBooking.objects.order_by("public_id").values_list("public_id", "state", "answer_by", "school__name")),
    )


@time_machine.travel(WEDNESDAY_IN_NOVEMBER, tick=False)
def test_the_demo_is_a_consistent_world(reference_data):
    load()
    assert Company.objects.count() >= 60
    assert set(Company.objects.values_list("is_demo", flat=True)) == {True}
    assert School.objects.count() >= 40
    assert VisitOffer.objects.count() >= 110
    assert VisitSlot.objects.count() >= 580
    assert set(VisitBooking.objects.values_list("state", flat=True)) == set(BookingState.values)
    for slot in VisitSlot.objects.prefetch_related("bookings", "proposed_bookings"):
        assert (slot.pupils_taken, slot.groups_taken) == counted_places(slot)
        assert is_school_day(slot.offer.company.country, timezone.localdate(slot.starts_at))
    now = timezone.now()
    assert not VisitBooking.objects.filter(state__in=["pending", "proposed"], answer_by__lte=now).exists()
    assert not VisitBooking.objects.filter(state="expired", answer_by__gt=now).exists()
    for booking in VisitBooking.objects.prefetch_related("steps"):
        assert [step.to_state for step in booking.steps.all()][-1] == booking.state
    assert set(WaitingGroup.objects.values_list("state", flat=True)) == {"waiting", "offered"}
    assert (
        not VisitSlot.objects.bookable()
        .filter(
            waiting_groups__pupil_count__lte=F("pupils_capacity") - F("pupils_taken"),
            waiting_groups__state="waiting",
            groups_taken__lt=F("groups_capacity"),
        )
        .exists()
    )
    assert set(VisitOutcome.objects.values_list("attendance", flat=True)) == set(Attendance.values)
    shown = [offer for offer in VisitOffer.objects.all() if VisitFeedback.objects.of_schools_about(offer).averages()]
    assert {offer.company.name for offer in shown} & set(PARTNERS)
    assert set(FollowUp.objects.values_list("state", flat=True)) == {"open", "welcome"}
    assert Favourite.objects.count() >= 10
    assert {search.words for search in SavedSearch.objects.all()} == {"Årskurs 8", "8. trinn"}
    assert set(InterestAnswer.objects.values_list("level", flat=True)) == {"yes", "maybe", "no"}
    assert InterestInvitation.objects.unanswered().count() > 5
    assert JoinRequest.objects.pending().count() == 7
    assert QueuedMail.objects.count() == 0
    assert CompanyRow.objects.count() == Company.objects.listed().count()
    assert SearchRow.objects.count() == VisitOffer.objects.published().count()


@time_machine.travel(WEDNESDAY_IN_NOVEMBER, tick=False)
def test_the_numbers_of_invented_companies_are_valid_and_nobodys(reference_data):
    load()
    for company in Company.objects.all():
        rule, prefix = (swedish, "559999") if company.country == "SE" else (norwegian, "399")
        assert rule.is_valid(company.org_number)
        assert company.org_number.startswith(prefix)


@time_machine.travel(WEDNESDAY_IN_NOVEMBER, tick=False)
def test_everybody_on_the_list_can_sign_in(reference_data, client):
    load()
    for person in PEOPLE:
        user = User.objects.get(email=person.email)
        assert user.check_password(PASSWORD)
        assert EmailAddress.objects.filter(user=user, verified=True).exists()
        kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        assert kinds == ({"totp", "recovery_codes"} if person.needs_second_factor else set())
    out = StringIO()
    call_command("demo_sign_ins", stdout=out)
    assert all(person.email in out.getvalue() for person in PEOPLE)


@time_machine.travel(WEDNESDAY_IN_NOVEMBER, tick=False)
def test_loading_again_gives_the_same_demo_and_spares_the_rest(reference_data):
    booking = VisitBookingFactory()
    real_school = SchoolFactory(country="NO", unit_code="974548852", name="GRIMSTAD U.SKOLE", source="nsr")
    real_class = SchoolClassFactory(school=real_school, name="9A")
    load()
    before = fingerprint()
    with pytest.raises(CommandError, match="already"):
        load()
    dry_run = ImportRun.objects.first()
    ImportRun.objects.create(kind=dry_run.kind, file_name="a.json", region=dry_run.region, rehearsal=dry_run)
    load("--again")
    assert fingerprint() == before
    assert VisitBooking.objects.filter(pk=booking.pk).exists()
    assert SchoolClass.objects.filter(pk=real_class.pk).exists()
    assert School.objects.filter(unit_code="974548852").count() == 1
    assert Region.objects.filter(email__endswith="@demo.example").count() == 4


def test_production_refuses_the_demo_unless_told_twice(reference_data, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        load()
    assert "Everybody's password: " in load("--yes-i-mean-it")
    assert not User.objects.get(email=PEOPLE[0].email).check_password(PASSWORD)


def test_without_reference_data_the_demo_says_what_to_do(db):
    with pytest.raises(CommandError, match="load_reference_data"):
        load()


def test_demo_sign_ins_without_a_demo_say_how_to_load_it(db):
    out = StringIO()
    call_command("demo_sign_ins", stdout=out)
    assert "load_demo" in out.getvalue()


@pytest.mark.parametrize(
    "today",
    [
        datetime(2026, 8, 3, 10, tzinfo=UTC),
        datetime(2026, 12, 24, 10, tzinfo=UTC),
        datetime(2027, 7, 10, 10, tzinfo=UTC),
    ],
)
def test_the_demo_has_times_ahead_all_year_round(reference_data, today):
    with time_machine.travel(today, tick=False):
        load()
        assert VisitSlot.objects.upcoming().count() > 150
        assert VisitBooking.objects.pending().count() > 10


def test_school_days_skip_weekends_holidays_and_july():
    days = school_days("NO", date(2026, 11, 18))
    assert all(day.weekday() < 5 and day.month != 7 for day in days)
    assert date(2027, 5, 17) not in days
    assert days[-1] - days[0] > timedelta(days=200)
