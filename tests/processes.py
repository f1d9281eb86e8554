"""The system's own processes, started by tests as an operator starts them."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(holds: Callable[[], object], seconds: float = 30, every: float = 0.1) -> None:
    """Return when it holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {holds}"
        time.sleep(every)


def test_database_url() -> str:
    """The address of the database this test runs on, for another process."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


test_database_url.__test__ = False


class Process:
    """One process with its log. Stop it, kill it, freeze it; used with `with` it stops in the end."""

    def __init__(self, command: list[str], log: Path, *, cwd: Path = ROOT, **environment: str) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *details: object) -> None:
        self.stop()

    def stop(self, seconds: float = 30) -> int:
        """SIGTERM, and its exit code; whatever of its session is left after that is killed."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()
        return self.process.returncode

    def kill(self) -> None:
        """kill -9, children too."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def send(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def text(self) -> str:
        return self.log.read_text(errors="replace")


class Web(Process):
    """The web process of deploy/gunicorn.conf.py on a free port."""

    def __init__(self, log: Path, *, wait: bool = True, arguments: tuple[str, ...] = (), **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", *arguments]
        super().__init__([*command, "--bind", f"127.0.0.1:{self.port}"], log, **{"SITE_URL": self.url, **environment})
        if wait:
            wait_until(self.answers, seconds=60)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.text()
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False
