import pytest

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory


@pytest.fixture
def host(client):
    """A signed-in contact person, with the company as `.company`."""
    user = UserFactory()
    user.company = CompanyFactory(members=[user])
    client.force_login(user)
    return user
