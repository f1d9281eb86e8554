"""A company, school or centre signs itself up: number, name and address, workplace, contact person.

Every step is stored at once.
"""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.permissions import company_host, signed_in
from accounts.requests import SignedInRequest
from companies import actions
from companies.forms import CompanyDetailsForm, FirstContactForm, OrgNumberForm, WorkplaceAddressForm
from companies.models import Company, CompanyContact, Workplace
from companies.org_numbers import clean_org_number
from core.access import access, anyone
from core.errors import ActionRefused
from regions.enums import Country


def _steps(current: int) -> list[tuple[str, str]]:
    """The steps of signing up with "done", "current" or "" for each."""
    labels = [_("Number"), _("Host"), _("Workplace"), _("Contact person")]
    states = ["done"] * current + ["current"] + [""] * (len(labels) - current - 1)
    return list(zip(labels, states, strict=True))


def _next_step(company: Company) -> HttpResponse:
    """Where a member of the company goes on."""
    if company.joined_at:
        return redirect("companies:company_profile", company.public_id)
    if company.workplaces.filter(is_active=True).exists():
        return redirect("companies:company_register_contact", company.public_id)
    return redirect("companies:company_register_workplace", company.public_id)


@access(anyone)
def company_register(request: HttpRequest) -> HttpResponse:
    """Which company? Strangers are told what to have at hand, and sent to make an account first."""
    if not request.user.is_authenticated:
        return TemplateResponse(request, "companies/company_register_start.html")
    asked_for = {"country": request.GET.get("country", ""), "org_number": request.GET.get("number", "")[:10]}
    form = OrgNumberForm(request.POST or None, initial=asked_for)
    if request.method == "POST" and form.is_valid():
        company = Company.objects.filter(**form.cleaned_data).first()
        try:
            if company:
                actions.refuse_unless_it_can_join(company)
            return redirect("companies:company_register_details", *form.cleaned_data.values())
        except ActionRefused as refusal:
            form.add_error("org_number", str(refusal))
    return TemplateResponse(request, "companies/company_register.html", {"form": form, "steps": _steps(0)})


@access(signed_in)
def company_register_details(request: SignedInRequest, country: str, org_number: str) -> HttpResponse:
    """Confirm what the register says, or type it. A company that has people leads to "ask to join"."""
    _number_or_404(country, org_number)
    company = Company.objects.filter(country=country, org_number=org_number).first()
    if company and company.memberships.filter(user=request.user).exists():
        return _next_step(company)
    if company and company.memberships.exists():
        return _taken(request, company)
    form = CompanyDetailsForm(
        request.POST or None,
        instance=company or Company(country=country, org_number=org_number),
        country=country,
        ask_about_sole_trader=company is None and country == Country.NO,
    )
    if request.method == "POST" and form.is_valid():
        try:
            company = actions.register_company(
                country=country, org_number=org_number, by=request.user, details=form.details
            )
            return redirect("companies:company_register_workplace", company.public_id)
        except actions.CompanyHasPeople as taken:
            return _taken(request, taken.company)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "company": form.instance, "is_known": company is not None, "steps": _steps(1)}
    return TemplateResponse(request, "companies/company_register_details.html", context)


@access(company_host)
def company_register_workplace(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Where visitors come to, ready filled with the company's own address."""
    company = get_object_or_404(Company.objects.hosted_by(request.user), public_id=public_id)
    workplace = company.workplaces.filter(is_active=True).first() or Workplace(
        company=company,
        name=company.name,
        street=company.street,
        postcode=company.postcode,
        city=company.city,
        municipality=company.municipality,
    )
    form = WorkplaceAddressForm(request.POST or None, instance=workplace, country=company.country)
    if request.method == "POST" and form.is_valid():
        actions.save_first_workplace(company, **form.cleaned_data)
        return redirect("companies:company_register_contact", company.public_id)
    context = {"form": form, "company": company, "steps": _steps(2)}
    return TemplateResponse(request, "companies/company_register_workplace.html", context)


@access(company_host)
def company_register_contact(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Who answers the schools. Then the company is public."""
    company = get_object_or_404(Company.objects.hosted_by(request.user), public_id=public_id)
    form = FirstContactForm(request.POST or None, instance=CompanyContact(company=company), user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.finish_sign_up(company, by=request.user, **form.cleaned_data)
            return redirect("companies:company_welcome", company.public_id)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "company": company, "steps": _steps(3)}
    return TemplateResponse(request, "companies/company_register_contact.html", context)


@access(company_host)
def company_welcome(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The company is here: now publish the first visit."""
    company = get_object_or_404(Company.objects.hosted_by(request.user), public_id=public_id)
    return TemplateResponse(request, "companies/company_welcome.html", {"company": company})


def _taken(request: HttpRequest, company: Company) -> HttpResponse:
    return TemplateResponse(request, "companies/company_taken.html", {"company": company})


def _number_or_404(country: str, org_number: str) -> None:
    """Only numbers that step one lets through: never a person's."""
    try:
        if country not in Country.values or clean_org_number(country, org_number) != org_number:
            raise Http404
    except ValidationError as error:
        raise Http404 from error
