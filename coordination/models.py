from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coordination.enums import ImportState, RegisterKind, Verdict
from core.models import PublicIdModel
from regions.models import Region


class ImportRun(PublicIdModel):
    """One reading of a register file by the worker: a dry run first, then for real."""

    kind = models.CharField(_("register"), max_length=30, choices=RegisterKind)
    file = models.FileField(_("file"), upload_to="imports/")
    file_name = models.CharField(_("file name"), max_length=200)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, related_name="import_runs")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    dry_run = models.BooleanField(_("dry run"), default=True)
    state = models.CharField(_("status"), max_length=10, choices=ImportState, default=ImportState.QUEUED)
    problem = models.CharField(_("why it could not be read"), max_length=300, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
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

    class Meta:
        ordering = ["-created_at", "pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")


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
