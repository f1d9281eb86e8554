"""What the measurements share: a database of their own, a web process, and lines of JSON."""

import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"


def set_up() -> None:
    """Django on private servers under var/bench, with an empty, migrated database."""
    from config.embedded import ensure_services

    ensure_services(FOLDER)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ["APP_ENV"] = "test"  # no second factor's bypass, no DEBUG
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)


def report(name: str, **figures: Any) -> None:
    """One line of JSON for one measurement."""
    print(json.dumps({"bench": name, **figures}), file=sys.stdout, flush=True)


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


@contextmanager
def cpu_of(pid: int) -> Iterator[dict[str, float]]:
    """CPU seconds that a process and its children use inside the block, under the key "seconds"."""
    import psutil

    def used() -> float:
        parent = psutil.Process(pid)
        return sum(sum(process.cpu_times()[:2]) for process in [parent, *parent.children(recursive=True)])

    before = used()
    result: dict[str, float] = {}
    yield result
    result["seconds"] = used() - before
