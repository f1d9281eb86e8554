"""What a class may do at a visit, by grade, country and day."""

import uuid
from datetime import date, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from regions.school_year import school_year_of
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from tests.visits.test_views import form_of
from visits import actions, ages, emails, waiting_actions
from visits.models import VisitBooking, VisitOffer
from visits.search import refresh_offers

AUTUMN, SPRING = date(2026, 10, 5), date(2027, 3, 5)


@pytest.mark.parametrize(
    ("country", "grade", "age"),
    [("SE", 6, 12), ("SE", 9, 15), ("NO", 8, 13), ("NO", 10, 15), ("SE", 11, 16), ("NO", 11, 16), ("SE", 13, 18)],
)
def test_the_age_a_class_turns_in_the_autumn(country, grade, age):
    assert ages.turns(grade, country) == age


@pytest.mark.parametrize(
    ("age", "country", "grade", "autumn", "spring"),
    [
        (None, "SE", 1, "try", "try"),
        (13, "SE", 5, "watch", "watch"),
        (13, "SE", 6, "watch", "some"),  # nobody has turned 13 before New Year, some after
        (13, "SE", 7, "some", "try"),
        (13, "NO", 7, "watch", "some"),
        (13, "NO", 8, "some", "try"),
        (15, "SE", 9, "some", "try"),
        (15, "NO", 9, "watch", "some"),
        (16, "SE", 9, "watch", "watch"),  # still in compulsory school
        (16, "NO", 10, "watch", "watch"),
        (16, "SE", 11, "try", "try"),
        (18, "SE", 12, "watch", "some"),
        (18, "NO", 13, "some", "try"),
        (18, "SE", 14, "try", "try"),  # adults
    ],
)
def test_what_a_class_may_do(age, country, grade, autumn, spring):
    offer = VisitOffer(hands_on_from=age)
    found = [ages.part_of(offer, grade=grade, school_year=2026, country=country, day=day) for day in (AUTUMN, SPRING)]
    assert found == [autumn, spring]


def test_a_class_is_a_year_older_after_the_summer():
    offer = VisitOffer(hands_on_from=15)
    assert ages.part_of(offer, grade=8, school_year=2026, country="SE", day=date(2027, 9, 1)) == "some"


@pytest.fixture
def teacher():
    return UserFactory(phone="0701234567")


@pytest.fixture
def young(teacher):
    return SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="7B", grade=7)


def slot_for(**offer):
    return VisitSlotFactory(offer=VisitOfferFactory(lowest_grade=4, hands_on_from=18, **offer))


def request(slot, school_class, by):
    return actions.request_booking(
        slot=slot,
        school_class=school_class,
        pupil_count=20,
        adult_count=1,
        phone="0701234567",
        note="",
        request_key=uuid.uuid4(),
        by=by,
    )


@pytest.mark.django_db
def test_too_young_a_class_is_refused_where_the_host_wants_no_watchers(young, teacher):
    slot = slot_for(younger_may_watch=False)
    with pytest.raises(ActionRefused, match="must be 18"):
        request(slot, young, teacher)
    with pytest.raises(ActionRefused, match="must be 18"):
        waiting_actions.join_line(
            slot=slot, school_class=young, pupil_count=20, adult_count=1, phone="", note="",
            request_key=uuid.uuid4(), by=teacher, answers=[],
        )  # fmt: skip
    assert VisitBooking.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("is_saved", [True, False])
def test_the_booker_is_told_plainly_that_the_class_watches(client, young, teacher, is_saved):
    slot = slot_for()
    client.force_login(teacher)
    url = reverse("visits:booking_create", args=[slot.public_id])
    data = form_of(young)
    if not is_saved:
        data |= {"school_class": "", "new_class_name": "7c", "new_class_grade": "7"}
    page = client.post(url, data).content.decode()
    assert f"{'7B' if is_saved else '7C'}: watches and does not try. Tick here when you know." in page
    assert VisitBooking.objects.count() == 0
    client.post(url, data | {"knows_age": "on"})
    booking = VisitBooking.objects.get()
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "Watches and does not try" in page
    booking.state = "confirmed"
    booking.save()
    emails.booking_confirmed(booking)
    deliver_due()
    assert any("watches and does not try" in message.body for message in mail.outbox)


@pytest.mark.django_db
def test_a_class_that_is_old_enough_ticks_nothing(client, teacher):
    old = SchoolClassFactory(school=SchoolFactory(members=[teacher]), grade=14)
    client.force_login(teacher)
    client.post(reverse("visits:booking_create", args=[slot_for(highest_grade=14).public_id]), form_of(old))
    assert VisitBooking.objects.count() == 1


@pytest.mark.django_db
def test_the_visit_page_says_what_my_classes_may_do(client, young, teacher):
    slot = slot_for()
    url = slot.offer.get_absolute_url()
    page = client.get(url).content.decode()
    assert "From 18 years. Younger pupils watch." in page
    assert "7B" not in page
    client.force_login(teacher)
    assert "<b>7B</b>: watches and does not try" in client.get(url).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 5])
def test_my_classes_cost_one_query(django_assert_num_queries, teacher, count):
    school = SchoolFactory(members=[teacher])
    SchoolClassFactory.create_batch(count, school=school, grade=8)
    with django_assert_num_queries(1):
        assert len(ages.classes_with_parts(VisitOffer(hands_on_from=15), teacher)) == count


@pytest.mark.django_db
def test_a_booking_made_last_spring_is_read_by_its_own_school_year():
    now = timezone.now()
    booking = VisitBookingFactory(slot__offer__hands_on_from=16, requested_at=now - timedelta(days=200), grade=9)
    assert school_year_of(booking.requested_at.date()) <= school_year_of(now.date())
    assert ages.booked_part(booking) == "watches and does not try"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "grade", "is_said"),
    [("SE", 4, True), ("SE", 6, True), ("SE", 7, False), ("NO", 7, True), ("NO", 8, False)],
)
def test_everyone_reads_that_children_under_13_never_work(client, country, grade, is_said):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    offer = VisitOfferFactory(company__country=country, lowest_grade=grade, hands_on_from=None)
    words = "Children under 13 may never work. They look, ask and try what is not work."
    assert (words in client.get(offer.get_absolute_url()).content.decode()) == is_said
    offer = VisitOfferFactory(company__country=country, lowest_grade=grade, kind="teacher_shadowing")
    assert words not in client.get(offer.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_visits_from_grade_4_are_found_by_those_who_teach_it(client):
    VisitOfferFactory(title="From 4", lowest_grade=4, highest_grade=6)
    VisitOfferFactory(title="From 7", lowest_grade=7, highest_grade=9)
    refresh_offers(VisitOffer.objects.all())
    for grade, titles in ((4, ["From 4"]), (5, ["From 4"]), (6, ["From 4"]), (7, ["From 7"]), (3, [])):
        cards = client.get("/visits/", {"grade": grade}).context["cards"]
        assert [offer.title for _row, offer in cards] == titles


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "words"),
    [("SE", "Ask your school owner"), ("NO", "accident insurance covers the pupils here too")],
)
def test_the_school_reads_who_insures_its_pupils(client, country, words):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    offer = VisitOfferFactory(company__country=country)
    assert words in client.get(offer.get_absolute_url()).content.decode()
    for kind in ("guest_lesson", "on_screen", "teacher_shadowing"):
        other = VisitOfferFactory(company__country=country, kind=kind)
        assert "<dt>Insurance</dt>" not in client.get(other.get_absolute_url()).content.decode()
    school_class = SchoolClassFactory(school__country=country)  # by the school's country, wherever it goes
    booking = VisitBookingFactory(school_class=school_class)
    client.force_login(booking.requested_by)
    assert words in client.get(booking.get_absolute_url()).content.decode()
