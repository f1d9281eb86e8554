"""The companies' search vectors: what they are built of, and when they are rebuilt."""

from django.db import connection
from django.db.models import QuerySet

from companies.models import Company
from core.search import in_chunks, vector_sql

_VECTOR = vector_sql({"A": "known.name", "B": "known.words", "C": "known.about"})
_REFRESH = f"""
UPDATE companies_company SET search = {_VECTOR}
FROM (
    SELECT company.id, company.name, company.about,
        concat_ws(' ', company.city, municipality.name, municipality.official_name, county.name,
            industry.name_sv, industry.name_nb, industry.name_nn, industry.name_en, industry.name_sv_2025,
            (SELECT string_agg(concat_ws(' ', workplace.name, workplace.city, its_municipality.name), ' ')
                FROM companies_workplace workplace
                JOIN regions_municipality its_municipality ON its_municipality.id = workplace.municipality_id
                WHERE workplace.company_id = company.id AND workplace.is_active)) AS words
    FROM companies_company company
    LEFT JOIN regions_municipality municipality ON municipality.id = company.municipality_id
    LEFT JOIN regions_county county ON county.id = municipality.county_id
    LEFT JOIN occupations_industry industry ON industry.code = company.industry_id
    WHERE company.id = ANY(%s)
) known
WHERE known.id = companies_company.id
"""  # noqa: S608 - constants only


def refresh_company(pk: int) -> None:
    """Rebuild what search knows of one company: after every change of its name, texts, industry or workplaces."""
    refresh_companies(Company.objects.filter(pk=pk))


def refresh_companies(companies: "QuerySet[Company]") -> None:
    """Rebuild what search knows of many companies, a thousand at a time."""
    for pks in in_chunks(companies):
        with connection.cursor() as cursor:
            cursor.execute(_REFRESH, [pks])
