"""The school as its own staff see it: contact persons, saved classes, and the way in for new colleagues."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.bounces import with_bounces
from accounts.permissions import school_staff, signed_in
from accounts.requests import SignedInRequest
from core.access import GET_ONLY, POST_ONLY, access
from core.errors import ActionRefused
from regions.school_year import current_school_year, label
from schools import actions, closed_day_pages
from schools.enums import DaySource
from schools.forms import ClassForm, SchoolContactForm, SchoolFindForm
from schools.models import School, SchoolClass, SchoolContact

SCHOOLS_PER_PAGE = 20


def _own(request: SignedInRequest, public_id: str) -> School:
    schools = School.objects.with_member(request.user).select_related("municipality")
    return get_object_or_404(schools, public_id=public_id)


def _crumbs(school: School, here: str) -> list[tuple[str, str | None]]:
    return [(school.name, reverse("schools:school_detail", args=[school.public_id])), (here, None)]


@access(school_staff, methods=GET_ONLY)
def school_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One of the reader's own schools: classes, contact persons, people."""
    school = _own(request, public_id)
    classes = school.classes.filter(school_year=current_school_year()).select_related("programme")
    context = {
        "school": school,
        "school_year": label(current_school_year()),
        "classes": [one for one in classes if not one.is_archived],
        "archived": [one for one in classes if one.is_archived],
        "contacts": with_bounces(school.contacts.all()),
        "may_copy": school.classes.last_year().exists(),
    }
    return TemplateResponse(request, "schools/school_detail.html", context)


@access(signed_in, methods=GET_ONLY)
def school_find(request: HttpRequest) -> HttpResponse:
    """Search the country's schools for one's own, and ask to be let in."""
    form = SchoolFindForm(request.GET)
    form.is_valid()
    words, municipality = form.cleaned_data.get("q", ""), form.cleaned_data.get("municipality")
    schools = School.objects.active().select_related("municipality")
    schools = schools.found_by(words) if words.strip() or municipality else schools.none()
    if municipality:
        schools = schools.filter(municipality=municipality)
    context = {
        "form": form,
        "has_searched": bool(words.strip() or municipality),
        "page": Paginator(schools, SCHOOLS_PER_PAGE).get_page(request.GET.get("page")),
    }
    return TemplateResponse(request, "schools/school_find.html", context)


@access(school_staff)
def class_create(request: SignedInRequest, public_id: str) -> HttpResponse:
    school = _own(request, public_id)
    return _class_form(request, school, SchoolClass(school=school), title=_("Add a class"))


@access(school_staff)
def class_edit(request: SignedInRequest, public_id: str, class_id: str) -> HttpResponse:
    school = _own(request, public_id)
    school_class = get_object_or_404(school.classes.filter(is_archived=False), public_id=class_id)
    return _class_form(request, school, school_class, title=school_class.name)


def _class_form(request: SignedInRequest, school: School, school_class: SchoolClass, *, title: str) -> HttpResponse:
    form = ClassForm(request.POST or None, instance=school_class, school=school)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_class(form.save(commit=False))
            messages.success(request, _("%(name)s is saved.") % {"name": school_class.name})
            return redirect("schools:school_detail", school.public_id)
        except ActionRefused as refusal:
            form.add_error("name", str(refusal))
    context = {"form": form, "school": school, "school_class": school_class, "title": title}
    return TemplateResponse(request, "schools/class_form.html", context | {"crumbs": _crumbs(school, title)})


@access(school_staff, methods=POST_ONLY)
def class_archive(request: SignedInRequest, public_id: str, class_id: str) -> HttpResponse:
    school = _own(request, public_id)
    school_class = get_object_or_404(school.classes.all(), public_id=class_id)
    actions.archive_class(school_class)
    messages.success(request, _("%(name)s is archived. Its bookings stay.") % {"name": school_class.name})
    return redirect("schools:school_detail", public_id)


@access(school_staff, methods=POST_ONLY)
def class_restore(request: SignedInRequest, public_id: str, class_id: str) -> HttpResponse:
    school = _own(request, public_id)
    school_class = get_object_or_404(school.classes.filter(is_archived=True), public_id=class_id)
    try:
        actions.restore_class(school_class)
        messages.success(request, _("%(name)s is in use again.") % {"name": school_class.name})
    except ActionRefused as refusal:
        messages.warning(request, str(refusal))
    return redirect("schools:school_detail", public_id)


@access(school_staff)
def class_copy(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Last year's classes one grade up: those ticked are copied."""
    school = _own(request, public_id)
    if request.method == "POST":
        copied = len(actions.copy_classes(school, chosen=request.POST.getlist("classes")))
        told = ngettext("%(count)d class has been copied.", "%(count)d classes have been copied.", copied)
        messages.success(request, told % {"count": copied})
        return redirect("schools:school_detail", public_id)
    context = {
        "school": school,
        "rows": actions.classes_of_last_year(school),
        "crumbs": _crumbs(school, _("Copy last year’s classes")),
    }
    return TemplateResponse(request, "schools/class_copy.html", context)


@access(school_staff)
def contact_create(request: SignedInRequest, public_id: str) -> HttpResponse:
    school = _own(request, public_id)
    return _contact_form(request, school, SchoolContact(school=school), title=_("Add a contact person"))


@access(school_staff)
def contact_edit(request: SignedInRequest, public_id: str, contact_id: str) -> HttpResponse:
    school = _own(request, public_id)
    contact = get_object_or_404(school.contacts.all(), public_id=contact_id)
    return _contact_form(request, school, contact, title=contact.name)


def _contact_form(request: SignedInRequest, school: School, contact: SchoolContact, *, title: str) -> HttpResponse:
    form = SchoolContactForm(request.POST or None, instance=contact)
    if request.method == "POST" and form.is_valid():
        actions.save_contact(form.save(commit=False))
        messages.success(request, _("The contact person is saved."))
        return redirect("schools:school_detail", school.public_id)
    context = {"form": form, "school": school, "contact": contact, "title": title}
    return TemplateResponse(request, "schools/contact_form.html", context | {"crumbs": _crumbs(school, title)})


@access(school_staff)
def contact_remove(request: SignedInRequest, public_id: str, contact_id: str) -> HttpResponse:
    """Ask first, then forget the contact person."""
    school = _own(request, public_id)
    contact = get_object_or_404(school.contacts.all(), public_id=contact_id)
    if request.method == "POST":
        contact.delete()
        messages.success(request, _("The contact person is removed."))
        return redirect("schools:school_detail", public_id)
    context = {"school": school, "contact": contact, "crumbs": _crumbs(school, contact.name)}
    return TemplateResponse(request, "schools/contact_remove.html", context)


@access(school_staff)
def closed_days(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The school's coming days without lessons, and the form for more."""
    school = _own(request, public_id)
    context = closed_day_pages.add_or_list(request, School.objects.filter(pk=school.pk), DaySource.SCHOOL)
    if isinstance(context, HttpResponse):
        return context
    context |= {"school": school, "crumbs": _crumbs(school, _("Days without lessons"))}
    return TemplateResponse(request, "schools/closed_days.html", context)


@access(school_staff, methods=POST_ONLY)
def closed_days_remove(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Lessons are held after all. The days can be put back."""
    school = _own(request, public_id)
    page = reverse("schools:closed_days", args=[public_id])
    return closed_day_pages.remove(request, School.objects.filter(pk=school.pk), DaySource.SCHOOL, page=page)
