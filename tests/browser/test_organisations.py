"""A company signs itself up, answers the yearly question behind its link, a school saves its classes."""

import pytest

from companies import interest_links
from companies.models import Company, InterestAnswer
from occupations.models import Industry
from regions.models import Postcode
from regions.school_year import current_school_year
from tests.browser.accessibility import check_accessibility
from tests.factories.accounts import UserFactory
from tests.factories.companies import (
    CompanyContactFactory,
    CompanyFactory,
    InterestAnswerFactory,
    InterestInvitationFactory,
    WorkplaceFactory,
)
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolContactFactory, SchoolFactory

WIDTHS = [390, 1280]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_company_signs_itself_up(open_page, width):
    municipality = MunicipalityFactory(name="Eskilstuna")
    Postcode.objects.create(country="SE", code="63220", municipality=municipality)
    metal = dict.fromkeys(["name_sv", "name_nb", "name_nn", "name_en"], "Metal products")
    Industry.objects.create(code="25", section="C", **metal)
    user = UserFactory(name="Sara Svets")

    page = open_page("/companies/register/", width=width)
    check_accessibility(page)
    page = open_page("/companies/register/", width=width, user=user, scheme="dark")
    page.get_by_label("Sweden").check()
    page.get_by_label("Organisation number").fill("556036-0794")
    page.get_by_role("button", name="Go on").click()
    check_accessibility(page)
    page.get_by_label("Organisation number").fill("556036-0793")
    page.get_by_role("button", name="Go on").click()

    page.get_by_label("Name", exact=True).fill("Svets & Smide AB")
    page.get_by_label("Street address").fill("Verkstadsgatan 1")
    page.get_by_label("Postcode").fill("632 20")
    page.get_by_label("Town").fill("Eskilstuna")
    page.get_by_label("Industry").select_option("25")
    check_accessibility(page)
    page.get_by_role("button", name="Go on").click()
    check_accessibility(page)
    page.get_by_role("button", name="Go on").click()
    check_accessibility(page)
    page.get_by_role("button", name="Finish the sign-up").click()
    page.get_by_role("heading", name="Welcome, Svets & Smide AB").wait_for()
    check_accessibility(page)
    assert Company.objects.listed().get().workplaces.get().municipality == municipality

    page.get_by_role("link", name="See your page").click()
    check_accessibility(page)
    page.get_by_role("link", name="Add a workplace").click()
    check_accessibility(page)
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Add a contact person").click()
    check_accessibility(page)
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Change the text about the host").click()
    check_accessibility(page)


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_company_answers_behind_its_link(open_page, width, javascript):
    invitation = InterestInvitationFactory(company__name="Svets AB")
    address = f"/companies/interest/answer/{interest_links.token_of(invitation)}/"
    page = open_page(address, width=width, javascript=javascript)
    page.get_by_label("Maybe").check()
    page.get_by_label("study visits").check()
    page.get_by_label("March").check()
    page.get_by_label("How many, roughly?").fill("2 classes")
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_role("heading", name="Thank you!").wait_for()
    given = InterestAnswer.objects.get()
    assert (given.level, given.kinds, given.months, given.amount) == ("maybe", ["visit"], [3], "2 classes")

    page.get_by_role("link", name="Change the answer").click()
    page.get_by_label("Not this year").check()
    page.get_by_label("We lack time or people").check()
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_role("heading", name="Thank you for telling us").wait_for()
    given.refresh_from_db()
    assert (given.level, given.reason, given.kinds) == ("no", "time", [])


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_behind_the_link_is_accessible(open_page, width, complaints):
    invitation = InterestInvitationFactory(company__name="Svets AB")
    address = f"/companies/interest/answer/{interest_links.token_of(invitation)}/"
    page = open_page(address, width=width)
    check_accessibility(page)
    page.get_by_role("button", name="Send the answer").click()
    check_accessibility(page)
    invitation.link_number = 2
    invitation.save()
    complaints.expect("410")
    complaints.expect("404")
    page.goto(address)
    check_accessibility(page)
    page.get_by_role("button", name="Send me a new link").click()
    check_accessibility(page)
    page.goto("/companies/interest/answer/nonsense/")
    check_accessibility(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_coordinators_list_is_accessible(open_page, width):
    coordinator = UserFactory(second_factor=True)
    municipality = MunicipalityFactory(name="Eskilstuna")
    region = RegionFactory(name="Region Prov", municipalities=[municipality], coordinators=[coordinator])
    asked = InterestInvitationFactory(company__municipality=municipality, region=region)
    InterestAnswerFactory(company=asked.company, invitation=asked, amount="2 classes", contact_name="Kim")
    InterestInvitationFactory(company__municipality=municipality, region=region)
    CompanyContactFactory(company__municipality=municipality)
    CompanyFactory(municipality=municipality)
    page = open_page(f"/companies/interest/?year={current_school_year()}", width=width, user=coordinator)
    check_accessibility(page)
    page.get_by_label("Answer").select_option("unanswered")
    page.get_by_role("status").get_by_text("1 company").wait_for()
    page.get_by_role("link", name="Ask companies").first.click()
    check_accessibility(page)
    page.get_by_role("link", name="Ask a company that is not in the list").click()
    check_accessibility(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_a_school_are_accessible(open_page, width):
    counsellor = UserFactory()
    school = SchoolFactory(name="Provskolan", members=[counsellor])
    SchoolClassFactory(school=school, name="9B")
    SchoolClassFactory(school=school, name="9C", is_archived=True)
    SchoolClassFactory(school=school, name="7A", grade=7, school_year=current_school_year() - 1)
    SchoolContactFactory(school=school)
    page = open_page(f"/schools/{school.public_id}/", width=width, user=counsellor)
    check_accessibility(page)
    page.get_by_role("link", name="Add a class").click()
    page.get_by_label("Class", exact=True).fill("Anna")
    page.get_by_role("button", name="Save").click()
    check_accessibility(page)
    page.goto(f"/schools/{school.public_id}/classes/copy/")
    check_accessibility(page)
    page.get_by_role("button", name="Copy the ticked classes").click()
    page.get_by_role("link", name="8A").wait_for()
    page.goto("/schools/find/?q=prov")
    check_accessibility(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_company_page_with_much_on_it_is_accessible(open_page, width):
    host = UserFactory()
    company = CompanyFactory(members=[host], about="We weld.")
    WorkplaceFactory(company=company)
    contact = CompanyContactFactory(company=company, answers_for="prao")
    InterestAnswerFactory(company=company, level="maybe", months=[3, 4], amount="2 classes", comment="Ring first")
    page = open_page(f"/companies/own/{company.public_id}/", width=width, user=host)
    check_accessibility(page)
    page.goto(f"/companies/own/{company.public_id}/interest/")
    check_accessibility(page)
    page.goto(f"/companies/own/{company.public_id}/contacts/{contact.public_id}/remove/")
    page.get_by_role("button", name="Remove the contact person").click()
    check_accessibility(page)
