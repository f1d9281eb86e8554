"""Who insures the pupils on a visit, in one sentence for each country: a pointer to the school owner, not the terms.

Sources: Norway, opplæringslova (formerly § 13-3 b), forskrift chapter 8 and folketrygdloven § 13-10: pupils are insured
against accidents also out in working life and on the way. Sweden: no statute says
it for visits; owners have policies of their own, whose terms differ.
"""

from django.utils.translation import gettext as _

from regions.enums import Country
from visits.models import VisitOffer


def in_words(offer: VisitOffer, country: str) -> str:
    """For schools of the country; nothing where no pupil leaves the school."""
    if not offer.takes_pupils_out:
        return ""
    if country == Country.NO:
        return _("The school's accident insurance covers the pupils here too, and on the way.")
    return _("A visit is part of school. Ask your school owner what its insurance covers for the pupils.")
