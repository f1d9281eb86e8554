"""Prepare the database, start web, worker and beat, say where to look, and stop it all again."""

import fcntl
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import TextIO

from config.runner.processes import Group, stop_left_behind
from config.translations import compile_translations

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = ROOT / "var"
READY_SECONDS = 60
PATIENCE_SECONDS = 2  # with a run in the same folder that was killed and is about to notice
STOPPING = "stopping"


def main() -> None:
    port = _port()
    signal.signal(signal.SIGINT, _interrupt)  # a background shell would have us ignore it
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        _run(port)
    except KeyboardInterrupt:
        print("\nStopped.")


def _run(port: int) -> None:
    parent = os.getppid()
    VAR.mkdir(exist_ok=True)
    run_lock = _only_run_here()
    if stop_left_behind(str(VAR)):
        print("Stopped what an earlier run had left behind.")
    _refuse_taken(port)
    os.environ.setdefault("SITE_URL", f"http://localhost:{port}")
    group = Group(str(VAR), VAR / "log")
    try:
        _prepare()
        group.start("web", _web(port))
        _wait_until_ready(group, port)  # first the pages, then what nobody waits for
        group.start("worker", _celery("worker", "--concurrency=2", "--hostname=worker@industriporten"), IS_WORKER="1")
        group.start("beat", _celery("beat", f"--schedule={VAR / 'beat-schedule'}"), IS_WORKER="1")
        _say_where(port)
        while not (ended := group.first_to_end()):
            # Killed `make` cannot pass the news on: we notice by having lost our parent.
            if "MAKELEVEL" in os.environ and os.getppid() != parent:
                raise KeyboardInterrupt
            time.sleep(0.5)
        sys.exit(f"{ended} has ended. Its log, {group.logs / ended}.log, ends:\n{group.last_words(ended)}")
    finally:
        # From here on nothing interrupts the tidying up.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        run_lock.write(STOPPING)
        run_lock.flush()
        group.stop()
        run_lock.close()


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        sys.exit(f"PORT={given} is not a port number. Try: make run PORT=8001")
    return int(given)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _only_run_here() -> TextIO:
    """Hold the clone's run lock. The kernel lets go of it however we end, so a stale one cannot exist."""
    lock = (VAR / "run.lock").open("a+")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            if lock.read() != STOPPING and time.monotonic() > deadline:
                sys.exit("Industriporten already runs from this folder. Stop it there first, with Ctrl-C.")
            time.sleep(0.2)
        else:
            lock.truncate(0)
            return lock


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            sys.exit(f"Port {port} is for root only. Choose another: make run PORT=8001")
        except OSError:
            sys.exit(f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}")


def _prepare() -> None:
    """Translations, private servers, tables, reference data and, the first time, the demo."""
    compile_translations()
    _step("Starting PostgreSQL and Redis")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()  # the settings start the private servers

    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connections

    _step("Preparing the database")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    _step("Loading the reference data")
    call_command("load_reference_data", verbosity=0)
    if not get_user_model().objects.exists():
        _step("Filling the demo (only this first time)")
        call_command("load_demo")  # all or nothing
    connections.close_all()


def _web(port: int) -> list[str]:
    return ["gunicorn", "--config", str(ROOT / "deploy" / "gunicorn.conf.py"), "--bind", f"127.0.0.1:{port}"]


def _celery(*arguments: str) -> list[str]:
    return ["celery", "--app=config.celery", "--quiet", *arguments, "--loglevel=INFO"]


def _wait_until_ready(group: Group, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(port):
        ended = group.first_to_end()
        if ended or time.monotonic() > deadline:
            name = ended or "web"
            sys.exit(f"{name} does not come up. Its log, {group.logs / name}.log, ends:\n{group.last_words(name)}")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _say_where(port: int) -> None:
    from django.core.management import call_command

    print(f"\nIndustriporten runs at  http://localhost:{port}\n", flush=True)
    call_command("demo_sign_ins")
    print(f"\nMail is not sent but written to {VAR / 'mail'}. Logs: {VAR / 'log'}. Stop with Ctrl-C.", flush=True)


def _step(text: str) -> None:
    print(f"{text} …", flush=True)


if __name__ == "__main__":
    main()
