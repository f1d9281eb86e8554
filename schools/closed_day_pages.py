"""The page of days without lessons, the same for one school and for all of an owner's."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.errors import ActionRefused
from core.forms import posted
from schools import closed_days
from schools.closed_day_forms import ClosedDaysForm, PeriodForm
from schools.enums import DaySource
from schools.models import School

# The session's note of what was removed last: the page offers to put it back.
REMOVED = "closed_days_removed"


def add_or_list(request: HttpRequest, schools: QuerySet[School], source: DaySource) -> dict[str, Any] | HttpResponse:
    """The page's context; after days have been added, the way back to it."""
    removed: dict[str, Any] = request.session.get(REMOVED) or {}
    can_put_back = removed.get("page") == request.path
    if "undo" in request.POST and can_put_back:
        schools = schools.filter(pk__in=removed["schools"])
    form = ClosedDaysForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            added = closed_days.close_days(
                schools, first=data["first_day"], last=data["last_day"], reason=data["reason"], source=source
            )
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session.pop(REMOVED, None)
            if added:
                messages.success(request, _("The days are saved."))
            else:
                messages.info(request, _("These days are there already. Nothing is added twice."))
            return redirect(request.path)
    return {
        "form": form,
        "periods": closed_days.coming_periods(schools),
        "removed": removed["days"] if can_put_back else None,
    }


def remove(request: HttpRequest, schools: QuerySet[School], source: DaySource, *, page: str) -> HttpResponse:
    """Take a period away, and lead back to the page, which offers to put it back."""
    form = PeriodForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        concerned = closed_days.open_days(
            schools, first=data["first_day"], last=data["last_day"], reason=data["reason"], source=source
        )
        if concerned:
            days = {name: data[name].isoformat() for name in ("first_day", "last_day")} | {"reason": data["reason"]}
            request.session[REMOVED] = {"page": page, "days": days, "schools": concerned}
            messages.success(request, _("The days are removed."))
        else:
            messages.info(request, _("These days were gone already."))
    return redirect(page)
