"""The mail at the beginning of a term: what a school's plan still lacks."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import mail_row, write
from notifications.registry import MailKind, register
from notifications.staff import looked_after_by
from regions.enums import Term
from schools.models import School
from schools.recipients import leading
from visits.plans import plan_of


def term_begins(school: School, *, year: int, term: Term, expires_at: datetime) -> None:
    """To those who guide and lead the school, once a term."""
    write(
        mail_row(
            TERM,
            to=person,
            about=school,
            details={"year": year, "term": term.value},
            occasion=f"{year}-{term.value}",
            expires_at=expires_at,
        )
        for person in leading(school.pk)
    )


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    """The plan as it is when the mail leaves. Nothing for who has left, and when no step of the term is there."""
    school = School.objects.active().filter(pk=mail.about_id or 0).first()
    if school is None or mail.to_email.lower() not in {person.email.lower() for person in leading(school.pk)}:
        return None
    term = Term(mail.details["term"])
    plan = plan_of(school, mail.details["year"], term=term)
    if not plan:
        return None
    page = f"{settings.SITE_URL}{reverse('visits:school_plan', args=[school.public_id])}"
    lacking = sum(len(planned.lacking) for planned in plan)
    return {"school": school, "term": term.label, "plan": plan, "lacking": lacking, "page": page}


def _newest(user: Any) -> QuerySet[School]:
    covered = looked_after_by(user).values("pk")
    return School.objects.active().filter(municipality__in=covered, plan_steps__isnull=False).distinct().order_by("-pk")


TERM = register(
    MailKind(
        "plan_of_term",
        "visits/emails/plan_of_term",
        title=_("The plan of visits for the term"),
        to=_("Those who guide and lead the school."),
        rule=_("When a term begins, at a school that has a plan for it: around 20 August and 10 January."),
        audience={OrganisationKind.SCHOOL},
        channels=(Channel.MAIL, Channel.PAGE),
        necessary=None,
        context=_context,
        newest=_newest,
        examples=({"year": 2026, "term": "autumn"},),
    )
)
