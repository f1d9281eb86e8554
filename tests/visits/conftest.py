import pytest
import time_machine

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory


@pytest.fixture
def host(client):
    """A signed-in contact person, with the company as `.company`."""
    user = UserFactory()
    user.company = CompanyFactory(members=[user])
    client.force_login(user)
    return user


@pytest.fixture
def on_a_quiet_day():
    """A Tuesday noon in April, far from midnight, the change of clocks and the end of a school year."""
    with time_machine.travel("2027-04-06T12:00:00+02:00", tick=True):
        yield
