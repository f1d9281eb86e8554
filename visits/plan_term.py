"""When a term begins, those who guide at a school with a plan are told what is still to book: once a term."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from regions.enums import Term
from regions.school_year import school_year_of, term_of
from schools.models import School
from visits import plan_emails

# Schools have begun: in the third week of August, after Epiphany.
BEGINNINGS = {Term.AUTUMN: (8, 20), Term.SPRING: (1, 10)}
NEWS_FOR = timedelta(days=14)  # after an outage, or for a plan that is made in the first weeks; later it is no news
FROM, UNTIL = time(7), time(19)


def tell_of_term() -> None:
    """In the first two weeks of a term, on working days, write the mails. Running twice writes nothing twice."""
    local = timezone.localtime()
    today, term = local.date(), term_of(local.date())
    first = date(today.year, *BEGINNINGS[term])
    if not first <= today < first + NEWS_FOR or today.weekday() > 4 or not FROM <= local.time() < UNTIL:
        return
    expires_at = timezone.make_aware(datetime.combine(first + NEWS_FOR, UNTIL))
    schools = School.objects.active().filter(plan_steps__term=term).distinct().order_by("pk")
    for school in schools.iterator(chunk_size=500):
        with transaction.atomic():
            plan_emails.term_begins(school, year=school_year_of(today), term=term, expires_at=expires_at)
