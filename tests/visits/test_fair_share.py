import uuid
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from regions.school_year import current_school_year, first_day
from tests.concurrency import Meeting, at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from visits import actions, booking_queries, fair_share, waiting_actions
from visits.enums import BookingState, Side
from visits.models import VisitBooking
from visits.sums import stranded_groups

pytestmark = pytest.mark.django_db


def asked(slot, school_class, **changes):
    facts = {
        "slot": slot,
        "school_class": school_class,
        "pupil_count": 10,
        "adult_count": 1,
        "phone": "0701234567",
        "note": "",
        "request_key": uuid.uuid4(),
        "by": UserFactory(),
    }
    return facts | changes


def book(slot, school_class, **changes):
    return actions.request_booking(**asked(slot, school_class, **changes))


@pytest.fixture
def offer():
    return VisitOfferFactory()


@pytest.fixture
def slots(offer):
    """Three times of one offer in this school year, on days of their own."""
    return [VisitSlotFactory(offer=offer, starts_at=soon(days)) for days in (10, 11, 12)]


def soon(days):
    return timezone.now() + timedelta(days=days)


def limit(rule_maker, **limits):
    for name, value in limits.items():
        setattr(rule_maker, name, value)
    rule_maker.save()


def test_a_class_books_no_oftener_than_the_host_allows(offer, slots):
    limit(offer, visits_per_class=1)
    school_class = SchoolClassFactory(name="8B")
    booking = book(slots[0], school_class)
    slots[1].offer.refresh_from_db()
    with pytest.raises(ActionRefused) as refusal:
        book(slots[1], school_class)
    assert str(refusal.value).startswith("Each class can book this visit once in a school year. 8B has booked already:")
    assert str(refusal.value).endswith("Choose another class or another visit.")
    assert not isinstance(refusal.value, actions.NoRoomNow)  # there is no line to stand in
    assert book(slots[1], SchoolClassFactory(school=school_class.school)).state == BookingState.PENDING
    actions.cancel_booking(booking, side=Side.SCHOOL, reason="illness")
    assert book(slots[2], school_class).state == BookingState.PENDING  # what is cancelled is no longer counted


def test_a_school_books_no_oftener_than_the_host_allows(offer, slots):
    limit(offer, visits_per_school=2)
    school = SchoolFactory(name="Ekskolan")
    classes = SchoolClassFactory.create_batch(3, school=school)
    for slot, school_class in zip(slots[:2], classes, strict=False):
        book(slot, school_class)
    with pytest.raises(ActionRefused, match="Each school can book this visit 2 times") as refusal:
        book(slots[2], classes[2])
    assert "Ekskolan has booked already:" in str(refusal.value)
    book(slots[2], SchoolClassFactory())
    book(VisitSlotFactory(), classes[2])  # another offer has its own rule, or none


def test_the_same_form_sent_twice_is_one_booking(offer, slots):
    limit(offer, visits_per_school=1)
    facts = asked(slots[0], SchoolClassFactory())
    assert actions.request_booking(**facts) == actions.request_booking(**facts)


def test_the_next_school_year_counts_anew(offer, slots):
    limit(offer, visits_per_school=1)
    school_class = SchoolClassFactory()
    book(slots[0], school_class)
    year = first_day(current_school_year() + 1)
    then = timezone.now().replace(year=year.year, month=9, day=15, hour=8, minute=0)
    assert book(VisitSlotFactory(offer=offer, starts_at=then), school_class).is_live


def test_a_proposed_time_is_counted_once(offer, slots):
    limit(offer, visits_per_school=2)
    classes = SchoolClassFactory.create_batch(2, school=SchoolFactory())
    booking = actions.propose_time(book(slots[0], classes[0]), slot=slots[1])
    book(slots[2], classes[1])
    assert actions.accept_proposal(booking).state == BookingState.CONFIRMED


def test_a_region_counts_its_visits_and_says_whose_rule_it_is():
    near = VisitSlotFactory(starts_at=soon(10))
    other = VisitSlotFactory(offer__workplace=near.offer.workplace, offer__company=near.offer.company)
    far = VisitSlotFactory(starts_at=soon(12))
    region = RegionFactory(
        name="Region Prov", municipalities=[near.offer.workplace.municipality], visits_per_school=1, visits_per_class=1
    )
    school = SchoolFactory()
    here, there = SchoolClassFactory.create_batch(2, school=school)
    book(near, here)
    with pytest.raises(ActionRefused) as refusal:
        book(other, there)
    assert str(refusal.value).startswith("Region Prov: each school can book one visit in the region in a school year.")
    assert str(refusal.value).endswith("or ask the region.")
    assert far.offer.workplace.municipality not in region.municipalities.all()
    assert book(far, there).is_live


def test_a_school_over_its_limit_is_passed_by_in_line(offer, slots):
    limit(offer, visits_per_school=1)
    school = SchoolFactory()
    first, second = SchoolClassFactory.create_batch(2, school=school)
    full = VisitSlotFactory(offer=offer, starts_at=soon(20), groups_capacity=1)
    booked = VisitBookingFactory(slot=full)
    waits = WaitingGroupFactory(slot=full, school_class=first, school=school)
    behind = WaitingGroupFactory(slot=full)
    book(slots[0], second)
    actions.cancel_booking(booked, side=Side.SCHOOL, reason="illness")
    waits.refresh_from_db()
    behind.refresh_from_db()
    assert (waits.state, behind.state) == ("waiting", "offered")


def passed_by(offer, slots, count=1):
    """Groups beside free places of a school that has used its visits, the times it booked, and their time."""
    limit(offer, visits_per_school=1)
    school = SchoolFactory(name="Ekskolan", members=[UserFactory()])
    *waiting, booked = SchoolClassFactory.create_batch(count + 1, school=school)
    free = VisitSlotFactory(offer=offer, starts_at=soon(20), groups_capacity=9, pupils_capacity=300)
    groups = [WaitingGroupFactory(slot=free, school_class=each, school=school) for each in waiting]
    book(slots[0], booked)
    return groups, free


def test_who_is_passed_by_reads_why_and_so_does_the_host(client, offer, slots):
    [group], free = passed_by(offer, slots)
    client.force_login(group.school.memberships.order_by("pk").first().user)
    page = client.get(group.get_absolute_url()).text
    assert "You keep your place, but others go before you for now." in page
    assert "Each school can book this visit once in a school year. Ekskolan has booked already:" in page
    host = UserFactory()
    offer.company.memberships.create(user=host, role="contact")
    client.force_login(host)
    page = client.get(reverse("visits:host_slot_detail", args=[free.public_id])).text
    assert "Passed by for now: Each school can book this visit once in a school year." in page


@pytest.mark.parametrize("count", [1, 4])
def test_the_hosts_line_costs_two_queries_more_with_a_limit(offer, slots, count, django_assert_num_queries):
    groups, free = passed_by(offer, slots, count)
    with django_assert_num_queries(2):
        fair_share.mark_passed_by(free, groups)
    assert {group.share_used for group in groups} == {"Each school can book this visit once in a school year."}


def test_who_is_passed_by_is_not_taken_for_forgotten(offer, slots):
    [group], _free = passed_by(offer, slots)
    assert stranded_groups() == []
    limit(offer, visits_per_school=None)
    assert stranded_groups() == [group]


def test_a_school_over_its_limit_neither_joins_the_line_nor_takes_held_places(offer, slots):
    limit(offer, visits_per_school=1)
    school = SchoolFactory()
    first, second = SchoolClassFactory.create_batch(2, school=school)
    full = VisitSlotFactory(offer=offer, starts_at=soon(20), groups_capacity=1)
    booked = VisitBookingFactory(slot=full)
    group = waiting_actions.join_line(**asked(full, first))
    actions.cancel_booking(booked, side=Side.SCHOOL, reason="illness")
    group.refresh_from_db()
    assert group.state == "offered"
    book(slots[0], second)
    with pytest.raises(ActionRefused, match="Each school can book this visit once"):
        waiting_actions.accept_offer(group)
    with pytest.raises(ActionRefused, match="Each school can book this visit once"):
        waiting_actions.join_line(**asked(slots[1], first))


def test_yes_said_twice_is_one_booking_in_spite_of_the_limit(offer):
    limit(offer, visits_per_school=1)
    full = VisitSlotFactory(offer=offer, starts_at=soon(20), groups_capacity=1)
    booked = VisitBookingFactory(slot=full)
    group = waiting_actions.join_line(**asked(full, SchoolClassFactory()))
    actions.cancel_booking(booked, side=Side.SCHOOL, reason="illness")
    group.refresh_from_db()
    assert waiting_actions.accept_offer(group) == waiting_actions.accept_offer(group)


def let_all_count(monkeypatch, *, seconds):
    """Nobody books before all eight have counted, unless a lock makes them wait for each other."""
    monkeypatch.setattr(fair_share, "check", Meeting(8, seconds=seconds).after(fair_share.check))


def classes_at_the_last_visit(offer):
    school = SchoolFactory()
    slots = [VisitSlotFactory(offer=offer, starts_at=soon(10 + number)) for number in range(8)]
    classes = SchoolClassFactory.create_batch(len(slots), school=school)
    calls = [partial(actions.request_booking, **asked(slot, one)) for slot, one in zip(slots, classes, strict=True)]
    return at_the_same_time(*calls)


@pytest.mark.django_db(transaction=True)
def test_classes_of_one_school_share_its_last_visit(offer, monkeypatch):
    let_all_count(monkeypatch, seconds=1)
    limit(offer, visits_per_school=1)
    kinds = [type(outcome) for outcome in classes_at_the_last_visit(offer)]
    assert (kinds.count(VisitBooking), kinds.count(ActionRefused)) == (1, 7)


def times_for_one_class(offer):
    slots = [VisitSlotFactory(offer=offer, starts_at=soon(10 + number)) for number in range(8)]
    school_class = SchoolClassFactory()
    return at_the_same_time(*[partial(actions.request_booking, **asked(slot, school_class)) for slot in slots])


@pytest.mark.django_db(transaction=True)
def test_a_class_takes_its_last_visit_once(offer, monkeypatch):
    """The class's own lock is enough for its limit."""
    let_all_count(monkeypatch, seconds=1)
    limit(offer, visits_per_class=1)
    kinds = [type(outcome) for outcome in times_for_one_class(offer)]
    assert (kinds.count(VisitBooking), kinds.count(ActionRefused)) == (1, 7)


@pytest.mark.django_db(transaction=True)
def test_without_the_schools_lock_its_last_visit_is_taken_oftener(offer, monkeypatch):
    """The negative control: the question alone, asked before anybody else's booking is to be seen."""
    let_all_count(monkeypatch, seconds=20)
    limit(offer, visits_per_school=1)
    monkeypatch.setattr(fair_share, "_lock_school", lambda school: None)
    kinds = [type(outcome) for outcome in classes_at_the_last_visit(offer)]
    assert kinds.count(VisitBooking) == 8


@pytest.mark.django_db(transaction=True)
def test_without_the_classs_lock_it_takes_its_last_visit_oftener(offer, monkeypatch):
    """The negative control for the limit of a class."""
    let_all_count(monkeypatch, seconds=20)
    limit(offer, visits_per_class=1)
    monkeypatch.setattr(booking_queries, "locked_class", lambda pk, workplace: [SimpleNamespace(region_rules=[])])
    kinds = [type(outcome) for outcome in times_for_one_class(offer)]
    assert kinds.count(VisitBooking) == 8


def test_only_limits_cost_a_booking_queries(offer, slots, django_assert_max_num_queries):
    def queries_of_a_booking(slot):
        facts = asked(booking_queries.slot_to_book(slot.public_id), school_class)
        with django_assert_max_num_queries(100) as asked_of_database:
            actions.request_booking(**facts)
        return [query["sql"] for query in asked_of_database.captured_queries]

    def locks_a_school(queries):
        return any('FROM "schools_school" ' in sql and sql.endswith("FOR NO KEY UPDATE") for sql in queries)

    school_class = SchoolClassFactory()
    queries_of_a_booking(slots[0])  # a row that the first mail makes, and statements that get ready
    without = queries_of_a_booking(slots[1])
    limit(offer, visits_per_school=3)
    with_limit = queries_of_a_booking(slots[2])
    assert (locks_a_school(without), locks_a_school(with_limit)) == (False, True)
    assert len(with_limit) == len(without) + 2  # the school's lock and its visits


def test_the_rule_is_read_before_booking(client, offer, slots):
    limit(offer, visits_per_class=1)
    RegionFactory(name="Region Prov", municipalities=[offer.workplace.municipality], visits_per_school=4)
    teacher = UserFactory()
    SchoolFactory(members=[teacher])
    client.force_login(teacher)
    for url in (offer.get_absolute_url(), reverse("visits:booking_create", args=[slots[0].public_id])):
        page = client.get(url).content.decode()
        assert "Each class can book this visit once in a school year." in page
        assert "Region Prov: each school can book 4 visits in the region in a school year." in page


def test_the_form_keeps_what_was_typed_when_the_share_is_used(client, offer, slots):
    limit(offer, visits_per_class=1)
    teacher = UserFactory()
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]))
    book(slots[0], school_class)
    client.force_login(teacher)
    url = reverse("visits:booking_create", args=[slots[1].public_id])
    typed = {
        "school_class": school_class.pk,
        "pupil_count": 10,
        "adult_count": 1,
        "phone": "0701234567",
        "note": "We come by bus.",
        "request_key": str(uuid.uuid4()),
    }
    page = client.post(url, typed)
    assert "has booked already" in page.content.decode()
    assert "We come by bus." in page.content.decode()


def test_the_host_writes_the_limit_in_the_offers_form_and_reads_it_beside_the_offer(client, host):
    offer = VisitOfferFactory(company=host.company)
    url = reverse("visits:host_offer_edit", args=[offer.public_id])
    form = client.get(url).context["form"]
    values = {name: form[name].value() for name in form.fields} | {"visits_per_school": 2, "visits_per_class": 1}
    values["first_turn_days"] = 14
    typed = {name: value for name, value in values.items() if value not in (None, "")}
    typed |= {"workplace": offer.workplace.public_id, "version": client.get(url).context["version"]}
    rows = {"rules-TOTAL_FORMS": 0, "rules-INITIAL_FORMS": 0}
    assert client.post(url, typed | rows).status_code == 302
    offer.refresh_from_db()
    assert (offer.visits_per_school, offer.visits_per_class, offer.first_turn_days) == (2, 1, 14)
    page = client.get(reverse("visits:host_offer_detail", args=[offer.public_id])).content.decode()
    assert "Each school can book this visit 2 times in a school year." in page


def test_the_coordinator_sets_the_regions_limit(client):
    coordinator = UserFactory(second_factor=True)
    region = RegionFactory(coordinators=[coordinator])
    client.force_login(coordinator)
    url = reverse("coordination:region_settings", args=[region.public_id])
    assert client.post(url, {"vetting": "off", "visits_per_school": 0}).status_code == 200
    client.post(url, {"vetting": "off", "visits_per_school": 6, "visits_per_class": 2, "first_turn_days": 14})
    region.refresh_from_db()
    assert (region.visits_per_school, region.visits_per_class, region.first_turn_days) == (6, 2, 14)


def test_the_coordinator_reads_how_many_schools_have_not_been_out(client):
    coordinator = UserFactory(second_factor=True)
    municipality = MunicipalityFactory()
    region = RegionFactory(coordinators=[coordinator], municipalities=[municipality])
    schools = SchoolFactory.create_batch(3, municipality=municipality)
    SchoolFactory()
    for school, kind in zip(schools, ["company_visit", "on_screen"], strict=False):
        slot = VisitSlotFactory(offer__kind=kind)
        VisitBookingFactory(slot=slot, school_class=SchoolClassFactory(school=school), state="confirmed")
    client.force_login(coordinator)
    page = client.get(reverse("coordination:region_settings", args=[region.public_id])).content.decode()
    assert "2 of 3 schools in the region have not been out this school year." in page
    rows = reverse("coordination:figure_rows", args=[region.public_id, current_school_year(), "schools-not-out"])
    assert rows in page
    assert schools[0].name not in client.get(rows).content.decode()
    assert schools[2].name in client.get(rows).content.decode()
