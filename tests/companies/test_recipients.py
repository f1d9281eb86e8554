import pytest

from companies.recipients import answering_contacts
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory

pytestmark = pytest.mark.django_db


def test_the_chosen_contact_answers_and_substitutes_get_a_copy():
    company = CompanyFactory()
    CompanyContactFactory(company=company)
    substitute = CompanyContactFactory(company=company, is_substitute=True)
    chosen = CompanyContactFactory(company=company)
    CompanyContactFactory(is_substitute=True)  # of another company
    assert answering_contacts(company, chosen) == [chosen, substitute]


def test_without_a_choice_the_first_who_is_no_substitute_answers():
    company = CompanyFactory()
    substitute = CompanyContactFactory(company=company, is_substitute=True)
    first = CompanyContactFactory(company=company)
    CompanyContactFactory(company=company)
    assert answering_contacts(company) == [first, substitute]


def test_a_chosen_substitute_is_written_to_once():
    company = CompanyFactory()
    substitute = CompanyContactFactory(company=company, is_substitute=True)
    assert answering_contacts(company, substitute) == [substitute]


def test_the_same_address_in_other_letters_gets_one_mail():
    company = CompanyFactory()
    first = CompanyContactFactory(company=company, email="kim@foretag.example")
    CompanyContactFactory(company=company, email="Kim@foretag.example", is_substitute=True)
    assert answering_contacts(company) == [first]


def test_owners_answer_for_a_company_without_contacts():
    owner, away = UserFactory(name="Olle Ägare", language="nb"), UserFactory(is_active=False)
    company = CompanyFactory(members=[away, owner], supervisors=[UserFactory()])
    people = answering_contacts(company)
    assert [(person.name, person.email, person.language, person.pk) for person in people] == [
        ("Olle Ägare", owner.email, "nb", None)
    ]


def test_a_company_with_nobody_has_nobody():
    assert answering_contacts(CompanyFactory()) == []
