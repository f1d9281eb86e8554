"""Calendar feeds: which bookings an address tells of, and who may make which.

Rights are looked up at each reading: who has left a school reads nothing of it any more.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.functions import Now
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from companies.models import Company
from schools.models import School, SchoolClass
from visits.enums import LIVE_STATES, BookingState, FeedKind
from visits.models import BookingStep, CalendarFeed, VisitBooking, VisitBookingQuerySet

# How long past visits, and cancellations, stay in the feed: longer than any program sleeps.
KEEP_FOR = timedelta(days=60)
MOST_EVENTS = 2000
# Calendar programs ask once in 15 minutes at most; several devices share an address.
MOST_READS_AN_HOUR = 120


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def may_have(user: User, kind: str, target: SchoolClass | School | Company | None) -> bool:
    """Whether the user belongs to what the feed is about."""
    if kind == FeedKind.PERSON:
        return target is None and user.is_active
    if isinstance(target, SchoolClass):
        target = target.school
    return target is not None and user.is_active and target.memberships.filter(user=user).exists()


def target_of(feed: CalendarFeed) -> SchoolClass | School | Company | None:
    return feed.school_class or feed.school or feed.company


@transaction.atomic
def make_feed(user: User, kind: str, target: SchoolClass | School | Company | None) -> tuple[CalendarFeed, str]:
    """The feed and its key, which is shown once. Made a second time, the old address stops working."""
    fields: dict[str, Any] = {
        "school_class": target if isinstance(target, SchoolClass) else None,
        "school": target if isinstance(target, School) else None,
        "company": target if isinstance(target, Company) else None,
    }
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    feed, _created = CalendarFeed.objects.update_or_create(
        user=user,
        kind=kind,
        **fields,
        defaults={"token_hash": hash_of(token), "created_at": now, "read_at": None, "reads_this_hour": 0},
    )
    return feed, token


def feed_of(token: str) -> CalendarFeed | None:
    """The feed, while its owner still belongs there."""
    feeds = CalendarFeed.objects.select_related("user", "school_class__school", "school", "company")
    feed = feeds.filter(token_hash=hash_of(token)).first()
    return feed if feed and may_have(feed.user, feed.kind, target_of(feed)) else None


def count_reading(feed: CalendarFeed) -> bool:
    """Note that the feed is read; False when that has happened too often within the hour."""
    is_new_hour = Q(hour_began_at__lt=timezone.now() - timedelta(hours=1))
    CalendarFeed.objects.filter(pk=feed.pk).update(
        reads_this_hour=Case(When(is_new_hour, then=1), default=F("reads_this_hour") + 1),
        hour_began_at=Case(When(is_new_hour, then=Now()), default=F("hour_began_at")),
        read_at=Now(),
    )
    feed.refresh_from_db(fields=["reads_this_hour"])
    return feed.reads_this_hour <= MOST_READS_AN_HOUR


def note_content(feed: CalendarFeed, content: bytes) -> str:
    """The content's fingerprint. A new one is remembered with its moment."""
    fingerprint = hashlib.sha256(content).hexdigest()
    if fingerprint != feed.content_hash:
        feed.content_hash, feed.changed_at = fingerprint, timezone.now()
        CalendarFeed.objects.filter(pk=feed.pk).update(content_hash=fingerprint, changed_at=feed.changed_at)
    return fingerprint


def bookings_of(feed: CalendarFeed) -> VisitBookingQuerySet:
    """The live bookings the feed tells of, and those that have ended lately: a calendar must learn of that."""
    since = timezone.now() - KEEP_FOR
    lately = BookingStep.objects.filter(booking=OuterRef("pk"), happened_at__gte=since)
    bookings = VisitBooking.objects.filter(Q(state__in=LIVE_STATES) | Exists(lately), slot__ends_at__gte=since)
    user = feed.user
    if feed.kind == FeedKind.PERSON:
        bookings = bookings.filter(_own(user))
    elif feed.school_class_id:
        bookings = bookings.filter(school_class=feed.school_class_id)
    elif feed.school_id:
        bookings = bookings.filter(school=feed.school_id)
    else:
        bookings = bookings.filter(slot__offer__company=feed.company_id)
        if feed.company and feed.company.memberships.filter(user=user, role=Role.SUPERVISOR).exists():
            # Supervisors see who comes, not who asks.
            bookings = bookings.filter(state__in=[BookingState.CONFIRMED, BookingState.CANCELLED])
    related = ["slot__offer__company", "slot__offer__workplace", "school"]
    return bookings.select_related(*related).prefetch_related("steps").order_by("slot__starts_at", "pk")[:MOST_EVENTS]


def _own(user: User) -> Q:
    """What the person has booked, and the visits the person is the host's contact for."""
    booked = Q(requested_by=user, school__in=School.objects.with_member(user))
    of_offer = Q(slot__offer__contact__user=user) | Q(slot__offer__contact__email__iexact=user.email)
    of_booking = Q(contact__user=user) | Q(contact__email__iexact=user.email)
    is_contact = of_booking | Q(contact=None) & of_offer
    return booked | is_contact & Q(slot__offer__company__in=Company.objects.hosted_by(user))
