"""Days without lessons: told by the school or its owner, asked about when times are planned and booked."""

from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from schools.closed_days import ClosedSchools, Period, close_days, closed_schools, coming_periods, open_days
from schools.models import ClosedDay, School
from tests.factories.accounts import UserFactory
from tests.factories.regions import MunicipalityFactory
from tests.factories.schools import ClosedDayFactory, SchoolClassFactory, SchoolFactory, SchoolOwnerFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits.proposed_times import Terms, look_at, propose

MONDAY = date(2027, 3, 1)


@pytest.fixture(autouse=True)
def a_day_in_january(time_machine):
    time_machine.move_to("2027-01-11 09:00:00+01:00", tick=False)


def told(school, first, last, reason="Sportlov", source="school"):
    return close_days(School.objects.filter(pk=school.pk), first=first, last=last, reason=reason, source=source)


@pytest.mark.django_db
def test_two_weeks_are_ten_days_and_one_period():
    school = SchoolFactory()
    assert told(school, MONDAY, MONDAY + timedelta(days=13)) == 10
    assert told(school, MONDAY, MONDAY + timedelta(days=4), reason="Annat") == 0  # there already, as told first
    schools = School.objects.filter(pk=school.pk)
    assert coming_periods(schools) == [Period(MONDAY, MONDAY + timedelta(days=11), "Sportlov")]
    days = {"first": MONDAY, "last": MONDAY + timedelta(days=1), "reason": "Sportlov", "source": "school"}
    assert open_days(schools, **days) == [school.pk]
    assert coming_periods(schools) == [Period(MONDAY + timedelta(days=2), MONDAY + timedelta(days=11), "Sportlov")]


@pytest.mark.django_db
def test_christmas_holidays_are_one_period_over_the_public_ones():
    school = SchoolFactory(country="NO")
    for day in (*range(20, 24), *range(27, 32)):
        told(school, date(2027, 12, day), date(2027, 12, day), reason="Juleferie")
    told(school, date(2028, 1, 3), date(2028, 1, 4), reason="Juleferie")
    schools = School.objects.filter(pk=school.pk)
    assert coming_periods(schools) == [
        Period(date(2027, 12, 20), date(2027, 12, 23), "Juleferie"),  # the 24th is no public holiday in Norway
        Period(date(2027, 12, 27), date(2028, 1, 4), "Juleferie"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "words"), [(1, "weekend"), (200, "at most 100")])
def test_a_weekend_and_half_a_year_are_refused(days, words):
    saturday = MONDAY - timedelta(days=2)
    with pytest.raises(ActionRefused, match=words):
        told(SchoolFactory(), saturday, saturday + timedelta(days=days))
    assert not ClosedDay.objects.exists()


@pytest.mark.django_db
def test_periods_of_an_owner_name_how_many_schools_say_so(django_assert_num_queries):
    owner = SchoolOwnerFactory()
    one, two = SchoolFactory.create_batch(2, owner=owner)
    schools = School.objects.filter(owner=owner)
    told(one, MONDAY, MONDAY + timedelta(days=1))
    told(two, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))
    with django_assert_num_queries(1):
        periods = coming_periods(schools)
    assert periods == [
        Period(MONDAY, MONDAY, "Sportlov", 1),
        Period(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1), "Sportlov", 2),
    ]


@pytest.mark.django_db
def test_schools_that_have_told_nothing_this_year_are_not_counted(django_assert_num_queries):
    here = MunicipalityFactory()
    closed, others, __ = (
        SchoolFactory(municipality=here),
        SchoolFactory(municipality=here),
        SchoolFactory(municipality=here),
    )
    told(closed, MONDAY, MONDAY)
    told(others, MONDAY + timedelta(days=7), MONDAY + timedelta(days=7), reason="Planeringsdag")
    told(SchoolFactory(), MONDAY, MONDAY)  # elsewhere
    told(SchoolFactory(municipality=here), date(2027, 8, 2), date(2027, 8, 2))  # another school year
    with django_assert_num_queries(2):
        found = closed_schools(here.pk, {MONDAY + timedelta(days=count) for count in range(60)})
    assert found == {
        MONDAY: ClosedSchools(1, 2, "Sportlov"),
        MONDAY + timedelta(days=7): ClosedSchools(1, 2, "Planeringsdag"),
    }


def planned(offer, days):
    terms = Terms(timedelta(hours=1), timezone.now(), 1, 1, 30, 1)
    proposed = [propose(day, timezone.datetime(2027, 1, 1, 9).time(), terms) for day in days]
    look_at(offer, proposed)
    return proposed


@pytest.mark.django_db
def test_a_day_when_half_of_the_schools_are_closed_is_left_out_and_one_of_three_is_a_remark():
    offer = VisitOfferFactory()
    here = offer.workplace.municipality
    one, two, three = SchoolFactory.create_batch(3, municipality=here)
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    for school in (one, two):
        told(school, MONDAY, MONDAY)
    told(three, tuesday, tuesday, reason="Planeringsdag")
    monday_time, tuesday_time, wednesday_time = planned(offer, [MONDAY, tuesday, wednesday])
    assert monday_time.reasons == ["2 of 3 schools in the municipality have no lessons (Sportlov)"]
    assert not monday_time.is_clear
    assert (tuesday_time.reasons, len(tuesday_time.remarks)) == ([], 1)
    assert tuesday_time.is_clear
    assert not wednesday_time.words
    offer.kind = "on_screen"  # the whole country meets there
    assert [one.words for one in planned(offer, [MONDAY, tuesday])] == ["", ""]


@pytest.mark.django_db
def test_planning_a_year_asks_as_often_as_planning_a_day(django_assert_num_queries):
    offer = VisitOfferFactory()
    days = [MONDAY + timedelta(days=count) for count in range(100)]
    for day in (day for day in days if day.weekday() < 5):
        ClosedDayFactory(school__municipality=offer.workplace.municipality, day=day)
    with django_assert_num_queries(4):
        planned(offer, days[:1])
    with django_assert_num_queries(4):
        planned(offer, days)


@pytest.mark.django_db
def test_whoever_books_reads_that_the_school_is_closed(client):
    user = UserFactory()
    school = SchoolFactory(members=[user], name="Strandskolan")
    SchoolClassFactory(school=school)
    slot = VisitSlotFactory()
    client.force_login(user)
    url = reverse("visits:booking_create", args=[slot.public_id])
    assert "has no lessons" not in client.get(url).content.decode()
    day = timezone.localdate(slot.starts_at)
    if day.weekday() > 4:
        slot.starts_at, slot.ends_at = (moment + timedelta(days=2) for moment in (slot.starts_at, slot.ends_at))
        slot.save()
        day = timezone.localdate(slot.starts_at)
    ClosedDayFactory(school=school, day=day, reason="Studiedag")
    ClosedDayFactory(day=day)  # a school of others
    page = client.get(url).content.decode()
    assert page.count("has no lessons that day") == 1
    assert "Strandskolan has no lessons that day: Studiedag" in page


@pytest.mark.django_db
def test_a_school_adds_removes_and_puts_back(client):
    user = UserFactory()
    school = SchoolFactory(members=[user])
    client.force_login(user)
    url = reverse("schools:closed_days", args=[school.public_id])
    days = {"first_day": "2027-03-01", "last_day": "2027-03-05", "reason": "Sportlov"}
    assert client.post(url, days).status_code == 302
    assert [day.source for day in ClosedDay.objects.all()] == ["school"] * 5
    client.post(reverse("schools:closed_days_remove", args=[school.public_id]), days)
    assert not ClosedDay.objects.exists()
    assert b'name="undo"' in client.get(url).content
    client.post(url, days | {"undo": "1"})
    assert ClosedDay.objects.count() == 5
    assert b'name="undo"' not in client.get(url).content
    again = client.post(url, days, follow=True)
    assert "there already" in " ".join(str(message) for message in get_messages(again.wsgi_request)) or (
        "there already" in again.content.decode()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"last_day": "2027-02-26"}, "last_day"),
        ({"first_day": "2026-12-01"}, "first_day"),
        ({"reason": ""}, "reason"),
        ({"first_day": "9999-12-31", "last_day": ""}, "first_day"),
    ],
)
def test_what_was_typed_stays(client, change, field):
    user = UserFactory()
    school = SchoolFactory(members=[user])
    client.force_login(user)
    days = {"first_day": "2027-03-01", "last_day": "2027-03-05", "reason": "Sportlov"} | change
    page = client.post(reverse("schools:closed_days", args=[school.public_id]), days)
    assert field in page.context["form"].errors
    assert f'value="{days["first_day"]}"' in page.content.decode()


@pytest.mark.django_db
def test_an_owner_tells_for_all_its_schools_and_undoes_for_those_it_concerned(client):
    owner = SchoolOwnerFactory()
    user = UserFactory(second_factor=True)
    owner.memberships.create(user=user, role="coordinator")
    one, two = SchoolFactory.create_batch(2, owner=owner)
    SchoolFactory(owner=owner, is_active=False)
    other = SchoolFactory()
    client.force_login(user)
    url = reverse("coordination:owner_closed_days", args=[owner.public_id])
    days = {"first_day": "2027-03-01", "last_day": "", "reason": "Studiedag"}
    client.post(url, days)
    assert set(ClosedDay.objects.values_list("school", "source")) == {(one.pk, "owner"), (two.pk, "owner")}
    ClosedDay.objects.filter(school=two).delete()
    assert "1 of 2 schools" in client.get(url).content.decode()
    days["last_day"] = days["first_day"]
    client.post(reverse("coordination:owner_closed_days_remove", args=[owner.public_id]), days)
    client.post(url, days | {"undo": "1"})
    assert set(ClosedDay.objects.values_list("school", flat=True)) == {one.pk}
    assert not other.closed_days.exists()
