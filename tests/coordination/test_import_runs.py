"""The worker's side of imports: claimed once, alive or stalled, made real once, files gone after thirty days."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from coordination import imports, tasks
from coordination.models import ImportRun
from coordination.registers import engine
from core.errors import ActionRefused
from schools.models import School
from tests.concurrency import at_the_same_time
from tests.coordination.conftest import SAMPLES
from tests.factories.accounts import UserFactory
from tests.factories.coordination import ImportFindingFactory, ImportRunFactory
from tests.factories.regions import MunicipalityFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def test_worker_runs_the_oldest_waiting_import():
    MunicipalityFactory(id="NO-4211")
    first, second = ImportRunFactory.create_batch(2)

    tasks.run_imports()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.rows_new, first.bytes_done, first.attempt) == ("done", 1, first.bytes_total, 1)
    assert second.state == "queued"
    assert not School.objects.exists()


def test_dry_run_is_made_real_once():
    MunicipalityFactory(id="NO-4211")
    run, user = ImportRunFactory(), UserFactory()
    tasks.run_imports()
    run.refresh_from_db()

    real = imports.make_real(run, by=user)
    tasks.run_imports()

    real.refresh_from_db()
    assert (real.state, real.rows_new, real.dry_run, real.started_by, real.rehearsal) == ("done", 1, False, user, run)
    assert School.objects.get().name == "Abel skole"
    with pytest.raises(ActionRefused, match="cannot be run for real"):
        imports.make_real(run, by=user)


@pytest.mark.parametrize("changes", [{"state": "running"}, {"state": "failed"}, {"state": "done", "dry_run": False}])
def test_what_is_no_finished_dry_run_is_not_made_real(changes):
    with pytest.raises(ActionRefused):
        imports.make_real(ImportRunFactory(**changes), by=UserFactory())


def test_broken_file_and_missing_file_end_in_words():
    broken = ImportRunFactory(content=b"this;is;no\nregister;at;all\n")
    tasks.run_imports()
    broken.refresh_from_db()
    assert broken.state == "failed"
    assert broken.problem.startswith("None of the first 30 lines is a header")

    gone = ImportRunFactory()
    gone.file.delete(save=False)
    ImportRun.objects.filter(pk=gone.pk).update(file="imports/gone")
    tasks.run_imports()
    gone.refresh_from_db()
    assert (gone.state, gone.problem) == ("failed", "The file is no longer here. Send it again.")


def test_unforeseen_error_ends_the_run_and_is_raised(monkeypatch):
    run = ImportRunFactory()

    def explode(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(imports, "run_register", explode)
    with pytest.raises(RuntimeError):
        tasks.run_imports()
    run.refresh_from_db()
    assert (run.state, run.problem[:20]) == ("failed", "Something went wrong")


def test_run_without_sign_of_life_is_stalled_and_can_be_started_again():
    MunicipalityFactory(id="NO-4211")
    run = ImportRunFactory(state="running", attempt=1, beaten_at=timezone.now() - timedelta(minutes=3))
    alive = ImportRunFactory(state="running", attempt=1, beaten_at=timezone.now() - timedelta(minutes=1))
    ImportFindingFactory(run=run)

    tasks.run_imports()

    run.refresh_from_db()
    alive.refresh_from_db()
    assert (run.state, alive.state) == ("stalled", "running")
    imports.restart_import(run)
    tasks.run_imports()
    run.refresh_from_db()
    assert (run.state, run.attempt, run.rows_new) == ("done", 2, 1)
    assert run.findings.filter(verdict="refused").count() == 0
    with pytest.raises(ActionRefused, match="nothing to start again"):
        imports.restart_import(run)


def test_worker_that_was_thought_dead_stops_and_undoes_its_batch():
    MunicipalityFactory(id="NO-4211")
    run = ImportRunFactory(dry_run=False)
    slow = imports.claim_next_import()
    ImportRun.objects.filter(pk=run.pk).update(state="queued")
    quick = imports.claim_next_import()

    imports.perform_import(slow)

    assert not School.objects.exists()
    run.refresh_from_db()
    assert (run.state, run.rows_new) == ("running", 0)
    imports.perform_import(quick)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.rows_new, School.objects.count()) == ("done", 2, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_the_same_import():
    runs = ImportRunFactory.create_batch(3)

    claimed = at_the_same_time(*[partial(imports.claim_next_import)] * 6)

    ids = [run.pk for run in claimed if run]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {run.pk for run in runs}
    assert ids


def test_progress_is_written_after_every_batch(monkeypatch):
    monkeypatch.setattr(engine, "BATCH", 100)
    content = (SAMPLES / "no_schools_grunnskole.csv").read_bytes()
    run = ImportRunFactory(content=content)
    seen = []
    after_batch = imports.Recorder.after_batch

    def watched(self, batch):
        after_batch(self, batch)
        stored = ImportRun.objects.get(pk=run.pk)
        seen.append((stored.rows_read, 0 < stored.bytes_done <= stored.bytes_total, stored.beaten_at is not None))

    monkeypatch.setattr(imports.Recorder, "after_batch", watched)
    tasks.run_imports()

    assert seen == [(n, True, True) for n in [100, 200, 300, 400, 500, 600, 683]]


def test_files_are_deleted_after_thirty_days_with_their_real_runs():
    old, new = ImportRunFactory.create_batch(2)
    real = ImportRunFactory(dry_run=False, rehearsal=old)
    ImportRun.objects.filter(pk=real.pk).update(file=old.file.name)
    ImportRun.objects.exclude(pk=new.pk).update(created_at=timezone.now() - timedelta(days=31))
    storage, name = old.file.storage, old.file.name

    tasks.clean_imports()
    tasks.clean_imports()

    assert not storage.exists(name)
    assert storage.exists(new.file.name)
    assert list(ImportRun.objects.order_by("pk").values_list("file", flat=True)) == ["", new.file.name, ""]


def test_uploaded_file_lies_under_a_name_that_says_nothing():
    run = ImportRunFactory(file_name="../../evil.py")
    assert run.file.name.startswith("imports/")
    assert len(run.file.name) == len("imports/") + 32
    assert "." not in run.file.name


def test_command_reads_a_file_and_prints_the_same_summary(municipalities, capsys):
    path = SAMPLES / "se_school_units_skolverket.json"

    call_command("import_register", "se_schools", str(path), "--dry-run")
    rehearsed = capsys.readouterr().out
    call_command("import_register", "se_schools", str(path))
    written = capsys.readouterr().out

    assert rehearsed.splitlines()[0].endswith(
        "60 rows read as utf-8; new 60, changed 0, unchanged 0, refused 0, to be looked at 1."
    )
    assert rehearsed.replace("Dry run, nothing written", "Written") == written
    assert School.objects.count() == 60


def test_command_says_what_is_wrong(municipalities):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("import_register", "se_schools", "/nowhere.json")
    with pytest.raises(CommandError, match="It looks like"):
        call_command("import_register", "no_companies", str(SAMPLES / "se_school_units_skolverket.json"))
