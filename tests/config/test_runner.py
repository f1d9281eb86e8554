"""`make run` in a copy of the project: from nothing to an address, and a clean end whatever happens."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing

import psutil
import pytest

from config.runner.processes import MARK, stop_left_behind
from tests.processes import ROOT, Process, free_port, wait_until

READY = "Stop with Ctrl-C."


@pytest.fixture
def copy(tmp_path):
    """What a fresh clone holds."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "clone" / name)
    yield tmp_path / "clone"
    stop_left_behind(str(tmp_path / "clone" / "var"))


class Run(Process):
    def __init__(self, copy, port):
        self.begun = time.monotonic()
        inherited = {"DATABASE_URL": "", "REDIS_URL": "", "APP_ENV": "development", "SITE_URL": "", "MAKELEVEL": ""}
        command = ["env", *(f"--unset={name}" for name in inherited), sys.executable, "-m", "config.runner"]
        super().__init__(command, copy.parent / f"run-{self.begun}.log", cwd=copy, PORT=str(port))

    def ready(self):
        assert self.process.poll() is None, self.text()
        return READY in self.text()

    def seconds_until_ready(self, patience):
        wait_until(self.ready, seconds=patience)
        return time.monotonic() - self.begun


def status(port):
    with urllib.request.urlopen(f"http://localhost:{port}/", timeout=20) as answer:
        return answer.status


def of_this_copy(copy):
    """Every process that the run started, servers included."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(MARK) == str(copy / "var")
            if (marked or str(copy) in " ".join(process.cmdline())) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.pid != os.getpid()]


@pytest.mark.drill
def test_make_run_starts_from_nothing_and_ends_clean(copy):
    port = free_port()
    first = Run(copy, port)
    assert first.seconds_until_ready(patience=300) < 120
    assert f"http://localhost:{port}" in first.text()
    assert "123456" in first.text()  # how to pass the second factor
    assert status(port) == 200

    second = Run(copy, free_port())
    assert second.process.wait(30) == 1
    assert "already runs from this folder" in second.text()

    assert first.stop() == 0
    wait_until(lambda: not of_this_copy(copy), seconds=10)

    with closing(socket.create_server(("127.0.0.1", port))):
        taken = Run(copy, port)
        assert taken.process.wait(30) == 1
        assert f"Port {port} is taken" in taken.text()

    # The data is kept: the demo is loaded once.
    killed = Run(copy, port)
    killed.seconds_until_ready(patience=120)
    assert "Filling the demo" in first.text()
    assert "Filling the demo" not in killed.text()
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.process.wait(10)
    assert of_this_copy(copy) != []

    after = Run(copy, port)
    after.seconds_until_ready(patience=120)
    assert "Stopped what an earlier run had left behind." in after.text()
    assert status(port) == 200
    os.kill(after.process.pid, signal.SIGINT)
    assert after.process.wait(40) == 0
    wait_until(lambda: not of_this_copy(copy), seconds=10)


@pytest.mark.parametrize("port", ["none", "0", "70000"])
def test_a_port_that_is_none_is_refused(port):
    run = subprocess.run(
        [sys.executable, "-m", "config.runner"],
        cwd=ROOT,
        env={**os.environ, "PORT": port},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (1, f"PORT={port} is not a port number. Try: make run PORT=8001\n")
