"""From a class to a saved search and the mail about what is new, and out of it again; staff look at the mails."""

import re
from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts import bounces
from notifications import choices
from notifications.delivery import deliver_due
from notifications.enums import Channel
from notifications.models import NoticeChoice
from notifications.other_channels import deliver_pages
from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import UserFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory
from visits import wish_emails, wishes
from visits.models import SavedSearch

LOOKS = [(390, "light", "sv"), (1280, "dark", "nb")]


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS, ids=["sv", "nb"])
def test_a_teacher_is_told_of_what_is_new_and_leaves_it_again(open_page, live_url, width, scheme, language):
    teacher = UserFactory(language=language)
    school_class = SchoolClassFactory(grade=8, pupil_count=20)
    school_class.school.memberships.create(user=teacher, role="teacher")
    bounces.record(teacher.email, "5.1.1")
    first = VisitSlotFactory().offer
    page = open_page(reverse("coordination:start"), width=width, scheme=scheme, language=language, user=teacher)
    check_accessibility(page)
    page.locator(f"form[action='{reverse('accounts:address_works')}'] button").click()
    page.locator("a[href*='max_km=50']").click()
    check_accessibility(page)
    page.goto(reverse("visits:offer_search"))
    page.locator("button[form=save-search]").click()
    page.wait_for_url("**" + reverse("visits:wish_list"))
    page.goto(first.get_absolute_url())
    page.locator(f"form[action='{reverse('visits:favourite_set', args=[first.public_id])}'] button").click()
    page.wait_for_load_state()
    check_accessibility(page)
    page.goto(reverse("visits:wish_list"))
    expect(page.get_by_role("link", name=first.title)).to_be_visible()
    check_accessibility(page)

    page.goto(reverse("notifications:my_notices"))
    check_accessibility(page)
    page.locator("[name=new_offers-page]").check()
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state()
    assert choices.wants(teacher.email, wish_emails.NEW_OFFERS, Channel.PAGE)

    SavedSearch.objects.update(looked_at=timezone.now() - timedelta(days=1))
    new = VisitSlotFactory().offer
    wishes.tell_of_new()
    deliver_due()
    deliver_pages()
    (message,) = django_mail.outbox
    page.goto(reverse("notifications:inbox"))
    check_accessibility(page)
    page.get_by_role("link", name=message.subject).click()
    check_accessibility(page)
    page.get_by_role("link", name=new.get_absolute_url()).click()
    assert page.locator("h1").inner_text() == new.title

    page.goto(re.search(r"http\S+/notices/stop/\S+", message.body)[0])
    check_accessibility(page)
    page.locator("button[name=stop]").click()
    page.locator("button[name=begin]").wait_for()
    check_accessibility(page)
    assert not NoticeChoice.objects.get(kind="new_offers", channel="mail").is_wanted


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS, ids=["sv", "nb"])
def test_a_coordinator_looks_at_the_mails(open_page, live_url, width, scheme, language):
    here = MunicipalityFactory()
    coordinator = UserFactory(language=language, second_factor=True)
    RegionFactory(municipalities=[here], coordinators=[coordinator])
    booking = VisitBookingFactory(school_class=SchoolClassFactory(school=SchoolFactory(municipality=here)))
    page = open_page(
        reverse("notifications:preview_list"), width=width, scheme=scheme, language=language, user=coordinator
    )
    check_accessibility(page)
    page.locator(f"a[href='{reverse('notifications:preview_detail', args=['booking_requested'])}']").click()
    page.locator("a[href^='?language=nn']").first.click()
    frame = page.frame_locator("iframe")
    assert booking.group_name in frame.locator("body").inner_text()
    check_accessibility(page)
