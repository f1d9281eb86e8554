"""The rows that the search over companies reads (CompanyRow): what of, and when they are made anew.

As for visits (visits/search.py): one statement writes what differs, in a worker every few seconds, and at once after
what a company says about itself.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from companies.models import Company, CompanyRow, CompanyText, CompanyTraits
from core.search import bare_vector_sql, in_chunks
from core.search_rows import columns_of, differ, key_of, run_in_steps, write_groups_sql, write_sql
from regions.school_year import current_school_year

AT_ONCE = 2000  # rows a statement writes at most: longer ones would be cut off

_VECTORS = {
    "name_words": bare_vector_sql("texts.name"),
    "words": bare_vector_sql("texts.words"),
}
_COLUMNS = columns_of(CompanyRow)
_TRAITS = {"kind": "company.kind", "takes": "coalesce(said.kinds, '{{}}')"}
_LISTED = "company.joined_at IS NOT NULL AND company.ceased_at IS NULL"
_FRESH = f"""
    SELECT company.id AS company_id, company.name, {key_of([*_TRAITS.values()])} AS traits_id,
        {", ".join(f"{sql} AS {name}" for name, sql in _TRAITS.items())},
        company.industry_id, company.municipality_id,
        coalesce(points.lat, seat.lat) AS lat, coalesce(points.lon, seat.lon) AS lon,
        coalesce(points.number, 0) > 1 AS has_more_points
    FROM companies_company company
    LEFT JOIN regions_municipality seat ON seat.id = company.municipality_id
    LEFT JOIN companies_interestanswer said
        ON said.company_id = company.id AND said.school_year = %(school_year)s AND said.level IN ('yes', 'maybe')
    LEFT JOIN (
        SELECT company_id, count(*) AS number, (array_agg(lat ORDER BY id))[1] AS lat,
            (array_agg(lon ORDER BY id))[1] AS lon
        FROM companies_workplace
        WHERE is_active AND lat IS NOT NULL AND lon IS NOT NULL AND NOT point_is_doubtful AND {{its_workplaces}}
        GROUP BY company_id
    ) AS points ON points.company_id = company.id
    WHERE {_LISTED} AND {{it}}
"""  # noqa: S608 - our own text only
_TEXTS = """
    SELECT company.name, concat_ws(' ', company.name, company.about, company.city,
        municipality.name, municipality.official_name, county.name,
        industry.name_sv, industry.name_nb, industry.name_nn, industry.name_en, industry.name_sv_2025,
        (SELECT string_agg(concat_ws(' ', workplace.name, workplace.city, its_municipality.name), ' ')
            FROM companies_workplace workplace
            JOIN regions_municipality its_municipality ON its_municipality.id = workplace.municipality_id
            WHERE workplace.company_id = company.id AND workplace.is_active)) AS words
    FROM companies_company company
    LEFT JOIN regions_municipality municipality ON municipality.id = company.municipality_id
    LEFT JOIN regions_county county ON county.id = municipality.county_id
    LEFT JOIN occupations_industry industry ON industry.code = company.industry_id
    WHERE company.id = changed.company_id
"""
_WRITE = f"""
    WITH changed AS MATERIALIZED (
        SELECT fresh.*, %(texts_too)s OR {
    differ(["company_id", "name", "industry_id", "municipality_id"])
} AS has_other_texts
        FROM ({_FRESH}) AS fresh LEFT JOIN companies_companyrow known ON known.company_id = fresh.company_id
        WHERE %(texts_too)s OR {differ(_COLUMNS)}
        ORDER BY fresh.company_id LIMIT %(at_once)s),
    traits AS ({write_groups_sql(CompanyTraits, "traits_id")}),
    texts AS ({
    write_sql(
        CompanyText,
        f"changed CROSS JOIN LATERAL ({_TEXTS}) AS texts WHERE has_other_texts",
        {"row_id": "changed.company_id", **_VECTORS},
    )
})
    {write_sql(CompanyRow, "changed", {column: f"changed.{column}" for column in _COLUMNS})}
"""  # noqa: S608 - our own text only
_DELETE = f"""
    WITH gone AS (
        DELETE FROM companies_companyrow known WHERE {{it}} AND NOT EXISTS (
            SELECT FROM companies_company company WHERE company.id = known.company_id AND {_LISTED})
        RETURNING company_id)
    DELETE FROM companies_companytext USING gone WHERE row_id = gone.company_id
"""  # noqa: S608 - our own text only


def refresh_company(pk: int) -> None:
    """Make anew what search knows of one company: after every change of its name, texts, industry or workplaces."""
    refresh_company_rows([pk], texts_too=True)


def refresh_companies(companies: "QuerySet[Company]") -> None:
    """Make anew what search knows of many companies, a thousand at a time."""
    for pks in in_chunks(companies):
        refresh_company_rows(pks, texts_too=True)


def refresh_company_rows(companies: Iterable[int] | None = None, *, texts_too: bool = False) -> None:
    """Bring the rows of these companies, or of all, up to date. Texts are read anew where somebody says so."""
    values: dict[str, Any] = {"school_year": current_school_year(), "texts_too": texts_too, "at_once": AT_ONCE}
    only = {"it": "true", "its_workplaces": "true"}
    if companies is not None:
        values |= {"companies": list(companies), "at_once": None}
        columns = {"it": "company.id", "its_workplaces": "company_id"}
        only = {name: f"{column} = ANY(%(companies)s)" for name, column in columns.items()}
    with connection.cursor() as cursor:
        it = "true" if companies is None else "known.company_id = ANY(%(companies)s)"
        cursor.execute(_DELETE.format(it=it), values)
    run_in_steps(_WRITE.format(**only), values, values["at_once"])
