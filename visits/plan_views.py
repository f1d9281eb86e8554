"""A school's plan of visits, grade by grade and term by term."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import school_staff
from accounts.requests import SignedInRequest
from core.access import POST_ONLY, access
from core.errors import ActionRefused
from core.forms import posted
from regions.school_year import current_school_year, label
from schools.models import School
from visits import plans
from visits.models import PlanStep
from visits.plan_forms import PlanStepForm

# The session's note of the step removed last: the page offers to put it back.
REMOVED = "plan_step_removed"


@access(school_staff)
def school_plan(request: SignedInRequest, school_id: str) -> HttpResponse:
    """The plan with what this year's classes have booked, and the form for one more step."""
    school = _own(request, school_id)
    form = PlanStepForm(posted(request), instance=PlanStep(school=school))
    if request.method == "POST" and form.is_valid():
        try:
            plans.add_step(form.save(commit=False))
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session.pop(REMOVED, None)
            messages.success(request, _("The step is in the plan."))
            return redirect("visits:school_plan", school_id)
    year = current_school_year()
    removed: dict[str, Any] = request.session.get(REMOVED) or {}
    context = {
        "school": school,
        "school_year": label(year),
        "plan": plans.plan_of(school, year),
        "form": form,
        "removed": removed.get("step") if removed.get("school") == school_id else None,
        "crumbs": [(school.name, reverse("schools:school_detail", args=[school_id])), (_("Plan"), None)],
    }
    return TemplateResponse(request, "visits/plans/school_plan.html", context)


@access(school_staff, methods=POST_ONLY)
def school_plan_example(request: SignedInRequest, school_id: str) -> HttpResponse:
    """Begin with an example; nothing happens when the school has a plan already."""
    if plans.begin_with_example(_own(request, school_id)):
        messages.success(request, _("The example is your plan now. Change it as you like."))
    return redirect("visits:school_plan", school_id)


@access(school_staff, methods=POST_ONLY)
def plan_step_remove(request: SignedInRequest, school_id: str, step_id: str) -> HttpResponse:
    """The step is gone; it can be put back as it was. Bookings stay."""
    step = get_object_or_404(_own(request, school_id).plan_steps.all(), public_id=step_id)
    values = {"grade": step.grade, "term": step.term, "kind": step.kind, "note": step.note}
    request.session[REMOVED] = {"school": school_id, "step": values}
    step.delete()
    messages.success(request, _("The step is removed. What has been booked stays."))
    return redirect("visits:school_plan", school_id)


def _own(request: SignedInRequest, school_id: str) -> School:
    return get_object_or_404(School.objects.with_member(request.user), public_id=school_id)
