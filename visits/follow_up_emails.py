"""The mail that says a host would like to hear more of what pupils wish for."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import mail_row, write
from notifications.registry import MailKind, register
from notifications.staff import looked_after_by
from visits import links
from visits.emails import TO_SCHOOL
from visits.enums import FollowUpState
from visits.models import FollowUp
from visits.recipients import school_readers


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    """Nothing to say when the host has changed its mind."""
    wish = (
        FollowUp.objects.select_related("booking__slot__offer__company", "booking__school")
        .filter(pk=mail.about_id or 0, state=FollowUpState.WELCOME)
        .first()
    )
    if wish is None:
        return None
    offer = wish.booking.slot.offer
    return {
        "wish": wish,
        "booking": wish.booking,
        "slot": wish.booking.slot,
        "offer": offer,
        "company": offer.company,
        "booking_url": f"{links.booking_url(wish.booking)}#messages",
    }


FOLLOW_UP_WELCOME = register(
    MailKind(
        "follow_up_welcome",
        "visits/after/emails/follow_up_welcome",
        title=_("The host would like to hear more"),
        to=_("The teacher who booked."),
        rule=_("When the host answers a wish for prao, a summer job or APL after a visit."),
        audience={OrganisationKind.SCHOOL},
        channels=(Channel.MAIL, Channel.PAGE),
        necessary=None,
        context=_context,
        newest=lambda user: FollowUp.objects.filter(
            state=FollowUpState.WELCOME, booking__school__municipality__in=looked_after_by(user).values("pk")
        ).order_by("-answered_at", "-pk"),
        examples=(TO_SCHOOL,),
    )
)


def follow_up_welcome(wish: FollowUp) -> None:
    write(mail_row(FOLLOW_UP_WELCOME, to=person, about=wish) for person in school_readers(wish.booking))
