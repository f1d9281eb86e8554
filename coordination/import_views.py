from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import SignedInRequest, region_coordinator
from coordination import imports
from coordination.enums import Verdict
from coordination.import_forms import ImportForm
from coordination.models import ImportRun
from core.access import GET_ONLY, POST_ONLY, access
from core.errors import ActionRefused
from core.fragments import page_or_fragment

RUNS_ON_A_PAGE = 20
FINDINGS_ON_A_PAGE = 50
# What a person should see first, when nobody has chosen.
WORTH_SEEING = [Verdict.REFUSED, Verdict.FLAGGED, Verdict.CHANGED, Verdict.NEW]


@access(region_coordinator, methods=GET_ONLY)
def import_list(request: SignedInRequest) -> HttpResponse:
    """The imports of the regions one coordinates, newest first."""
    runs = ImportRun.objects.visible_to(request.user).select_related("started_by", "region")
    page = Paginator(runs, RUNS_ON_A_PAGE).get_page(request.GET.get("page"))
    return TemplateResponse(request, "coordination/imports/import_list.html", {"page": page})


@access(region_coordinator)
def import_create(request: SignedInRequest) -> HttpResponse:
    """Send a register file; its dry run begins."""
    form = ImportForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        return redirect(imports.begin_import(by=request.user, **form.cleaned_data))
    context = {"form": form, "crumbs": [_list_crumb(), (_("Import a register"), None)]}
    return TemplateResponse(request, "coordination/imports/import_form.html", context)


@access(region_coordinator, methods=GET_ONLY)
def import_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    """How far an import is, and what became of its rows. Asks again every two seconds while it runs."""
    run = _run_of(request, public_id)
    shown = _shown(run, request.GET.get("show", ""))
    findings = run.findings.filter(verdict=shown) if shown else run.findings.none()
    context = {
        "run": run,
        "shown": shown,
        "page": Paginator(findings, FINDINGS_ON_A_PAGE).get_page(request.GET.get("page")),
        "kept": imports.KEEP_FINDINGS,
        "crumbs": [_list_crumb(), (run.file_name, None)],
    }
    return page_or_fragment(
        request, "coordination/imports/import_detail.html", "coordination/imports/_import_run.html", context
    )


@access(region_coordinator, methods=POST_ONLY)
def import_apply(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Run for real what a dry run has shown."""
    run = _run_of(request, public_id)
    try:
        return redirect(imports.make_real(run, by=request.user))
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(run)


@access(region_coordinator, methods=POST_ONLY)
def import_restart(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Start an import again whose worker died."""
    run = _run_of(request, public_id)
    try:
        imports.restart_import(run)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(run)


def _run_of(request: SignedInRequest, public_id: str) -> ImportRun:
    runs = ImportRun.objects.visible_to(request.user).select_related("real_run", "rehearsal", "region", "started_by")
    return get_object_or_404(runs, public_id=public_id)


def _shown(run: ImportRun, asked: str) -> Verdict | None:
    """The result whose rows are listed: the one asked for, or the first worth seeing that has any."""
    if asked in {verdict.value for verdict in WORTH_SEEING}:
        return Verdict(asked)
    counts = dict(run.counts)
    return next((verdict for verdict in WORTH_SEEING if counts[verdict]), None)


def _list_crumb() -> tuple[Any, str]:
    return _("Register imports"), reverse("coordination:import_list")
