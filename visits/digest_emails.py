"""The Monday mail of a company."""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from companies.models import Company
from companies.recipients import answering_contacts
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import mail_row, write
from notifications.registry import MailKind, register
from notifications.staff import looked_after_by
from visits import links
from visits.enums import Side
from visits.models import VisitBooking


def week_at_gate(company: Company, *, monday: date, expires_at: datetime) -> None:
    """To each who answers for the company, once a week."""
    write(
        mail_row(
            WEEK,
            to=contact,
            about=company,
            details={"monday": monday.isoformat(), "person": contact.public_id if contact.pk else ""},
            occasion=monday.isoformat(),
            expires_at=expires_at,
        )
        for contact in answering_contacts(company)
    )


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    """The week as it is when the mail leaves. Nothing when there is nothing in it any more."""
    from visits import digest  # the rows and the mail know each other

    company = Company.objects.listed().filter(pk=mail.about_id or 0).first()
    if company is None:
        return None
    coming = _of(company, digest.coming_in(date.fromisoformat(mail.details["monday"])))
    waiting = _of(company, digest.waiting())
    open_wishes = digest.wishes().filter(booking__slot__offer__company=company)
    wishes = [
        (wish, links.after_url(wish.booking, Side.HOST, mail.details.get("person", "")))
        for wish in open_wishes.select_related("booking__slot__offer", "booking__school")
    ]
    if not (coming or waiting or wishes):
        return None
    return {"company": company, "coming": coming, "waiting": waiting, "wishes": wishes}


def _of(company: Company, bookings: QuerySet[VisitBooking]) -> list[tuple[VisitBooking, str]]:
    rows = bookings.filter(slot__offer__company=company).select_related("slot__offer", "school")
    return [(booking, links.host_url(booking)) for booking in rows]


def _newest(user: Any) -> QuerySet[Company]:
    covered = looked_after_by(user).values("pk")
    return Company.objects.listed().filter(municipality__in=covered).order_by("-joined_at")


WEEK = register(
    MailKind(
        "week_at_gate",
        "visits/emails/week_at_gate",
        title=_("This week at your gate"),
        to=_("Those who answer for the company."),
        rule=_("Mondays at seven in the morning, when a class comes that week or something waits for an answer."),
        audience={OrganisationKind.COMPANY},
        channels=(Channel.MAIL, Channel.PAGE),
        necessary=None,
        context=_context,
        newest=_newest,
        examples=({"monday": date(2026, 1, 5).isoformat()},),
    )
)
