"""What the measurements share: a database of their own, web processes, and lines of JSON with their targets."""

import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
# What a country is by default stands in coordination.national; the regions are some counties' worth of it.
SIZES: dict[str, dict[str, int]] = {
    "country": {},
    "regions": {"schools": 600, "companies": 5_000, "offers": 6_000, "slots": 20_000, "bookings": 100_000},
}


def set_up(folder: Path = FOLDER) -> None:
    """Django on private servers under the folder, with a migrated database."""
    from config.embedded import ensure_services

    ensure_services(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ["APP_ENV"] = "test"  # no second factor's bypass, no DEBUG
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def set_up_country(name: str = "country") -> None:
    """The same with so many companies and slots in it: loaded now, unless the last run left them there."""
    set_up(FOLDER if name == "country" else FOLDER / name)
    from coordination.national.load import is_loaded, load, wipe
    from coordination.national.plan import Size
    from visits.models import VisitOffer

    size = Size(**SIZES[name])
    if is_loaded() and VisitOffer.objects.count() == size.offers:
        return
    from django.core.management import call_command

    begun = time.perf_counter()
    wipe()
    call_command("load_reference_data", verbosity=0, stdout=StringIO())
    counts = load(size)
    seconds = time.perf_counter() - begun
    report(f"load_national, {name}", targets={"seconds": (seconds, 300)}, **counts)


def report(name: str, *, targets: dict[str, tuple[float, float]] | None = None, **figures: Any) -> None:
    """One line of JSON for one measurement. `targets` has, by name, what was measured and the most it may be."""
    judged = {
        key: {"is": round(value, 2), "target": most, "met": value <= most}
        for key, (value, most) in (targets or {}).items()
    }
    print(json.dumps({"bench": name, **figures, **judged}), file=sys.stdout, flush=True)


def percentiles(seconds: list[float]) -> dict[str, float]:
    """p50 and p95 in milliseconds."""
    cuts = statistics.quantiles(seconds, n=20)
    return {"p50_ms": round(statistics.median(seconds) * 1000, 1), "p95_ms": round(cuts[18] * 1000, 1)}


def in_parallel(work: list[list[Callable[[], Any]]]) -> tuple[float, list[float], list[Any]]:
    """Each inner list in a thread of its own, all begun together: seconds in all, seconds per call, what came back."""
    barrier = threading.Barrier(len(work) + 1)
    seconds: list[float] = []
    answers: list[Any] = []

    def run(calls: list[Callable[[], Any]]) -> None:
        barrier.wait()
        for call in calls:
            begun = time.perf_counter()
            answer = call()
            seconds.append(time.perf_counter() - begun)
            answers.append(answer)

    threads = [threading.Thread(target=run, args=(calls,)) for calls in work]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun, seconds, answers


class Cpu:
    """CPU seconds that processes use inside the block: those of `pid` with its children, and the database's."""

    def __init__(self, pid: int) -> None:
        self.roots = {"web": pid, "database": int((FOLDER / "postgres" / "postmaster.pid").read_text().split()[0])}
        self.web = self.database = 0.0

    def __enter__(self) -> "Cpu":
        self.before = {name: _used(pid) for name, pid in self.roots.items()}
        return self

    def __exit__(self, *details: object) -> None:
        for name, pid in self.roots.items():
            setattr(self, name, _used(pid) - self.before[name])


def _used(pid: int) -> float:
    """Of a process, of its children, and of those that have ended meanwhile."""
    import psutil

    parent = psutil.Process(pid)
    living = [process.cpu_times() for process in [parent, *parent.children(recursive=True)]]
    gone = parent.cpu_times()
    return sum(times.user + times.system for times in living) + gone.children_user + gone.children_system
