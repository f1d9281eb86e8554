"""Who has left a school or a company reads nothing more of it, whatever the mail; somebody who works there does."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from notifications.registry import KINDS
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolFactory
from tests.factories.visits import (
    BookingMessageFactory,
    CheckedFileFactory,
    VisitBookingFactory,
    VisitOfferFactory,
    VisitSlotFactory,
    WaitingGroupFactory,
)
from visits import (
    after_emails,
    digest_emails,
    emails,
    follow_up_emails,
    message_emails,
    offer_change_emails,
    recipients,
    reminders,
    vetting_emails,
    waiting_emails,
)
from visits.enums import Side, StepKind
from visits.models import FollowUp, OfferChange, OfferVetting, VisitBooking
from visits.move_actions import bookings_holding

pytestmark = pytest.mark.django_db

# They go to an account or an address for its own sake, whoever it works for.
PERSONAL = {
    "company_joined",  # to the one who has just signed it up
    "interest_asked",  # to the address that a coordinator wrote to
    "interest_reminded",
    "new_offers",  # a search of one's own
    "mobile_code",
}
SOON = timedelta(days=1)


def world(**facts):
    """A booking whose teacher and whose contact person have left; a counsellor and another contact person stay."""
    left, gone = UserFactory(), UserFactory()
    company = CompanyFactory()
    contact = CompanyContactFactory(company=company, user=gone, email=gone.email)
    colleague = CompanyContactFactory(company=company)
    booking = VisitBookingFactory(slot__offer=VisitOfferFactory(company=company, contact=contact), **facts)
    school = booking.school
    VisitBooking.objects.filter(pk=booking.pk).update(requested_by=left)
    school.memberships.all().delete()
    counsellor = UserFactory()
    school.memberships.create(user=counsellor, role="counsellor")
    school.memberships.create(user=UserFactory(), role="teacher")
    school.memberships.create(user=UserFactory(is_active=False), role="principal")
    group = WaitingGroupFactory(slot=booking.slot, school_class=booking.school_class, requested_by=counsellor)
    group.requested_by = left
    group.save()
    return SimpleNamespace(
        booking=VisitBooking.objects.get(pk=booking.pk),
        group=group,
        offer=booking.slot.offer,
        company=company,
        school={counsellor.email},
        host={colleague.email},
        left=left,
        gone=gone,
        contact=contact,
        colleague=colleague,
        counsellor=counsellor,
    )


def step(w, kind, **facts):
    return w.booking.steps.create(kind=kind, to_state=w.booking.state, from_state=w.booking.state, side="host", **facts)


def hand_over(w):
    w.booking.requested_by = w.counsellor
    emails.booking_handed_over(w.booking, old=w.left)
    w.booking.contact = w.colleague
    emails.host_contact_changed(w.booking, old=w.contact)


def remind(w):
    VisitBooking.objects.update(state="confirmed", answered_at=timezone.now() - timedelta(days=30))
    with time_machine.travel(reminders.reminder_time(w.booking.slot.starts_at, 3)):
        reminders.plan_reminders()


def change(w):
    offer_change_emails.offer_changed(w.booking, OfferChange.objects.create(offer=w.offer, facts={}))


def file_of(w, side):
    message = BookingMessageFactory(booking=w.booking, side=side, by=w.left if side == "school" else w.gone)
    kept = CheckedFileFactory(uploaded_by=message.by)
    message.files.add(kept)
    message_emails.file_removed(kept)


def both_files(w):
    file_of(w, "school")
    file_of(w, "host")


def both_messages(w):
    for side in ("school", "host"):
        message_emails.message_written(BookingMessageFactory(booking=w.booking, side=side, by=UserFactory()))


def waiting(name, **options):
    return lambda w: getattr(waiting_emails, name)(w.group, **options)


def about(name):
    return lambda w: getattr(emails, name)(w.booking)


def vetted(outcome):
    return lambda w: vetting_emails.offer_vetted(
        OfferVetting.objects.create(offer=w.offer, outcome=outcome, decided_at=timezone.now())
    )


BOTH, SCHOOL, HOST = ("school", "host"), ("school",), ("host",)
TRIGGERS = {
    "booking_requested": (about("booking_requested"), BOTH),
    "booking_confirmed": (about("booking_confirmed"), BOTH),
    "booking_declined": (about("booking_declined"), SCHOOL),
    "time_proposed": (about("time_proposed"), SCHOOL),
    "proposal_ended": (about("proposal_ended"), SCHOOL),
    "booking_cancelled": (about("booking_cancelled"), BOTH),
    "booking_expired": (about("booking_expired"), BOTH),
    "time_moved": (lambda w: emails.time_moved(w.booking, step(w, StepKind.MOVED)), BOTH),
    "booking_unanswered": (
        lambda w: emails.booking_unanswered(w.booking, occasion="half", expires_at=timezone.now() + SOON),
        HOST,
    ),
    "booking_reminder": (remind, BOTH),
    "booking_resized": (
        lambda w: [emails.booking_resized(w.booking, by=side, before=2, adults_before=1) for side in Side.values],
        BOTH,
    ),
    "booking_handed_over": (hand_over, BOTH),
    "booking_needs": (about("needs_told"), HOST),
    "booking_transport": (about("transport_told"), HOST),
    "time_asked": (lambda w: emails.time_asked(w.booking, step(w, StepKind.ASKED)), HOST),
    "ask_ended": (lambda w: emails.ask_ended(w.booking, step(w, StepKind.LAPSED)), BOTH),
    "offer_changed": (change, SCHOOL),
    "message_written": (both_messages, BOTH),
    "file_removed": (both_files, BOTH),
    "visit_over": (
        lambda w: after_emails.visit_over(w.booking, due_at=timezone.now(), expires_at=timezone.now() + SOON),
        BOTH,
    ),
    "follow_up_welcome": (
        lambda w: follow_up_emails.follow_up_welcome(FollowUp.objects.create(booking=w.booking, kind="prao")),
        SCHOOL,
    ),
    "week_at_gate": (
        lambda w: digest_emails.week_at_gate(
            w.company, monday=date(2027, 1, 4), expires_at=timezone.now() + timedelta(days=60)
        ),
        HOST,
    ),
    "offer_approved": (vetted("approved"), HOST),
    "offer_sent_back": (vetted("sent_back"), HOST),
    "waiting_joined": (waiting("joined"), SCHOOL),
    "waiting_offered": (waiting("place_offered"), SCHOOL),
    "waiting_lapsed": (waiting("offer_lapsed"), SCHOOL),
    "waiting_passed_over": (waiting("passed_over"), SCHOOL),
    "waiting_no_fit": (waiting("no_longer_fits"), SCHOOL),
    "waiting_closed": (waiting("line_closed"), SCHOOL),
    "waiting_moved": (waiting("time_moved", reason="staff", reason_text=""), SCHOOL),
}
# Asked for by a person for later: it ends with them, and becomes nobody else's.
ENDS_WITH_THE_PERSON = {"book_again"}
# About nobody's own booking; to whom they go: test_plans.py, test_co_hosts.py.
OF_AN_ORGANISATION = {"plan_of_term", "co_host_asked", "co_host_told"}


def test_every_kind_of_mail_is_asked_about():
    of_accounts = {name for name, kind in KINDS.items() if kind.template.startswith("accounts/")}
    assert set(KINDS) == set(TRIGGERS) | ENDS_WITH_THE_PERSON | OF_AN_ORGANISATION | PERSONAL | of_accounts


@pytest.mark.parametrize("kind", TRIGGERS)
def test_who_has_left_reads_nothing_and_somebody_else_does(kind):
    w = world()
    trigger, sides = TRIGGERS[kind]
    with transaction.atomic():
        trigger(w)
    told = set(QueuedMail.objects.filter(kind=kind, channel="mail").values_list("to_email", flat=True))
    assert told == set().union(*(getattr(w, side) for side in sides))


@pytest.mark.parametrize("kind", TRIGGERS)
def test_while_they_work_there_the_mail_is_theirs_alone(kind):
    w = world()
    w.booking.school.memberships.create(user=w.left, role="teacher")
    w.company.memberships.create(user=w.gone, role="contact")
    trigger, sides = TRIGGERS[kind]
    with transaction.atomic():
        trigger(w)
    told = set(QueuedMail.objects.filter(kind=kind, channel="mail").values_list("to_email", flat=True))
    theirs = set().union(*({"school": {w.left.email}, "host": {w.gone.email}}[side] for side in sides))
    assert told - w.school - w.host == theirs if kind == "booking_handed_over" else told == theirs


def test_a_mail_written_ahead_is_not_sent_to_who_has_left_meanwhile():
    booking = VisitBookingFactory(state="confirmed", answered_at=timezone.now() - timedelta(days=30))
    booking.school.memberships.create(user=UserFactory(), role="counsellor")
    when = reminders.reminder_time(booking.slot.starts_at, 3)
    with time_machine.travel(when - timedelta(days=1), tick=False) as clock:
        reminders.plan_reminders()
        booking.school.memberships.filter(user=booking.requested_by).delete()
        reminders.plan_reminders()
        clock.move_to(when + timedelta(minutes=1))
        deliver_due()
    rows = QueuedMail.objects.filter(kind="booking_reminder", channel="mail", details__side="school", details__days=3)
    assert {row.to_email == booking.requested_by.email: bool(row.sent_at) for row in rows} == {True: False, False: True}


def test_a_reminder_for_next_year_ends_with_the_person_who_asked_for_it():
    booking = VisitBookingFactory(state="confirmed")
    stays, leaves = UserFactory(), UserFactory()
    for user in (stays, leaves):
        booking.school.memberships.create(user=user, role="teacher")
        with transaction.atomic():
            after_emails.book_again(booking, to=user, due_at=timezone.now())
    booking.school.memberships.filter(user=leaves).delete()
    deliver_due()
    rows = QueuedMail.objects.filter(kind="book_again")
    assert {row.to_email: bool(row.sent_at) for row in rows} == {stays.email: True, leaves.email: False}


def test_a_school_without_counsellors_is_read_by_all_who_work_there():
    booking = VisitBookingFactory()
    booking.school.memberships.all().delete()
    teachers = UserFactory.create_batch(2)
    for teacher in teachers:
        booking.school.memberships.create(user=teacher, role="teacher")
    SchoolFactory(members=[UserFactory()])
    assert recipients.school_readers(booking) == teachers


@pytest.mark.parametrize("count", [1, 6])
def test_many_bookings_know_their_readers_without_a_query_for_each(django_assert_num_queries, count):
    slot = VisitSlotFactory(groups_capacity=9, pupils_capacity=300)
    VisitBookingFactory.create_batch(count, slot=slot)
    with django_assert_num_queries(1):
        assert all(recipients.school_readers(booking) for booking in bookings_holding(slot))
