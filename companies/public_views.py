from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import OrganisationKind
from accounts.permissions import roles_of
from companies.filters import CompanyFilter, current_interest
from companies.models import Company, CompanyRow
from companies.place_map import point_map
from companies.search_pages import search_page
from core.access import GET_ONLY, access, anyone

# Who may read a contact person's name, address and telephone: those whose work it is to write to companies.
SEES_CONTACTS = {OrganisationKind.SCHOOL, OrganisationKind.SCHOOL_OWNER, OrganisationKind.REGION}


@access(anyone, methods=GET_ONLY)
def company_search(request: HttpRequest) -> HttpResponse:
    return search_page(
        request,
        lambda: CompanyFilter(request.GET, CompanyRow.objects.all(), request=request),
        _cards,
        page="companies/company_search.html",
        main="companies/_company_search_main.html",
        results="companies/_company_results.html",
    )


def _cards() -> "QuerySet[Company]":
    interest = Prefetch("interest_answers", current_interest(), to_attr="current_interest")
    return Company.objects.listed().select_related("industry", "municipality").prefetch_related(interest)


@access(anyone, methods=GET_ONLY)
def company_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """A listed company, or one's own before it has joined."""
    companies = Company.objects.visible_to(request.user).select_related("industry", "municipality__county")
    company = get_object_or_404(companies, public_id=public_id)
    is_member = request.user.is_authenticated and company.memberships.filter(user=request.user).exists()
    sees_contacts = is_member or any(kind in SEES_CONTACTS for kind, _role in roles_of(request.user))
    workplaces = list(company.workplaces.filter(is_active=True).select_related("municipality"))
    context = {
        "company": company,
        "crumbs": [(_("Companies"), reverse("companies:company_search")), (company.name, None)],
        "interest": company.interest_now(),
        "workplaces": workplaces,
        "map": point_map(company.municipality, [workplace.point for workplace in workplaces]),
        "contacts": company.contacts.all() if sees_contacts else [],
        "sees_contacts": sees_contacts,
        "is_member": is_member,
        "is_listed": company.is_listed,
    }
    return TemplateResponse(request, "companies/company_detail.html", context)
