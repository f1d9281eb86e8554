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
from visits.models import VisitBooking, WaitingGroup


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
