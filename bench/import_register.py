"""Measures a register import: python bench/import_register.py [rows]. Prints one JSON line per run.

Enhetsregisteret's shape, made-up companies, in a database of its own that is dropped afterwards. `rss_growth_mb` is
what the process gained between the first batch and the last: it must not grow with the file.
"""

import json
import os
import resource
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from coordination.enums import RegisterKind  # noqa: E402
from coordination.registers.engine import run_register  # noqa: E402
from tests.coordination.registers import write_main_units  # noqa: E402


def rss_mb():
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def measure(name, path, rows, *, dry_run):
    memory = []
    begun, cpu = time.perf_counter(), time.process_time()
    with path.open("rb") as file:
        run_register(
            RegisterKind.NO_COMPANIES, file, dry_run=dry_run, after_batch=lambda batch: memory.append(rss_mb())
        )
    seconds = time.perf_counter() - begun
    line = {
        "bench": "import_register",
        "run": name,
        "rows": rows,
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "rows_per_second": round(rows / seconds),
        "rss_mb": round(memory[-1], 1),
        "rss_growth_mb": round(memory[-1] - memory[0], 1),
    }
    print(json.dumps(line), flush=True)


def another_name(row):
    row["navn"] += " NORD"


def main(rows):
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        call_command("load_reference_data", stdout=StringIO())
        with tempfile.TemporaryDirectory() as folder:
            for count in (rows // 4, rows):
                path = Path(folder) / f"{count}.csv"
                write_main_units(path, count)
                measure("dry run", path, count, dry_run=True)
            measure("new", path, rows, dry_run=False)
            measure("unchanged", path, rows, dry_run=False)
            write_main_units(path, rows, change=another_name)
            measure("changed", path, rows, dry_run=False)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
