import pghistory
import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from core.ready_queries import insert, insert_new, prepared_cursor, ready
from schools.models import SchoolClass
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory
from visits.models import BookingStep, VisitRule

pytestmark = pytest.mark.django_db


@ready
def classes_of(school: int, name: str):
    return SchoolClass.objects.select_related("school__municipality").filter(school=school, name=name)


@ready
def locked_classes(pk: int):
    return SchoolClass.objects.select_for_update(no_key=True).only("pk").filter(pk=pk)


def test_rows_are_those_of_the_queryset_each_time_with_other_values():
    first, second = SchoolClassFactory(name="7A"), SchoolClassFactory(name="8B")
    assert classes_of(first.school_id, "7A") == [first]
    assert classes_of(second.school_id, name="8B") == [second]
    assert classes_of(second.school_id, "7A") == []


def test_related_rows_come_along(django_assert_num_queries):
    made = SchoolClassFactory(name="9C")
    with django_assert_num_queries(1):
        (found,) = classes_of(made.school_id, "9C")
        assert found.school.municipality == made.school.municipality
    assert found.grade == made.grade
    assert not found._state.adding


def test_what_is_found_is_planned_once():
    made = SchoolClassFactory()
    for _ in range(7):
        classes_of(made.school_id, made.name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%schools_schoolclass%'")
        assert cursor.fetchone()[0] >= 1


def test_rows_can_be_locked():
    made = SchoolClassFactory()
    with transaction.atomic():
        assert locked_classes(made.pk) == [made]


def test_a_moment_that_is_no_argument_is_refused():
    @ready
    def since(email: str):
        return User.objects.filter(email=email, date_joined__lte=timezone.now())

    with pytest.raises(TypeError, match="since"):
        since("a@example.org")


def test_an_argument_that_is_not_used_is_refused():
    @ready
    def everybody(email: str):
        return User.objects.all()

    with pytest.raises(TypeError, match="everybody"):
        everybody("a@example.org")


def test_a_row_is_written_as_save_writes_it():
    school = SchoolFactory()
    row = SchoolClass(school=school, name="6A", grade=6, pupil_count=21)
    insert(row)
    assert row.pk
    assert not row._state.adding
    assert SchoolClass.objects.filter(pk=row.pk).values_list("name", "public_id").get() == ("6A", row.public_id)


def test_only_new_rows_are_written():
    known = SchoolClassFactory(name="5A")
    rows = [SchoolClass(school=known.school, name=name, grade=5, pupil_count=20) for name in ("5A", "5B")]
    insert_new(rows)
    insert_new([])
    assert sorted(known.school.classes.values_list("name", flat=True)) == ["5A", "5B"]


def test_a_prepared_cursor_is_counted_as_a_query(django_assert_num_queries):
    with django_assert_num_queries(1), prepared_cursor() as cursor:
        cursor.execute("SELECT %s::int + 1", [41])
        assert cursor.fetchone() == (42,)


def test_whatever_is_asked_for_is_planned_once():
    """PostgreSQL itself would plan ranges anew each time."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == ("force_generic_plan",)


def test_what_has_a_history_keeps_who_wrote_it():
    offer, user = VisitBookingFactory().slot.offer, UserFactory()
    rule = VisitRule(offer=offer, kind="safety", text="Closed shoes.")
    with pghistory.context(user=user.pk):
        insert(rule)
    assert rule.events.get().pgh_context.metadata == {"user": user.pk}


def test_what_has_none_is_planned_once_too():
    booking = VisitBookingFactory()
    with pghistory.context(user=1):
        for _ in range(7):
            insert(BookingStep(booking=booking, to_state=booking.state, side="school"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT%visits_bookingstep%'")
        assert cursor.fetchone() == (1,)
