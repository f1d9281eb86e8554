from celery import shared_task
from django.utils import timezone

from core.models import Heartbeat


@shared_task
def beat() -> None:
    """Beat and a worker are alive: `/readyz` and the alarms read how long ago."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"beaten_at": timezone.now()})
