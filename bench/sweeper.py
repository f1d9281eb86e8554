"""A worker that sends the outbox, round after round, until it is stopped.

    python -m bench.sweeper [address of a mail server]

Without an address it tries a mail server that is not there. Says "ready" after the first round.
"""

import os
import sys
import time

from config.embedded import ensure_services

NOBODY = "smtp://127.0.0.1:1"

if __name__ == "__main__":
    os.environ["APP_ENV"] = "test"
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ["EMAIL_URL"] = sys.argv[1] if len(sys.argv) > 1 else NOBODY
    from bench.common import FOLDER

    ensure_services(FOLDER)
    import django

    django.setup()
    from notifications.delivery import deliver_due

    deliver_due(limit=1)
    print("ready", flush=True)
    while True:
        if not deliver_due():
            time.sleep(0.5)
