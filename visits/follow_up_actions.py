"""Wishes after a visit: the school says of what kind, the host answers or puts them aside."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import ActionRefused
from visits import follow_up_emails
from visits.enums import FollowUpState
from visits.models import FollowUp, VisitBooking, can_be_told, got_a_visit


def set_follow_ups(booking: VisitBooking, kinds: Collection[str], *, by: User) -> None:
    """From now on the pupils wish for these. What the host has answered stays; the rest is taken back."""
    with transaction.atomic():
        booking = (
            VisitBooking.objects.select_for_update(no_key=True, of=("self",)).select_related("slot").get(pk=booking.pk)
        )
        if not (can_be_told(booking) and got_a_visit(booking)):
            raise ActionRefused(_("You can tell the host from the end of the visit and two months on."))
        booking.follow_ups.filter(state=FollowUpState.OPEN).exclude(kind__in=kinds).delete()
        known = set(booking.follow_ups.values_list("kind", flat=True))
        FollowUp.objects.bulk_create(
            FollowUp(booking=booking, kind=kind, wished_by=by) for kind in sorted(set(kinds) - known)
        )


def answer_follow_up(booking: VisitBooking, public_id: str, *, welcome: bool, by: User | None) -> None:
    """The host would like to hear more, and the school gets a mail; or not now. It may change its mind."""
    with transaction.atomic():
        wish = booking.follow_ups.select_for_update(no_key=True, of=("self",)).filter(public_id=public_id).first()
        if wish is None:
            raise ActionRefused(_("The school has taken the wish back."))
        state = FollowUpState.WELCOME if welcome else FollowUpState.ASIDE
        if wish.state == state:
            return
        wish.state, wish.answered_by, wish.answered_at = state, by, timezone.now()
        wish.save(update_fields=["state", "answered_by", "answered_at"])
        if welcome:
            follow_up_emails.follow_up_welcome(wish)
