"""The processes of one run: started in sessions of their own, watched, and all stopped in the end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

# Every process of a run carries this variable, and so do its children. That is how what a killed run left behind is
# told from everything else on the machine: by clone, whatever its number and its parent are now.
MARK = "INDUSTRIPORTEN_RUN"
STOP_SECONDS = 25  # the worker finishes the task it has begun


class Group:
    """Web, worker and beat of one run."""

    def __init__(self, mark: str, logs: Path) -> None:
        self.mark = mark
        self.logs = logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], **environment: str) -> None:
        """Start a process whose output goes to its own log. Its session is its own: Ctrl-C in the terminal reaches
        only us, and we stop things in order."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own arguments
                [sys.executable, "-m", *command],
                env={**os.environ, **environment, MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def first_to_end(self) -> str | None:
        """The name of a process that has ended by itself, if one has."""
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def last_words(self, name: str) -> str:
        """The end of a process's log."""
        return "\n".join((self.logs / f"{name}.log").read_text(errors="replace").splitlines()[-25:])

    def stop(self) -> None:
        """Ask all to stop, the last started first, and wait; whoever is still there after that is killed."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        stop_left_behind(self.mark, patience=0)
        self.running.clear()


def stop_left_behind(mark: str, patience: float = 5) -> int:
    """Stop every process that carries the mark, first asking, then not. Returns how many there were."""
    found = [process for process in psutil.process_iter() if _carries(process, mark)]
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(found, timeout=patience)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    return len(found)


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark
    except (psutil.Error, OSError):  # another user's, or gone
        return False
