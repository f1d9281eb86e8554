"""The company's side of its offers. Times: slot_views.py, pictures: picture_views.py."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.permissions import SignedInRequest, company_host
from companies.models import Company
from core.access import GET_ONLY, POST_ONLY, access
from core.errors import ActionRefused
from core.ids import new_public_id
from core.search import Folded
from core.text import fold
from regions.days_off import day_off
from visits import copy_actions, fair_share, first_turn, offer_actions, offer_changes, vetting
from visits.enums import OfferState
from visits.models import CoHost, VisitFeedback, VisitOffer, VisitSlot
from visits.offer_forms import (
    MAX_RULES,
    SPARE_RULES,
    HostOfferFilter,
    NewOfferKeyForm,
    OfferForm,
    RuleFormSet,
    rules_of,
    suggested_rules,
)

PAGE_SIZE = 20


def own_offer(request: HttpRequest, offer_id: str) -> VisitOffer:
    """The offer, when the user hosts for its company; otherwise it is not there."""
    offers = VisitOffer.objects.editable_by(request.user).select_related("company", "workplace", "contact")
    offers = offers.with_region_rules()
    return get_object_or_404(offers, public_id=offer_id)


def page_of(rows: QuerySet[Any], request: HttpRequest) -> Any:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


@access(company_host, methods=GET_ONLY)
def host_offer_list(request: HttpRequest) -> HttpResponse:
    """Every offer of the companies the user hosts for: drafts, published and paused."""
    offers = VisitOffer.objects.editable_by(request.user).for_host_list()
    narrow = HostOfferFilter(request.GET)
    narrow.is_valid()
    if words := narrow.cleaned_data.get("q"):
        offers = offers.alias(known=Folded("title")).filter(known__contains=fold(words))
    if state := narrow.cleaned_data.get("state"):
        offers = offers.filter(state=state)
    context = {
        "companies": Company.objects.hosted_by(request.user),
        "filter": narrow,
        "is_narrowed": bool(words or state),
        "page": page_of(offers.order_by("company__name", "title", "pk"), request),
        "together": CoHost.objects.of_co_host(request.user).select_related("offer__company"),
    }
    return TemplateResponse(request, "visits/host/offer_list.html", context)


@access(company_host, methods=GET_ONLY)
def host_offer_detail(request: HttpRequest, offer_id: str) -> HttpResponse:
    """One offer as its host sees it: what it says, its times, what can be done with it."""
    offer = own_offer(request, offer_id)
    shows_past = "past" in request.GET
    slots = offer.slots.filter(cancelled_at=None).with_waiting_count().with_line_count()
    slots = slots.past().order_by("-starts_at", "pk") if shows_past else slots.upcoming()
    page = page_of(slots, request)
    for slot in page:
        slot.day_off = _day_off(slot, offer)
    context = {
        "offer": offer,
        "rules": offer.rules.all(),
        "fair_share": first_turn.in_words(fair_share.rules_of(offer, offer.region_rules)),
        "pictures": offer.pictures.ready(),
        "averages": VisitFeedback.objects.of_schools_about(offer).averages(),
        "page": page,
        "shows_past": shows_past,
        "copy_key": new_public_id(),
        "crumbs": crumbs(offer.title),
    }
    return TemplateResponse(request, "visits/host/offer_detail.html", context)


@access(company_host)
def host_offer_create(request: HttpRequest) -> HttpResponse:
    """A new draft for the company named in the address (`?company=`), or the user's only one."""
    companies = Company.objects.hosted_by(request.user)
    company = _chosen_company(request, companies)
    context: dict[str, Any] = {"company": company, "companies": companies, "crumbs": crumbs(_("New offer"))}
    if company is None:
        return TemplateResponse(request, "visits/host/offer_company.html", context)
    if not (company.workplaces.filter(is_active=True).exists() and company.contacts.exists()):
        return TemplateResponse(request, "visits/host/offer_lacks.html", context)
    key = NewOfferKeyForm(request.POST or None, initial={"key": new_public_id()})
    form = OfferForm(request.POST or None, company=company)
    rules = RuleFormSet(request.POST or None, prefix="rules", initial=suggested_rules(form.initial.get("workplace")))
    if "add_rule" in request.POST:
        form = OfferForm(company=company, initial=_as_typed(form))
        rules = _with_more_rows(rules)
    elif request.method == "POST" and all([key.is_valid(), form.is_valid(), rules.is_valid()]):
        try:
            offer = offer_actions.create_offer(
                company=company, public_id=key.cleaned_data["key"], values=form.cleaned_data, rules=rules_of(rules)
            )
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The draft is saved. Add times and pictures, then publish."))
            return redirect("visits:host_offer_detail", offer.public_id)
    context |= {"form": form, "rules": rules, "key": key}
    return TemplateResponse(request, "visits/host/offer_form.html", context)


@access(company_host)
def host_offer_edit(request: SignedInRequest, offer_id: str) -> HttpResponse:
    offer = own_offer(request, offer_id)
    version = request.POST.get("version") or offer_actions.version_of(offer)
    rows = list(offer.rules.values("kind", "text"))
    form = OfferForm(request.POST or None, instance=offer, company=offer.company)
    rules = RuleFormSet(request.POST or None, prefix="rules", initial=rows)
    title, was_published, changes_wait = offer.title, offer.is_published, vetting.changes_wait(offer)
    if "add_rule" in request.POST:
        form = OfferForm(instance=offer, company=offer.company, initial=_as_typed(form))
        rules = _with_more_rows(rules)
    elif request.method == "POST" and all([form.is_valid(), rules.is_valid()]) and "back" not in request.POST:
        try:
            changed = offer_actions.change_offer(
                offer,
                version=version,
                values=form.cleaned_data,
                rules=rules_of(rules),
                by=request.user,
                confirmed="confirm" in request.POST,
            )
        except offer_changes.MustBeConfirmed as question:
            return _confirm_change(request, question, title)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            if isinstance(refusal, offer_actions.ChangedMeanwhile):
                version = offer_actions.version_of(own_offer(request, offer_id))
        else:
            if changed.told:
                said = ngettext(
                    "The offer is saved, and %(count)d group has been told.",
                    "The offer is saved, and %(count)d groups have been told.",
                    changed.told,
                )
                messages.success(request, said % {"count": changed.told})
            if was_published and changed.state == OfferState.WAITING:
                messages.warning(request, _("Saved. Schools find the offer again when the region has looked at it."))
            elif not changed.told:
                messages.success(request, _("The offer is saved."))
            return redirect("visits:host_offer_detail", offer_id)
    context = {
        "company": offer.company,
        "offer": offer,
        "form": form,
        "rules": rules,
        "version": version,
        "changes_wait": changes_wait,
        "crumbs": crumbs((title, reverse("visits:host_offer_detail", args=[offer_id])), _("Edit")),
    }
    return TemplateResponse(request, "visits/host/offer_form.html", context)


def _confirm_change(request: HttpRequest, question: offer_changes.MustBeConfirmed, title: str) -> HttpResponse:
    """What the booked classes will be told, with all that was typed, before anything is saved."""
    typed = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {
        "change": question.change,
        "bookings": question.bookings,
        "leaving": question.leaving,
        "days": offer_changes.FREE_TO_LEAVE_DAYS,
        "typed": [(name, value) for name, value in typed if name not in {"csrfmiddlewaretoken", "back"}],
        "crumbs": crumbs(title, _("Edit")),
    }
    return TemplateResponse(request, "visits/offer_changes/confirm.html", context)


@access(company_host, methods=POST_ONLY)
def host_offer_copy(request: HttpRequest, offer_id: str) -> HttpResponse:
    """The offer once more, as a draft that opens for editing."""
    offer = own_offer(request, offer_id)
    key = NewOfferKeyForm(request.POST)
    public_id = key.cleaned_data["key"] if key.is_valid() else new_public_id()
    try:
        copy = copy_actions.copy_offer(offer, public_id=public_id)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("visits:host_offer_detail", offer_id)
    messages.success(
        request, _("This is the copy, a draft that nobody sees. Change what is different, then add times and publish.")
    )
    return redirect("visits:host_offer_edit", copy.public_id)


@access(company_host, methods=POST_ONLY)
def host_offer_publish(request: HttpRequest, offer_id: str) -> HttpResponse:
    offer = own_offer(request, offer_id)
    try:
        published = offer_actions.publish_offer(offer)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        if published.state == OfferState.WAITING:
            messages.success(request, _("Sent to the region. You get a mail when schools can find the offer."))
        elif offer.slots.upcoming().exists():
            messages.success(request, _("The offer is published. Schools can find it and book."))
        else:
            messages.warning(request, _("The offer is published, but says “no times yet”. Add the first time."))
    return redirect("visits:host_offer_detail", offer_id)


@access(company_host, methods=POST_ONLY)
def host_offer_pause(request: HttpRequest, offer_id: str) -> HttpResponse:
    offer = own_offer(request, offer_id)
    try:
        offer_actions.pause_offer(offer)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        if offer.state == OfferState.WAITING:
            messages.success(request, _("The offer is back with you. Publish it when it is ready."))
            return redirect("visits:host_offer_detail", offer_id)
        messages.success(request, _("The offer is paused: nobody finds it. Visits already booked take place."))
    return redirect("visits:host_offer_detail", offer_id)


@access(company_host, methods=POST_ONLY)
def host_offer_delete(request: HttpRequest, offer_id: str) -> HttpResponse:
    offer = own_offer(request, offer_id)
    try:
        offer_actions.delete_draft(offer)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("visits:host_offer_detail", offer_id)
    messages.success(request, _("The draft is deleted."))
    return redirect("visits:host_offer_list")


def crumbs(*steps: str | tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """The way from the host's offers to this page; a plain text is a step without a link."""
    trail: list[tuple[str, str | None]] = [(_("Our offers"), reverse("visits:host_offer_list"))]
    return trail + [(step, None) if isinstance(step, str) else step for step in steps]


def _chosen_company(request: HttpRequest, companies: QuerySet[Company]) -> Company | None:
    if public_id := request.GET.get("company"):
        return get_object_or_404(companies, public_id=public_id)
    found = list(companies[:2])
    return found[0] if len(found) == 1 else None


def _day_off(slot: VisitSlot, offer: VisitOffer) -> str:
    return day_off(slot.day, offer.company.country)


def _as_typed(form: BaseForm) -> dict[str, Any]:
    """What stands in the fields now, unchecked: for showing the form once more with another row."""
    return {field.name: field.data for field in form}


def _with_more_rows(rules: Any) -> Any:
    typed = [_as_typed(form) for form in rules.forms]
    return type(rules)(prefix="rules", initial=typed[: MAX_RULES - SPARE_RULES])
