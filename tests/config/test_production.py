"""Production as docker-compose.yml starts it: the file read by a parser, its commands run as plain processes."""

import gzip
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from django.db import connection

from tests.processes import ROOT, Process, free_port, wait_until

pytestmark = pytest.mark.xdist_group("production")  # one database for the whole file
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
HOST = "industriporten.example"
FILLED_IN = {
    "SECRET_KEY": "a-key-as-long-and-as-random-as-production-needs-0123456789-abcdef",
    "SITE_HOST": HOST,
    "DEFAULT_FROM_EMAIL": f"Industriporten <no-reply@{HOST}>",
    "CONTACT_EMAIL": f"help@{HOST}",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    "POSTGRES_PASSWORD": "not-used-here",
    "BOUNCE_EMAIL": "",
    "SMS_URL": "",
    "VIRUS_SCANNER_URL": "",
}
NEEDED = re.findall(r'needed\("(\w+)"', (ROOT / "config" / "settings.py").read_text())


def environment_of(service: str, **ours: str) -> dict[str, str]:
    """What the container would get, with the example filled in and the addresses of this test's servers."""
    given = SERVICES[service]["environment"]
    filled = {name: re.sub(r"\$\{(\w+)[^}]*\}", lambda m: FILLED_IN[m[1]], value) for name, value in given.items()}
    return {**filled, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **ours}


@pytest.fixture(scope="module")
def servers(django_db_setup, django_db_blocker, tmp_path_factory):
    """An empty database, the test's Redis and folders, as environment variables."""
    name = f"production_{os.getpid()}"
    folder = tmp_path_factory.mktemp("production")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield {
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
        "REDIS_URL": os.environ["REDIS_URL"],
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
    }
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def migrated(servers):
    """The same after the one-shot service has run."""
    run_to_the_end(SERVICES["migrate"]["command"], environment_of("migrate", **servers))
    run_to_the_end(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        environment_of("migrate", **servers),
    )
    return servers


def run_to_the_end(command, environment):
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def ask(port: int, path: str, **headers: str):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": HOST, **headers})
    return urllib.request.urlopen(request, timeout=20)


def status_of(port: int, path: str) -> int:
    with ask(port, path) as answer:
        return answer.status


def answers(port: int) -> bool:
    try:
        return status_of(port, "/healthz") == 200
    except (urllib.error.URLError, ConnectionError):
        return False


@pytest.mark.parametrize("missing", NEEDED)
def test_production_refuses_to_start_and_names_what_is_missing(missing):
    environment = {**environment_of("web"), missing: ""}
    started = subprocess.run(
        [sys.executable, "-c", "import config.settings"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert started.returncode == 1
    assert f"Set {missing} in the environment" in started.stderr


def test_production_starts_with_what_the_compose_file_gives():
    run_to_the_end([sys.executable, "manage.py", "check", "--deploy", "--fail-level=WARNING"], environment_of("web"))


def test_compose_file_has_every_part_with_the_promised_settings():
    assert {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"} < set(NEEDED)
    assert set(SERVICES) == {"db", "redis", "migrate", "web", "worker", "beat", "proxy"}
    assert SERVICES["db"]["image"] == "postgres:18"
    redis = SERVICES["redis"]["command"]
    assert redis[redis.index("--appendonly") + 1] == "yes"
    assert redis[redis.index("--maxmemory-policy") + 1] == "noeviction"
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["proxy"]  # the database and Redis are reachable from inside only
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in named if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_every_variable_of_the_compose_file_is_explained():
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^(\w+)=", (ROOT / "deploy" / "example.env").read_text(), re.MULTILINE))
    assert asked == explained == set(FILLED_IN)


def test_image_runs_as_an_ordinary_user_with_locked_packages():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert any("--require-hashes -r /requirements.txt" in line for line in lines)
    assert lines.index("USER app") < lines.index('CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py"]')


@pytest.mark.drill
def test_web_answers_and_finishes_what_it_began_when_told_to_stop(migrated, tmp_path):
    port = free_port()
    web = Process(SERVICES["web"]["command"], tmp_path / "web.log", **environment_of("web", **migrated, PORT=str(port)))
    with web:
        wait_until(lambda: answers(port), seconds=60)
        healthy = SERVICES["web"]["healthcheck"]["test"][1:]
        run_to_the_end(healthy, environment_of("web", **migrated, PORT=str(port)))
        with ask(port, "/readyz") as ready:
            assert json.load(ready)["database"] is True
        with ask(port, "/", **{"X-Forwarded-Proto": "https"}) as page:
            text = page.read().decode()
        style = re.search(r'href="(/static/css/app\.[^"]+\.css)"', text)[1]
        with ask(port, style, **{"X-Forwarded-Proto": "https", "Accept-Encoding": "gzip"}) as answer:
            assert "max-age=315360000" in answer.headers["Cache-Control"]
            assert "@layer" in gzip.decompress(answer.read()).decode()

        slow: list[int] = []
        # A request that waits for a lock: asked before the stop, answered after it.
        with psycopg.connect(migrated["DATABASE_URL"]) as blocker:
            blocker.execute("LOCK TABLE core_heartbeat IN ACCESS EXCLUSIVE MODE")
            asking = threading.Thread(target=lambda: slow.append(status_of(port, "/readyz")))
            asking.start()
            time.sleep(0.5)
            web.process.terminate()
            time.sleep(1)
            assert web.process.poll() is None
            assert slow == []
        asking.join(20)
        assert slow == [200]
        assert web.process.wait(20) == 0


WAITING_FOR_A_LOCK = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"


@pytest.mark.drill
def test_worker_and_beat_work_and_stop_when_told(migrated, tmp_path):
    worker = Process(SERVICES["worker"]["command"], tmp_path / "worker.log", **environment_of("worker", **migrated))
    beat = Process(SERVICES["beat"]["command"], tmp_path / "beat.log", **environment_of("beat", **migrated))
    with worker, beat, psycopg.connect(migrated["DATABASE_URL"], autocommit=True) as database:
        wait_until(lambda: database.execute("SELECT 1 FROM core_heartbeat WHERE name = 'beat'").fetchone(), seconds=90)
        with psycopg.connect(migrated["DATABASE_URL"]) as busy:  # it is told to stop with tasks in hand
            busy.execute("LOCK TABLE core_heartbeat, notifications_queuedmail IN ACCESS EXCLUSIVE MODE")
            wait_until(lambda: database.execute(WAITING_FOR_A_LOCK).fetchone()[0] == 2)
            worker.process.terminate()
            time.sleep(1)
            assert worker.process.poll() is None
        assert worker.stop() == 0, worker.text()
        assert beat.stop() == 0, beat.text()
