"""A host makes a time smaller, or a visit another one, than a group in line needs: seen before, told after."""

from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.urls import reverse

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from tests.visits.test_offer_changes import change
from tests.visits.test_waiting_actions import full_slot, join, state_of, times_of
from visits import misfits, offer_actions
from visits.models import VisitSlot, WaitingGroup
from visits.offer_actions import SpokenAgainst
from visits.offer_changes import MustBeConfirmed
from visits.sums import check_sums

pytestmark = pytest.mark.django_db


def told():
    return list(QueuedMail.objects.filter(kind="waiting_no_fit", channel="mail").values_list("about_id", flat=True))


def test_a_smaller_time_takes_out_who_no_longer_fits_once_the_host_has_seen_it():
    slot, _booking = full_slot(pupils=20)
    offer_actions.change_slot(slot, times_of(slot, pupils_capacity=30))
    slot.refresh_from_db()
    large, small = (WaitingGroupFactory(slot=slot, pupil_count=pupils) for pupils in (28, 15))
    with pytest.raises(SpokenAgainst) as against:
        offer_actions.change_slot(slot, times_of(slot, pupils_capacity=25))
    (reason,) = against.value.reasons
    assert reason.startswith("1 group in line no longer fits.")
    assert f"{large.group_name}, {large.school.name} (28 pupils)" in reason
    assert small.school.name not in reason
    slot.refresh_from_db()
    assert (slot.pupils_capacity, state_of(large), told()) == (30, "waiting", [])
    assert offer_actions.change_slot(slot, times_of(slot, pupils_capacity=25), seen=against.value.mark) == 1
    assert (state_of(large), state_of(small), told()) == ("no_fit", "waiting", [large.pk])
    assert (large.misfit, large.ended_by, small.misfit) == ("places", "host", "")
    assert check_sums() == []


def test_what_the_host_has_seen_must_be_what_happens():
    slot, _booking = full_slot(pupils=10)
    offer_actions.change_slot(slot, times_of(slot, pupils_capacity=30))
    WaitingGroupFactory(slot=slot, pupil_count=28)
    with pytest.raises(SpokenAgainst) as first:
        offer_actions.change_slot(slot, times_of(slot, pupils_capacity=25))
    WaitingGroupFactory(slot=slot, pupil_count=29)
    with pytest.raises(SpokenAgainst) as second:
        offer_actions.change_slot(slot, times_of(slot, pupils_capacity=25), seen=first.value.mark)
    assert second.value.reasons[0].startswith("2 groups in line no longer fit.")


def test_held_places_cannot_be_taken_away():
    slot = VisitSlotFactory(pupils_capacity=30, groups_capacity=2)
    held = WaitingGroupFactory(slot=slot, pupil_count=20, is_offered=True)
    with pytest.raises(ActionRefused, match="Keep at least as many places"):
        offer_actions.change_slot(slot, times_of(slot, pupils_capacity=19))
    assert offer_actions.change_slot(slot, times_of(slot, pupils_capacity=20)) == 0
    assert state_of(held) == "offered"


def test_a_larger_time_is_saved_without_a_question_and_flows_on():
    slot, _booking = full_slot(pupils=20)
    waiting = WaitingGroupFactory(slot=slot, pupil_count=15)
    assert offer_actions.change_slot(slot, times_of(slot, pupils_capacity=40, groups_capacity=2)) == 0
    assert (state_of(waiting), told()) == ("offered", [])


def test_the_mail_says_why_and_which_other_times_have_room():
    slot, _booking = full_slot(pupils=20)
    group = WaitingGroupFactory(slot=slot, pupil_count=28)
    facts = {"offer": slot.offer, "pupils_capacity": 30}
    room = VisitSlotFactory(starts_at=slot.starts_at + timedelta(days=1), **facts)
    VisitBookingFactory(slot=VisitSlotFactory(starts_at=slot.starts_at + timedelta(days=2), **facts), pupil_count=5)
    VisitSlotFactory(pupils_capacity=60)  # of another offer
    misfits.take_out(misfits.in_line_for(VisitSlot.objects.select_related("offer").get(pk=slot.pk)))
    assert state_of(group) == "no_fit"
    assert group.other_times == [room]
    group.requested_by.language = "en"
    group.requested_by.save()
    deliver_due()
    (sent,) = [each for each in mail.outbox if each.to == [group.requested_by.email]]
    assert "no longer fits" in sent.subject
    assert "Reason: the time has room for fewer pupils now." in sent.body
    assert slot.offer.get_absolute_url() in sent.body
    assert sent.body.count("\n- ") == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"group_max": 24}, "size"),
        ({"group_min": 26}, "size"),
        ({"lowest_grade": 10, "highest_grade": 10}, "grades"),
        ({"hands_on_from": 16, "younger_may_watch": False}, "age"),
        ({"travel_km": 1}, "reach"),
    ],
)
def test_a_changed_offer_takes_out_who_can_no_longer_come(changes, why):
    school = SchoolFactory(lat=67.8, lon=20.3)
    kind = "guest_lesson" if "travel_km" in changes else "company_visit"
    slot = VisitSlotFactory(offer__group_max=30, offer__lowest_grade=7, offer__kind=kind)
    group = WaitingGroupFactory(slot=slot, school_class=SchoolClassFactory(school=school, grade=9), pupil_count=25)
    with pytest.raises(MustBeConfirmed) as question:
        change(slot.offer, confirmed=False, **changes)
    assert [(one.group, one.why) for one in question.value.leaving] == [(group, why)]
    assert question.value.bookings == []
    assert (state_of(group), told()) == ("waiting", [])
    assert change(slot.offer, **changes).told == 1
    assert (state_of(group), group.misfit, told()) == ("no_fit", why, [group.pk])


def test_a_group_with_held_places_keeps_them_when_the_offer_changes():
    slot = VisitSlotFactory(offer__group_max=30)
    held = WaitingGroupFactory(slot=slot, pupil_count=25, is_offered=True)
    assert change(slot.offer, group_max=20).told == 0
    assert state_of(held) == "offered"


def test_nobody_joins_a_line_that_has_become_another_meanwhile():
    """The page showed the visit as it was; under the lock it is read as it is."""
    slot, _booking = full_slot(pupils=20)
    seen = VisitSlot.objects.select_related("offer").get(pk=slot.pk)
    change(slot.offer, group_max=18)
    with pytest.raises(ActionRefused, match="at most 18 pupils"):
        join(seen, pupil_count=20)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_a_smaller_time_and_somebody_joining_at_once(attempt):
    slot, _booking = full_slot(pupils=10)
    offer_actions.change_slot(slot, times_of(slot, pupils_capacity=30))
    slot = VisitSlot.objects.select_related("offer").get(pk=slot.pk)
    smaller, school_class, by = times_of(slot, pupils_capacity=15), SchoolClassFactory(), UserFactory()
    at_the_same_time(
        partial(join, slot, pupil_count=28, school_class=school_class, by=by),
        partial(offer_actions.change_slot, slot, smaller),
    )
    slot.refresh_from_db()
    waits = WaitingGroup.objects.filter(slot=slot, state="waiting").exists()
    assert not (waits and slot.pupils_capacity == 15)


@pytest.fixture
def host():
    return UserFactory()


@pytest.fixture
def offer(host):
    return VisitOfferFactory(company=CompanyFactory(members=[host]))


def test_the_host_sees_who_no_longer_fits_before_saving(client, host, offer):
    slot, _booking = full_slot(pupils=20, offer=offer)
    VisitSlot.objects.filter(pk=slot.pk).update(pupils_capacity=30)
    school_class = SchoolClassFactory(name="9B", school__name="Norra skolan")
    group = WaitingGroupFactory(slot=slot, pupil_count=28, school_class=school_class)
    client.force_login(host)
    url = reverse("visits:host_slot_edit", args=[slot.public_id])
    typed = {"pupils_capacity": 25, "groups_capacity": 1, "closes_days": 2}
    page = client.post(url, typed)
    assert (page.status_code, state_of(group)) == (200, "waiting")
    assert "9B, Norra skolan (28" in page.content.decode()
    mark = page.context["against"].mark
    assert f'name="seen" value="{mark}"' in page.content.decode()
    answer = client.post(url, typed | {"seen": mark}, follow=True)
    assert state_of(group) == "no_fit"
    first, *_days_off = answer.context["messages"]
    assert "1 gr" in str(first)


def test_the_group_reads_why_on_its_page(client):
    group = WaitingGroupFactory(state="no_fit", misfit="size")
    client.force_login(group.requested_by)
    page = client.get(group.get_absolute_url()).content.decode()
    assert "storlek" in page or "another size" in page
