from celery import shared_task

from coordination.erasure import erase_again
from coordination.imports import claim_next_import, delete_outdated_files, mark_stalled_imports, perform_import
from coordination.retention import apply_rules

LONGEST_IMPORT_SECONDS = 6 * 3600  # Enhetsregisteret whole: over a million rows
LONGEST_RETENTION_SECONDS = 3600  # the first night after a restore may have years to erase


@shared_task(soft_time_limit=LONGEST_IMPORT_SECONDS, time_limit=LONGEST_IMPORT_SECONDS + 60)
def run_imports() -> None:
    """Run the next waiting import. Beat asks every few seconds; while one worker reads, others find nothing to do."""
    mark_stalled_imports()
    if run := claim_next_import():
        perform_import(run)


@shared_task
def clean_imports() -> None:
    """Delete uploaded register files after thirty days."""
    delete_outdated_files()


@shared_task(soft_time_limit=LONGEST_RETENTION_SECONDS, time_limit=LONGEST_RETENTION_SECONDS + 60)
def apply_retention() -> None:
    """Erase what has been kept long enough and what the ledger names. What one night leaves, the next one takes."""
    apply_rules()
    erase_again()
