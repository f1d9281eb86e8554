import pytest
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest

from notifications.models import QueuedMail


@pytest.fixture(autouse=True)
def _start_page(settings):
    """Where people land after signing in stands in an app above this one: not the matter of these tests."""
    settings.LOGIN_REDIRECT_URL = "landing"


@pytest.fixture
def sign_in(client):
    """Sign a user in as if they had just entered their password: no reauthentication is asked for."""

    def sign_in(user):
        client.force_login(user)
        request = HttpRequest()
        request.session = client.session
        record_authentication(request, user, "password", reauthenticated=True)
        request.session.save()
        return user

    return sign_in


@pytest.fixture
def mails(db):
    """The subjects and addresses waiting in the outbox, oldest first."""
    return lambda: [(mail.to_email, mail.details["subject"].strip()) for mail in QueuedMail.objects.order_by("pk")]
