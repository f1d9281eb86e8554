"""A person gets all that is stored about them, and nothing about anybody else."""

import json

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from coordination.personal_data import NOT_ABOUT_AN_ACCOUNT, gathered, ways
from core.retention import retention
from notifications.models import QueuedMail
from tests.factories.accounts import InvitationFactory, JoinRequestFactory, MembershipFactory, UserFactory
from tests.factories.companies import (
    CompanyContactFactory,
    CompanyFactory,
    InterestAnswerFactory,
    InterestInvitationFactory,
)
from tests.factories.schools import SchoolContactFactory
from tests.factories.visits import BookingMessageFactory, VisitBookingFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("label", sorted(retention().models))
def test_every_personal_model_leads_to_the_person_or_says_why_not(label):
    """The history of other models is found through who changed it: pghistory.Context."""
    file = retention().models[label]
    is_personal = file.whole_row or file.personal
    if is_personal and file.whole_row != "history":
        assert bool(ways(apps.get_model(label))) != (label in NOT_ABOUT_AN_ACCOUNT)


def test_reasons_are_given_for_models_that_are_there():
    assert set(NOT_ABOUT_AN_ACCOUNT) <= set(retention().models)


def everything_about(person, mark):
    """A row of each kind that is about the person, with the mark in what they have written."""
    membership = MembershipFactory(user=person, company=CompanyFactory(), role="owner", responsibility=f"prao {mark}")
    BookingMessageFactory(by=person, text=f"written {mark}")
    VisitBookingFactory(requested_by=person, note=f"note {mark}", phone=f"phone {mark}")
    JoinRequestFactory(user=person, message=f"message {mark}")
    CompanyContactFactory(company=membership.company, name=f"contact {mark}", email=person.email.upper())
    SchoolContactFactory(name=f"school contact {mark}", email=person.email)
    InterestAnswerFactory(contact_name=f"answered {mark}", contact_email=person.email, comment=f"comment {mark}")
    InterestInvitationFactory(email=person.email)
    InvitationFactory(email=person.email)
    QueuedMail.objects.create(
        key=f"key-{mark}",
        kind="test",
        due_at=timezone.now(),
        next_attempt_at=timezone.now(),
        to_email=person.email,
        user=person,
        subject=f"subject {mark}",
        language="sv",
    )


WRITTEN = ["prao", "written", "note", "phone", "message", "contact", "school contact", "answered", "comment", "subject"]


def test_a_person_gets_everything_of_theirs_and_nothing_of_others():
    me, other = UserFactory(name="Me GULSPARV"), UserFactory(name="Other KANARIE")
    everything_about(me, "GULSPARV")
    everything_about(other, "KANARIE")
    InvitationFactory(email=other.email, invited_by=me)
    InterestInvitationFactory(email=other.email, asked_by=me)
    JoinRequestFactory(user=other, message="let me in KANARIE", state="admitted", decided_by=me)
    text = json.dumps(gathered(me), ensure_ascii=False)
    assert [words for words in WRITTEN if f"{words} GULSPARV" not in text] == []
    assert "Me GULSPARV" in text
    assert "KANARIE" not in text
    assert other.email not in text


def test_no_key_or_password_is_in_it():
    me = UserFactory(second_factor=True)
    text = json.dumps(gathered(me))
    assert me.password not in text
    assert '"data"' not in text
    assert "secret" not in text


def test_the_file_asks_once_more_who_it_is(client):
    me = UserFactory(name="Me GULSPARV")
    client.force_login(me)
    address = reverse("coordination:my_data")
    assert client.get(address).url.startswith(reverse("account_reauthenticate"))
    answer = client.post(f"{reverse('account_reauthenticate')}?next={address}", {"password": "correct horse battery"})
    assert answer.url == address
    response = client.get(address)
    assert response["Content-Disposition"] == 'attachment; filename="industriporten-mine.json"'
    assert "no-store" in response["Cache-Control"]
    assert "Me GULSPARV" in response.content.decode()


def test_the_page_about_personal_data_leads_to_it(client):
    link = reverse("coordination:my_data")
    assert link not in client.get(reverse("privacy")).content.decode()
    client.force_login(UserFactory())
    assert link in client.get(reverse("privacy")).content.decode()
