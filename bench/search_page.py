"""The two search pages: p50, p95, database time, number of queries, weight.

    python -m bench.search_page [country|regions] [--explain]

The country has 50,000 companies and 100,000 slots; the regions 5,000 and 20,000.

Each case is measured twice: `kept`, as nearly everybody gets it, and made anew, as one request in 20 seconds does
(core/kept.py). Beside it, in the same run, two yardsticks: a bare Django view with a small template, and the same
queries replayed as bare SQL through psycopg. Read the ratios: machines differ.
"""

import gzip
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from bench.common import percentiles, report, set_up_country

ROUNDS = 40
CASES = {
    "visits, first page": "/visits/",
    "visits, one word": "/visits/?q=svets",
    "visits, two letters": "/visits/?q=sv",
    "visits, three words and facets": "/visits/?q=prova+robot+mek&kind=company_visit&grade=9&language=sv",
    "visits, class of 25 in weeks": "/visits/?pupils=25&weeks=12-14&free=on&grade=9",
    "visits, nearest within 60 km": "/visits/?near=Eskilstuna&max_km=60&sort=nearest",
    "visits, nearest in both countries": "/visits/?near=Eskilstuna&sort=nearest",
    "visits, page 40": "/visits/?page=40",
    "visits, one subject": "/visits/?subject=physics&grade=9",
    "companies, first page": "/companies/",
    "companies, one word": "/companies/?q=svets",
    "companies, nearest within 60 km": "/companies/?near=Eskilstuna&max_km=60&sort=nearest&takes=visit",
    "companies, nearest in both countries": "/companies/?near=Eskilstuna&sort=nearest",
}


def main(size: str, *, explain: bool) -> None:
    set_up_country(size)
    from django.core.cache import caches
    from django.test import Client

    from companies.search import refresh_company_rows
    from visits.search import refresh_rows

    refresh_rows()  # a worker does it every few seconds
    refresh_company_rows()

    client = Client(headers={"accept-language": "sv"})
    bare = measure(lambda: client.get("/bare/"))
    report("bare Django view", **bare)
    for name, url in CASES.items():
        caches["kept"].clear()
        with recorded() as recorded_queries:
            response = client.get(url)
        queries = [query for query in recorded_queries if query[0].startswith(("SELECT", "WITH"))]
        assert response.status_code == 200, url
        kept = measure(lambda url=url: client.get(url))
        page = measure(lambda url=url: anew(client, url))
        report(
            name,
            size=size,
            **page,
            **bare_sql(queries),
            database_ms=database_time(client, url),
            kept=kept | {"times_bare_view": round(kept["p50_ms"] / bare["p50_ms"], 1)},
            queries=len(queries),
            html_kb=round(len(response.content) / 1000, 1),
            gzip_kb=round(len(gzip.compress(response.content, 6)) / 1000, 1),
            times_bare_view=round(page["p50_ms"] / bare["p50_ms"], 1),
        )
        if explain:
            print_plan(max(queries, key=lambda query: len(query[0])))
    fragment = measure(lambda: client.get("/visits/?q=svet", headers={"hx-request": "true"}))
    report("visits, fragment while typing", size=size, **fragment)


def measure(call: Callable[[], Any], rounds: int = ROUNDS) -> dict[str, float]:
    """p50 and p95, and the processor time each call takes here: the figure that a busy machine spoils least."""
    for _ in range(3):
        call()
    used = time.process_time()
    figures = percentiles([timed(call) for _ in range(rounds)])
    return figures | {"cpu_ms": round((time.process_time() - used) / rounds * 1000, 1)}


def timed(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


@contextmanager
def recorded() -> Any:
    """The queries made inside the block: SQL and parameters."""
    from django.db import connection

    queries: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield queries


def anew(client: Any, url: str) -> None:
    from django.core.cache import caches

    caches["kept"].clear()
    client.get(url)


def database_time(client: Any, url: str) -> dict[str, float]:
    """The time of a page's queries together, as Django waits for them, when nothing is kept."""
    from django.core.cache import caches
    from django.db import connection

    sums = []
    for _ in range(ROUNDS // 2):
        spent = [0.0]

        def clock(execute: Any, sql: str, params: Any, many: bool, context: Any, spent: Any = spent) -> Any:
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent[0] += time.perf_counter() - begun

        caches["kept"].clear()
        with connection.execute_wrapper(clock):
            client.get(url)
        sums.append(spent[0])
    return percentiles(sums)


def bare_sql(queries: list[tuple[str, Any]]) -> dict[str, float]:
    """The same queries through psycopg alone, rows fetched."""
    import psycopg
    from django.db import connection

    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("dbname", "user", "host", "port", "password") if parameters.get(key)}
    with psycopg.connect(**wanted, autocommit=True, cursor_factory=psycopg.ClientCursor) as session:

        def replay() -> None:
            for sql, params in queries:
                session.execute(sql, params).fetchall()

        figures = measure(replay)
    return {f"bare_sql_{key}": value for key, value in figures.items()}


def print_plan(query: tuple[str, Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF) {query[0]}", query[1])
        print("\n".join(row[0] for row in cursor.fetchall()), file=sys.stderr)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    main(words[0] if words else "country", explain="--explain" in sys.argv)
