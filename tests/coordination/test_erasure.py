"""Erasing on request is on record without anything personal, and is done again after a restore."""

import json

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import User
from companies.models import InterestAnswer
from coordination.erasure import ERASERS, erase_again, erase_person
from core.errors import ActionRefused
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.companies import InterestAnswerFactory, InterestInvitationFactory

pytestmark = pytest.mark.django_db
ADDRESS = "kim@mail.example"


@pytest.fixture(autouse=True)
def ledger(settings, tmp_path):
    settings.ERASURE_LEDGER = tmp_path / "beside" / "erasures.jsonl"
    return settings.ERASURE_LEDGER


@pytest.fixture
def administrator():
    return UserFactory(is_staff=True)


def kims_world():
    user = UserFactory(email=ADDRESS, name="Kim", phone="070")
    MembershipFactory(user=user)
    rows = [
        user,
        InvitationFactory(email="Kim@mail.example"),
        InterestAnswerFactory(contact_name="Kim", contact_email=ADDRESS, comment="Ask Kim"),
        InterestInvitationFactory(email=ADDRESS),
    ]
    assert {row._meta.label for row in rows} == set(ERASERS)
    return rows


def addresses(rows):
    for row in rows:
        row.refresh_from_db()
    return [getattr(row, ERASERS[row._meta.label].address) for row in rows]


def test_erasing_empties_everything_and_notes_nothing_personal(client, administrator, ledger):
    rows, other = kims_world(), InterestAnswerFactory(contact_email="other@mail.example")
    client.force_login(rows[0])
    erase_person("KIM@mail.example", by=administrator)
    assert addresses(rows) == [f"erased-{rows[0].pk}@erased.invalid", "", "", ""]
    assert (rows[0].name, rows[0].phone, rows[0].is_active) == ("", "", False)
    assert client.get(reverse("accounts:settings")).status_code == 302
    assert addresses([other]) == ["other@mail.example"]
    text = ledger.read_text()
    assert "kim" not in text.lower()
    written = [json.loads(line) for line in text.splitlines()]
    assert [(line["model"], line["pk"], line["by"]) for line in written] == [
        (label, {row._meta.label: row.pk for row in rows}[label], administrator.pk) for label in ERASERS
    ]


def test_what_a_restore_brings_back_is_erased_again(administrator):
    rows = kims_world()
    erase_person(ADDRESS, by=administrator)
    assert erase_again() == 0
    # As yesterday's database had it.
    User.objects.filter(pk=rows[0].pk).update(email=ADDRESS, name="Kim", phone="070", is_active=True)
    InterestAnswer.objects.filter(pk=rows[2].pk).update(contact_name="Kim", contact_email=ADDRESS)
    assert erase_again(dry_run=True) == 2
    assert addresses(rows)[0] == ADDRESS
    assert erase_again() == 2
    assert addresses(rows) == [f"erased-{rows[0].pk}@erased.invalid", "", "", ""]


def test_the_nightly_command_erases_again(administrator, capsys):
    user = kims_world()[0]
    erase_person(ADDRESS, by=administrator)
    User.objects.filter(pk=user.pk).update(email=ADDRESS)
    call_command("apply_retention")
    assert "erasure_ledger: 1\n" in capsys.readouterr().out
    assert addresses([user]) == [f"erased-{user.pk}@erased.invalid"]


def test_a_new_person_with_an_old_number_is_left_alone(administrator):
    user = kims_world()[0]
    erase_person(ADDRESS, by=administrator)
    User.objects.filter(pk=user.pk).update(
        email="new@mail.example", date_joined=user.date_joined.replace(microsecond=1, year=2031)
    )
    assert erase_again() == 0
    assert addresses([user]) == ["new@mail.example"]


def test_sessions_end_with_the_account(client, administrator):
    user = kims_world()[0]
    client.force_login(user)
    erase_person(ADDRESS, by=administrator)
    assert not Session.objects.exists()


def test_erasing_is_refused_for_one_who_administers_and_for_nobody(administrator, ledger):
    with pytest.raises(ActionRefused):
        erase_person(administrator.email, by=administrator)
    with pytest.raises(ActionRefused):
        erase_person("nobody@mail.example", by=administrator)
    assert not ledger.exists()


def test_the_command_asks_who_does_it(administrator, capsys):
    kims_world()
    with pytest.raises(CommandError):
        call_command("erase_person", ADDRESS, by="nobody@mail.example")
    call_command("erase_person", ADDRESS, by=administrator.email)
    said = capsys.readouterr().out
    assert said.count("erased\n") == 4
    assert "kim" not in said
