import pytest

from companies.models import InterestAnswer
from regions.school_year import current_school_year
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory, WorkplaceFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def status_for(client, company, user=None):
    client.logout()
    if user:
        client.force_login(user)
    return client.get(company.get_absolute_url()).status_code


def test_a_company_that_has_not_joined_is_for_its_own_people_and_its_region(client):
    place = MunicipalityFactory()
    owner, supervisor = UserFactory(), UserFactory()
    company = CompanyFactory(joined_at=None, municipality=place, members=[owner], supervisors=[supervisor])
    coordinator, stranger, teacher = UserFactory(second_factor=True), UserFactory(second_factor=True), UserFactory()
    RegionFactory(municipalities=[place], coordinators=[coordinator])
    RegionFactory(municipalities=[MunicipalityFactory()], coordinators=[stranger])
    SchoolFactory(teachers=[teacher], municipality=place)
    seen = [status_for(client, company, user) for user in (None, teacher, stranger, owner, supervisor, coordinator)]
    assert seen == [404, 404, 404, 200, 200, 200]
    assert "has not joined yet" in client.get(company.get_absolute_url()).content.decode()


def test_contact_persons_are_shown_to_schools_only(client):
    company = CompanyFactory()
    CompanyContactFactory(company=company, name="Kim Kanarie", email="kim@kanarie.example", phone="0701112233")
    SchoolFactory(teachers=[teacher := UserFactory()])
    CompanyFactory(members=[other_host := UserFactory()])
    secrets = ("Kim Kanarie", "kim@kanarie.example", "0701112233")
    for user in (None, other_host):
        if user:
            client.force_login(user)
        html = client.get(company.get_absolute_url()).content.decode()
        assert not any(secret in html for secret in secrets)
        assert "write to the contact person when signed in" in html
    client.force_login(teacher)
    html = client.get(company.get_absolute_url()).content.decode()
    assert all(secret in html for secret in secrets)


def test_the_page_shows_interest_workplaces_and_visits(client):
    company = CompanyFactory(about="We bend pipes.")
    WorkplaceFactory(company=company, lunch="Bring your own", step_free=True)
    InterestAnswer.objects.create(
        company=company,
        school_year=current_school_year(),
        level="maybe",
        kinds=["prao"],
        months=[3],
        contact_name="Hemliga Hedda",
        contact_email="hedda@kanarie.example",
    )
    offer = VisitOfferFactory(company=company, title="Bend with us")
    VisitSlotFactory(offer=offer)
    VisitSlotFactory(offer=offer, pupils_taken=30)
    VisitOfferFactory(company=company, title="Not yet ready", state="draft")
    html = client.get(company.get_absolute_url()).content.decode()
    for words in ("We bend pipes.", "Bring your own", "Step-free access", "Prao / work week", "March", "Bend with us"):
        assert words in html
    assert "1 free time," in html
    for hidden in ("Hedda", "hedda@", "Not yet ready"):
        assert hidden not in html


def test_ones_own_drafts_are_on_ones_own_page(client):
    company = CompanyFactory(members=[owner := UserFactory()])
    VisitOfferFactory(company=company, title="Not yet ready", state="draft")
    client.force_login(owner)
    assert "Not yet ready" in client.get(company.get_absolute_url()).content.decode()


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_page_needs_six_queries(client, django_assert_num_queries, item_count):
    company = CompanyFactory()
    WorkplaceFactory.create_batch(item_count, company=company)
    for _ in range(item_count):
        VisitSlotFactory(offer=VisitOfferFactory(company=company))
    with django_assert_num_queries(6):
        client.get(company.get_absolute_url())
