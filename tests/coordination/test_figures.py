import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from companies.models import Company, InterestAnswer
from coordination.exports import safe_cell
from coordination.figure_counts import figures_of
from coordination.figures import FIGURES, TABLES, Scope
from regions.school_year import current_school_year, school_year_of
from schools.models import School
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import PlanStepFactory, VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits.models import VisitBooking, VisitOffer, VisitOutcome, VisitSlot

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return UserFactory(second_factor=True)


@pytest.fixture
def region(coordinator):
    """Two municipalities with something of everything, and a neighbour outside with the same."""
    inside = [MunicipalityFactory(), MunicipalityFactory()]
    for number, municipality in enumerate([*inside, MunicipalityFactory()], 1):
        _fill(municipality, number)
    return RegionFactory(municipalities=inside, coordinators=[coordinator])


def sign_in(client, user):
    """Sign in and open one page: the first visit of a session costs extra queries."""
    client.force_login(user)
    client.get(reverse("coordination:figures_home"))


def slot_at(days, offer, **fields):
    starts_at = timezone.now() + timedelta(days=days)
    return VisitSlotFactory(
        offer=offer,
        starts_at=starts_at,
        opens_at=starts_at - timedelta(days=60),
        closes_at=starts_at - timedelta(hours=2),
        cancel_by=starts_at - timedelta(hours=3),
        **fields,
    )


def _fill(municipality, number):
    """As many of each as the number says, one more that must not count, bookings of local schools."""
    for _ in range(number):
        company = CompanyFactory(municipality=municipality)
        company.interest_answers.create(school_year=current_school_year(), level="yes")
        school = SchoolFactory(municipality=municipality)
        offer = VisitOfferFactory(company=company)
        for state, days in [
            ("confirmed", -2),
            ("confirmed", 2),
            ("pending", 3),
            ("declined", 4),
            ("expired", 8),
            ("cancelled", -3),
        ]:
            school_class = SchoolClassFactory(school=school, pupil_count=20 + number)
            VisitBookingFactory(slot=slot_at(days, offer), school_class=school_class, state=state)
    CompanyFactory(municipality=municipality, joined_at=None)
    CompanyFactory(municipality=municipality).interest_answers.create(school_year=current_school_year(), level="no")
    PlanStepFactory(school=SchoolFactory(municipality=municipality))
    PlanStepFactory(school=SchoolFactory(municipality=municipality, is_active=False))
    draft = VisitOfferFactory(company=CompanyFactory(municipality=municipality), state="draft", published_at=None)
    slot_at(5, draft)
    withdrawn = VisitOfferFactory(company=CompanyFactory(municipality=municipality))
    slot_at(6, withdrawn, cancelled_at=timezone.now())
    long_ago = VisitOfferFactory(company=CompanyFactory(municipality=municipality))
    VisitBookingFactory(slot=slot_at(-400, long_ago), state="confirmed")
    for days, attendance, came in [(-4, "fewer", 9), (-5, "no_show", 0)]:
        school_class = SchoolClassFactory(school=school, pupil_count=23)
        booking = VisitBookingFactory(slot=slot_at(days, offer), school_class=school_class, state="confirmed")
        VisitOutcome.objects.create(booking=booking, attendance=attendance, pupils_came=came)
    VisitBookingFactory(slot=slot_at(7, long_ago), state="cancelled", ended_by="school", late=True)


def recount(region):
    """Every figure once more, by walking over all rows in plain Python."""
    now, year = timezone.now(), current_school_year()
    inside = set(region.municipalities.all())

    def this_year(slot):
        return school_year_of(timezone.localdate(slot.starts_at)) == year

    def home(booking):
        return booking.slot.offer.workplace.municipality

    def came(booking):
        return booking.outcome.pupils_came if hasattr(booking, "outcome") else booking.pupil_count

    bookings = [b for b in VisitBooking.objects.all() if this_year(b.slot)]
    confirmed = [b for b in bookings if b.state == "confirmed"]
    held = [b for b in confirmed if b.slot.ends_at <= now]
    slots = [s for s in VisitSlot.objects.all() if this_year(s) and not s.cancelled_at and s.offer.state != "draft"]
    schools = [s for s in School.objects.all() if s.is_active]
    pairs = {
        "companies-joined": [(c.municipality, 1) for c in Company.objects.all() if c.joined_at and not c.ceased_at],
        "companies-interested": [
            (a.company.municipality, 1) for a in InterestAnswer.objects.all() if a.level in {"yes", "maybe"}
        ],
        "offers-published": [(o.workplace.municipality, 1) for o in VisitOffer.objects.all() if o.state == "published"],
        "places-offered": [(s.offer.workplace.municipality, s.pupils_capacity) for s in slots],
        "places-booked": [
            (home(b), b.pupil_count) for b in bookings if b.state in {"pending", "proposed", "confirmed"}
        ],
        "visits-held": [(home(b), 1) for b in held],
        "visits-coming": [(home(b), 1) for b in confirmed if b not in held],
        "nobody-came": [(home(b), 1) for b in held if came(b) == 0],
        "pupils-reached": [(b.school.municipality, came(b)) for b in held],
        "schools-with-visit": [(s.municipality, 1) for s in schools if any(b.school == s for b in confirmed)],
        "schools-with-several": [(s.municipality, 1) for s in schools if sum(b.school == s for b in confirmed) >= 2],
        "schools-with-three": [(s.municipality, 1) for s in schools if sum(b.school == s for b in confirmed) >= 3],
        "schools-with-plan": [(s.municipality, 1) for s in schools if s.plan_steps.exists()],
        "schools-not-out": [
            (s.municipality, 1)
            for s in schools
            if not any(b.school == s and b.slot.offer.kind in {"company_visit", "theme_day"} for b in confirmed)
        ],
        "schools": [(s.municipality, 1) for s in schools],
        "requests-waiting": [(home(b), 1) for b in bookings if b.state == "pending"],
        "requests-expired": [(home(b), 1) for b in bookings if b.state == "expired"],
        "cancelled-late": [(home(b), 1) for b in bookings if b.late],
    }
    return {
        key: {m: sum(amount for place, amount in found if place == m) for m in inside} for key, found in pairs.items()
    }


def test_every_figure_agrees_with_a_naive_recount(region):
    found = figures_of(Scope(region, current_school_year()))
    expected = recount(region)
    assert expected.keys() == FIGURES.keys()
    for place, key in enumerate(FIGURES):
        assert {row.municipality: row.cells[place].value for row in found.rows} == expected[key], key
        assert found.totals[key].value == sum(expected[key].values())
        assert found.totals[key].value > 0, key


@pytest.mark.parametrize("key", list(FIGURES))
def test_every_figure_leads_to_the_rows_it_counts(client, coordinator, region, key):
    client.force_login(coordinator)
    figure, year = FIGURES[key], current_school_year()
    for municipality, expected in recount(region)[key].items():
        response = client.get(
            reverse("coordination:figure_rows", args=[region.public_id, year, key]), {"municipality": municipality.pk}
        )
        page = response.context["page"]
        if figure.amount:
            assert response.context["sum"].value == expected
        else:
            assert page.paginator.count == expected
        assert len(response.context["rows"]) == page.paginator.count


def test_figures_cost_the_same_for_one_municipality_and_for_five(client, coordinator, django_assert_num_queries):
    for count in (1, 5):
        region = RegionFactory(municipalities=MunicipalityFactory.create_batch(count), coordinators=[coordinator])
        sign_in(client, coordinator)
        with django_assert_num_queries(13):
            client.get(reverse("coordination:figures", args=[region.public_id, current_school_year()]))


@pytest.mark.parametrize("key", ["companies-joined", "places-offered", "visits-held", "schools"])
def test_rows_cost_the_same_for_one_and_for_five(client, coordinator, django_assert_num_queries, key):
    region = RegionFactory(coordinators=[coordinator])
    url = reverse("coordination:figure_rows", args=[region.public_id, current_school_year(), key])
    sign_in(client, coordinator)
    counted = []
    for count in (1, 5):
        municipality = MunicipalityFactory()
        region.municipalities.set([municipality])
        _fill(municipality, count)
        with django_assert_num_queries(9 if FIGURES[key].amount else 8):
            response = client.get(url)
        counted.append(response.context["page"].paginator.count)
    assert counted[0] < counted[1]


def test_another_region_is_not_found(client, coordinator, region):
    other = RegionFactory(municipalities=[MunicipalityFactory()])
    client.force_login(coordinator)
    year = current_school_year()
    for name, args in [
        ("figures", [year]),
        ("figures_export", [year]),
        ("figure_rows", [year, "schools"]),
        ("figure_rows_export", [year, "schools"]),
        ("booking_stuck_list", []),
    ]:
        assert client.get(reverse(f"coordination:{name}", args=[region.public_id, *args])).status_code == 200
        assert client.get(reverse(f"coordination:{name}", args=[other.public_id, *args])).status_code == 404


def test_a_municipality_outside_the_region_has_no_rows(client, coordinator, region):
    outside = MunicipalityFactory()
    SchoolFactory(municipality=outside)
    client.force_login(coordinator)
    url = reverse("coordination:figure_rows", args=[region.public_id, current_school_year(), "schools"])
    assert client.get(url, {"municipality": outside.pk}).context["page"].paginator.count == 0


def test_unknown_figures_and_years_are_not_found(client, coordinator, region):
    client.force_login(coordinator)
    year = current_school_year()
    for year_asked, key in [(year, "nonsense"), (1999, "schools"), (year + 5, "schools")]:
        url = reverse("coordination:figure_rows", args=[region.public_id, year_asked, key])
        assert client.get(url).status_code == 404


def test_sums_of_few_pupils_are_not_shown(client, coordinator):
    municipality = MunicipalityFactory()
    region = RegionFactory(municipalities=[municipality], coordinators=[coordinator])
    school_class = SchoolClassFactory(school=SchoolFactory(municipality=municipality), pupil_count=4)
    VisitBookingFactory(slot=slot_at(-2, VisitOfferFactory()), school_class=school_class, state="confirmed")
    found = figures_of(Scope(region, current_school_year()))
    assert found.totals["pupils-reached"].shown == "<5"
    assert found.column("pupils-reached") == [0]
    client.force_login(coordinator)
    url = reverse("coordination:figure_rows", args=[region.public_id, current_school_year(), "pupils-reached"])
    content = client.get(url).content.decode()
    assert "&lt;5" in content
    assert '<td class="num">4</td>' not in content


def test_the_home_of_figures_leads_on(client, coordinator, region):
    client.force_login(coordinator)
    year = current_school_year()
    response = client.get(reverse("coordination:figures_home"))
    assert response.url == reverse("coordination:figures", args=[region.public_id, year])
    second = RegionFactory(coordinators=[coordinator])
    content = client.get(reverse("coordination:figures_home")).content.decode()
    assert reverse("coordination:figures", args=[second.public_id, year]) in content


def test_rows_are_searched_by_name(client, coordinator, region):
    municipality = region.municipalities.first()
    wanted = SchoolFactory(municipality=municipality, name="Västerskolan")
    client.force_login(coordinator)
    url = reverse("coordination:figure_rows", args=[region.public_id, current_school_year(), "schools"])
    for words in ("väster", "VASTER", "skolan vaster"):
        response = client.get(url, {"q": words}, headers={"HX-Request": "true"})
        assert list(response.context["page"]) == [wanted]
    assert b"<html" not in response.content


def test_files_hold_the_same_rows_and_no_formulas(client, coordinator, region):
    municipality = region.municipalities.first()
    SchoolFactory(municipality=municipality, name="=HYPERLINK(1)")
    client.force_login(coordinator)
    year = current_school_year()
    response = client.get(reverse("coordination:figure_rows_export", args=[region.public_id, year, "schools"]))
    head, *rows = read(response)
    assert head[0] == "School"
    assert len(rows) == figures_of(Scope(region, year)).totals["schools"].value
    assert "'=HYPERLINK(1)" in {row[0] for row in rows}
    table = read(client.get(reverse("coordination:figures_export", args=[region.public_id, year])))
    assert len(table) == 1 + region.municipalities.count() + 1


def read(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "  ="])
def test_text_that_begins_like_a_formula_is_disarmed(start):
    assert safe_cell(f"{start}1+1").startswith("'")
    assert safe_cell(f"a{start}1") == f"a{start}1"


def test_numbers_stay_numbers():
    assert safe_cell(-3) == -3


def test_waiting_requests_are_listed_with_the_host_and_the_school(client, coordinator):
    here = MunicipalityFactory()
    region = RegionFactory(municipalities=[here], coordinators=[coordinator])
    url = reverse("coordination:booking_stuck_list", args=[region.public_id])
    client.force_login(coordinator)
    assert "Everything is answered" in client.get(url).content.decode()
    offer = VisitOfferFactory(company=CompanyFactory(municipality=here))
    fresh = VisitBookingFactory(slot__offer=offer, answer_by=timezone.now() + timedelta(days=3))
    late = VisitBookingFactory(
        slot__offer=offer,
        requested_at=timezone.now() - timedelta(days=8),
        answer_by=timezone.now() + timedelta(days=1),
    )
    school_class = SchoolClassFactory(school=SchoolFactory(municipality=here))
    slot = VisitSlotFactory()
    proposed = VisitBookingFactory(
        slot=slot, proposed_slot=VisitSlotFactory(offer=slot.offer), state="proposed", school_class=school_class
    )
    VisitBookingFactory()
    assert list(client.get(url).context["page"]) == [late, fresh, proposed]
    assert list(client.get(url, {"late": "1"}).context["page"]) == [late]


def test_a_proposal_is_stuck_after_half_of_the_schools_time_not_of_the_hosts(client, coordinator):
    here = MunicipalityFactory()
    region = RegionFactory(municipalities=[here], coordinators=[coordinator])
    now = timezone.now()

    def proposed(answered_at):
        slot = VisitSlotFactory()
        return VisitBookingFactory(
            slot=slot,
            proposed_slot=VisitSlotFactory(offer=slot.offer),
            state="proposed",
            school_class=SchoolClassFactory(school=SchoolFactory(municipality=here)),
            requested_at=now - timedelta(days=20),
            answered_at=answered_at,
            answer_by=now + timedelta(days=4),
        )

    proposed(now - timedelta(hours=1))
    late = proposed(now - timedelta(days=5))
    client.force_login(coordinator)
    response = client.get(reverse("coordination:booking_stuck_list", args=[region.public_id]), {"late": "1"})
    assert list(response.context["page"]) == [late]


@pytest.mark.parametrize("count", [1, 5])
def test_the_waiting_list_costs_the_same(client, coordinator, django_assert_num_queries, count):
    here = MunicipalityFactory()
    region = RegionFactory(municipalities=[here], coordinators=[coordinator])
    for _ in range(count):
        VisitBookingFactory(slot__offer=VisitOfferFactory(company=CompanyFactory(municipality=here)))
    sign_in(client, coordinator)
    with django_assert_num_queries(7):
        response = client.get(reverse("coordination:booking_stuck_list", args=[region.public_id]))
    assert response.context["page"].paginator.count == count


def test_the_page_shows_one_table_of_figures_and_every_figure_has_one(client, coordinator, region):
    assert sorted(key for _label, keys in TABLES.values() for key in keys) == sorted(FIGURES)
    sign_in(client, coordinator)
    url = reverse("coordination:figures", args=[region.public_id, current_school_year()])
    for table, (_label, keys) in TABLES.items():
        page = client.get(url, {"table": table})
        assert [figure.key for figure in page.context["figures"]] == keys
        assert [cell.value for cell in page.context["totals"]] == [sum(recount(region)[key].values()) for key in keys]
    assert client.get(url, {"table": "nonsense"}).context["table"] == "visits"


def test_shares_of_schools_are_shares_of_all_active_ones(client, coordinator, region):
    sign_in(client, coordinator)
    page = client.get(reverse("coordination:figures", args=[region.public_id, current_school_year()]))
    all_schools = sum(recount(region)["schools"].values())
    for share in page.context["shares"]:
        number = sum(recount(region)[share.key].values())
        assert (share.value, share.per_cent) == (number, round(100 * number / all_schools))
