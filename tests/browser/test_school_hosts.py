"""A school with a workshop opens it for other schools' classes, and one of them comes."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from companies.models import Company
from regions.models import Postcode
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.browser.test_journey import find, publish
from tests.factories.accounts import UserFactory
from tests.factories.regions import MunicipalityFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from visits.models import VisitBooking

SEND = "main form button[data-color=accent]"


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_school_receives_the_class_of_another_school(open_page, language, width):
    town = MunicipalityFactory(name="Provköping")
    Postcode.objects.create(country="SE", code="63220", municipality=town)
    head = UserFactory(language=language, name="Rektor Prov")
    teacher = UserFactory(language=language, phone="+46701234567")
    SchoolClassFactory(school=SchoolFactory(members=[teacher], municipality=town), name="9B", grade=9)
    options = {"width": width, "language": language}

    desk = Mouse(open_page(reverse("companies:company_register"), user=head, **options))
    desk.tick("country", "SE")
    desk.fill("org_number", "11223344")
    desk.press(SEND)
    desk.tick("kind", "school")
    for name, text in {
        "name": "Provgymnasiet",
        "street": "Skolgatan 7",
        "postcode": "632 20",
        "city": "Provköping",
    }.items():
        desk.fill(name, text)
    check_accessibility(desk.page)
    for _ in range(3):
        desk.press(SEND)
        check_accessibility(desk.page)
    host = Company.objects.get(name="Provgymnasiet")
    assert host.kind == "school"
    publish(desk, timezone.localdate() + timedelta(days=40))
    check_accessibility(desk.page)

    classroom = Mouse(open_page("/visits/", user=teacher, **options))
    find(classroom)
    check_accessibility(classroom.page)
    classroom.press(".slots a[href$='/book/']")
    classroom.choose("school_class", "9B")
    classroom.fill("pupil_count", "20")
    classroom.tick("accept_rules")
    classroom.press(SEND)
    booking = VisitBooking.objects.get()
    desk.page.goto(reverse("visits:host_offer_list"))
    check_accessibility(desk.page)
    desk.page.goto(booking.get_absolute_url())
    desk.press("main a[href$='choice=yes']")
    desk.press("main form button[type=submit]")
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    classroom.page.goto(host.get_absolute_url())
    check_accessibility(classroom.page)
