"""The company as its own people see it: what it says, where it is, who answers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.bounces import with_bounces
from accounts.permissions import company_host, company_staff
from accounts.requests import SignedInRequest
from companies import actions
from companies.forms import CompanyForm, ContactForm, WorkplaceForm
from companies.models import Company, CompanyContact, Workplace
from core.access import GET_ONLY, access
from core.errors import ActionRefused
from regions.school_year import current_school_year


def _crumbs(company: Company, here: str) -> list[tuple[str, str | None]]:
    return [(company.name, reverse("companies:company_profile", args=[company.public_id])), (here, None)]


def _hosted(request: SignedInRequest, public_id: str) -> Company:
    return get_object_or_404(Company.objects.hosted_by(request.user), public_id=public_id)


@access(company_staff, methods=GET_ONLY)
def company_profile(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One of the reader's own companies, with the way to everything they can change."""
    companies = Company.objects.with_member(request.user).select_related("municipality", "industry")
    company = get_object_or_404(companies, public_id=public_id)
    this_year = current_school_year()
    answers = list(company.interest_answers.filter(school_year__gte=this_year).order_by("school_year"))
    context = {
        "company": company,
        "workplaces": company.workplaces.select_related("municipality").order_by("-is_active", "name", "pk"),
        "contacts": with_bounces(company.contacts.all()),
        "answers": answers,
        "has_answered": any(given.school_year == this_year for given in answers),
        "may_edit": Company.objects.hosted_by(request.user).filter(pk=company.pk).exists(),
    }
    return TemplateResponse(request, "companies/company_profile.html", context)


@access(company_host)
def company_edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    company = _hosted(request, public_id)
    name = company.name
    form = CompanyForm(request.POST or None, instance=company, country=company.country)
    if request.method == "POST" and form.is_valid():
        actions.save_company(form.save(commit=False))
        messages.success(request, _("Saved. This is what schools read now."))
        return redirect("companies:company_profile", public_id)
    crumbs = [(name, reverse("companies:company_profile", args=[public_id])), (_("About the host"), None)]
    return TemplateResponse(
        request, "companies/company_form.html", {"form": form, "company": company, "crumbs": crumbs}
    )


@access(company_host)
def workplace_create(request: SignedInRequest, public_id: str) -> HttpResponse:
    company = _hosted(request, public_id)
    workplace = Workplace(company=company, municipality=company.municipality)
    return _workplace_form(request, workplace, title=_("Add a workplace"))


@access(company_host)
def workplace_edit(request: SignedInRequest, public_id: str, workplace_id: str) -> HttpResponse:
    company = _hosted(request, public_id)
    workplace = get_object_or_404(company.workplaces.all(), public_id=workplace_id)
    return _workplace_form(request, workplace, title=workplace.name)


def _workplace_form(request: SignedInRequest, workplace: Workplace, *, title: str) -> HttpResponse:
    company = workplace.company
    form = WorkplaceForm(request.POST or None, instance=workplace, country=company.country)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_workplace(form.save(commit=False))
            messages.success(request, _("The workplace is saved."))
            return redirect("companies:company_profile", company.public_id)
        except ActionRefused as refusal:
            form.add_error("is_active", str(refusal))
    context = {"form": form, "company": company, "title": title, "crumbs": _crumbs(company, title)}
    return TemplateResponse(request, "companies/workplace_form.html", context)


@access(company_host)
def contact_create(request: SignedInRequest, public_id: str) -> HttpResponse:
    company = _hosted(request, public_id)
    return _contact_form(request, CompanyContact(company=company), title=_("Add a contact person"))


@access(company_host)
def contact_edit(request: SignedInRequest, public_id: str, contact_id: str) -> HttpResponse:
    contact = get_object_or_404(_hosted(request, public_id).contacts.all(), public_id=contact_id)
    return _contact_form(request, contact, title=contact.name)


def _contact_form(request: SignedInRequest, contact: CompanyContact, *, title: str) -> HttpResponse:
    company = contact.company
    form = ContactForm(request.POST or None, instance=contact)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_contact(form.save(commit=False))
            messages.success(request, _("The contact person is saved."))
            return redirect("companies:company_profile", company.public_id)
        except ActionRefused as refusal:
            form.add_error("is_substitute", str(refusal))
    context = {"form": form, "company": company, "contact": contact, "title": title, "crumbs": _crumbs(company, title)}
    return TemplateResponse(request, "companies/contact_form.html", context)


@access(company_host)
def contact_remove(request: SignedInRequest, public_id: str, contact_id: str) -> HttpResponse:
    """Ask first, then forget the contact person."""
    company = _hosted(request, public_id)
    contact = get_object_or_404(company.contacts.all(), public_id=contact_id)
    refused = ""
    if request.method == "POST":
        try:
            actions.remove_contact(contact)
            messages.success(request, _("The contact person is removed."))
            return redirect("companies:company_profile", company.public_id)
        except ActionRefused as refusal:
            refused = str(refusal)
    context = {"company": company, "contact": contact, "refused": refused}
    return TemplateResponse(
        request, "companies/contact_remove.html", context | {"crumbs": _crumbs(company, contact.name)}
    )
