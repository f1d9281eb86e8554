import importlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import models
from django.utils import timezone

from accounts.models import User
from config.celery import app as celery
from coordination.models import KEEP_FILES_FOR
from coordination.retention import RULES, apply_rules
from core.retention import retention
from notifications.tasks import KEEP_ADDRESS_FOR
from tests.factories.accounts import InvitationFactory, JoinRequestFactory, MembershipFactory, UserFactory
from tests.factories.companies import InterestAnswerFactory, InterestInvitationFactory
from tests.factories.coordination import ImportFindingFactory
from tests.factories.visits import BookingMessageFactory, CheckedFileFactory, VisitBookingFactory

YEAR = timedelta(days=365)
WRITTEN = (models.CharField, models.TextField, models.JSONField, models.FileField, ArrayField)


def in_stockholm(*moment):
    return datetime(*moment, tzinfo=ZoneInfo("Europe/Stockholm"))


def may_be_personal(field):
    """What somebody may have written, and who did it. A choice from a list of ours is neither; a key says nothing."""
    if field.remote_field:
        people = {"accounts.User", "companies.CompanyContact", "schools.SchoolContact"}
        return field.related_model._meta.label in people
    return isinstance(field, WRITTEN) and not field.choices and not field.primary_key


def stored_models():
    return [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]


@pytest.mark.parametrize("model", stored_models(), ids=lambda model: model._meta.label)
def test_every_field_that_may_be_personal_has_a_place_in_the_file(model):
    label, file = model._meta.label, retention()
    if label in file.models_without:
        assert label not in file.models
        return
    written = file.models[label]
    if written.whole_row:
        assert not written.personal
        assert not written.not_personal
        return
    fields = {field.name for field in model._meta.concrete_fields if may_be_personal(field)}
    assert fields - {*file.fields_without} == {*written.personal, *written.not_personal}
    assert not {*written.personal} & {*written.not_personal}


def test_a_model_without_personal_data_points_at_nobody():
    for label in retention().models_without:
        fields = apps.get_model(label)._meta.concrete_fields
        assert not [field for field in fields if field.remote_field and may_be_personal(field)], label


def test_the_file_names_only_what_exists():
    known = {model._meta.label for model in stored_models()}
    file = retention()
    assert {*file.models, *file.models_without} == known
    used = {rule for model in file.models.values() for rule in [model.whole_row, *model.personal.values()] if rule}
    assert used == {*file.rules}


def test_every_rule_runs_each_night():
    file = retention()
    tasks = {entry["task"] for entry in celery.conf.beat_schedule.values()}
    assert "coordination.tasks.apply_retention" in tasks
    by_us = {name for name, rule in file.rules.items() if not rule.job and not rule.is_kept_by_people}
    assert by_us == {*RULES}
    for rule in file.rules.values():
        if rule.job:
            module, name = rule.job.rsplit(".", 1)
            assert rule.job in tasks
            assert callable(getattr(importlib.import_module(module), name))


def test_the_older_jobs_keep_the_periods_of_the_file():
    rules = retention().rules
    assert timedelta(days=rules["mail"].days) == KEEP_ADDRESS_FOR
    assert timedelta(days=rules["import_files"].days) == KEEP_FILES_FOR


def history_of(row):
    return apps.get_model(row._meta.app_label, f"{type(row).__name__}Event").objects.filter(pgh_obj_id=row.pk)


@pytest.mark.django_db
def test_booking_details_go_a_year_after_the_school_year_and_the_booking_stays(django_capture_on_commit_callbacks):
    with time_machine.travel(in_stockholm(2027, 5, 3, 9)):
        booking = VisitBookingFactory(note="We come by bus.", reason_text="Anna is ill.", state="confirmed")
        message = BookingMessageFactory(booking=booking, text="Kim is ill.")
        booking.steps.update(reason_text="Anna is ill.")
        message.files.add(CheckedFileFactory(name="Kim.pdf", file=ContentFile(b"%PDF-", "f"), state="ready"))
    (stored,) = [kept.file for kept in message.files.all()]
    with time_machine.travel(in_stockholm(2028, 7, 31, 23, 30)):
        assert apply_rules()["booking_details"] == 0
    with time_machine.travel(in_stockholm(2028, 8, 1, 3, 30)):
        with django_capture_on_commit_callbacks(execute=True):
            assert apply_rules()["booking_details"] > 0
        assert apply_rules()["booking_details"] == 0
    message.refresh_from_db()
    assert (message.text, list(message.files.all()), stored.storage.exists(stored.name)) == ("", [], False)
    before, count = booking.group_name, booking.pupil_count
    booking.refresh_from_db()
    assert (booking.phone, booking.note, booking.reason_text) == ("", "", "")
    assert (booking.group_name, booking.pupil_count, booking.state) == (before, count, "confirmed")
    assert {*history_of(booking).values_list("phone", "note", "reason_text")} == {("", "", "")}
    assert booking.steps.get().reason_text == ""


@pytest.mark.django_db
def test_contacts_of_interest_go_a_year_after_the_school_year_and_the_answer_stays():
    with time_machine.travel(in_stockholm(2026, 9, 1, 9)):
        asked = InterestInvitationFactory()
        given = InterestAnswerFactory(
            company=asked.company, contact_name="Kim", contact_email="kim@foretag.example", comment="Ask for Kim"
        )
    with time_machine.travel(in_stockholm(2028, 7, 31, 12)):
        assert apply_rules()["interest_contacts"] == 0
    with time_machine.travel(in_stockholm(2028, 8, 1, 3, 30)):
        assert apply_rules()["interest_contacts"] == 2
        assert apply_rules()["interest_contacts"] == 0
    asked.refresh_from_db()
    given.refresh_from_db()
    assert (asked.email, given.contact_name, given.contact_email, given.comment) == ("", "", "", "")
    assert (given.level, given.kinds) == ("yes", ["visit"])


@pytest.mark.django_db
def test_addresses_of_invitations_go_a_year_after_their_end():
    now = timezone.now()
    accepted = InvitationFactory(accepted_at=now - YEAR - timedelta(hours=1))
    expired = InvitationFactory(expires_at=now - YEAR - timedelta(hours=1))
    recent = InvitationFactory(expires_at=now - YEAR + timedelta(hours=1))
    assert apply_rules()["invitations"] > 0
    assert apply_rules()["invitations"] == 0
    for gone in (accepted, expired):
        gone.refresh_from_db()
        assert gone.email == ""
        assert {*history_of(gone).values_list("email", flat=True)} == {""}
    address = recent.email
    recent.refresh_from_db()
    assert recent.email == address
    assert history_of(recent).get().email == address
    assert {*type(recent).objects.unanswered()} == {recent}


@pytest.mark.django_db
def test_messages_of_join_requests_go_a_year_after_the_answer():
    now = timezone.now()
    old = JoinRequestFactory(message="I am Kim", state="accepted", decided_at=now - YEAR - timedelta(hours=1))
    recent = JoinRequestFactory(message="I am Kim", state="accepted", decided_at=now - YEAR + timedelta(hours=1))
    assert apply_rules()["join_requests"] > 0
    assert apply_rules()["join_requests"] == 0
    old.refresh_from_db()
    recent.refresh_from_db()
    assert (old.message, old.state, recent.message) == ("", "accepted", "I am Kim")
    assert {*history_of(old).values_list("message", flat=True)} == {""}


@pytest.mark.django_db
def test_names_in_findings_go_after_ninety_days():
    finding = ImportFindingFactory(name="Kims snickeri", code="975283046")
    with time_machine.travel(timezone.now() + timedelta(days=89)):
        assert apply_rules()["import_findings"] == 0
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert apply_rules()["import_findings"] == 1
        assert apply_rules()["import_findings"] == 0
    line = finding.line
    finding.refresh_from_db()
    assert (finding.name, finding.code, finding.line, finding.verdict) == ("", "", line, "refused")


@pytest.mark.django_db
def test_history_goes_after_two_years():
    membership = MembershipFactory()
    with time_machine.travel(timezone.now() + 2 * YEAR - timedelta(hours=1)):
        assert apply_rules()["history"] == 0
    with time_machine.travel(timezone.now() + 2 * YEAR + timedelta(hours=1)):
        assert apply_rules()["history"] > 0
        assert apply_rules()["history"] == 0
    assert not history_of(membership).exists()
    membership.refresh_from_db()


def sign_in(user, *, ends_at):
    store = SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store.set_expiry(ends_at)
    store.save()
    return store.session_key


@pytest.mark.django_db
def test_sessions_go_when_they_have_expired():
    user, now = UserFactory(last_login=timezone.now()), timezone.now()
    sign_in(user, ends_at=now - timedelta(minutes=1))
    alive = sign_in(user, ends_at=now + timedelta(minutes=5))
    assert apply_rules()["sessions"] == 1
    assert apply_rules()["sessions"] == 0
    assert [session.session_key for session in Session.objects.all()] == [alive]


@pytest.mark.django_db
def test_an_account_nobody_uses_is_made_anonymous():
    long_ago = timezone.now() - 2 * YEAR - timedelta(hours=1)
    unused = UserFactory(last_login=long_ago, phone="0701234567", second_factor=True)
    sign_in(unused, ends_at=timezone.now() + timedelta(days=1))
    never_in = UserFactory(date_joined=long_ago)
    kept = [
        UserFactory(last_login=long_ago + timedelta(hours=2)),
        MembershipFactory(user__last_login=long_ago).user,
        UserFactory(last_login=long_ago, is_staff=True),
    ]
    before = {user.pk: user.email for user in kept}
    assert apply_rules()["unused_accounts"] == 2
    assert apply_rules()["unused_accounts"] == 0
    for user in (unused, never_in):
        user.refresh_from_db()
        assert (user.email, user.name, user.phone) == (f"erased-{user.pk}@erased.invalid", "", "")
        assert not user.is_active
        assert not user.has_usable_password()
    assert not EmailAddress.objects.filter(user__in=[unused, never_in]).exists()
    assert not Authenticator.objects.exists()
    assert not Session.objects.exists()
    assert {user.pk: user.email for user in User.objects.filter(pk__in=before)} == before


@pytest.mark.django_db
def test_a_dry_run_counts_without_names_and_writes_nothing(capsys):
    finding = ImportFindingFactory(name="Kims snickeri")
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        call_command("apply_retention", dry_run=True)
    said = capsys.readouterr().out
    assert "import_findings: 1\n" in said
    assert "Kim" not in said
    finding.refresh_from_db()
    assert finding.name == "Kims snickeri"
