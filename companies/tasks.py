from celery import shared_task

from companies import interest
from companies.models import Company, CompanyRow, InterestInvitation
from companies.search import refresh_companies, refresh_company_rows
from core.search_rows import forget_unused_groups


@shared_task
def remind_about_interest() -> None:
    """Ask once more where a fortnight has passed without an answer. Running twice at once sends nothing twice."""
    for invitation_id in InterestInvitation.objects.due_for_reminder().values_list("pk", flat=True):
        interest.remind(invitation_id)


@shared_task
def refresh_search() -> None:
    """Read every company's words anew: a workplace or a place may have got a new name."""
    refresh_companies(Company.objects.listed())
    forget_unused_groups(CompanyRow)


@shared_task
def refresh_search_rows() -> None:
    """What has changed in the search since the last time: companies that moved, a new school year, the register."""
    refresh_company_rows()
