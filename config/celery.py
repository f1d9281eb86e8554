"""Celery: what need not happen while somebody waits. The database is the truth; Redis may be wiped at any time."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("industriporten")


def broker_url(redis_url: str) -> str:
    """Celery writes a socket address with its own scheme."""
    return redis_url.replace("unix://", "redis+socket://", 1)


@app.on_configure.connect
def _read_settings(sender: Celery, **kwargs: Any) -> None:
    from django.conf import settings

    sender.conf.update(
        broker_url=broker_url(settings.REDIS_URL),
        timezone=settings.TIME_ZONE,
        enable_utc=True,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,  # late acks alone lose the task of a killed child
        worker_prefetch_multiplier=1,
        task_soft_time_limit=240,
        task_time_limit=300,
        task_publish_retry=False,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": 900,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "unacked_restore_throttle": 1,
        },
        # A tick that waited longer than its interval is worth nothing: the next one does the same work.
        beat_schedule={
            "sweep-mail": {"task": "notifications.tasks.sweep_mail", "schedule": 3, "options": {"expires": 3}},
            "sweep-other-channels": {
                "task": "notifications.tasks.sweep_other_channels",
                "schedule": 5,
                "options": {"expires": 5},
            },
            "plan-reminders": {"task": "visits.tasks.plan_reminders", "schedule": 300, "options": {"expires": 280}},
            "tell-of-new": {
                "task": "visits.tasks.tell_of_new",
                "schedule": crontab(minute=20, hour="7-18"),  # the first of the day does it, the others after an outage
                "options": {"expires": 3600},
            },
            "plan-digests": {
                "task": "visits.tasks.plan_digests",
                "schedule": crontab(minute="0,15,30,45", hour="7-18", day_of_week="1"),
                "options": {"expires": 600},
            },
            "tell-of-term": {
                "task": "visits.tasks.tell_of_term",
                "schedule": crontab(minute=40, hour="7-18", day_of_week="1-5", month_of_year="1,8,9"),
                "options": {"expires": 3000},
            },
            "expire-bookings": {"task": "visits.tasks.expire_bookings", "schedule": 300, "options": {"expires": 280}},
            "decide-times": {"task": "visits.tasks.decide_times", "schedule": 300, "options": {"expires": 280}},
            "move-lines": {"task": "visits.tasks.move_lines", "schedule": 60, "options": {"expires": 55}},
            "redraw-pictures": {
                "task": "visits.picture_tasks.redraw_pictures",
                "schedule": 5,
                "options": {"expires": 4},
            },
            "check-files": {"task": "visits.file_tasks.check_files", "schedule": 5, "options": {"expires": 4}},
            "run-imports": {"task": "coordination.tasks.run_imports", "schedule": 5, "options": {"expires": 5}},
            "clean-imports": {
                "task": "coordination.tasks.clean_imports",
                "schedule": crontab(hour=3, minute=45),
                "options": {"expires": 3600},
            },
            "heartbeat": {"task": "core.tasks.beat", "schedule": 30, "options": {"expires": 25}},
            "remind-about-interest": {
                "task": "companies.tasks.remind_about_interest",
                "schedule": crontab(hour=9, minute=0, day_of_week="1-5"),  # when somebody reads mail at work
                "options": {"expires": 3600},
            },
            "refresh-search-rows": {
                "task": "visits.tasks.refresh_search_rows",
                "schedule": 15,
                "options": {"expires": 14},
            },
            "refresh-search": {
                "task": "visits.tasks.refresh_search",
                "schedule": crontab(hour=2, minute=30),
                "options": {"expires": 3600},
            },
            "refresh-company-rows": {
                "task": "companies.tasks.refresh_search_rows",
                "schedule": 60,
                "options": {"expires": 55},
            },
            "refresh-company-search": {
                "task": "companies.tasks.refresh_search",
                "schedule": crontab(hour=2, minute=50),
                "options": {"expires": 3600},
            },
            "report-sums": {
                "task": "visits.tasks.report_sums",
                "schedule": crontab(hour=4, minute=15),
                "options": {"expires": 3600},
            },
            "nightly-retention": {
                "task": "coordination.tasks.apply_retention",
                "schedule": crontab(hour=3, minute=30),
                "options": {"expires": 3600},
            },
            "nightly": {
                "task": "notifications.tasks.clean_outbox",
                "schedule": crontab(hour=3, minute=15),
                "options": {"expires": 3600},
            },
        },
    )


@setup_logging.connect
def _log_as_settings_say(**kwargs: Any) -> None:
    """Being connected is enough: Celery then leaves the logging as config/logs.py has set it up."""


@beat_init.connect
def _first_heartbeat(sender: Any, **kwargs: Any) -> None:
    """At once, so that /readyz tells the truth soon after a start."""
    sender.app.send_task("core.tasks.beat", expires=25)


app.autodiscover_tasks()
app.autodiscover_tasks(related_name="picture_tasks")
app.autodiscover_tasks(related_name="file_tasks")
