import threading
from functools import partial

import pytest

from companies import actions
from companies.models import Company
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, swedish_number
from tests.factories.regions import MunicipalityFactory

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 8


def register(user, number, municipality):
    return actions.register_company(
        country="SE",
        org_number=number,
        by=user,
        details={"name": f"Svets {user.pk}", "municipality_id": municipality.pk},
    )


@pytest.mark.parametrize("is_imported", [False, True])
def test_one_number_is_one_company_with_one_first_owner(is_imported):
    number, municipality = swedish_number(4711), MunicipalityFactory()
    if is_imported:
        CompanyFactory(org_number=number, joined_at=None, municipality=municipality)
    users = UserFactory.create_batch(PEOPLE)
    outcomes = at_the_same_time(*[partial(register, user, number, municipality) for user in users])
    company = Company.objects.get()
    told = [outcome for outcome in outcomes if isinstance(outcome, actions.CompanyHasPeople)]
    assert [outcome for outcome in outcomes if outcome not in told] == [company]
    assert [refusal.company for refusal in told] == [company] * (PEOPLE - 1)
    assert company.memberships.get().role == "owner"


def test_the_same_person_clicking_twice_gets_the_company_twice():
    number, municipality, user = swedish_number(4712), MunicipalityFactory(), UserFactory()
    outcomes = at_the_same_time(*[partial(register, user, number, municipality)] * PEOPLE)
    assert outcomes == [Company.objects.get()] * PEOPLE
    assert Company.objects.get().memberships.count() == 1


def test_without_the_lock_several_people_would_own_the_company(monkeypatch):
    """The negative control: the tests above can fail."""
    number, municipality = swedish_number(4713), MunicipalityFactory()
    CompanyFactory(org_number=number, joined_at=None, municipality=municipality)
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda self, **kwargs: self)
    monkeypatch.setattr(actions, "save_company", lambda company: company)  # its UPDATE would wait, too
    # Between looking and writing everybody waits for the others: without a lock that is possible.
    looked = threading.Barrier(PEOPLE)
    monkeypatch.setattr(actions, "refuse_unless_it_can_join", lambda company: looked.wait(30))
    users = UserFactory.create_batch(PEOPLE)
    at_the_same_time(*[partial(register, user, number, municipality) for user in users])
    assert Company.objects.get().memberships.count() == PEOPLE
