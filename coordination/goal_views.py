"""A region's goals: how each stands, and the form that sets one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.permissions import SignedInRequest, region_coordinator, region_staff
from coordination import goals
from coordination.enums import GoalFigure
from coordination.goal_forms import GoalForm
from coordination.models import Goal
from core.access import GET_ONLY, access
from core.errors import ActionRefused
from core.forms import posted
from regions.models import Region
from regions.school_year import current_school_year, first_day, last_day


@access(region_staff, methods=GET_ONLY)
def goal_list(request: SignedInRequest, region_id: str) -> HttpResponse:
    """Every goal of the region with how it stands: those that run or lie ahead first, then those that are over."""
    region = get_object_or_404(Region.objects.with_member(request.user), public_id=region_id)
    found = goals.progress_of(region, region.goals.select_related("municipality"))
    context = {
        "region": region,
        "current": [one for one in found if not one.has_ended],
        "ended": [one for one in reversed(found) if one.has_ended],
        "may_edit": _coordinated(request).filter(pk=region.pk).exists(),
        "year": current_school_year(),
        "crumbs": [_start_crumb(), (str(region), None)],
    }
    return TemplateResponse(request, "coordination/goals/list.html", context)


@access(region_coordinator)
def goal_create(request: SignedInRequest, region_id: str) -> HttpResponse:
    """A new goal, for this school year to begin with; with `from`, another one a year later."""
    region = get_object_or_404(_coordinated(request), public_id=region_id)
    goal = _blank(region, request.GET.get("from", ""))
    form = GoalForm(posted(request), instance=goal)
    if request.method == "POST" and form.is_valid():
        try:
            goals.add_goal(form.save(commit=False))
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The goal is set."))
            return redirect("coordination:goal_list", region_id)
    return _form_page(request, region, form)


@access(region_coordinator)
def goal_edit(request: SignedInRequest, goal_id: str) -> HttpResponse:
    """Change a goal. What it was before stays readable."""
    goal = get_object_or_404(_editable(request), public_id=goal_id)
    region = goal.region
    form = GoalForm(posted(request), instance=goal)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("coordination:goal_list", region.public_id)
    return _form_page(request, region, form)


@access(region_coordinator)
def goal_remove(request: SignedInRequest, goal_id: str) -> HttpResponse:
    """Ask, then remove the goal. Nothing that was counted for it goes."""
    goal = get_object_or_404(_editable(request), public_id=goal_id)
    region = goal.region
    if request.method == "POST":
        goal.delete()
        messages.success(request, _("The goal is removed."))
        return redirect("coordination:goal_list", region.public_id)
    context = {"goal": goal, "region": region, "crumbs": _crumbs(region, _("Remove a goal"))}
    return TemplateResponse(request, "coordination/goals/remove.html", context)


def _form_page(request: HttpRequest, region: Region, form: GoalForm) -> HttpResponse:
    is_new = form.instance.pk is None
    context = {
        "region": region,
        "form": form,
        "is_new": is_new,
        "history": [] if is_new else _history(form.instance),
        "crumbs": _crumbs(region, _("New goal") if is_new else _("Change the goal")),
    }
    return TemplateResponse(request, "coordination/goals/form.html", context)


def _history(goal: Goal) -> list[Any]:
    """What the goal has been, the newest first: number, period and when that was set."""
    events: Any = goal._meta.get_field("events").related_model
    found = list(events.objects.filter(pgh_obj=goal).order_by("-pgh_created_at", "-pgh_id"))
    return found if len(found) > 1 else []


def _blank(region: Region, earlier: str) -> Goal:
    if earlier and (goal := Goal.objects.filter(region=region, public_id=earlier).first()):
        return goals.a_year_later(goal)
    year = current_school_year()
    return Goal(region=region, figure=GoalFigure.VISITS_HELD, begins_on=first_day(year), ends_on=last_day(year))


def _coordinated(request: SignedInRequest) -> Any:
    return Region.objects.filter(memberships__user=request.user, memberships__role=Role.COORDINATOR)


def _editable(request: SignedInRequest) -> Any:
    return Goal.objects.editable_by(request.user).select_related("region", "municipality")


def _start_crumb() -> tuple[str, str | None]:
    return _("Start"), reverse("coordination:start")


def _crumbs(region: Region, last: str) -> list[tuple[str, str | None]]:
    return [_start_crumb(), (_("Goals"), reverse("coordination:goal_list", args=[region.public_id])), (last, None)]
