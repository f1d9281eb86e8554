from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from notifications.delivery import deliver_due
from notifications.enums import MailState
from notifications.models import QueuedMail
from notifications.other_channels import deliver_pages, deliver_texts

KEEP_ADDRESS_FOR = timedelta(days=30)  # RULES §4: mail queue


@shared_task
def sweep_mail() -> None:
    """Send what is due. Beat asks every few seconds; running twice at once does no harm."""
    deliver_due()


@shared_task
def sweep_other_channels() -> None:
    """Put news on people's pages and send text messages. Running twice at once does no harm."""
    deliver_pages()
    deliver_texts()


@shared_task
def clean_outbox() -> None:
    """Thirty days after a mail was dealt with, forget to whom it went. That it was sent stays."""
    QueuedMail.objects.exclude(state=MailState.WAITING).filter(due_at__lt=timezone.now() - KEEP_ADDRESS_FOR).exclude(
        to_email=""
    ).update(to_email="", user=None, details={}, subject="")
