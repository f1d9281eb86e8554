from celery import shared_task

from companies import interest
from companies.models import InterestInvitation


@shared_task
def remind_about_interest() -> None:
    """Ask once more where a fortnight has passed without an answer. Running twice at once sends nothing twice."""
    for invitation_id in InterestInvitation.objects.due_for_reminder().values_list("pk", flat=True):
        interest.remind(invitation_id)
