"""The company's side in a real browser: from nothing to a published offer with a time, and every page checked."""

import io
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from regions.days_off import day_off
from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory, WorkplaceFactory
from tests.factories.visits import (
    OfferMaterialFactory,
    VisitBookingFactory,
    VisitOfferFactory,
    VisitPictureFactory,
    VisitRuleFactory,
    VisitSlotFactory,
)
from visits.models import VisitOffer
from visits.picture_tasks import redraw_pictures


@pytest.fixture
def host(live_url):
    """A contact person of a company with workplace and contact."""
    user = UserFactory()
    company = CompanyFactory(name="Nordverk Mekaniska AB")
    company.memberships.create(user=user, role="contact")
    WorkplaceFactory(company=company, clothing="We lend steel-capped shoes, sizes 35–46.")
    CompanyContactFactory(company=company)
    user.company = company
    return user


def a_school_day():
    """A day in a month or so on which the page has nothing to remark."""
    days = (timezone.localdate() + timedelta(days=30 + more) for more in range(10))
    return next(day for day in days if not day_off(day, "SE"))


def a_picture():
    target = io.BytesIO()
    Image.linear_gradient("L").resize((1200, 800)).save(target, "JPEG")
    return ContentFile(target.getvalue(), "hall.jpg")


@pytest.mark.parametrize("javascript", [True, False])
def test_host_makes_an_offer_and_publishes_it(open_page, host, javascript):
    page = open_page(reverse("visits:host_offer_list"), width=390, user=host, javascript=javascript)
    page.get_by_role("link", name="Make the first offer").click()
    page.get_by_label("Title").fill("See how a gearbox is made")
    page.get_by_label("In one sentence").fill("From a block of steel to a gear that fits.")
    page.get_by_label("What the pupils get to do").fill("Gear on\nWalk through the hall\nMeasure a gear")
    page.get_by_role("button", name="Room for more rules").click()
    assert page.get_by_label("Title").input_value() == "See how a gearbox is made"
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("link", name="Add a time", exact=True).click()
    page.get_by_label("Day").first.fill(a_school_day().isoformat())
    page.get_by_label("Starts at").fill("09:00")
    page.get_by_role("button", name="Add to the offer").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Schools can find it and book.")).to_be_visible()
    offer = VisitOffer.objects.get()
    assert (offer.state, offer.slots.count(), offer.rules.count()) == ("published", 1, 3)
    page.get_by_role("link", name="See it as schools do").click()
    assert page.locator("h1").inner_text() == "See how a gearbox is made"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")])
def test_host_pages_are_accessible(open_page, host, width, scheme):
    offer = VisitOfferFactory(company=host.company, lowest_grade=4)
    VisitOfferFactory(company=host.company, state="draft", title="A draft with a title so long that it takes two lines")
    VisitRuleFactory(offer=offer)
    booking = VisitBookingFactory(slot__offer=offer, note="We come by bus.")
    VisitSlotFactory(offer=offer)
    OfferMaterialFactory(offer=offer)
    VisitPictureFactory(offer=offer, original=a_picture())
    VisitPictureFactory(offer=offer, original=ContentFile(b"<svg/>", "x.svg"))
    redraw_pictures()
    VisitPictureFactory(offer=offer, original=a_picture())
    addresses = [
        reverse("visits:host_offer_list"),
        reverse("visits:host_offer_create"),
        *[
            reverse(f"visits:{name}", args=[offer.public_id])
            for name in [
                "host_offer_detail",
                "host_offer_edit",
                "host_slot_create",
                "host_picture_list",
                "material_list",
            ]
        ],
        *[
            reverse(f"visits:{name}", args=[booking.slot.public_id])
            for name in ["host_slot_detail", "host_slot_edit", "host_slot_print"]
        ],
    ]
    page = open_page("/", width=width, scheme=scheme, user=host)
    for address in addresses:
        page.goto(address)
        check_accessibility(page)
        expect(page.locator("h1")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} scrolls sideways"


def test_host_forms_with_errors_are_accessible(open_page, host):
    offer = VisitOfferFactory(company=host.company)
    page = open_page(reverse("visits:host_offer_edit", args=[offer.public_id]), width=390, user=host)
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".ds-error-summary")).to_be_visible()
    check_accessibility(page)
    page.goto(reverse("visits:host_slot_create", args=[offer.public_id]))
    page.get_by_role("button", name="Add to the offer").click()
    expect(page.locator(".ds-error-summary")).to_be_visible()
    check_accessibility(page)
