import pytest
from django.urls import reverse

from companies.models import CompanyContact, CompanyRow, Workplace
from core.search import ReaderQuery
from occupations.models import Industry
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory, InterestAnswerFactory, WorkplaceFactory
from tests.factories.regions import MunicipalityFactory
from tests.factories.visits import VisitOfferFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def company(host):
    return CompanyFactory(members=[host], name="Svets AB")


def url(name, *args):
    return reverse(f"companies:{name}", args=[getattr(arg, "public_id", arg) for arg in args])


def address(company, **changes):
    return {
        "kind": company.kind,
        "name": "Svets AB",
        "street": "Gatan 1",
        "postcode": "61130",
        "city": "Nyköping",
        "municipality": company.municipality_id,
        **changes,
    }


def workplace_of(company, **changes):
    return address(company, step_free="unknown", is_active="on") | changes


def contact_of(**changes):
    return {"name": "Kim", "email": "kim@foretag.example", "phone": "070-123 45 67", "language": "sv", **changes}


def test_members_see_the_whole_company_on_one_page(client, host, company):
    WorkplaceFactory(company=company, name="Hallen")
    CompanyContactFactory(company=company, name="Sara Svar", answers_for="prao")
    InterestAnswerFactory(company=company, kinds=["prao", "visit"], months=[3, 9], amount="2 classes")
    page = client.get(url("company_profile", company)).content.decode()
    for text in ["Hallen", "Sara Svar", "prao", "study visits, prao / work week (September, March)", "2 classes"]:
        assert text in page


def test_a_supervisor_reads_but_does_not_change(client, company):
    client.force_login(UserFactory(name="Handledare"))
    company.memberships.create(user=UserFactory(), role="contact")
    supervisor = UserFactory()
    company.memberships.create(user=supervisor, role="supervisor")
    client.force_login(supervisor)
    page = client.get(url("company_profile", company)).content.decode()
    assert url("company_edit", company) not in page
    assert client.get(url("company_edit", company)).status_code == 403


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_profile_needs_the_same_queries_for_many_rows(client, host, company, item_count, django_assert_num_queries):
    for number in range(item_count):
        WorkplaceFactory(company=company, municipality=MunicipalityFactory())
        CompanyContactFactory(company=company)
        InterestAnswerFactory(company=company, school_year=2090 + number)
    with django_assert_num_queries(8):
        assert client.get(url("company_profile", company)).status_code == 200


def test_the_company_says_what_it_is_and_search_knows(client, host, company):
    Industry.objects.create(code="25", section="C", name_sv="a", name_nb="a", name_nn="a", name_en="a")
    typed = address(company, about="We weld.", website="www.svets.example", industry="25", employees="12")
    assert client.post(url("company_edit", company), typed).url == url("company_profile", company)
    company.refresh_from_db()
    assert (company.about, company.website, company.employees) == ("We weld.", "https://www.svets.example", 12)
    assert CompanyRow.objects.filter(pk=company.pk, text__words=ReaderQuery("weld", language="en")).exists()


def test_bad_company_details_are_explained(client, host, company):
    typed = address(company, website="javascript:alert(1)", employees="-1", industry="zz")
    page = client.post(url("company_edit", company), typed).content.decode()
    for text in ["Enter a valid URL", "greater than or equal to 0", "Select a valid choice", "Gatan 1"]:
        assert text in page


def test_workplaces_are_added_and_changed_with_their_facts(client, host, company):
    facts = {
        "clothing": "Closed shoes",
        "equipment": "Helmets",
        "lunch": "Canteen",
        "parking": "Gate 2",
        "directions": "Ring twice",
    }
    assert (
        client.post(url("workplace_create", company), workplace_of(company, **facts, step_free="true")).status_code
        == 302
    )
    workplace = company.workplaces.get()
    assert workplace.directions == "Ring twice"
    assert (workplace.clothing, workplace.step_free, workplace.is_active) == ("Closed shoes", True, True)
    typed = workplace_of(company, name="The foundry", step_free="unknown")
    assert client.post(url("workplace_edit", company, workplace), typed).status_code == 302
    workplace.refresh_from_db()
    assert (workplace.name, workplace.step_free) == ("The foundry", None)


def test_the_last_workplace_stays_in_use(client, host, company):
    workplace = WorkplaceFactory(company=company)
    out_of_use = workplace_of(company)
    del out_of_use["is_active"]
    page = client.post(url("workplace_edit", company, workplace), out_of_use).content.decode()
    assert "A company needs one workplace in use." in page
    assert Workplace.objects.get().is_active
    WorkplaceFactory(company=company)
    assert client.post(url("workplace_edit", company, workplace), out_of_use).status_code == 302
    assert company.workplaces.filter(is_active=True).count() == 1


def test_contacts_are_added_linked_and_changed(client, host, company):
    assert client.post(url("contact_create", company), contact_of(email=host.email.upper())).status_code == 302
    contact = company.contacts.get()
    assert (contact.email, contact.user) == (host.email, host)
    assert client.post(url("contact_edit", company, contact), contact_of(answers_for="visits")).status_code == 302
    contact.refresh_from_db()
    assert (contact.email, contact.answers_for, contact.user) == ("kim@foretag.example", "visits", None)


def test_an_address_belongs_to_one_contact(client, host, company):
    CompanyContactFactory(company=company, email="kim@foretag.example")
    page = client.post(url("contact_create", company), contact_of(email="Kim@Foretag.example")).content.decode()
    assert "already belongs to one of your contact persons" in page
    CompanyContactFactory(email="other@foretag.example")  # another company's is no hindrance
    assert client.post(url("contact_create", company), contact_of(email="other@foretag.example")).status_code == 302


def test_somebody_always_answers(client, host, company):
    first = CompanyContactFactory(company=company)
    CompanyContactFactory(company=company, is_substitute=True)
    page = client.post(url("contact_edit", company, first), contact_of(is_substitute="on")).content.decode()
    assert "Somebody must answer for the company." in page
    page = client.post(url("contact_remove", company, first)).content.decode()
    assert "Somebody must answer for the company." in page
    CompanyContactFactory(company=company)
    assert client.get(url("contact_remove", company, first)).status_code == 200
    assert CompanyContact.objects.filter(pk=first.pk).exists()  # reading removes nothing
    assert client.post(url("contact_remove", company, first)).status_code == 302
    assert not CompanyContact.objects.filter(pk=first.pk).exists()


def test_the_contact_of_a_visit_stays(client, host, company):
    contact = CompanyContactFactory(company=company, name="Sara Svar")
    CompanyContactFactory(company=company)
    VisitOfferFactory(company=company, contact=contact)
    page = client.post(url("contact_remove", company, contact)).content.decode()
    assert "Sara Svar is the contact person of a visit." in page


def test_other_companies_and_their_parts_are_not_found(client, host, company):
    other = CompanyFactory(members=[UserFactory()])
    workplace, contact = WorkplaceFactory(company=other), CompanyContactFactory(company=other)
    pages = [
        url("company_profile", other),
        url("company_edit", other),
        url("interest_edit", other),
        url("workplace_create", other),
        url("workplace_edit", other, workplace),
        url("workplace_edit", company, workplace),
        url("contact_create", other),
        url("contact_edit", other, contact),
        url("contact_edit", company, contact),
        url("contact_remove", company, contact),
    ]
    assert [client.get(page).status_code for page in pages] == [404] * len(pages)
    assert [client.post(page, contact_of()).status_code for page in pages[1:]] == [404] * (len(pages) - 1)
