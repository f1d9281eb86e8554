"""Who reads what about a booking or a group in line: the one rule, for every mail that names one.

At the school: the person who looks after it, as long as they work there; after that those who guide and lead the school
(schools/recipients.py). At the host: the contact person, as long as they work there, and the substitutes; without any
of them whoever else answers for the company (companies/recipients.py). Somebody who has left reads nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any

from accounts.models import User
from companies.models import Company, CompanyContact
from companies.recipients import answering_contacts
from notifications.outbox import Recipient
from schools import recipients
from schools.models import School
from visits.enums import Side
from visits.models import VisitBooking, WaitingGroup


def school_readers(about: VisitBooking | WaitingGroup) -> list[User]:
    """Without a query when the row was read `with_booker`."""
    if about.booker_is_member:
        return [about.requested_by]
    return recipients.readers(about.school_id, about.requested_by)


def host_readers(about: VisitBooking | WaitingGroup) -> list[CompanyContact]:
    offer = about.slot.offer
    chosen = about.host_contact if isinstance(about, VisitBooking) else offer.contact
    return answering_contacts(offer.company, chosen)


def own_or(organisation: Company | School, person: User | None, others: Callable[[], Sequence[Recipient]]) -> Any:
    """The person whose doing it was, as long as they work there; after that the others."""
    if person and organisation.memberships.filter(user=person, user__is_active=True).exists():
        return [person]
    return list(others())


def still_reads(email: str, about: VisitBooking, side: str) -> bool:
    """For mails that were written ahead: whether it is still for this reader."""
    people = school_readers(about) if side == Side.SCHOOL else host_readers(about)
    return email.lower() in {person.email.lower() for person in people}
