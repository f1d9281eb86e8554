"""Visits shared fairly: region and host decide, a school that has been out waits for its day, another books at once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from notifications.delivery import deliver_due
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from visits import lines
from visits.models import VisitBooking, VisitSlot, WaitingGroup


@pytest.mark.parametrize(("width", "language"), [(390, "sv"), (1280, "nb")])
def test_schools_that_have_not_been_out_go_first(open_page, width, language):
    def hands_of(user, url):
        return Mouse(open_page(url, user=user, width=width, language=language))

    coordinator, host, out, new = (
        UserFactory(language=language, phone="+46701234567", second_factor=number == 0) for number in range(4)
    )
    municipality = MunicipalityFactory()
    region = RegionFactory(municipalities=[municipality], coordinators=[coordinator])
    offer = VisitOfferFactory(company=CompanyFactory(municipality=municipality, members=[host]), answer_mode="auto")
    in_a_month = timezone.now() + timedelta(days=40)
    slot = VisitSlotFactory(offer=offer, starts_at=in_a_month, pupils_capacity=60, groups_capacity=2)
    facts = {"grade": 9, "pupil_count": 24}
    goes_again = SchoolClassFactory(name="9B", school=SchoolFactory(members=[out], municipality=municipality), **facts)
    goes_first = SchoolClassFactory(name="9C", school=SchoolFactory(members=[new], municipality=municipality), **facts)
    VisitBookingFactory(school_class=goes_again, state="confirmed")

    desk = hands_of(coordinator, reverse("coordination:region_settings", args=[region.public_id]))
    desk.fill("first_turn_days", "5")
    check_accessibility(desk.page)
    desk.press("main form button[type=submit]")
    desk.press("main a[href$='/schools-not-out/']")
    assert desk.page.get_by_text(goes_first.school.name).count()
    assert not desk.page.get_by_text(goes_again.school.name).count()
    check_accessibility(desk.page)

    gate = hands_of(host, reverse("visits:host_offer_edit", args=[offer.public_id]))
    gate.fill("visits_per_school", "2")
    gate.fill("first_turn_days", "10")
    check_accessibility(gate.page)
    gate.press("main form button[data-color=accent]")
    check_accessibility(gate.page)

    school = hands_of(out, f"{offer.get_absolute_url()}?m={slot.starts_at:%Y-%m}")
    check_accessibility(school.page)
    assert not school.page.locator(f"main a[href$='/times/{slot.public_id}/book/']").count()
    school.page.goto(reverse("visits:booking_create", args=[slot.public_id]))  # from a bookmark, for example
    check_accessibility(school.page)
    school.page.goto(offer.get_absolute_url())
    school.press(f"a[href$='/times/{slot.public_id}/wait/']")
    check_accessibility(school.page)
    school.choose("school_class", "9B")
    school.fill("pupil_count", "24")
    school.press("main form button[type=submit]")
    check_accessibility(school.page)
    group = WaitingGroup.objects.get(school_class=goes_again)
    assert group.is_held_back

    other = hands_of(new, reverse("visits:offer_search"))
    check_accessibility(other.page)
    other.page.goto(reverse("visits:booking_create", args=[slot.public_id]))
    other.choose("school_class", "9C")
    other.fill("pupil_count", "24")
    check_accessibility(other.page)
    other.press("main form button[type=submit]")
    assert VisitBooking.objects.get(school_class=goes_first).state == "confirmed"

    gate.page.goto(reverse("visits:host_slot_detail", args=[slot.public_id]))
    check_accessibility(gate.page)

    long_ago = timezone.now() - timedelta(days=15)  # the days pass
    VisitSlot.objects.filter(pk=slot.pk).update(opens_at=long_ago)
    offer.refresh_from_db()
    offer.published_at = long_ago
    offer.save()
    lines.move_lines()
    deliver_due()
    assert [message for message in mail.outbox if message.to == [out.email] and "/visits/places/" in message.body]
    school.page.goto(group.get_absolute_url())
    school.press("main button[name=accept]")
    assert VisitBooking.objects.filter(school_class=goes_again, slot=slot, state="confirmed").exists()


@pytest.mark.parametrize(("width", "language"), [(390, "sv"), (1280, "nb")])
def test_a_school_that_has_used_its_visits_reads_why_it_waits(open_page, width, language):
    def hands_of(user, url):
        return Mouse(open_page(url, user=user, width=width, language=language))

    host, teacher = (UserFactory(language=language, phone="+46701234567") for _ in range(2))
    municipality = MunicipalityFactory()
    RegionFactory(name="Region Prov", municipalities=[municipality], visits_per_school=4)
    offer = VisitOfferFactory(company=CompanyFactory(municipality=municipality, members=[host]), answer_mode="auto")
    in_a_month = timezone.now() + timedelta(days=30)
    slot = VisitSlotFactory(offer=offer, starts_at=in_a_month, pupils_capacity=60, groups_capacity=2)
    other = VisitSlotFactory(offer=offer, starts_at=in_a_month + timedelta(days=1))
    school = SchoolFactory(name="Ekskolan", members=[teacher], municipality=municipality)
    facts = {"school": school, "grade": 9, "pupil_count": 24}
    first, second = (SchoolClassFactory(name=name, **facts) for name in ("9B", "9C"))
    waits = WaitingGroupFactory(slot=other, school_class=second, requested_by=teacher, phone="+46701234567")

    gate = hands_of(host, reverse("visits:host_offer_edit", args=[offer.public_id]))
    gate.fill("visits_per_school", "1")
    gate.press("main form button[data-color=accent]")

    desk = hands_of(teacher, reverse("visits:booking_create", args=[slot.public_id]))
    assert desk.page.locator("main").get_by_text("Region Prov").count()  # both rules are read before booking
    desk.choose("school_class", first.name)
    desk.fill("pupil_count", "24")
    check_accessibility(desk.page)
    desk.press("main form button[type=submit]")
    assert VisitBooking.objects.get().school_class == first

    desk.page.goto(reverse("visits:booking_create", args=[slot.public_id]))
    desk.choose("school_class", second.name)
    desk.fill("pupil_count", "20")
    desk.press("main form button[type=submit]")
    assert "Ekskolan" in desk.page.locator(".ds-error-summary").inner_text()
    assert desk.field("pupil_count").input_value() == "20"
    check_accessibility(desk.page)

    desk.page.goto(waits.get_absolute_url())
    assert "Ekskolan" in desk.page.locator("main .ds-alert").inner_text()
    check_accessibility(desk.page)
    gate.page.goto(reverse("visits:host_slot_detail", args=[other.public_id]))
    assert gate.page.locator("section[aria-labelledby=line] .rows-main p").count() == 3  # who, since when, why not yet
    check_accessibility(gate.page)

    desk.page.goto(reverse("visits:booking_cancel", args=[VisitBooking.objects.get().public_id]))
    check_accessibility(desk.page)
    desk.field("reason").first.check()
    desk.press("main form button[type=submit]")
    desk.page.goto(waits.get_absolute_url())  # the places went to the class that waited
    check_accessibility(desk.page)
