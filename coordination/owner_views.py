"""What a school owner sees of its schools: which of them get out, their bookings, who works with this. All but the
days without lessons is read only."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from accounts.bounces import with_bounces
from accounts.models import Membership
from accounts.permissions import SignedInRequest, owner_staff
from coordination.owner_forms import OwnerBookingFilter, SchoolWordsForm
from core.access import GET_ONLY, POST_ONLY, access
from core.fragments import page_or_fragment
from regions.school_year import current_school_year, first_day, label, last_day
from schools import closed_day_pages
from schools.enums import DaySource
from schools.models import School, SchoolOwner
from visits.enums import BookingState
from visits.models import VisitBooking

PAGE_SIZE = 30


@access(owner_staff, methods=GET_ONLY)
def owner_home(request: SignedInRequest) -> HttpResponse:
    """To my school owner's schools; with several owners, to a choice of them."""
    owners = list(SchoolOwner.objects.with_member(request.user))
    if len(owners) == 1:
        return redirect("coordination:owner_schools", owners[0].public_id)
    return TemplateResponse(request, "coordination/owners/home.html", {"owners": owners})


@access(owner_staff, methods=GET_ONLY)
def owner_schools(request: SignedInRequest, owner_id: str) -> HttpResponse:
    """The owner's schools with their visits of the school year, those with the fewest first."""
    owner = _owner(request, owner_id)
    form = SchoolWordsForm(request.GET)
    schools = _schools(owner).found_by(form.words).select_related("municipality")
    page = _page(request, _with_visits(schools).order_by("held_and_coming", "name", "pk"))
    context = {"owner": owner, "form": form, "page": page, "year_label": label(current_school_year())}
    return page_or_fragment(
        request, "coordination/owners/schools.html", "coordination/owners/_school_table.html", context
    )


@access(owner_staff, methods=GET_ONLY)
def owner_bookings(request: SignedInRequest, owner_id: str) -> HttpResponse:
    """All bookings of the owner's schools: when, where, which class, how it stands."""
    owner = _owner(request, owner_id)
    bookings = VisitBooking.objects.filter(school__owner=owner).select_related("slot__offer__company", "school")
    found = OwnerBookingFilter(request.GET, queryset=bookings, request=request, schools=_schools(owner))
    context = {"owner": owner, "filter": found, "page": _page(request, found.qs)}
    return page_or_fragment(
        request, "coordination/owners/bookings.html", "coordination/owners/_booking_table.html", context
    )


@access(owner_staff, methods=GET_ONLY)
def owner_people(request: SignedInRequest, owner_id: str) -> HttpResponse:
    """Who works with this at each of the owner's schools."""
    owner = _owner(request, owner_id)
    form = SchoolWordsForm(request.GET)
    working = Membership.objects.filter(school__in=_schools(owner).found_by(form.words), user__is_active=True)
    members = with_bounces(working, "user__email").select_related("user", "school")
    members = members.order_by("school__name", "user__name", "pk")
    context = {"owner": owner, "form": form, "page": _page(request, members)}
    return page_or_fragment(
        request, "coordination/owners/people.html", "coordination/owners/_people_table.html", context
    )


def _owner(request: SignedInRequest, owner_id: str) -> SchoolOwner:
    return get_object_or_404(SchoolOwner.objects.with_member(request.user), public_id=owner_id)


def _schools(owner: SchoolOwner) -> Any:
    return School.objects.active().filter(owner=owner)


def _with_visits(schools: QuerySet[School]) -> Any:
    """Each school with its visits of the school year that were held, that are coming, and what waits for an answer."""
    now, year = timezone.now(), current_school_year()
    this_year = Q(visit_bookings__slot__starts_at__date__range=(first_day(year), last_day(year)))
    confirmed = this_year & Q(visit_bookings__state=BookingState.CONFIRMED)
    waiting = Q(visit_bookings__state__in=[BookingState.PENDING, BookingState.PROPOSED])
    return schools.annotate(
        held=Count("visit_bookings", filter=confirmed & Q(visit_bookings__slot__ends_at__lte=now)),
        coming=Count("visit_bookings", filter=confirmed & Q(visit_bookings__slot__ends_at__gt=now)),
        held_and_coming=Count("visit_bookings", filter=confirmed),
        waiting=Count("visit_bookings", filter=waiting),
    )


def _page(request: SignedInRequest, rows: Any) -> Any:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


@access(owner_staff)
def owner_closed_days(request: SignedInRequest, owner_id: str) -> HttpResponse:
    """Coming days without lessons at the owner's schools; what is added here is added to all of them."""
    owner = _owner(request, owner_id)
    context = closed_day_pages.add_or_list(request, _schools(owner), DaySource.OWNER)
    if isinstance(context, HttpResponse):
        return context
    context |= {"owner": owner, "school_count": _schools(owner).count()}
    return TemplateResponse(request, "coordination/owners/closed_days.html", context)


@access(owner_staff, methods=POST_ONLY)
def owner_closed_days_remove(request: SignedInRequest, owner_id: str) -> HttpResponse:
    """Lessons are held after all, at every school of the owner. The days can be put back."""
    owner = _owner(request, owner_id)
    page = reverse("coordination:owner_closed_days", args=[owner_id])
    return closed_day_pages.remove(request, _schools(owner), DaySource.OWNER, page=page)
