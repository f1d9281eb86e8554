from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Self

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import User
from coordination.enums import IMPORT_MOVES, GoalFigure, ImportState, RegisterKind, Verdict
from core.models import PublicIdModel
from regions.models import Municipality, Region

# A batch takes a second, recognising the encoding of the largest file ten: two minutes without a sign is an end.
STALLED_AFTER = timedelta(minutes=2)
KEEP_FILES_FOR = timedelta(days=30)


def import_path(run: ImportRun, file_name: str) -> str:
    """Where an uploaded register lies: under a name that cannot be guessed and says nothing of its kind."""
    return f"imports/{secrets.token_hex(16)}"


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: Any) -> Self:
        """Imports of the regions that the user coordinates."""
        return self.filter(region__memberships__user=user, region__memberships__role=Role.COORDINATOR)

    def without_sign_of_life(self) -> Self:
        return self.filter(state=ImportState.RUNNING, beaten_at__lt=timezone.now() - STALLED_AFTER)

    def with_outdated_file(self) -> Self:
        return self.exclude(file="").filter(created_at__lt=timezone.now() - KEEP_FILES_FOR)


class ImportRun(PublicIdModel):
    """One reading of a register file by the worker: a dry run first, then for real."""

    kind = models.CharField(_("register"), max_length=30, choices=RegisterKind)
    file = models.FileField(_("file"), upload_to=import_path, blank=True)
    file_name = models.CharField(_("file name"), max_length=200)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, related_name="import_runs")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    dry_run = models.BooleanField(_("dry run"), default=True)
    # The dry run that this one makes real: one to one, so that "run for real" acts once.
    rehearsal = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="real_run", verbose_name=_("dry run")
    )
    state = models.CharField(_("status"), max_length=10, choices=ImportState, default=ImportState.QUEUED)
    problem = models.CharField(_("why it could not be read"), max_length=300, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    # Counted up by each start: a worker that was thought dead notices that it is no longer its turn.
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    bytes_total = models.PositiveBigIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    rows_new = models.PositiveIntegerField(_("new"), default=0)
    rows_changed = models.PositiveIntegerField(_("changed"), default=0)
    rows_unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rows_refused = models.PositiveIntegerField(_("refused"), default=0)
    rows_flagged = models.PositiveIntegerField(_("to be looked at"), default=0)
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    beaten_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("coordination:import_detail", args=[self.public_id])

    def can_move_to(self, state: ImportState) -> bool:
        return state in IMPORT_MOVES[ImportState(self.state)]

    @property
    def is_under_way(self) -> bool:
        return self.state in {ImportState.QUEUED, ImportState.RUNNING}

    @property
    def can_be_made_real(self) -> bool:
        return self.dry_run and self.state == ImportState.DONE and bool(self.file) and not hasattr(self, "real_run")

    @property
    def rows_read(self) -> int:
        return self.rows_new + self.rows_changed + self.rows_unchanged + self.rows_refused

    @property
    def counts(self) -> list[tuple[Verdict, int]]:
        """Rows by result, in the order they are shown. Rows to be looked at are also new, changed or unchanged."""
        return [(verdict, getattr(self, f"rows_{verdict.value}")) for verdict in Verdict]


class ImportFinding(models.Model):
    """A row of the file that needs words: refused, flagged, new or changed (the first of each kind are kept)."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="findings")  # part of the run
    line = models.PositiveIntegerField(_("line"))
    verdict = models.CharField(_("result"), max_length=10, choices=Verdict)
    code = models.CharField(_("number"), max_length=20, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        indexes = [models.Index(fields=["run", "verdict"], name="finding_by_run_and_verdict")]


class GoalQuerySet(models.QuerySet["Goal"]):
    def visible_to(self, user: Any) -> Self:
        """Goals of the regions that the user works for."""
        return self.filter(region__memberships__user=user)

    def editable_by(self, user: Any) -> Self:
        """Goals of the regions that the user coordinates."""
        return self.filter(region__memberships__user=user, region__memberships__role=Role.COORDINATOR)


@pghistory.track()
class Goal(PublicIdModel):
    """So much of a figure in a period, for a region or one of its municipalities. What is reached is always counted."""

    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="goals")  # part of the region
    name = models.CharField(
        _("initiative"),
        max_length=80,
        blank=True,
        help_text=_("Which project or agreement the goal belongs to. For example: More to industry."),
    )
    figure = models.CharField(_("what is counted"), max_length=30, choices=GoalFigure)
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("municipality")
    )
    target = models.PositiveIntegerField(_("goal"), validators=[MinValueValidator(1)])
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to and including"))
    source = models.CharField(
        _("where the goal comes from"),
        max_length=200,
        blank=True,
        help_text=_("A decision, a plan or an application, so that others find it again."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GoalQuerySet.as_manager()

    class Meta:
        ordering = ["ends_on", "name", "pk"]
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        constraints = [
            models.CheckConstraint(
                name="goal_is_something",
                condition=Q(target__gte=1),
                violation_error_message=_("A goal is at least 1."),
            ),
            models.CheckConstraint(
                name="goal_ends_after_it_begins",
                condition=Q(ends_on__gte=F("begins_on")),
                violation_error_message=_("The last day cannot come before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_figure_display()}: {self.target}"
