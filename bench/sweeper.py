"""A worker that tries to send the outbox to a mail server that is not there, until it is stopped."""

import os
import time

from config.embedded import ensure_services

if __name__ == "__main__":
    os.environ["APP_ENV"] = "test"
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ["EMAIL_URL"] = "smtp://127.0.0.1:1"  # nothing answers there
    from bench.common import FOLDER

    ensure_services(FOLDER)
    import django

    django.setup()
    from notifications.delivery import deliver_due

    while True:
        deliver_due()
        time.sleep(0.5)
