"""The pages for coordinators: send, watch, decide; and nobody else's."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coordination import tasks
from coordination.import_forms import LARGEST_UPLOAD_MB
from coordination.models import ImportRun
from schools.models import School
from tests.coordination.conftest import SAMPLES
from tests.factories.accounts import UserFactory
from tests.factories.coordination import ImportFindingFactory, ImportRunFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return UserFactory(second_factor=True)


@pytest.fixture
def region(coordinator):
    return RegionFactory(coordinators=[coordinator])


@pytest.fixture
def signed_in(client, coordinator, region):
    client.force_login(coordinator)
    return client


def upload(name="no_schools_grunnskole.csv"):
    return SimpleUploadedFile(name, (SAMPLES / name).read_bytes())


def send(client, region, file, kind=""):
    return client.post(reverse("coordination:import_create"), {"region": region.pk, "kind": kind, "file": file})


def test_a_register_is_sent_tried_and_run_for_real(signed_in, region, coordinator):
    MunicipalityFactory(id="NO-4211")
    response = send(signed_in, region, upload())
    run = ImportRun.objects.get()
    assert response.url == run.get_absolute_url()
    assert (run.kind, run.dry_run, run.region, run.started_by) == ("no_schools_grunnskole", True, region, coordinator)

    waiting = signed_in.get(run.get_absolute_url()).content.decode()
    assert "Waiting for its turn" in waiting
    assert 'hx-trigger="every 2s"' in waiting

    tasks.run_imports()
    done = signed_in.get(run.get_absolute_url()).content.decode()
    assert "The dry run is done. Nothing has been written." in done
    assert "every 2s" not in done
    assert "683 rows read" in done
    assert not School.objects.exists()

    response = signed_in.post(reverse("coordination:import_apply", args=[run.public_id]))
    real = ImportRun.objects.get(dry_run=False)
    assert response.url == real.get_absolute_url()
    tasks.run_imports()
    assert "The import is done." in signed_in.get(real.get_absolute_url()).content.decode()
    assert School.objects.count() == 680
    again = signed_in.post(reverse("coordination:import_apply", args=[run.public_id]), follow=True)
    assert "This cannot be run for real" in again.content.decode()
    assert ImportRun.objects.count() == 2


def test_htmx_gets_the_fragment_and_everyone_else_the_page(signed_in, region):
    run = ImportRunFactory(region=region, state="running")

    page = signed_in.get(run.get_absolute_url())
    fragment = signed_in.get(run.get_absolute_url(), headers={"HX-Request": "true"})

    assert "<html" in page.content.decode()
    assert fragment.content.decode().strip().startswith('<div class="flow" id="import-run"')
    assert "HX-Request" in fragment["Vary"]


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", "", "The submitted file is empty"),
        (b"Namn;Klass\nKim;9B\n", "", "does not look like a file of any register"),
        (b"PK\x03\x04", "", "Excel workbook or a zip file"),
        (None, "no_companies", "This looks like “Norwegian compulsory schools (CSV)”: choose that one."),
    ],
)
def test_a_file_that_will_not_do_is_refused_at_once(signed_in, region, content, kind, words):
    file = upload() if content is None else SimpleUploadedFile("file.csv", content)
    response = send(signed_in, region, file, kind)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not ImportRun.objects.exists()


def test_a_file_that_is_too_large_is_refused(signed_in, region, monkeypatch):
    monkeypatch.setattr("coordination.import_forms.LARGEST_UPLOAD_MB", 0)
    response = send(signed_in, region, upload())
    assert "The file is larger than 0 MB" in response.content.decode()
    assert LARGEST_UPLOAD_MB == 20


def test_findings_are_listed_by_result_and_paged(signed_in, region):
    run = ImportRunFactory(region=region, state="done", rows_refused=60, rows_flagged=1)
    ImportFindingFactory.create_batch(60, run=run, name="Refused school")
    ImportFindingFactory(run=run, verdict="flagged", name="Doubtful school")

    first = signed_in.get(run.get_absolute_url())
    assert first.context["shown"] == "refused"
    assert len(first.context["page"].object_list) == 50
    assert "Doubtful school" not in first.content.decode()
    assert len(signed_in.get(run.get_absolute_url(), {"show": "refused", "page": 2}).context["page"].object_list) == 10
    assert "Doubtful school" in signed_in.get(run.get_absolute_url(), {"show": "flagged"}).content.decode()
    assert signed_in.get(run.get_absolute_url(), {"show": "nonsense"}).context["shown"] == "refused"


def test_a_stalled_import_is_started_again(signed_in, region):
    run = ImportRunFactory(region=region, state="stalled")
    assert "Start again" in signed_in.get(run.get_absolute_url()).content.decode()

    signed_in.post(reverse("coordination:import_restart", args=[run.public_id]))

    run.refresh_from_db()
    assert run.state == "queued"
    refused = signed_in.post(reverse("coordination:import_restart", args=[run.public_id]), follow=True)
    assert "there is nothing to start again" in refused.content.decode()


def test_another_regions_imports_are_not_found(signed_in):
    other = UserFactory(second_factor=True)
    theirs = RegionFactory(coordinators=[other])
    run = ImportRunFactory(region=theirs, state="done", file_name="deras-hemliga.csv")
    command_run = ImportRunFactory(region=None, state="done")

    assert "deras-hemliga" not in signed_in.get(reverse("coordination:import_list")).content.decode()
    for hidden in [run, command_run]:
        assert signed_in.get(hidden.get_absolute_url()).status_code == 404
        for name in ["import_apply", "import_restart"]:
            assert signed_in.post(reverse(f"coordination:{name}", args=[hidden.public_id])).status_code == 404
    response = send(signed_in, theirs, upload())
    assert response.status_code == 200
    assert ImportRun.objects.count() == 2


def test_only_coordinators_of_regions_import(client, region):
    run = ImportRunFactory(region=region, state="done")
    editor = UserFactory()
    region.memberships.create(user=editor, role="editor")
    pages = [reverse("coordination:import_list"), reverse("coordination:import_create"), run.get_absolute_url()]
    acts = [reverse(f"coordination:{name}", args=[run.public_id]) for name in ["import_apply", "import_restart"]]

    for address in pages:
        assert client.get(address).status_code == 302
    for address in acts:
        assert client.post(address).status_code == 302
    client.force_login(editor)
    for address in pages:
        assert client.get(address).status_code == 403
    for address in acts:
        assert client.post(address).status_code == 403
        assert client.get(address).status_code == 405
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize("count", [1, 5])
def test_import_list_needs_a_fixed_number_of_queries(signed_in, region, count, django_assert_num_queries):
    ImportRunFactory.create_batch(count, region=region)
    signed_in.get(reverse("coordination:import_list"))
    with django_assert_num_queries(6):
        response = signed_in.get(reverse("coordination:import_list"))
    assert len(response.context["page"].object_list) == count


@pytest.mark.parametrize("count", [1, 5])
def test_import_page_needs_a_fixed_number_of_queries(signed_in, region, count, django_assert_num_queries):
    run = ImportRunFactory(region=region, state="done", rows_refused=count)
    ImportFindingFactory.create_batch(count, run=run)
    signed_in.get(run.get_absolute_url())
    with django_assert_num_queries(7):
        response = signed_in.get(run.get_absolute_url())
    assert len(response.context["page"].object_list) == count
