"""Schools that have not been out this year go first: visits/first_turn.py."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from regions.school_year import current_school_year
from tests.factories.accounts import UserFactory
from tests.factories.regions import RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits import actions, fair_share, first_turn, lines, places, waiting_actions
from visits.enums import WaitingState
from visits.models import VisitOffer, VisitSlot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_quiet_day")]


def soon(**period):
    return timezone.now() + timedelta(**period)


def make_slot(offer, **facts):
    """A time in two months that was published just now."""
    starts_at = soon(days=60)
    times = {"opens_at": timezone.now(), "closes_at": soon(days=50), "cancel_by": soon(days=50)}
    return VisitSlotFactory(offer=offer, starts_at=starts_at, **(times | facts))


@pytest.fixture
def offer():
    return VisitOfferFactory(first_turn_days=14)


@pytest.fixture
def slot(offer):
    return make_slot(offer)


def went_out(school=None, **facts):
    """A class of a school with a confirmed visit this school year."""
    school_class = SchoolClassFactory(school=school or SchoolFactory())
    booking = {"state": "confirmed", "school_class": SchoolClassFactory(school=school_class.school)} | facts
    VisitBookingFactory(**booking)
    return school_class


def asked(slot, school_class, **changes):
    facts = {"pupil_count": 10, "adult_count": 1, "phone": "0701234567", "note": ""}
    return (
        facts | {"slot": slot, "school_class": school_class, "request_key": uuid.uuid4(), "by": UserFactory()} | changes
    )


def book(slot, school_class, **changes):
    return actions.request_booking(**asked(slot, school_class, **changes))


def join(slot, school_class, **changes):
    return waiting_actions.join_line(**asked(slot, school_class, **changes))


def ends(slot):
    slot = VisitSlot.objects.with_region_rules().select_related("offer").get(pk=slot.pk)
    return first_turn.over_at(fair_share.rules_of(slot.offer, slot.region_rules), slot, slot.offer)


def midnight_in(days):
    return (timezone.localtime(soon(days=days))).replace(hour=0, minute=0, second=0, microsecond=0)


def later(**period):
    return time_machine.travel(soon(**period), tick=True)


def test_a_school_that_has_been_out_waits_and_another_books_at_once(slot):
    with pytest.raises(actions.NoRoomNow, match=r"has been out this school year\. Before .* Stand in line now"):
        book(slot, went_out())
    assert book(slot, SchoolClassFactory()).is_live


def test_when_the_days_are_over_everyone_books(slot):
    school_class = went_out()
    with later(days=15):
        assert book(slot, school_class).is_live


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "pending"},
        {"state": "declined"},
        {"slot__offer__kind": "on_screen"},
        {"slot__offer__kind": "guest_lesson"},
        {"slot__offer__kind": "teacher_shadowing"},
    ],
)
def test_what_does_not_count_as_having_been_out(slot, facts):
    assert book(slot, went_out(**facts)).is_live


def test_a_visit_of_the_last_school_year_does_not_count(slot):
    long_ago = timezone.now().replace(year=current_school_year(), month=5, day=15)
    other = VisitSlotFactory(starts_at=long_ago, opens_at=long_ago - timedelta(days=40))
    assert book(slot, went_out(slot=other)).is_live


@pytest.mark.parametrize("kind", ["on_screen", "guest_lesson", "teacher_shadowing"])
def test_only_visits_outside_the_school_have_such_days(kind):
    assert book(make_slot(VisitOfferFactory(kind=kind, first_turn_days=14)), went_out()).is_live


def test_the_days_begin_when_the_time_is_published(offer):
    assert ends(make_slot(offer)) == midnight_in(14)
    assert ends(make_slot(offer, opens_at=soon(days=5))) == midnight_in(19)
    offer.published_at = soon(days=-20)
    offer.save()
    assert ends(make_slot(offer, opens_at=soon(days=-20))) is None
    assert ends(make_slot(offer)) == midnight_in(14)  # a new time of an old offer has its own days


def test_the_days_are_never_more_than_half_of_what_there_is_for_booking(offer):
    assert ends(make_slot(offer, closes_at=soon(days=10))) == midnight_in(5)
    assert ends(make_slot(offer, closes_at=soon(hours=1))) is None


def test_the_hosts_days_come_before_the_regions(offer, slot):
    RegionFactory(municipalities=[offer.workplace.municipality], first_turn_days=21)
    assert ends(slot) == midnight_in(14)
    VisitOffer.objects.update(first_turn_days=None)
    assert ends(slot) == midnight_in(21)
    RegionFactory(municipalities=[offer.workplace.municipality], first_turn_days=7)
    assert ends(slot) == midnight_in(21)
    VisitOffer.objects.update(first_turn_days=0)
    assert ends(slot) is None


@pytest.mark.parametrize("days", [None, 0, 1, 14])
@pytest.mark.parametrize("region_days", [None, 0, 3, 21])
@pytest.mark.parametrize("kind", ["company_visit", "guest_lesson"])
def test_the_search_says_of_an_offer_what_its_times_say(days, region_days, kind):
    offer = VisitOfferFactory(first_turn_days=days, kind=kind, published_at=soon(days=-3))
    RegionFactory(municipalities=[offer.workplace.municipality], first_turn_days=region_days)
    slots = [make_slot(offer, opens_at=soon(days=-2)), make_slot(offer, closes_at=soon(days=9))]
    found = VisitOffer.objects.with_open_to_all_at().get()
    times = [ends(slot) for slot in slots]
    assert found.open_to_all_at == (min(times) if all(times) else None)


def test_who_is_held_back_stands_in_line_and_is_let_in_by_the_sweep(slot):
    group = join(slot, went_out())
    assert group.not_before == midnight_in(14)
    lines.move_lines()
    group.refresh_from_db()
    assert group.state == WaitingState.WAITING
    with later(days=14, minutes=1):
        lines.move_lines()
        lines.move_lines()
        group.refresh_from_db()
        assert group.state == WaitingState.OFFERED
        assert waiting_actions.accept_offer(group).is_live
    assert QueuedMail.objects.filter(kind="waiting_offered", about_id=group.pk).count() == 1


def test_places_that_come_free_in_those_days_go_to_schools_that_have_not_been_out(offer):
    slot = make_slot(offer)
    booking = book(slot, SchoolClassFactory())
    held, other = join(slot, went_out()), join(slot, SchoolClassFactory())
    actions.cancel_booking(booking, side="school", reason="illness")
    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.state, other.state) == (WaitingState.WAITING, WaitingState.OFFERED)


def test_a_class_that_may_book_cannot_stand_in_line(slot):
    with pytest.raises(ActionRefused, match="There is room for your class right now"):
        join(slot, SchoolClassFactory())


def test_who_has_waited_comes_before_who_clicks_first_when_the_days_are_over(slot):
    group, quick = join(slot, went_out()), went_out()
    with later(days=14, minutes=1):
        with pytest.raises(actions.NoRoomNow, match="fully booked"):
            book(slot, quick)
        lines.move_lines()
        group.refresh_from_db()
        assert group.state == WaitingState.OFFERED


def test_without_that_care_the_quick_one_would_come_first(slot, monkeypatch):
    """The negative control of the test above."""
    monkeypatch.setattr(places, "let_in_before", lambda slot, school_class: None)
    join(slot, went_out())
    quick = went_out()
    with later(days=14, minutes=1):
        assert book(slot, quick).is_live


def test_where_there_is_room_for_both_the_one_in_line_and_the_quick_one_get_places(offer):
    slot = make_slot(offer, groups_capacity=2)
    group, quick = join(slot, went_out()), went_out()
    with later(days=14, minutes=1):
        assert book(slot, quick).is_live
        group.refresh_from_db()
        assert group.state == WaitingState.OFFERED


def test_fewer_days_let_schools_in_earlier_and_more_days_do_not_hold_them_longer(offer, slot):
    group = join(slot, went_out())
    told = group.not_before
    VisitOffer.objects.update(first_turn_days=20)
    lines.move_lines()
    group.refresh_from_db()
    assert group.not_before == told
    VisitOffer.objects.update(first_turn_days=3)
    lines.move_lines()
    group.refresh_from_db()
    assert (group.state, group.not_before) == (WaitingState.WAITING, midnight_in(3))
    VisitOffer.objects.update(first_turn_days=0)
    lines.move_lines()
    group.refresh_from_db()
    assert group.state == WaitingState.OFFERED


def test_a_booking_without_such_days_costs_nothing_more(offer, django_assert_max_num_queries):
    def queries_of(slot):
        facts = asked(
            VisitSlot.objects.select_related("offer__company", "offer__workplace").get(pk=slot.pk), SchoolClassFactory()
        )
        with django_assert_max_num_queries(100) as counted:
            actions.request_booking(**facts)
        return len(counted)

    other = VisitOfferFactory()
    queries_of(make_slot(other))  # a row that the first mail makes, and statements that get ready
    without = queries_of(make_slot(other))
    assert queries_of(make_slot(offer)) == without + 2  # whether the school has been out, and who stands in line
    VisitOffer.objects.update(published_at=soon(days=-30))
    assert queries_of(make_slot(offer, opens_at=soon(days=-30))) == without + 1


# Pages


@pytest.fixture
def teacher(client):
    teacher = UserFactory()
    client.force_login(teacher)
    return teacher


def page_of(client, url):
    return client.get(url).content.decode()


def test_the_visits_page_says_why_not_and_from_when(client, teacher, offer, slot):
    school = SchoolFactory(members=[teacher])
    page = page_of(client, offer.get_absolute_url())
    assert "The first 14 days after a time is published, only schools that have not been out" in page
    assert ": schools that have not been out this school year" in page
    assert reverse("visits:booking_create", args=[slot.public_id]) in page
    went_out(school)
    page = page_of(client, offer.get_absolute_url())
    assert "Your school has been out this school year." in page
    assert "You can book from" in page
    assert reverse("visits:booking_create", args=[slot.public_id]) not in page
    assert reverse("visits:waiting_create", args=[slot.public_id]) in page


def test_somebody_of_two_schools_may_book_for_the_one_that_has_not_been_out(client, teacher, offer, slot):
    SchoolFactory(members=[teacher])
    went_out(SchoolFactory(members=[teacher]))
    assert reverse("visits:booking_create", args=[slot.public_id]) in page_of(client, offer.get_absolute_url())


def test_the_booking_form_leads_to_the_line_and_loses_nothing(client, teacher, offer, slot):
    school_class = went_out(SchoolFactory(members=[teacher]))
    typed = {
        "school_class": school_class.pk,
        "pupil_count": 10,
        "adult_count": 1,
        "phone": "0701234567",
        "note": "We come by bus.",
        "request_key": str(uuid.uuid4()),
    }
    url, line = (reverse(f"visits:{name}", args=[slot.public_id]) for name in ("booking_create", "waiting_create"))
    page = client.post(url, typed).content.decode()
    assert "has been out this school year. Before" in page
    assert "We come by bus." in page
    assert f'formaction="{line}"' in page
    assert "on that day" in page_of(client, url)
    assert "you are let in" in page_of(client, line)
    answer = client.post(line, typed)
    assert answer.status_code == 302
    assert "it is your turn as well" in page_of(client, answer.url)
    assert "Let in on" in page_of(client, reverse("visits:waiting_list"))


def test_the_time_of_the_host_shows_who_is_held_back(client, host):
    slot = make_slot(VisitOfferFactory(company=host.company, first_turn_days=14))
    join(slot, went_out())
    page = page_of(client, reverse("visits:host_slot_detail", args=[slot.public_id]))
    assert "The school has been out this school year, and is let in on" in page


def test_the_receipt_says_from_when(slot):
    join(slot, went_out())
    deliver_due()
    assert any("you are let in on" in message.body for message in mail.outbox)


def test_a_search_result_says_that_others_go_first(client, offer, slot):
    url = reverse("visits:offer_search")
    assert ": schools that have not been out this school year" in page_of(client, url)
    VisitOffer.objects.update(first_turn_days=0)
    assert ": schools that have not been out this school year" not in page_of(client, f"{url}?q=weld")


def test_the_offers_page_costs_the_same_for_one_time_and_for_five(
    client, teacher, offer, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(100) as counted:
            page_of(client, offer.get_absolute_url())
        return len(counted)

    school = SchoolFactory(members=[teacher])
    make_slot(offer)
    page_of(client, offer.get_absolute_url())
    one = queries()
    for _ in range(4):
        make_slot(offer)
    went_out(school)
    assert queries() == one
    VisitOffer.objects.update(first_turn_days=None)
    assert queries() == one - 1  # without such days nobody asks where the school has been
