"""The waiting list from both sides: a class joins, the host passes another over, places come free, yes by the mail."""

import re

import pytest
from django.core import mail

from notifications.delivery import deliver_due
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory, WaitingGroupFactory
from visits import actions
from visits.enums import Side
from visits.models import VisitBooking, VisitSlot, WaitingGroup


@pytest.mark.parametrize(("width", "language"), [(390, "sv"), (1280, "nb")])
def test_a_place_that_comes_free_goes_to_the_class_in_line(open_page, width, language):
    host, teacher = UserFactory(language=language), UserFactory(language=language, phone="+46701234567")
    company = CompanyFactory(members=[host])
    slot = VisitSlotFactory(offer__company=company, offer__answer_mode="auto", pupils_capacity=24)
    booked = VisitBookingFactory(slot=slot, pupil_count=24, state="confirmed")
    first = WaitingGroupFactory(slot=slot, pupil_count=24)
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B", grade=9)

    school = Mouse(open_page("/", user=teacher, width=width, language=language))
    school.page.goto(f"{slot.offer.get_absolute_url()}?m={slot.starts_at:%Y-%m}")
    school.press(f"a[href$='/times/{slot.public_id}/wait/']")
    check_accessibility(school.page)
    school.choose("school_class", "9B")
    school.fill("pupil_count", "24")
    school.press("main form button[type=submit]")
    group = WaitingGroup.objects.get(school_class=school_class)
    assert group.position == 2
    check_accessibility(school.page)

    gate = Mouse(open_page(f"/visits/hosting/times/{slot.public_id}/", user=host, width=width, language=language))
    check_accessibility(gate.page)
    gate.press(f"a[href$='/waiting/{first.public_id}/pass-over/']")
    gate.fill("reason_text", "Vi tog emot klassen i höstas.")
    check_accessibility(gate.page)
    gate.press("main form button[type=submit]")
    first.refresh_from_db()
    assert first.state == "passed_over"

    actions.cancel_booking(booked, side=Side.SCHOOL, reason="illness")
    deliver_due()
    offered = [message for message in mail.outbox if message.to == [teacher.email]][-1]
    (link,) = re.findall(r"http://127\.0\.0\.1:\d+/visits/places/\S+", offered.body)
    school.page.goto("/start/")
    assert school.page.locator(f"main a[href='{group.get_absolute_url()}']").count() == 1
    check_accessibility(school.page)
    school.page.goto("/visits/waiting/")
    check_accessibility(school.page)

    mailed = Mouse(open_page(link, width=width, language=language))
    check_accessibility(mailed.page)
    mailed.press("main button[name=accept]")
    check_accessibility(mailed.page)
    assert VisitBooking.objects.get(school_class=school_class).state == "confirmed"


@pytest.mark.parametrize(("width", "language"), [(390, "sv"), (1280, "nb")])
def test_a_host_makes_a_time_smaller_than_a_group_in_line(open_page, width, language):
    host, teacher = UserFactory(language=language), UserFactory(language=language)
    slot = VisitSlotFactory(offer__company=CompanyFactory(members=[host]), pupils_capacity=20)
    VisitBookingFactory(slot=slot, pupil_count=20, state="confirmed")
    VisitSlot.objects.filter(pk=slot.pk).update(pupils_capacity=30)
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B", grade=9)
    group = WaitingGroupFactory(slot=slot, pupil_count=28, school_class=school_class, requested_by=teacher)
    room = VisitSlotFactory(offer=slot.offer, pupils_capacity=30)

    gate = Mouse(open_page(f"/visits/hosting/times/{slot.public_id}/edit/", user=host, width=width, language=language))
    gate.fill("pupils_capacity", "25")
    gate.press("main form .actions button[data-color=accent]")
    check_accessibility(gate.page)
    assert "9B" in gate.page.locator(".ds-alert[role=alert]").inner_text()
    assert gate.field("pupils_capacity").input_value() == "25"
    assert WaitingGroup.objects.get().state == "waiting"
    gate.press("main form button[name=seen]")
    check_accessibility(gate.page)
    assert WaitingGroup.objects.get().state == "no_fit"

    deliver_due()
    (told,) = [message for message in mail.outbox if message.to == [teacher.email]]
    assert slot.offer.get_absolute_url() in told.body
    assert told.body.count("\n- ") == 1
    school = Mouse(open_page(group.get_absolute_url(), user=teacher, width=width, language=language))
    check_accessibility(school.page)
    school.press(f"main a[href='{slot.offer.get_absolute_url()}']")
    school.page.goto(f"{slot.offer.get_absolute_url()}?m={room.starts_at:%Y-%m}")
    assert school.page.locator(f"a[href*='{room.public_id}']").count()


@pytest.mark.parametrize(("width", "language"), [(390, "sv"), (1280, "nb")])
def test_a_host_takes_smaller_groups_than_one_in_line(open_page, width, language):
    host = UserFactory(language=language)
    slot = VisitSlotFactory(offer__company=CompanyFactory(members=[host]))
    group = WaitingGroupFactory(slot=slot, pupil_count=25)

    desk = Mouse(
        open_page(f"/visits/hosting/offers/{slot.offer.public_id}/edit/", user=host, width=width, language=language)
    )
    desk.fill("group_max", "20")
    desk.press("main form .actions button[data-color=accent]")
    check_accessibility(desk.page)
    assert group.group_name in desk.page.locator("#leaving ~ ul").inner_text()
    desk.press("main form button[name=confirm]")
    check_accessibility(desk.page)
    assert WaitingGroup.objects.get().state == "no_fit"
