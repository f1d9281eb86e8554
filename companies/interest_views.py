"""The yearly question from both ends: the coordinator's list, and the page behind the link in the mail."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import FilteredRelation, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.permissions import company_host, region_coordinator
from accounts.requests import SignedInRequest
from companies import interest, interest_links
from companies.enums import InterestLevel
from companies.interest_forms import AskForm, InterestFilterForm, InterestForm, NewCompanyToAskForm
from companies.models import Company, InterestAnswer, InterestInvitation
from core.access import GET_ONLY, POST_ONLY, access, link_holder
from core.errors import ActionRefused
from core.fragments import page_or_fragment
from core.search import Folded
from core.secret_pages import secret
from core.signed_links import LinkInvalid
from core.text import fold
from regions.models import Region
from regions.school_year import FIRST_MONTH, current_school_year, label

COMPANIES_PER_PAGE = 25
FIRST_MONTH_FOR_NEXT_YEAR = 5  # in May people plan the school year that begins in August


def _one_of(regions: list[Region], public_id: str) -> Region:
    for region in regions:
        if region.public_id == public_id:
            return region
    raise Http404


class Chosen:
    """Region, school year and filter of a coordinator's list, read from the address."""

    def __init__(self, request: SignedInRequest) -> None:
        regions = list(
            Region.objects.filter(memberships__user=request.user, memberships__role=Role.COORDINATOR).distinct()
        )
        named = request.GET.get("region", regions[0].public_id)
        self.region = _one_of(regions, named)
        this_year = current_school_year()
        years = [this_year + 1, this_year, this_year - 1]
        plans_ahead = FIRST_MONTH_FOR_NEXT_YEAR <= timezone.localdate().month < FIRST_MONTH
        self.year = next((year for year in years if str(year) == request.GET.get("year")), this_year + plans_ahead)
        self.form = InterestFilterForm(
            request.GET.dict() | {"region": self.region.public_id, "year": str(self.year)},
            regions=regions,
            region=self.region,
            years=years,
        )
        self.form.is_valid()
        self.filters: dict[str, Any] = self.form.cleaned_data

    @property
    def year_label(self) -> str:
        return label(self.year)

    @property
    def query(self) -> str:
        return f"?region={self.region.public_id}&year={self.year}"

    def companies(self) -> QuerySet[Company]:
        """The region's companies with this school year's question (`asked`) and answer (`said`), narrowed by words."""
        companies = (
            Company.objects.in_region(self.region)
            .filter(ceased_at=None)
            .select_related("municipality")
            .annotate(
                asked=FilteredRelation(
                    "interest_invitations", condition=Q(interest_invitations__school_year=self.year)
                ),
                said=FilteredRelation("interest_answers", condition=Q(interest_answers__school_year=self.year)),
            )
            .order_by("name", "pk")
        )
        if municipality := self.filters.get("municipality"):
            companies = companies.filter(municipality=municipality)
        companies = companies.alias(known=Folded("name"))
        for word in fold(self.filters.get("q", "")).split():
            companies = companies.filter(known__contains=word)
        return companies

    def with_question_and_answer(self, companies: QuerySet[Company]) -> QuerySet[Company]:
        invitations = InterestInvitation.objects.filter(school_year=self.year)
        answers = InterestAnswer.objects.filter(school_year=self.year)
        return companies.prefetch_related(
            Prefetch("interest_invitations", invitations, to_attr="asked_now"),
            Prefetch("interest_answers", answers, to_attr="said_now"),
        )


UNASKED = Q(asked=None, said=None)


def _states(today: Any) -> dict[str, Q]:
    return {
        "": ~UNASKED,
        "unanswered": Q(asked__isnull=False, said=None),
        "again": Q(said__ask_again_on__lte=today),
        **{level.value: Q(said__level=level) for level in InterestLevel},
    }


@access(region_coordinator, methods=GET_ONLY)
def interest_list(request: SignedInRequest) -> HttpResponse:
    """Who was asked this school year, what they said, and whom to ask again."""
    chosen = Chosen(request)
    state = chosen.filters.get("state", "")
    if state == "unasked":
        return redirect(reverse("companies:interest_ask") + chosen.query)
    companies = chosen.with_question_and_answer(chosen.companies().filter(_states(timezone.localdate())[state]))
    context = {
        "chosen": chosen,
        "page": Paginator(companies, COMPANIES_PER_PAGE).get_page(request.GET.get("page")),
    }
    return page_or_fragment(request, "companies/interest_list.html", "companies/_interest_table.html", context)


@access(region_coordinator)
def interest_ask(request: SignedInRequest) -> HttpResponse:
    """The companies not asked yet, each with a tick and an address."""
    chosen = Chosen(request)
    unasked = (
        chosen.companies()
        .filter(UNASKED)
        .prefetch_related(
            "contacts",
            "interest_invitations",
            Prefetch("interest_answers", InterestAnswer.objects.filter(ask_again_on__gt=timezone.localdate()), "waits"),
        )
    )
    if request.method == "POST":  # the companies of the page that was sent, whatever has moved since
        form = AskForm(request.POST, companies=list(unasked.filter(public_id__in=AskForm.companies_in(request.POST))))
        if form.is_valid():
            _ask_all(request, chosen, form)
            return redirect(reverse("companies:interest_list") + chosen.query)
        page = None
    else:
        page = Paginator(unasked, COMPANIES_PER_PAGE).get_page(request.GET.get("page"))
        form = AskForm(companies=list(page))
    context = {"chosen": chosen, "page": page, "form": form, "crumbs": _crumbs(chosen, _("Ask companies"))}
    return TemplateResponse(request, "companies/interest_ask.html", context)


def _ask_all(request: SignedInRequest, chosen: Chosen, form: AskForm) -> None:
    """Ask each chosen company; what stands in the way of one is told and does not stop the others."""
    asked = 0
    for company, email in form.chosen:
        try:
            interest.ask(
                company,
                email=email,
                region=chosen.region,
                school_year=chosen.year,
                by=request.user,
                language=form.cleaned_data["language"],
            )
            asked += 1
        except ActionRefused as refusal:
            messages.warning(request, str(refusal))
    if asked:
        told = ngettext("%(count)d company has been asked.", "%(count)d companies have been asked.", asked)
        messages.success(request, told % {"count": asked})


@access(region_coordinator)
def interest_ask_new(request: SignedInRequest) -> HttpResponse:
    """Ask a company that is in no register here."""
    chosen = Chosen(request)
    form = NewCompanyToAskForm(
        request.POST or None,
        region=chosen.region,
        initial={"language": "nb" if chosen.region.country == "NO" else "sv"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            invitation = interest.ask_new_company(
                region=chosen.region, school_year=chosen.year, by=request.user, **form.cleaned_data
            )
            messages.success(request, _("%(company)s has been asked.") % {"company": invitation.company})
            return redirect(reverse("companies:interest_list") + chosen.query)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
    crumbs = _crumbs(chosen, _("Ask a company that is not in the list"))
    return TemplateResponse(
        request, "companies/interest_ask_new.html", {"form": form, "chosen": chosen, "crumbs": crumbs}
    )


@access(region_coordinator, methods=POST_ONLY)
def interest_renew(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Send the question once more with a new link; the old link stops working."""
    invitation = get_object_or_404(InterestInvitation.objects.of_coordinator(request.user), public_id=public_id)
    try:
        renewed = interest.renew(invitation)
        messages.success(request, _("A new link is on its way to %(company)s.") % {"company": renewed.company})
    except ActionRefused as refusal:
        messages.warning(request, str(refusal))
    return redirect(f"{reverse('companies:interest_list')}?{request.GET.urlencode()}")


@access(company_host)
def interest_edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The same question for a company's own people, signed in."""
    company = get_object_or_404(Company.objects.hosted_by(request.user), public_id=public_id)
    year = current_school_year()
    given = company.interest_answers.filter(school_year=year).first()
    form = InterestForm(request.POST or None, given=given, with_personal=True)
    if request.method == "POST" and form.is_valid():
        interest.answer(company, school_year=year, **form.cleaned_data)
        messages.success(request, _("Thank you. Schools and the coordinator see your answer now."))
        return redirect("companies:company_profile", public_id)
    crumbs = [
        (company.name, reverse("companies:company_profile", args=[public_id])),
        (_("What we could take"), None),
    ]
    context = {"form": form, "company": company, "school_year": label(year), "crumbs": crumbs}
    return TemplateResponse(request, "companies/interest_edit.html", context)


@access(link_holder)
def interest_answer(request: HttpRequest, token: str) -> HttpResponse:
    """What could you take this school year? Shows the form; only sending it stores anything."""
    try:
        invitation = interest_links.invitation_of(token)
    except interest_links.LinkOver as over:
        return _over(request, over.invitation, token)
    except LinkInvalid:
        return _invalid(request)
    given = InterestAnswer.objects.filter(company=invitation.company, school_year=invitation.school_year).first()
    form = InterestForm(request.POST or None, given=given, with_personal=False)
    if request.method == "POST" and form.is_valid():
        interest.answer(
            invitation.company, school_year=invitation.school_year, invitation=invitation, **form.cleaned_data
        )
        return secret(redirect("companies:interest_thanks", token))
    context = {
        "form": form,
        "given": given,
        "company": invitation.company,
        "region": invitation.region,
        "school_year": label(invitation.school_year),
    }
    return secret(TemplateResponse(request, "companies/interest_answer.html", context))


@access(link_holder, methods=GET_ONLY)
def interest_thanks(request: HttpRequest, token: str) -> HttpResponse:
    """Thanks for the answer, whichever it was."""
    try:
        invitation = interest_links.invitation_of(token)
    except interest_links.LinkOver as over:
        return _over(request, over.invitation, token)
    except LinkInvalid:
        return _invalid(request)
    given = InterestAnswer.objects.filter(company=invitation.company, school_year=invitation.school_year).first()
    if given is None:
        return secret(redirect("companies:interest_answer", token))
    context = {"given": given, "company": invitation.company, "region": invitation.region, "token": token}
    return secret(TemplateResponse(request, "companies/interest_thanks.html", context))


@access(link_holder, methods=POST_ONLY)
def interest_new_link(request: HttpRequest, token: str) -> HttpResponse:
    """Send a new link to the address the question went to, and to no other."""
    try:
        invitation = interest_links.invitation_of(token)
    except interest_links.LinkOver as over:
        invitation = over.invitation
    except LinkInvalid:
        return _invalid(request)
    refused = ""
    try:
        interest.renew(invitation)
    except ActionRefused as refusal:
        refused = str(refusal)
    context = {"company": invitation.company, "refused": refused}
    return secret(TemplateResponse(request, "companies/interest_new_link.html", context))


def _over(request: HttpRequest, invitation: InterestInvitation, token: str) -> HttpResponse:
    context = {"company": invitation.company, "token": token}
    return secret(TemplateResponse(request, "companies/interest_over.html", context, status=410))


def _invalid(request: HttpRequest) -> HttpResponse:
    return secret(TemplateResponse(request, "companies/interest_invalid.html", status=404))


def _crumbs(chosen: Chosen, here: str) -> list[tuple[str, str | None]]:
    return [(_("Interest"), reverse("companies:interest_list") + chosen.query), (here, None)]
