"""Days that a host has blocked: one list per company, with the times that lie on them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.permissions import company_host
from companies.models import Company
from core.access import POST_ONLY, access
from core.errors import ActionRefused
from core.forms import posted
from visits import closures
from visits.closure_forms import ClosureForm
from visits.host_views import crumbs
from visits.models import HostClosure

# The session's note of what was removed last: the list offers to put it back.
REMOVED = "blocked_days_removed"


@access(company_host)
def closure_list(request: HttpRequest, company_id: str) -> HttpResponse:
    """Coming blocked days, and the form for more."""
    company = get_object_or_404(Company.objects.hosted_by(request.user), public_id=company_id)
    form = ClosureForm(posted(request), instance=HostClosure(company=company))
    if request.method == "POST" and form.is_valid():
        try:
            closure = closures.block_days(form.save(commit=False))
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session.pop(REMOVED, None)
            if closures.times_on([closure])[closure]:
                messages.warning(request, _("The days are blocked. Times that lie on them stay: look at them below."))
            else:
                messages.success(request, _("The days are blocked."))
            return redirect("visits:closure_list", company_id)
    coming = list(HostClosure.objects.coming().filter(company=company).select_related("workplace"))
    removed: dict[str, Any] = request.session.get(REMOVED) or {}
    context = {
        "company": company,
        "closures": [(closure, times) for closure, times in closures.times_on(coming).items()],
        "form": form,
        "removed": removed.get("days") if removed.get("company") == company_id else None,
        "crumbs": crumbs(_("Blocked days")),
    }
    return TemplateResponse(request, "visits/year/closure_list.html", context)


@access(company_host, methods=POST_ONLY)
def closure_remove(request: HttpRequest, closure_id: str) -> HttpResponse:
    """The days are open again. They can be put back as they were."""
    own = HostClosure.objects.editable_by(request.user).select_related("company", "workplace")
    closure = get_object_or_404(own, public_id=closure_id)
    days = {
        "workplace": closure.workplace.public_id if closure.workplace else "",
        "first_day": closure.first_day.isoformat(),
        "last_day": closure.last_day.isoformat(),
        "reason": closure.reason,
    }
    request.session[REMOVED] = {"company": closure.company.public_id, "days": days}
    closure.delete()
    messages.success(request, _("The days are no longer blocked."))
    return redirect("visits:closure_list", closure.company.public_id)
