"""The rows that the search reads (visits/models/search_rows.py): what they are made of, and when they are made anew.

One statement compares every row with what it was copied from and writes those that differ. A worker runs it every few
seconds, so that nothing has to remember the search when a company moves, a booking fills a time or a time closes.
What a host does to an offer and then looks for is written at once.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from core.search import bare_vector_sql, in_chunks
from core.search_rows import columns_of, differ, key_of, run_in_steps, write_groups_sql, write_sql
from visits.models import SearchOccupations, SearchRow, SearchText, SearchTraits, VisitOffer
from visits.subjects import NAMES_SQL

AT_ONCE = 2000  # rows a statement writes at most: longer ones would be cut off


_VECTORS = {
    "title_words": bare_vector_sql("texts.title"),
    "words": bare_vector_sql("texts.words"),
}
_COLUMNS = columns_of(SearchRow)
_NAMING = ["title", "traits_id", "occupations_id", "industry_id", "municipality_id"]  # whose names are among the words
_TRAITS = {
    "kind": "offer.kind",
    "host_kind": "company.kind",
    "lowest_grade": "offer.lowest_grade",
    "highest_grade": "offer.highest_grade",
    "languages": "offer.languages",
    "subjects": "offer.subjects",
}
_PUBLISHED = "offer.state = 'published' AND company.joined_at IS NOT NULL AND company.ceased_at IS NULL"
# One row for each published offer.
_FRESH = f"""
    SELECT offer.id AS offer_id, offer.title, {key_of([*_TRAITS.values()])} AS traits_id,
        {", ".join(f"{sql} AS {name}" for name, sql in _TRAITS.items())},
        {key_of(["met.occupations"])} AS occupations_id,
        coalesce(met.occupations, ARRAY[]::varchar[]) AS occupations,
        company.industry_id, municipality.id AS municipality_id,
        offer.group_min, offer.group_max, offer.travel_km, offer.cost_kind = 'free' AS is_free_of_charge,
        CASE WHEN offer.kind <> 'on_screen' THEN CASE WHEN own.point THEN workplace.lat ELSE municipality.lat END END
            AS lat,
        CASE WHEN offer.kind <> 'on_screen' THEN CASE WHEN own.point THEN workplace.lon ELSE municipality.lon END END
            AS lon,
        coalesce(times.free, 0) AS free, times.next_free_at, coalesce(times.most_places, 0) AS most_places
    FROM visits_visitoffer offer
    JOIN companies_company company ON company.id = offer.company_id
    JOIN companies_workplace workplace ON workplace.id = offer.workplace_id
    JOIN regions_municipality municipality ON municipality.id = workplace.municipality_id
    CROSS JOIN LATERAL (
        SELECT workplace.lat IS NOT NULL AND workplace.lon IS NOT NULL AND NOT workplace.point_is_doubtful
    ) AS own(point)
    LEFT JOIN (
        SELECT visitoffer_id, array_agg(occupation_id ORDER BY occupation_id) AS occupations
        FROM visits_visitoffer_occupations WHERE {{its_occupations}} GROUP BY visitoffer_id
    ) AS met ON met.visitoffer_id = offer.id
    LEFT JOIN (
        SELECT offer_id, count(*) AS free, min(starts_at) AS next_free_at,
            max(pupils_capacity - pupils_taken) AS most_places
        FROM visits_visitslot
        WHERE cancelled_at IS NULL AND starts_at > %(now)s AND opens_at <= %(now)s AND closes_at > %(now)s
            AND pupils_taken < pupils_capacity AND groups_taken < groups_capacity AND {{its_times}}
        GROUP BY offer_id
    ) AS times ON times.offer_id = offer.id
    WHERE {_PUBLISHED} AND {{it}}
"""  # noqa: S608 - our own text only
# The words that find an offer.
_TEXTS = f"""
    SELECT offer.title, concat_ws(' ', offer.title, offer.summary, offer.programme_of_day,
        company.name, workplace.name, workplace.city, municipality.name, municipality.official_name, county.name,
        industry.name_sv, industry.name_nb, industry.name_nn, industry.name_en, industry.name_sv_2025,
        (SELECT string_agg(
                concat_ws(' ', occupation.name_sv, occupation.name_nb, occupation.name_nn, occupation.name_en), ' ')
            FROM occupations_occupation occupation WHERE occupation.key = ANY(changed.occupations)),
        (SELECT string_agg(subject.names, ' ') FROM (VALUES {NAMES_SQL}) AS subject(code, names)
            WHERE subject.code = ANY(changed.subjects))) AS words
    FROM visits_visitoffer offer
    JOIN companies_company company ON company.id = offer.company_id
    JOIN companies_workplace workplace ON workplace.id = offer.workplace_id
    JOIN regions_municipality municipality ON municipality.id = workplace.municipality_id
    JOIN regions_county county ON county.id = municipality.county_id
    LEFT JOIN occupations_industry industry ON industry.code = company.industry_id
    WHERE offer.id = changed.offer_id
"""  # noqa: S608 - our own text only


# Only rows that differ are written: an untouched row costs a look and no more. Texts, which are dear, are read where
# somebody says so, where a name that stands in the row is another, and for an offer that was not there.
_WRITE = f"""
    WITH changed AS MATERIALIZED (
        SELECT fresh.*, %(texts_too)s OR {differ(["offer_id", *_NAMING])} AS has_other_texts
        FROM ({_FRESH}) AS fresh LEFT JOIN visits_searchrow known ON known.offer_id = fresh.offer_id
        WHERE %(texts_too)s OR {differ(_COLUMNS)}
        ORDER BY fresh.offer_id LIMIT %(at_once)s),
    traits AS ({write_groups_sql(SearchTraits, "traits_id")}),
    occupations AS ({write_groups_sql(SearchOccupations, "occupations_id")}),
    texts AS ({
    write_sql(
        SearchText,
        f"changed CROSS JOIN LATERAL ({_TEXTS}) AS texts WHERE has_other_texts",
        {"row_id": "changed.offer_id", **_VECTORS},
    )
})
    {write_sql(SearchRow, "changed", {column: f"changed.{column}" for column in _COLUMNS})}
"""  # noqa: S608 - our own text only
_DELETE = f"""
    WITH gone AS (
        DELETE FROM visits_searchrow known WHERE {{it}} AND NOT EXISTS (
            SELECT FROM visits_visitoffer offer JOIN companies_company company ON company.id = offer.company_id
            WHERE offer.id = known.offer_id AND {_PUBLISHED})
        RETURNING offer_id)
    DELETE FROM visits_searchtext USING gone WHERE row_id = gone.offer_id
"""  # noqa: S608 - our own text only


def refresh_offer(pk: int) -> None:
    """Make anew what the search knows of one offer: after every change of its texts, occupations or workplace."""
    refresh_rows([pk], texts_too=True)


def refresh_offers(offers: "QuerySet[VisitOffer]") -> None:
    """Make anew what the search knows of many offers, a thousand at a time."""
    for pks in in_chunks(offers):
        refresh_rows(pks, texts_too=True)


def refresh_rows(offers: Iterable[int] | None = None, *, texts_too: bool = False) -> None:
    """Bring the rows of these offers, or of all, up to date.

    A row is compared without its texts, which would take long: who changes one says `texts_too`.
    """
    values: dict[str, Any] = {"now": timezone.now(), "texts_too": texts_too, "at_once": AT_ONCE}
    only = {"it": "true", "its_occupations": "true", "its_times": "true"}
    if offers is not None:
        values |= {"offers": list(offers), "at_once": None}
        columns = {"it": "offer.id", "its_occupations": "visitoffer_id", "its_times": "offer_id"}
        only = {name: f"{column} = ANY(%(offers)s)" for name, column in columns.items()}
    with connection.cursor() as cursor:
        cursor.execute(_DELETE.format(it="true" if offers is None else "known.offer_id = ANY(%(offers)s)"), values)
    run_in_steps(_WRITE.format(**only), values, values["at_once"])
