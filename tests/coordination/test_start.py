from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import JoinRequest
from coordination.models import ImportRun
from coordination.start import Urgency
from regions.school_year import current_school_year
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, InterestInvitationFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory, SchoolOwnerFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from tests.visits.test_after import held_visit

pytestmark = pytest.mark.django_db


def sections(client, user):
    client.force_login(user)
    response = client.get(reverse("coordination:start"))
    assert response.status_code == 200
    return {section.key: section for section in response.context["sections"]}


def proposed(slot, **fields):
    other = VisitSlotFactory(offer=slot.offer)
    return VisitBookingFactory(slot=slot, state="proposed", proposed_slot=other, **fields)


def coming_slot(days=3, **fields):
    starts_at = timezone.now() + timedelta(days=days)
    return VisitSlotFactory(
        starts_at=starts_at, closes_at=timezone.now() + timedelta(hours=1), cancel_by=timezone.now(), **fields
    )


def counsellors_world(count, user):
    school = SchoolFactory(members=[user])
    for number in range(count):
        classes = [SchoolClassFactory(school=school, name=f"9{number}{letter}") for letter in "abc"]
        proposed(VisitSlotFactory(), school_class=classes[0])
        WaitingGroupFactory(school_class=classes[0], is_offered=True)
        VisitBookingFactory(school_class=classes[1])
        VisitBookingFactory(slot=coming_slot(), school_class=classes[2], state="confirmed")
        JoinRequest.objects.create(user=UserFactory(), school=school, role="teacher")


def hosts_world(count, user):
    company = CompanyFactory(members=[user])
    for _number in range(count):
        offer = VisitOfferFactory(company=company)
        VisitBookingFactory(slot__offer=offer)
        VisitBookingFactory(slot=coming_slot(offer=offer), state="confirmed")
        held_visit(slot__offer=offer)
        VisitOfferFactory(company=company)
        VisitOfferFactory(company=company, state="draft")
        CompanyFactory(members=[user])
        JoinRequest.objects.create(user=UserFactory(), company=company, role="contact")


def supervisors_world(count, user):
    company = CompanyFactory(supervisors=[user])
    for _number in range(count):
        VisitBookingFactory(slot=coming_slot(offer=VisitOfferFactory(company=company)), state="confirmed")


def school_owners_world(count, user):
    owner = SchoolOwnerFactory()
    owner.memberships.create(user=user, role="coordinator")
    for _number in range(count):
        school_class = SchoolClassFactory(school=SchoolFactory(owner=owner))
        VisitBookingFactory(slot=coming_slot(), school_class=school_class, state="confirmed")


def coordinators_world(count, user):
    municipality = MunicipalityFactory()
    region = RegionFactory(municipalities=[municipality], coordinators=[user])
    for _number in range(count):
        company = CompanyFactory(municipality=municipality)
        VisitBookingFactory(
            slot__offer=VisitOfferFactory(company=company), requested_at=timezone.now() - timedelta(days=8)
        )
        InterestInvitationFactory(company=CompanyFactory(municipality=municipality), region=region)
        ImportRun.objects.create(
            kind="se_schools", file_name="a.json", region=region, started_by=user, state="done", rows_flagged=2
        )
        JoinRequest.objects.create(user=UserFactory(), school=SchoolFactory(municipality=municipality), role="teacher")


FOR_EVERYBODY = 2  # does mail to them come back, and what have they not read?


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize(
    ("world", "second_factor", "queries", "keys"),
    [
        (counsellors_world, False, 18, ["held_places", "proposals", "newcomers", "visits", "waiting", "classes"]),
        (hosts_world, False, 24, ["requests", "newcomers", "gate", "went", "bare_offers", "drafts", "interest"]),
        (supervisors_world, False, 6, ["gate"]),
        (school_owners_world, True, 12, ["owner_visits", "owner_schools"]),
        (coordinators_world, True, 20, ["stuck", "newcomers", "imports", "unanswered", "regions"]),
    ],
)
def test_start_costs_the_same_whatever_it_shows(
    client, django_assert_num_queries, count, world, second_factor, queries, keys
):
    user = UserFactory(second_factor=second_factor)
    world(count, user)
    client.force_login(user)
    with django_assert_num_queries(queries + FOR_EVERYBODY):
        response = client.get(reverse("coordination:start"))
    shown = response.context["sections"]
    assert [section.key for section in shown] == keys
    assert {section.total for section in shown if section.urgency == Urgency.NEEDS_ME} <= {count}


def test_without_a_membership_there_are_two_doors(client):
    user = UserFactory()
    assert sections(client, user) == {}
    content = client.get(reverse("coordination:start")).content.decode()
    assert "Find my school" in content
    assert reverse("companies:company_register") in content


def test_who_has_asked_to_join_reads_so(client):
    user = UserFactory()
    JoinRequest.objects.create(user=user, school=SchoolFactory(name="Provskolan"), role="teacher")
    client.force_login(user)
    content = client.get(reverse("coordination:start")).content.decode()
    assert "You have asked to be let in" in content
    assert "Provskolan" in content


def test_requests_come_with_the_shortest_time_left_first(client):
    user = UserFactory()
    offer = VisitOfferFactory(company=CompanyFactory(members=[user]))
    later = VisitBookingFactory(slot__offer=offer, answer_by=timezone.now() + timedelta(days=5))
    sooner = VisitBookingFactory(slot__offer=offer, answer_by=timezone.now() + timedelta(days=1))
    VisitBookingFactory()
    assert list(sections(client, user)["requests"].rows) == [sooner, later]


def test_a_school_without_visits_is_helped_on(client):
    user = UserFactory()
    SchoolFactory(members=[user])
    found = sections(client, user)
    assert [key for key, section in found.items() if section.empty] == ["visits", "classes"]
    assert "Find one that suits a class of yours." in client.get(reverse("coordination:start")).content.decode()


def test_a_teacher_lets_nobody_in(client):
    user = UserFactory()
    school = SchoolFactory(teachers=[user])
    JoinRequest.objects.create(user=UserFactory(), school=school, role="teacher")
    assert "newcomers" not in sections(client, user)


def test_a_supervisor_reads_who_comes_without_links_that_lead_nowhere(client):
    user = UserFactory()
    company = CompanyFactory(supervisors=[user])
    booking = VisitBookingFactory(slot=coming_slot(offer=VisitOfferFactory(company=company)), state="confirmed")
    client.force_login(user)
    content = client.get(reverse("coordination:start")).content.decode()
    assert booking.phone in content
    assert booking.get_absolute_url() not in content


def test_a_coordinator_sees_what_is_stuck_in_the_own_region_only(client):
    user = UserFactory(second_factor=True)
    here = MunicipalityFactory()
    RegionFactory(municipalities=[here], coordinators=[user])
    company = CompanyFactory(municipality=here)
    long_ago = timezone.now() - timedelta(days=8)
    stuck = VisitBookingFactory(slot__offer=VisitOfferFactory(company=company), requested_at=long_ago)
    VisitBookingFactory(slot__offer=VisitOfferFactory(company=company), requested_at=timezone.now())
    VisitBookingFactory(requested_at=long_ago)
    assert list(sections(client, user)["stuck"].rows) == [stuck]


def test_two_memberships_share_one_page_by_urgency(client):
    user = UserFactory()
    counsellors_world(1, user)
    hosts_world(1, user)
    shown = list(sections(client, user).values())
    assert [section.urgency for section in shown] == sorted(section.urgency for section in shown)
    assert {"proposals", "requests"} <= {section.key for section in shown}


def test_answered_interest_is_not_asked_for_again(client):
    user = UserFactory()
    company = CompanyFactory(members=[user])
    assert "interest" in sections(client, user)
    company.interest_answers.create(school_year=current_school_year(), level="yes")
    assert "interest" not in sections(client, user)
