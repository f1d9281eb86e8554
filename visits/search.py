"""The offers' search vectors: what they are built of, and when they are rebuilt."""

from django.db import connection
from django.db.models import QuerySet

from core.search import in_chunks, vector_sql
from visits.models import VisitOffer

_VECTOR = vector_sql({"A": "known.title", "B": "known.words", "C": "known.programme_of_day"})
_REFRESH = f"""
UPDATE visits_visitoffer SET search = {_VECTOR}
FROM (
    SELECT offer.id, offer.title, offer.programme_of_day,
        concat_ws(' ', offer.summary, company.name, workplace.name, workplace.city,
            municipality.name, municipality.official_name, county.name,
            industry.name_sv, industry.name_nb, industry.name_nn, industry.name_en, industry.name_sv_2025,
            (SELECT string_agg(
                    concat_ws(' ', occupation.name_sv, occupation.name_nb, occupation.name_nn, occupation.name_en), ' ')
                FROM visits_visitoffer_occupations met
                JOIN occupations_occupation occupation ON occupation.key = met.occupation_id
                WHERE met.visitoffer_id = offer.id)) AS words
    FROM visits_visitoffer offer
    JOIN companies_company company ON company.id = offer.company_id
    JOIN companies_workplace workplace ON workplace.id = offer.workplace_id
    JOIN regions_municipality municipality ON municipality.id = workplace.municipality_id
    JOIN regions_county county ON county.id = municipality.county_id
    LEFT JOIN occupations_industry industry ON industry.code = company.industry_id
    WHERE offer.id = ANY(%s)
) known
WHERE known.id = visits_visitoffer.id
"""  # noqa: S608 - constants only


def refresh_offer(pk: int) -> None:
    """Rebuild what search knows of one offer: after every change of its texts, occupations or workplace."""
    refresh_offers(VisitOffer.objects.filter(pk=pk))


def refresh_offers(offers: "QuerySet[VisitOffer]") -> None:
    """Rebuild what search knows of many offers, a thousand at a time."""
    for pks in in_chunks(offers):
        with connection.cursor() as cursor:
            cursor.execute(_REFRESH, [pks])
