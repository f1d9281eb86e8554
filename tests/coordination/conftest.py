from pathlib import Path

import pytest
from django.utils import translation

from coordination.imports import perform_import, start
from coordination.models import ImportRun
from regions import reference

SAMPLES = Path(__file__).parent.parent / "data"


@pytest.fixture(scope="module")
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def municipalities(db):
    """Every real county and municipality, without the postcodes."""
    reference.upsert(reference.counties(), match=["id"])
    reference.upsert(reference.municipalities(), match=["id"])


@pytest.fixture
def read(tmp_path, municipalities, in_english):
    """Read a sample (by name) or bytes through a whole import; gives the finished run."""

    def perform(kind, content, *, dry_run=False):
        path = SAMPLES / content if isinstance(content, str) else tmp_path / "register"
        if isinstance(content, bytes):
            path.write_bytes(content)
        run = ImportRun(kind=kind, file_name=path.name, bytes_total=path.stat().st_size, dry_run=dry_run)
        start(run)
        perform_import(run, path.open("rb"))
        run.refresh_from_db()
        return run

    return perform
