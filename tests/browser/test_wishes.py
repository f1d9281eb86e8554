"""What a teacher keeps an eye on: a visit, a host, a search that tells of what is new, and what is near just now."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from notifications.delivery import deliver_due
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits import wishes
from visits.models import VisitOffer
from visits.search import refresh_offers


def offer(company, title) -> VisitOffer:
    in_a_fortnight = timezone.now() + timedelta(days=14)  # the search is for the next four weeks
    made = VisitSlotFactory(offer=VisitOfferFactory(company=company, title=title), starts_at=in_a_fortnight).offer
    refresh_offers(VisitOffer.objects.all())
    return made


@pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])
def test_a_teacher_is_told_of_what_is_new(open_page, language, width):
    teacher = UserFactory(language=language)
    school = SchoolFactory(members=[teacher])
    SchoolClassFactory(school=school, name="9B", grade=9, pupil_count=24)
    company = CompanyFactory(name="Provsmedjan AB", municipality=school.municipality)
    WorkplaceFactory(company=company)
    far = CompanyFactory(name="Fjärrverket AB")
    WorkplaceFactory(company=far, lat=65.6, lon=22.1)
    here = offer(company, "Smid en krok")
    offer(far, "Långt härifrån")
    options = {"width": width, "language": language}

    hands = Mouse(open_page(reverse("visits:wish_list"), user=teacher, **options))
    check_accessibility(hands.page)  # nothing yet
    hands.page.goto("/start/")
    hands.press("main a[href*='max_km=50']")
    hands.page.get_by_role("link", name="Smid en krok").wait_for()
    assert not hands.page.get_by_role("link", name="Långt härifrån").count()
    check_accessibility(hands.page)
    hands.press("button[form=save-search]")
    check_accessibility(hands.page)
    for place in (here, company):
        hands.page.goto(place.get_absolute_url())
        hands.press("form[action$='/favourite/'] button[value='1']")
    check_accessibility(hands.page)

    with time_machine.travel(timezone.localtime().replace(hour=12) + timedelta(days=1)):
        new = offer(company, "Härda en kniv")
        wishes.tell_of_new()
        deliver_due()
    (message,) = mail.outbox
    assert message.to == [teacher.email]
    assert new.get_absolute_url() in message.body
    hands.page.goto(reverse("visits:wish_list"))
    expect(hands.page.get_by_role("link", name="Härda en kniv")).to_be_visible()
    check_accessibility(hands.page)
    for off in ("form[action*='/offers/'] button", "form[action*='/hosts/'] button", "form[action$='/remove/'] button"):
        hands.press(off)
    check_accessibility(hands.page)
    hands.page.goto(reverse("visits:wish_list"))
    assert not hands.page.locator("main .rows").count()
