"""Many people search at once, by HTTP through the web processes: p50, p95, database time, beside a bare view.

    python -m bench.search_load [rounds per reader]

Each reader looks at the first page, writes a word, narrows by what a class is, turns a page, starts from a town and
looks among companies. Popular words and towns are asked for most (the nth 1/n as often as the first), so some answers
are kept for the next who asks and the others are made anew; the line says how many.
"""

import http.client
import random
import statistics
import sys
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bench.common import FOLDER, Cpu, in_parallel, report, set_up_country

READERS = 16
WEB_PROCESSES = 4
MOST_TIMES_BARE, MOST_DATABASE_MS = 4, 25
WORDS = ["svets", "robot", "cnc", "el", "mekaniker", "process", "automation", "batterier", "trä", "plast"]
WORDS += ["operatör", "laser", "elektro", "stål", "livsmedel", "fisk", "limträ", "industri", "tekniker", "sveising"]


class Reader:
    """One person's browser without a screen, not signed in."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def get(self, path: str, *, fragment: bool = False) -> tuple[int, float, int]:
        """Status, milliseconds of the database, number of queries."""
        headers = {"Accept-Language": "sv"} | ({"HX-Request": "true"} if fragment else {})
        self.connection.request("GET", path, headers=headers)
        response = self.connection.getresponse()
        response.read()
        waited, queries = response.headers["Server-Timing"].split(";")[1:]
        return response.status, float(waited.removeprefix("dur=")), int(queries.strip('desc="'))


def main(rounds: int) -> None:
    set_up_country()
    from django.core.cache import caches

    from companies.search import refresh_company_rows
    from tests.processes import Web
    from visits.search import refresh_rows

    refresh_rows()
    refresh_company_rows()
    arguments = ("--workers", str(WEB_PROCESSES))
    with Web(FOLDER / "web.log", arguments=arguments, DJANGO_SETTINGS_MODULE="bench.settings") as web:
        readers = [Reader(web.url) for _ in range(READERS)]
        measure(web, [[partial(reader.get, "/visits/")] * 8 for reader in readers])  # warm
        bare = measure(web, [[partial(reader.get, "/bare/")] * (rounds * 3) for reader in readers])
        report("bare Django view", clients=READERS, **bare)
        caches["kept"].clear()
        found = measure(web, [journey(reader, number, rounds) for number, reader in enumerate(readers)])
    report(
        "search by many at once",
        targets={
            "failed": (found["failed"], 0),
            "times_bare_p95": (found["p95_ms"] / bare["p95_ms"], MOST_TIMES_BARE),
            "database_p95_ms": (found.pop("database_p95_ms"), MOST_DATABASE_MS),
        },
        clients=READERS,
        **found,
    )


def journey(reader: Reader, number: int, rounds: int) -> list[Any]:
    """What one reader asks for, always the same for the same number."""
    from django.db.models import Count

    from regions.models import Municipality

    dice = random.Random(number)
    largest = Municipality.objects.annotate(number=Count("schools")).order_by("-number", "pk")[:60]
    towns = [town.name for town in largest]
    asked = []
    for _ in range(rounds):
        word, town = popular(dice, WORDS), popular(dice, towns)
        narrowed = {"q": word, "grade": dice.choice((7, 8, 9)), "kind": "company_visit"}
        asked += [
            partial(reader.get, "/visits/"),
            partial(reader.get, f"/visits/?q={quote(word[:3])}", fragment=True),
            partial(reader.get, f"/visits/?q={quote(word)}", fragment=True),
            partial(reader.get, f"/visits/?{urlencode(narrowed)}", fragment=True),
            partial(reader.get, f"/visits/?{urlencode(narrowed | {'page': 2})}", fragment=True),
            partial(reader.get, f"/visits/?{urlencode({'near': town, 'max_km': 60, 'sort': 'nearest'})}"),
            partial(reader.get, f"/visits/?{urlencode({'pupils': dice.choice((20, 25)), 'weeks': '12-14'})}"),
            partial(reader.get, "/companies/"),
            partial(reader.get, f"/companies/?q={quote(word)}", fragment=True),
        ]
    return asked


def popular(dice: random.Random, among: list[str]) -> str:
    return dice.choices(among, [1 / place for place in range(1, len(among) + 1)])[0]


def measure(web: Any, work: list[list[Any]]) -> dict[str, float]:
    with Cpu(web.process.pid) as cpu:
        total, seconds, answers = in_parallel(work)
    databases = [waited for _, waited, _ in answers]
    return {
        "count": len(answers),
        "failed": float(sum(status != 200 for status, _, _ in answers)),
        "per_second": round(len(answers) / total, 1),
        "p50_ms": round(statistics.median(seconds) * 1000, 1),
        "p95_ms": round(statistics.quantiles(seconds, n=20)[18] * 1000, 1),
        "web_cpu_ms": round(cpu.web / len(answers) * 1000, 2),
        "database_cpu_ms": round(cpu.database / len(answers) * 1000, 2),
        "made_anew": round(sum(queries > 3 for _, _, queries in answers) / len(answers), 2),
        "database_p50_ms": round(statistics.median(databases), 1),
        "database_p95_ms": round(statistics.quantiles(databases, n=20)[18], 1),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
