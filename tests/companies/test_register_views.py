import re

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from companies import actions
from companies.models import Company
from core.errors import ActionRefused
from notifications.models import QueuedMail
from occupations.models import Industry
from regions.models import Postcode
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.regions import CountyFactory, MunicipalityFactory

pytestmark = pytest.mark.django_db

NUMBER = "5560360793"
START = "/companies/register/"


@pytest.fixture
def eskilstuna():
    municipality = MunicipalityFactory(id="SE-0484", name="Eskilstuna")
    Postcode.objects.create(country="SE", code="63220", municipality=municipality)
    return municipality


@pytest.fixture
def industry():
    return Industry.objects.create(
        code="25", section="C", name_sv="Metallvaror", name_nb="Metallvarer", name_nn="Metallvarer", name_en="Metal"
    )


@pytest.fixture
def user(client):
    user = UserFactory(name="Sara Svets", phone="070-123 45 67")
    client.force_login(user)
    return user


def details(industry, **changes):
    return {
        "kind": "company",
        "name": "Svets & Smide AB",
        "street": "Verkstadsgatan 1",
        "postcode": "632 20",
        "city": "Eskilstuna",
        "industry": industry.code,
        **changes,
    }


def test_strangers_are_told_what_to_have_at_hand_and_come_back_after_signing_up(client):
    response = client.get(START)
    assert response.status_code == 200
    assert 'href="/accounts/signup/?next=/companies/register/"' in response.content.decode()
    assert client.post(START, {"country": "SE", "org_number": NUMBER}).status_code == 200


def test_a_company_signs_itself_up_from_nothing(client, user, eskilstuna, industry):
    response = client.post(START, {"country": "SE", "org_number": "556036-0793"}, follow=True)
    assert response.redirect_chain == [(f"{START}SE/{NUMBER}/", 302)]
    assert "We do not have 556036-0793 yet" in response.content.decode()

    response = client.post(f"{START}SE/{NUMBER}/", details(industry))
    company = Company.objects.get()
    workplace_step = reverse("companies:company_register_workplace", args=[company.public_id])
    assert response.url == workplace_step
    assert (company.org_number, company.postcode, company.municipality) == (NUMBER, "63220", eskilstuna)
    assert company.joined_at is None
    assert list(company.memberships.values_list("user", "role")) == [(user.pk, "owner")]

    page = client.get(workplace_step).content.decode()
    assert 'value="Verkstadsgatan 1"' in page
    contact_step = reverse("companies:company_register_contact", args=[company.public_id])
    address = {"name": "Smedjan", "street": "Smidesvägen 2", "postcode": "63220", "city": "Eskilstuna"}
    assert client.post(workplace_step, address).url == contact_step
    assert client.post(workplace_step, address).url == contact_step  # a double click
    assert list(company.workplaces.values_list("name", "street", "municipality")) == [
        ("Smedjan", "Smidesvägen 2", eskilstuna.pk)
    ]

    page = client.get(contact_step).content.decode()
    assert 'value="Sara Svets"' in page
    assert f'value="{user.email}"' in page
    assert 'value="070-123 45 67"' in page
    contact = {"name": "Sara Svets", "email": user.email, "phone": "070-123 45 67", "language": "sv"}
    for _click in range(2):
        response = client.post(contact_step, contact)
        assert response.url == reverse("companies:company_welcome", args=[company.public_id])
    company.refresh_from_db()
    assert company.joined_at is not None
    assert list(company.contacts.values_list("email", "user")) == [(user.email, user.pk)]
    assert list(QueuedMail.objects.values_list("kind", "to_email")) == [("company_joined", user.email)]
    assert "Publish your first visit" in client.get(response.url).content.decode()


def test_an_imported_company_is_confirmed_not_doubled(client, user, industry, eskilstuna):
    company = CompanyFactory(
        org_number=NUMBER,
        name="SVETS AB",
        street="Gamla vägen 1",
        postcode="63220",
        city="Eskilstuna",
        municipality=eskilstuna,
        joined_at=None,
    )
    WorkplaceFactory(company=company, name="SVETS AB AVD ESKILSTUNA", street="Fabriksgatan 3", municipality=eskilstuna)
    page = client.get(f"{START}SE/{NUMBER}/").content.decode()
    assert "We found 556036-0793 in the register" in page
    assert 'value="SVETS AB"' in page
    response = client.post(f"{START}SE/{NUMBER}/", details(industry, name="Svets AB"))
    # The register knows a workplace, but whoever signs up sees it before anybody else does.
    assert response.url == reverse("companies:company_register_workplace", args=[company.public_id])
    assert 'value="Fabriksgatan 3"' in client.get(response.url).content.decode()
    assert Company.objects.get().name == "Svets AB"


def test_a_company_with_people_leads_to_ask_to_join(client, user, industry):
    company = CompanyFactory(org_number=NUMBER, name="Svets AB", members=[UserFactory()])
    page = client.get(f"{START}SE/{NUMBER}/")
    assert reverse("accounts:join", args=["company", company.public_id]) in page.content.decode()
    assert "Ask to join" in client.post(f"{START}SE/{NUMBER}/", details(industry)).content.decode()
    company.refresh_from_db()
    assert (company.name, company.memberships.count()) == ("Svets AB", 1)


def test_whoever_began_yesterday_goes_on_where_they_were(client, user):
    company = CompanyFactory(org_number=NUMBER, members=[user], joined_at=None)
    here = f"{START}SE/{NUMBER}/"
    assert client.get(here).url == reverse("companies:company_register_workplace", args=[company.public_id])
    WorkplaceFactory(company=company)
    assert client.get(here).url == reverse("companies:company_register_contact", args=[company.public_id])
    Company.objects.update(joined_at=timezone.now())
    assert client.get(here).url == reverse("companies:company_profile", args=[company.public_id])


@pytest.mark.parametrize(
    ("country", "number", "message"),
    [
        ("SE", "850709-9805", "Sole traders cannot sign up here"),
        ("NO", "01018512345", "Sole traders cannot sign up here"),
        ("SE", "556036-0794", "This is not a valid organisation number"),
        ("NO", "556036-0793", "This is not a valid organisation number"),
        ("SE", "", "This field is required"),
        ("XX", "5560360793", "Select a valid choice"),
    ],
)
def test_a_wrong_number_is_explained_and_kept(client, user, country, number, message):
    page = client.post(START, {"country": country, "org_number": number}).content.decode()
    assert message in page
    assert f'value="{number}"' in page or not number


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"ceased_at": timezone.now()}, "has ceased"),
        ({"legal_form": "ENK"}, "Sole traders cannot sign up here"),
    ],
)
def test_a_company_that_cannot_join_is_told_why(client, user, industry, eskilstuna, fields, message):
    CompanyFactory(org_number=NUMBER, joined_at=None, **fields)
    assert message in client.post(START, {"country": "SE", "org_number": NUMBER}).content.decode()
    assert message in client.post(f"{START}SE/{NUMBER}/", details(industry)).content.decode()
    assert Company.objects.get().memberships.count() == 0


def test_a_norwegian_sole_trader_is_refused_before_anything_is_stored(client, user, industry):
    oslo = MunicipalityFactory(
        id="NO-0301", name="Oslo", county=CountyFactory(id="NO-03", name="Oslo", official_name="Oslo")
    )
    typed = details(industry, postcode="0150", municipality=oslo.pk, is_sole_trader="on")
    response = client.post(f"{START}NO/923609016/", typed)
    assert "Sole traders cannot sign up here" in response.content.decode()
    assert Company.objects.count() == 0
    del typed["is_sole_trader"]
    assert client.post(f"{START}NO/923609016/", typed).status_code == 302
    assert Company.objects.get().municipality == oslo


def test_a_school_signs_up_with_its_unit_code_and_needs_no_industry(client, user, eskilstuna):
    page = client.get(f"{START}?country=SE&number=36360001").content.decode()
    assert 'value="36360001"' in page
    response = client.post(START, {"country": "SE", "org_number": "3636 0001"})
    assert response.url == f"{START}SE/36360001/"
    page = client.get(response.url).content.decode()
    assert re.search(r'value="school"[^>]*checked', page)
    school = details(Industry(code=""), kind="school", name="Rinmangymnasiet")
    workplace_step = client.post(response.url, school).url
    company = Company.objects.get()
    assert (company.kind, company.org_number, company.industry) == ("school", "36360001", None)
    address = {"name": "Verkstaden", "street": "Smidesvägen 2", "postcode": "63220", "city": "Eskilstuna"}
    contact_step = client.post(workplace_step, address).url
    contact = {"name": "Sara Svets", "email": user.email, "phone": "070-123 45 67", "language": "sv"}
    assert client.post(contact_step, contact).status_code == 302
    page = client.get(company.get_absolute_url()).content.decode()
    assert '<li class="ds-tag" data-color="spruce">School</li>' in page


def test_a_company_has_an_organisation_number_and_an_industry(client, user, eskilstuna, industry):
    page = client.post(f"{START}SE/36360001/", details(industry)).content.decode()
    assert "A company signs up with its organisation number of ten digits." in page
    assert Company.objects.count() == 0
    page = client.post(f"{START}SE/{NUMBER}/", details(Industry(code=""))).content.decode()
    assert "Choose the company&#x27;s industry." in page
    assert Company.objects.count() == 0
    with pytest.raises(IntegrityError, match="company_has_organisation_number"):
        CompanyFactory(kind="company", org_number="36360001")


@pytest.mark.parametrize("path", ["SE/8507099805/", "SE/5560360794/", "XX/5560360793/", "SE/556036-0793/"])
def test_the_second_step_takes_only_numbers_of_the_first(client, user, path):
    assert client.get(START + path).status_code == 404


def test_bad_details_are_explained_and_typed_values_kept(client, user, industry, eskilstuna):
    here = f"{START}SE/{NUMBER}/"
    page = client.post(here, details(industry, postcode="12", name="Svets \x00")).content.decode()
    assert "A postcode here has 5 digits." in page
    assert "Null characters are not allowed" in page
    assert 'value="Verkstadsgatan 1"' in page
    page = client.post(here, details(industry, postcode="99999")).content.decode()
    assert "We could not tell from the postcode" in page
    norwegian = MunicipalityFactory(id="NO-5501", county=CountyFactory(id="NO-55", name="Troms", official_name="Troms"))
    page = client.post(here, details(industry, municipality=norwegian.pk)).content.decode()
    assert "Select a valid choice" in page
    assert Company.objects.count() == 0


def test_the_sign_up_cannot_end_without_a_workplace(user):
    company = CompanyFactory(members=[user], joined_at=None)
    with pytest.raises(ActionRefused, match="workplace is missing"):
        actions.finish_sign_up(company, by=user, name="A", email="a@mail.example", phone="", language="sv")


@pytest.mark.parametrize("step", ["company_register_workplace", "company_register_contact", "company_welcome"])
def test_steps_of_another_company_are_not_found(client, user, step):
    CompanyFactory(members=[user])
    other = CompanyFactory(joined_at=None, supervisors=[user])
    assert client.get(reverse(f"companies:{step}", args=[other.public_id])).status_code == 404
