"""Keeps the rules of config/retention.toml: one function per rule, each harmless when it runs twice.

Each answers how many rows it changed, or would change. Batches are small and commit alone, so that nobody waits for
a lock and a night that is cut short has still done its part.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, time
from typing import Any

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import BouncedAddress, Invitation, JoinRequest, User
from companies.models import InterestAnswer, InterestInvitation
from coordination.models import ImportFinding
from core.retention import Rule, retention
from notifications.models import InboxNotice, MobileNumber, NoticeChoice
from regions.school_year import current_school_year, first_day
from visits.enums import LIVE_STATES
from visits.file_actions import forget_files
from visits.models import (
    BookingMessage,
    BookingNeeds,
    BookingStep,
    CheckedFile,
    Favourite,
    FavouriteHost,
    FoundOffer,
    SavedSearch,
    VisitBooking,
    WaitingGroup,
)

log = structlog.get_logger("retention")

BATCH = 500
ERASED_DOMAIN = "@erased.invalid"


def apply_rules(*, dry_run: bool = False) -> dict[str, int]:
    """Run every rule and say how many rows each has changed."""
    counts = {}
    for name, keep in RULES.items():
        counts[name] = keep(retention().rules[name], dry_run)
        log.info("retention_rule", rule=name, rows=counts[name], dry_run=dry_run)
    return counts


def booking_details(rule: Rule, dry_run: bool) -> int:
    before = timezone.make_aware(datetime.combine(first_day(_oldest_school_year_kept(rule)), time.min))
    gone = {"phone": "", "note": "", "answers": [], "reason_text": ""}
    count = 0
    for model, also in ((VisitBooking, {"transport": ""}), (WaitingGroup, {})):
        rows = model._default_manager.filter(slot__starts_at__lt=before)
        history = _history_of(model).filter(pgh_obj__slot__starts_at__lt=before)
        count += _erase(rows, gone | also, dry_run) + _erase(history, gone | also, dry_run)
    count += _erase(BookingStep.objects.filter(booking__slot__starts_at__lt=before), {"reason_text": ""}, dry_run)
    messages = BookingMessage.objects.filter(booking__slot__starts_at__lt=before)
    files = CheckedFile.objects.filter(messages__in=messages).distinct()
    count += files.count() if dry_run else forget_files(files)
    return count + _erase(messages, {"text": ""}, dry_run)


def booking_needs(rule: Rule, dry_run: bool) -> int:
    """Long before the rest of a booking: a host needs them on the day, and nobody afterwards."""
    over = Q(booking__slot__ends_at__lt=rule.cutoff()) | ~Q(booking__state__in=LIVE_STATES)
    return _delete(BookingNeeds.objects.filter(over), dry_run)


def interest_contacts(rule: Rule, dry_run: bool) -> int:
    oldest = _oldest_school_year_kept(rule)
    gone = {"contact_name": "", "contact_email": "", "contact_phone": "", "comment": ""}
    answers = _erase(InterestAnswer.objects.filter(school_year__lt=oldest), gone, dry_run)
    return answers + _erase(InterestInvitation.objects.filter(school_year__lt=oldest), {"email": ""}, dry_run)


def invitations(rule: Rule, dry_run: bool) -> int:
    ended_at = Coalesce("accepted_at", "revoked_at", "expires_at")
    rows = Invitation.objects.alias(ended_at=ended_at).filter(ended_at__lt=rule.cutoff())
    history = _history_of(Invitation).filter(pgh_obj_id__in=rows.values("pk"))
    return _erase(rows, {"email": ""}, dry_run) + _erase(history, {"email": ""}, dry_run)


def join_requests(rule: Rule, dry_run: bool) -> int:
    rows = JoinRequest.objects.alias(ended_at=Coalesce("decided_at", "created_at")).filter(ended_at__lt=rule.cutoff())
    history = _history_of(JoinRequest).filter(pgh_obj_id__in=rows.values("pk"))
    return _erase(rows, {"message": ""}, dry_run) + _erase(history, {"message": ""}, dry_run)


def import_findings(rule: Rule, dry_run: bool) -> int:
    rows = ImportFinding.objects.filter(run__created_at__lt=rule.cutoff())
    return _erase(rows, {"name": "", "code": ""}, dry_run)


def bounces(rule: Rule, dry_run: bool) -> int:
    return _delete(BouncedAddress.objects.filter(last_at__lt=rule.cutoff()), dry_run)


def inbox(rule: Rule, dry_run: bool) -> int:
    return _delete(InboxNotice.objects.filter(arrived_at__lt=rule.cutoff()), dry_run)


def sessions(rule: Rule, dry_run: bool) -> int:
    """With a session goes what was noted of where it was begun, also when it ended by signing out."""
    ended = _delete(Session.objects.filter(expire_date__lt=rule.cutoff()), dry_run)
    living = Session.objects.filter(expire_date__gte=rule.cutoff()).values("session_key")
    return ended + _delete(UserSession.objects.exclude(session_key__in=living), dry_run)


def unused_accounts(rule: Rule, dry_run: bool) -> int:
    rows = (
        User.objects.alias(last_seen_at=Coalesce("last_login", "date_joined"))
        .filter(last_seen_at__lt=rule.cutoff(), memberships=None, is_staff=False, is_superuser=False)
        .exclude(email__endswith=ERASED_DOMAIN)
    )
    if dry_run:
        return rows.count()
    erased = 0
    for ids in _batches(rows):
        with transaction.atomic():
            # Under the lock, as they may just have signed in or been let in somewhere.
            users = list(rows.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True))
            for user in users:
                anonymise(user)
        end_sessions_of({str(user.pk) for user in users})
        erased += len(users)
    return erased


def history(rule: Rule, dry_run: bool) -> int:
    """Contexts last, by when they were last written to: rows of the history point at them."""
    moments = {"pghistory.Context": "updated_at", "admin.LogEntry": "action_time"}
    count = 0
    for label in sorted(retention().models_of("history"), key=lambda label: label == "pghistory.Context"):
        rows = apps.get_model(label)._default_manager.all()
        count += _delete(rows.filter(**{f"{moments.get(label, 'pgh_created_at')}__lt": rule.cutoff()}), dry_run)
    return count


# The rules without a job of their own. History is last: erasing writes to it.
RULES: dict[str, Callable[[Rule, bool], int]] = {
    keep.__name__: keep
    for keep in (
        booking_details,
        booking_needs,
        interest_contacts,
        invitations,
        join_requests,
        import_findings,
        bounces,
        inbox,
        sessions,
        unused_accounts,
        history,
    )
}


def _oldest_school_year_kept(rule: Rule) -> int:
    """The first school year whose data has not been kept long enough."""
    if rule.school_years is None:
        raise ValueError(f"This rule does not count in school years: {rule.then}")
    return current_school_year() - rule.school_years


def _history_of(model: type[Model]) -> QuerySet[Any]:
    """What pghistory has recorded of a model."""
    return apps.get_model(model._meta.app_label, f"{model.__name__}Event")._default_manager.all()


def _batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Keys of the rows, the lowest first. A batch that has been dealt with is never looked at again."""
    rows = rows.order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    while ids:
        yield ids
        ids = list(rows.filter(pk__gt=ids[-1]).values_list("pk", flat=True)[:BATCH])


def _erase(rows: QuerySet[Any], gone: dict[str, Any], dry_run: bool) -> int:
    """Empty the fields of the rows that still hold something in one of them."""
    holding = Q()
    for name, empty in gone.items():
        holding |= ~Q(**{name: empty})
    rows = rows.filter(holding)
    if dry_run:
        return rows.count()
    return sum(rows.model._default_manager.filter(pk__in=ids).update(**gone) for ids in _batches(rows))


def _delete(rows: QuerySet[Any], dry_run: bool) -> int:
    if dry_run:
        return rows.count()
    return sum(rows.model._default_manager.filter(pk__in=ids).delete()[0] for ids in _batches(rows))


def anonymise(user: User) -> None:
    NoticeChoice.objects.filter(email=user.email.lower()).delete()
    BouncedAddress.objects.filter(email=user.email.lower()).delete()
    user.email = f"erased-{user.pk}{ERASED_DOMAIN}"
    user.name = user.phone = ""
    user.password = make_password(None)
    user.is_active = False
    user.save(update_fields=["email", "name", "phone", "password", "is_active"])
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    UserSession.objects.filter(user=user).delete()
    MobileNumber.objects.filter(user=user).delete()
    InboxNotice.objects.filter(user=user).delete()
    for wish in (Favourite, FavouriteHost, SavedSearch, FoundOffer):
        wish._default_manager.filter(user=user).delete()


def empty_in_history(row: Model, gone: dict[str, Any]) -> None:
    """What goes from a row goes from the history of the row; models without history have none."""
    if (name := f"{type(row).__name__}Event") in {model.__name__ for model in apps.get_models()}:
        history = apps.get_model(type(row)._meta.app_label, name)._default_manager.filter(pgh_obj_id=row.pk)
        _erase(history, gone, dry_run=False)


def end_sessions_of(keys: set[str]) -> None:
    """A session's owner is inside its signed data: read the ones that live."""
    for session in Session.objects.filter(expire_date__gte=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) in keys:
            session.delete()
