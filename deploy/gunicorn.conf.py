"""The web process, the same on a laptop and in production. Connections to the database are kept per thread."""

import gc
from typing import Any

wsgi_app = "config.wsgi:application"
worker_class = "gthread"
workers = 2
threads = 4
timeout = 30
# SIGTERM: no new requests, the ones begun are answered first.
graceful_timeout = 25
keepalive = 5
# Requests are logged by core.middleware.request_log, without addresses.
accesslog = None
# No files outside the project.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """What was loaded at the start stays for good: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
