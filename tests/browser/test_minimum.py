"""A visit that runs only if enough come: the host says so, schools read it, and the day comes."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from notifications.delivery import deliver_due
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.browser.test_closures import coming_wednesday
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitOfferFactory
from visits import tasks
from visits.models import VisitBooking, VisitSlot

SEND = "main form .actions button[data-color=accent]"
SAID = {"sv": ["20 elever", "för få"], "nb": ["20 elever", "for få"]}


@pytest.mark.parametrize("pupils", [12, 24], ids=["too few", "enough"])
@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_visit_that_runs_only_if_enough_come(open_page, language, width, pupils):
    host, teacher = UserFactory(language=language), UserFactory(language=language, phone="+46701234567")
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]), answer_mode="auto")
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B")

    gate = Mouse(
        open_page(reverse("visits:host_slot_create", args=[offer.public_id]), user=host, width=width, language=language)
    )
    gate.fill("day", coming_wednesday().isoformat())
    gate.fill("start", "10:00")
    gate.fill("pupils_capacity", "15")
    gate.fill("minimum", "20")
    gate.field("minimum_of").select_option("pupils")
    gate.fill("decide_days", "7")
    gate.press(SEND)
    check_accessibility(gate.page)  # there is no room for so many, it says
    assert gate.field("minimum").input_value() == "20"
    gate.fill("pupils_capacity", "30")
    gate.press(SEND)
    check_accessibility(gate.page)
    slot = VisitSlot.objects.get()
    assert (slot.minimum, slot.minimum_of, slot.runs_since) == (20, "pupils", None)

    school = Mouse(open_page(offer.get_absolute_url(), user=teacher, width=width, language=language))
    school.page.goto(f"{offer.get_absolute_url()}?m={slot.starts_at:%Y-%m}")
    assert SAID[language][0] in school.page.locator("main").inner_text()
    check_accessibility(school.page)
    school.page.goto(reverse("visits:booking_create", args=[slot.public_id]))
    assert SAID[language][0] in school.page.locator("main").inner_text()
    check_accessibility(school.page)
    school.choose("school_class", "9B")
    school.fill("pupil_count", str(pupils))
    school.press("main form button[type=submit]")
    booking = VisitBooking.objects.get(school_class=school_class)
    assert SAID[language][0] in school.page.locator("main").inner_text()
    check_accessibility(school.page)
    of_host = reverse("visits:host_slot_detail", args=[slot.public_id])
    gate.page.goto(of_host)
    assert gate.page.locator("form[action$='/run/']").count() == 1
    check_accessibility(gate.page)

    deliver_due()
    mail.outbox.clear()
    with time_machine.travel(slot.decide_at + timedelta(minutes=1)):
        tasks.decide_times()
        deliver_due()
    school.page.reload()
    gate.page.reload()
    check_accessibility(school.page)
    check_accessibility(gate.page)
    booking.refresh_from_db()
    slot.refresh_from_db()
    told = {message.to[0] for message in mail.outbox}
    if pupils < slot.minimum:
        assert (booking.state, slot.cancel_reason) == ("cancelled", "too_few")
        assert told == {teacher.email, offer.contact.email}
        assert SAID[language][1] in school.page.locator("main").inner_text().lower()
    else:
        assert (booking.state, bool(slot.runs_since), told) == ("confirmed", True, set())
        assert SAID[language][0] not in school.page.locator("main").inner_text()
        assert gate.page.locator("form[action$='/run/']").count() == 0
