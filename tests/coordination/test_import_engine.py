"""The engine: bad rows, races with people, history, memory."""

import gc
import json
import time
import tracemalloc

import pghistory.models
import pytest
from django.db import DataError
from stdnum.no import orgnr

from companies.models import Company
from coordination.enums import RegisterKind
from coordination.registers import engine
from coordination.registers.points import kilometres_outside
from coordination.registers.writers import CompanyWriter
from regions.models import Municipality
from schools.models import School
from tests.coordination.conftest import SAMPLES
from tests.coordination.registers import main_units, write_main_units
from tests.factories.companies import CompanyFactory
from tests.factories.regions import MunicipalityFactory


def test_a_row_the_database_refuses_stops_no_other(read, monkeypatch):
    wanted = CompanyWriter.wanted

    def poisoned(self, row, instance):
        if row.code == "921549741":
            raise DataError("a value no check has foreseen")
        return wanted(self, row, instance)

    monkeypatch.setattr(CompanyWriter, "wanted", poisoned)

    run = read("no_companies", "no_enheter_brreg.csv")

    assert (run.rows_new, run.rows_refused) == (169, 6)
    assert run.findings.get(code="921549741").reason == "The row could not be stored."


def test_batches_make_no_difference(read, monkeypatch):
    monkeypatch.setattr(engine, "BATCH", 7)
    run = read("no_schools_grunnskole", "no_schools_grunnskole.csv")
    assert (run.rows_new, run.rows_refused, School.objects.count()) == (680, 3, 680)


def test_a_broken_file_keeps_what_was_read_and_names_the_line(read, monkeypatch):
    monkeypatch.setattr(engine, "BATCH", 10)
    content = (SAMPLES / "se_school_units_skolverket.json").read_bytes()[:60_000]

    run = read("se_schools", content)

    assert run.state == "failed"
    last_line = content.count(b"\n") + 1
    assert run.problem == f"Line {last_line} is not JSON as the register writes it."
    assert School.objects.count() == run.rows_new == 40


def test_unchanged_rows_leave_no_history_and_changed_ones_do(read):
    read("se_schools", "se_school_units_skolverket.json")
    School.objects.update(seen_in_source_at=None)
    events = pghistory.models.Events.objects.tracks(*School.objects.all())
    before = events.count()

    content = json.loads((SAMPLES / "se_school_units_skolverket.json").read_text())
    content["body"][0]["name"] = "Ett nytt namn"
    run = read("se_schools", json.dumps(content).encode())

    assert (run.rows_changed, run.rows_unchanged) == (1, 59)
    assert events.count() == before + 1
    assert not School.objects.filter(seen_in_source_at=None).exists()
    assert run.findings.get(verdict="changed").reason == "name"


def test_a_change_that_people_make_meanwhile_survives(read, monkeypatch):
    company = CompanyFactory(country="NO", org_number="921549741", joined_at=None, website="")
    known = CompanyWriter.known

    def meanwhile(self, rows):
        found = known(self, rows)
        Company.objects.filter(pk=company.pk).update(about="Written while the import ran.")
        return found

    monkeypatch.setattr(CompanyWriter, "known", meanwhile)
    read("no_companies", "no_enheter_brreg.csv")

    company.refresh_from_db()
    assert (company.name, company.about) == ("100% Maling AS", "Written while the import ran.")


def test_findings_are_capped_and_counts_complete(read, monkeypatch):
    monkeypatch.setattr("coordination.imports.KEEP_FINDINGS", 5)
    run = read("no_schools_grunnskole", "no_schools_grunnskole.csv")
    assert run.rows_new == 680
    assert run.findings.filter(verdict="new").count() == 5
    assert run.findings.filter(verdict="refused").count() == 3


def test_memory_does_not_grow_with_the_file(tmp_path, municipalities, monkeypatch):
    monkeypatch.setattr(engine, "BATCH", 200)
    paths = {rows: tmp_path / f"{rows}.csv" for rows in [200, 400, 2000]}
    for rows, path in paths.items():
        write_main_units(path, rows)

    def peak(rows):
        gc.collect()
        tracemalloc.reset_peak()
        with paths[rows].open("rb") as file:
            engine.run_register(RegisterKind.NO_COMPANIES, file, dry_run=True, after_batch=lambda batch: None)
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        peak(200)  # fills the caches
        small, large = peak(400), peak(2000)
    finally:
        tracemalloc.stop()

    assert large < small * 1.3  # five times the rows; when cycles are collected is chance


def test_two_thousand_rows_take_a_tenth_of_the_minute_that_twenty_thousand_may(tmp_path, municipalities):
    path = tmp_path / "units.csv"
    write_main_units(path, 2000)
    begun = time.process_time()  # of this process: other work on the machine does not count

    with path.open("rb") as file:
        engine.run_register(RegisterKind.NO_COMPANIES, file, dry_run=False, after_batch=lambda batch: None)

    assert time.process_time() - begun < 6
    assert Company.objects.count() == 2000


def test_generated_numbers_are_valid_and_different():
    numbers = [row["organisasjonsnummer"] for row in main_units(3000)]
    assert len({orgnr.validate(number) for number in numbers}) == 3000


@pytest.mark.parametrize(
    ("municipality", "lat", "lon", "outside"),
    [
        ("SE-0120", 59.31, 18.39, 0),  # Värmdö itself
        ("SE-0120", 55.60345934531279, 13.002981258778263, 518),  # the default point in Malmö
        ("SE-2584", 68.35, 18.83, 0),  # Abisko: 80 km from Kiruna, in its municipality
        ("NO-5601", 70.98, 25.97, 109),  # Nordkapp from Alta
        ("NO-0301", -63.0, -164.0, 19572),  # the other side of the earth
        ("NO-0301", 58.97, 5.73, 292),  # Stavanger from Oslo
    ],
)
def test_distance_is_measured_from_the_outline(municipalities, municipality, lat, lon, outside):
    assert int(kilometres_outside(Municipality.objects.get(pk=municipality), lat, lon)) == outside


@pytest.mark.django_db
def test_distance_is_measured_from_the_seat_where_no_outline_is_known():
    made_up = MunicipalityFactory(id="SE-9998", lat=60.0, lon=15.0)
    assert kilometres_outside(made_up, 60.4, 15.0) == 0
    assert 22 < kilometres_outside(made_up, 62.0, 15.0) < 23
