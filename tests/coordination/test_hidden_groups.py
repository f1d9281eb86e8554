"""No page, file or line of the figures depends on how many pupils a small group has: no sum gives it away."""

import random
import re

import pytest
from django.urls import reverse

from coordination.figure_counts import figures_of
from coordination.figures import FIGURES, Scope
from coordination.trends import trend_of
from regions.school_year import current_school_year
from tests.coordination.test_figures import slot_at
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory
from visits.models import VisitBooking

pytestmark = pytest.mark.django_db


def world(dice):
    """Three municipalities; groups from 1 to 30 pupils, the small ones often, in the past and ahead."""
    municipalities = MunicipalityFactory.create_batch(3)
    coordinator = UserFactory(second_factor=True)
    region = RegionFactory(municipalities=municipalities, coordinators=[coordinator])
    for municipality in municipalities:
        offer = VisitOfferFactory(company=CompanyFactory(municipality=municipality))
        school = SchoolFactory(municipality=dice.choice(municipalities))
        for _ in range(dice.randint(0, 3)):
            pupils = dice.choice([1, 2, 3, 4, 5, dice.randint(6, 30)])
            school_class = SchoolClassFactory(school=school, pupil_count=pupils)
            VisitBookingFactory(
                slot=slot_at(dice.choice([-3, 3]), offer),
                school_class=school_class,
                state=dice.choice(["confirmed", "confirmed", "pending"]),
            )
    return region, coordinator


def all_that_is_shown(client, region):
    year, shown = current_school_year(), []
    shown.append(client.get(reverse("coordination:figures", args=[region.public_id, year])).content)
    shown.append(_file(client.get(reverse("coordination:figures_export", args=[region.public_id, year]))))
    for key in FIGURES:
        url = reverse("coordination:figure_rows", args=[region.public_id, year, key])
        for municipality in ["", *[m.pk for m in region.municipalities.all()]]:
            shown.append(client.get(url, {"municipality": municipality}).content)
        shown.append(_file(client.get(reverse("coordination:figure_rows_export", args=[region.public_id, year, key]))))
    return [re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page) for page in shown]


def _file(response):
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_shown_depends_on_the_size_of_a_small_group(client, seed):
    dice = random.Random(seed)
    region, coordinator = world(dice)
    client.force_login(coordinator)
    before = all_that_is_shown(client, region)
    for booking in VisitBooking.objects.filter(pupil_count__lt=5):
        VisitBooking.objects.filter(pk=booking.pk).update(pupil_count=5 - booking.pupil_count)
    assert all_that_is_shown(client, region) == before
    large = VisitBooking.objects.filter(
        pupil_count__gte=5, slot__offer__company__municipality__in=region.municipalities.all()
    )
    if large.exists():
        VisitBooking.objects.filter(pk=large[0].pk).update(pupil_count=31)
        assert all_that_is_shown(client, region) != before


@pytest.mark.parametrize(
    ("groups", "shown"), [([], 0), ([5], 5), ([4], "<5"), ([4, 4], "<9"), ([22, 3], "22+"), ([22, 8], 30)]
)
def test_a_sum_says_what_it_leaves_out(groups, shown):
    municipality = MunicipalityFactory()
    region = RegionFactory(municipalities=[municipality])
    for pupils in groups:
        school_class = SchoolClassFactory(school=SchoolFactory(municipality=municipality), pupil_count=pupils)
        VisitBookingFactory(slot=slot_at(-2, VisitOfferFactory()), school_class=school_class, state="confirmed")
    found = figures_of(Scope(region, current_school_year()))
    assert found.totals["pupils-reached"].shown == shown
    assert found.rows[0].cells[list(FIGURES).index("pupils-reached")].shown == shown


def test_a_line_ends_where_the_figure_stands():
    region, _coordinator = world(random.Random(1))
    scope = Scope(region, current_school_year())
    found = figures_of(scope)
    for key in ["companies-joined", "visits-held", "places-booked", "schools-with-visit"]:
        assert trend_of(key, found).course[-1] == found.totals[key].value > 0, key


def test_a_year_to_come_has_no_line_and_a_past_one_no_lately():
    region = RegionFactory()
    year = current_school_year()
    assert trend_of("visits-held", figures_of(Scope(region, year + 1))) is None
    past = trend_of("visits-held", figures_of(Scope(region, year - 1)))
    assert (past.course, past.words) == ([0] * 12, "")
