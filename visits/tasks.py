import structlog
from celery import shared_task
from django.utils import timezone

from core.errors import ActionRefused
from core.search_rows import forget_unused_groups
from visits import actions, after_actions, digest, lines, minimum, plan_term, reminders, time_actions, wishes
from visits.models import SearchRow, VisitBooking, VisitOffer
from visits.search import refresh_offers, refresh_rows
from visits.sums import check_sums

log = structlog.get_logger("places")


@shared_task
def plan_reminders() -> None:
    """Write the reminders and repeated questions that are due. Running twice writes nothing twice."""
    reminders.plan_reminders()
    reminders.chase_answers()
    after_actions.ask_how_it_was()


@shared_task
def plan_digests() -> None:
    """Write the Monday mails of the companies. Running twice writes nothing twice."""
    digest.plan_digests()


@shared_task
def tell_of_term() -> None:
    """Write the mails about schools' plans when a term begins. Running twice writes nothing twice."""
    plan_term.tell_of_term()


@shared_task
def tell_of_new() -> None:
    """Mail what is new in saved searches, once a day for each person. Running twice tells nothing twice."""
    wishes.tell_of_new()


@shared_task
def expire_bookings() -> None:
    """End what nobody has answered in time; each booking in a transaction of its own."""
    overdue = VisitBooking.objects.filter(state__in=["pending", "proposed"], answer_by__lte=timezone.now())
    for booking in overdue.iterator(chunk_size=500):
        try:
            actions.expire_booking(booking)
        except ActionRefused:
            continue  # changed while we looked; the next round sees it anew
    time_actions.expire_asks()


@shared_task
def decide_times() -> None:
    """Times that run only if enough have booked: they run, or are cancelled. Running twice decides nothing twice."""
    minimum.decide_times()


@shared_task
def move_lines() -> None:
    """End offers nobody has answered, close lines of visits that have begun, offer what is free."""
    lines.move_lines()


@shared_task
def report_sums() -> None:
    """Say in the log which times do not add up. Nothing is mended in silence: a difference is a defect to be found."""
    differences = check_sums()
    for each in differences:
        log.error("places_do_not_add_up", slot=each.slot, counted=each.counted, held=each.held)
    log.info("places_checked", differences=len(differences))


@shared_task
def refresh_search() -> None:
    """Read every offer's words anew: its company, workplace or an occupation may have got a new name."""
    refresh_offers(VisitOffer.objects.all())
    forget_unused_groups(SearchRow)


@shared_task
def refresh_search_rows() -> None:
    """What has changed in the search since the last time: bookings, moved companies, times that opened or closed."""
    refresh_rows()
