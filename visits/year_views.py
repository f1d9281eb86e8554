"""A host's year: times by a rule, looked through before they are added."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.permissions import company_host
from core.access import POST_ONLY, access
from core.errors import ActionRefused
from core.forms import posted
from visits import year_actions, year_copy
from visits.host_views import crumbs, own_offer
from visits.models import VisitOffer
from visits.proposed_times import ProposedTime, look_at
from visits.rule_forms import TimesByRuleForm, YearToCopyForm

# The session's note of what can be taken back in one go: templates/visits/year/_links.html offers it.
JUST_ADDED = "just_added_times"


@access(company_host)
def host_times_by_rule(request: HttpRequest, offer_id: str) -> HttpResponse:
    """The rule first, then every time it gives with a box to tick, then the times are there."""
    offer = own_offer(request, offer_id)
    form = TimesByRuleForm(posted(request), offer=offer)
    if request.method == "POST" and form.is_valid() and "back" not in request.POST:
        return _look_through(request, offer, form.proposals(), title=_("Add times for the year"))
    context = {"offer": offer, "form": form, "crumbs": _crumbs(offer, _("Add times for the year"))}
    return TemplateResponse(request, "visits/year/rule_form.html", context)


@access(company_host)
def host_times_copy(request: HttpRequest, offer_id: str) -> HttpResponse:
    """A school year first, then every time of it a year later with a box to tick, then the times are there."""
    offer = own_offer(request, offer_id)
    title = _("Copy last year’s times")
    years = year_copy.years_of(offer)
    form = YearToCopyForm(posted(request), years=years)
    if request.method == "POST" and form.is_valid() and "back" not in request.POST:
        [year] = [each for each in years if each.year == form.cleaned_data["year"]]
        proposed, left = year_copy.proposals(offer, year, opens_at=form.opening_time())
        return _look_through(request, offer, proposed, title=title, notes=_what_is_not_shown(year.passed, left))
    context = {"offer": offer, "form": form, "years": years, "crumbs": _crumbs(offer, title)}
    return TemplateResponse(request, "visits/year/copy_form.html", context)


def _what_is_not_shown(passed: int, left: int) -> list[str]:
    notes = []
    if passed:
        gone = ngettext(
            "%(count)d time would have passed already and is left out.",
            "%(count)d times would have passed already and are left out.",
            passed,
        )
        notes.append(gone % {"count": passed})
    if left:
        more = ngettext(
            "%(count)d time more does not fit here: add these, then copy once more.",
            "%(count)d times more do not fit here: add these, then copy once more.",
            left,
        )
        notes.append(more % {"count": left})
    return notes


def _look_through(
    request: HttpRequest, offer: VisitOffer, proposed: list[ProposedTime], *, title: str, notes: Sequence[str] = ()
) -> HttpResponse:
    """The proposed times with what speaks against each; adds the ticked ones when they come back."""
    take, anyway = request.POST.getlist("take"), request.POST.getlist("anyway")
    problem = ""
    if "add" in request.POST:
        try:
            slots = year_actions.add_proposed_times(offer, proposed, take=take, anyway=anyway)
        except ActionRefused as refusal:
            problem = str(refusal)
        else:
            if take or anyway:
                _say_how_many(request, len(slots))
                if slots:  # the same form sent twice leaves the note of the first
                    added = {"offer": offer.public_id, "times": [slot.public_id for slot in slots]}
                    request.session[JUST_ADDED] = added
                return redirect(f"{reverse('visits:host_offer_detail', args=[offer.public_id])}?added")
            problem = _("Tick at least one time.")
    else:
        look_at(offer, proposed)
    ticked = {*take, *anyway} if "add" in request.POST else {one.key for one in proposed if one.is_clear}
    own = {"csrfmiddlewaretoken", "take", "anyway", "add", "back"}
    context = {
        "offer": offer,
        "proposed": proposed,
        "ticked": ticked,
        "clear": sum(one.is_clear for one in proposed),
        "problem": problem,
        "notes": notes,
        "typed": [(name, value) for name, values in request.POST.lists() for value in values if name not in own],
        "title": title,
        "crumbs": _crumbs(offer, title),
    }
    return TemplateResponse(request, "visits/year/look_through.html", context)


@access(company_host, methods=POST_ONLY)
def host_times_take_back(request: HttpRequest, offer_id: str) -> HttpResponse:
    """Undo: the times just added are withdrawn, but for those that somebody has booked meanwhile."""
    offer = own_offer(request, offer_id)
    added = request.session.pop(JUST_ADDED, None) or {}
    times = added["times"] if added.get("offer") == offer.public_id else []
    count = year_actions.take_back_times(offer, times)
    taken_back = ngettext("%(count)d time is taken back.", "%(count)d times are taken back.", count)
    messages.success(request, taken_back % {"count": count})
    if left := len(times) - count:
        stay = ngettext(
            "%(count)d time stays: somebody has booked it.", "%(count)d times stay: somebody has booked them.", left
        )
        messages.info(request, stay % {"count": left})
    return redirect("visits:host_offer_detail", offer_id)


def _say_how_many(request: HttpRequest, count: int) -> None:
    if not count:
        messages.info(request, _("These times are there already. Nothing is added twice."))
        return
    added = ngettext("%(count)d time is added.", "%(count)d times are added.", count)
    messages.success(request, added % {"count": count})


def _crumbs(offer: VisitOffer, *steps: Any) -> Any:
    return crumbs((offer.title, reverse("visits:host_offer_detail", args=[offer.public_id])), *steps)
