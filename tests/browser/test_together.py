"""Subjects, the host's list and two hosts of one visit, in a browser from each side."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from companies.search import refresh_company
from tests.browser.accessibility import check_accessibility
from tests.browser.hands import Mouse
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory, WorkplaceFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory
from visits import links
from visits.models import CoHost, VisitOffer
from visits.search import refresh_offer

SUBJECTS = {"sv": "Fysik", "nb": "Fysikk"}
ON_BOTH = pytest.mark.parametrize(("language", "width"), [("sv", 390), ("nb", 1280)])


@ON_BOTH
def test_a_host_says_which_subjects_and_a_teacher_finds_it(open_page, language, width):
    host = UserFactory(language=language)
    company = CompanyFactory(members=[host])
    WorkplaceFactory(company=company)
    CompanyContactFactory(company=company)
    desk = Mouse(open_page(reverse("visits:host_offer_create"), width=width, user=host, language=language))
    desk.field("kind").select_option("guest_lesson")
    for name, text in {"title": "Krafter", "summary": "Vi lyfter.", "programme_of_day": "Lyft"}.items():
        desk.fill(name, text)
    desk.page.locator("details:has([name=subjects]) summary").click()
    desk.tick("subjects", "physics")
    desk.tick("subjects", "mathematics")
    check_accessibility(desk.page)
    desk.press("main form .actions button[type=submit]")
    expect(desk.page.locator("main").get_by_text(SUBJECTS[language].lower())).to_be_visible()
    check_accessibility(desk.page)
    VisitOffer.objects.update(state="published")
    refresh_offer(VisitOffer.objects.get().pk)

    page = open_page(f"{reverse('visits:offer_search')}?kind=guest_lesson", width=width, language=language)
    if width == 390:
        page.locator("summary, button").filter(has_text="Filter").first.click()
    page.locator("main [name=subject]").select_option("physics")
    page.wait_for_url("**subject=physics**")
    expect(page.get_by_role("link", name="Krafter")).to_be_visible()
    check_accessibility(page)
    page.goto(VisitOffer.objects.get().get_absolute_url())
    expect(page.get_by_text(SUBJECTS[language].lower())).to_be_visible()
    check_accessibility(page)


@ON_BOTH
def test_the_host_ticks_off_its_list_and_prints_it(open_page, language, width):
    host = UserFactory(language=language)
    booking = VisitBookingFactory(slot__offer__company__members=[host], state="confirmed")
    desk = Mouse(open_page(booking.get_absolute_url(), width=width, user=host, language=language))
    check_accessibility(desk.page)
    desk.tick("done", "meet")
    desk.tick("done", "gear")
    desk.press("#checklist button[type=submit]")
    expect(desk.field("done").and_(desk.page.locator("[value=meet]"))).to_be_checked()
    expect(desk.page.locator("#checklist .meta")).to_contain_text(
        {"sv": "2 av 7 klart", "nb": "2 av 7 gjort"}[language]
    )
    check_accessibility(desk.page)
    desk.page.goto(f"{reverse('visits:host_day_print')}?day={booking.slot.day.isoformat()}")
    expect(desk.page.locator(".boxes .done")).to_have_count(2)
    check_accessibility(desk.page)

    mail = open_page(links.host_path(links.HOST.token(booking.public_id)), width=width, language=language)
    phone = Mouse(mail)
    phone.tick("done", "way_out")
    check_accessibility(mail)
    phone.press("#checklist button[type=submit]")
    assert booking.checks.count() == 3


@ON_BOTH
def test_two_hosts_hold_a_visit_together(open_page, language, width):
    host = UserFactory(language=language)
    offer = VisitOfferFactory(company__members=[host], title="Robotar")
    centre = CompanyFactory(name="Vattenhallen", kind="science_centre")
    CompanyContactFactory(company=centre)
    refresh_company(centre.pk)
    options = {"width": width, "language": language}
    desk = Mouse(open_page(reverse("visits:host_offer_detail", args=[offer.public_id]), user=host, **options))
    desk.press("main a[href$='/together/']")
    check_accessibility(desk.page)
    desk.fill("q", "Nobody")
    desk.press("main form[role=search] button")
    check_accessibility(desk.page)
    desk.fill("q", "Vattenhallen")
    desk.press("main form[role=search] button")
    check_accessibility(desk.page)
    desk.press("main form[action$='/ask/'] button")
    check_accessibility(desk.page)

    mail = Mouse(open_page("/" + links.co_host_url(offer, centre).split("/", 3)[3], **options))
    check_accessibility(mail.page)
    mail.press("button[name=yes]")
    check_accessibility(mail.page)
    assert CoHost.objects.confirmed().get().company == centre
    for url in (offer.get_absolute_url(), centre.get_absolute_url()):
        mail.page.goto(url)
        check_accessibility(mail.page)
    expect(mail.page.get_by_role("link", name="Robotar")).to_be_visible()
    desk.page.reload()
    desk.press("main form[action$='/remove/'] button")
    check_accessibility(desk.page)
    assert not CoHost.objects.exists()
