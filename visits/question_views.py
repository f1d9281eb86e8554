"""The host's own questions to schools: one list per company, asked in all its offers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import company_host
from companies.models import Company
from core.access import GET_ONLY, POST_ONLY, access
from core.errors import ActionRefused
from core.forms import posted
from visits import questions
from visits.host_views import crumbs
from visits.models import HostQuestion
from visits.question_forms import QuestionForm


@access(company_host, methods=GET_ONLY)
def question_list(request: HttpRequest, company_id: str) -> HttpResponse:
    """The company's questions in the order in which schools answer them."""
    company = _own_company(request, company_id)
    context = {
        "company": company,
        "questions": company.host_questions.all(),
        "is_full": company.host_questions.count() >= questions.MAX_QUESTIONS,
        "crumbs": crumbs(_("Questions to schools")),
    }
    return TemplateResponse(request, "visits/questions/question_list.html", context)


@access(company_host)
def question_create(request: HttpRequest, company_id: str) -> HttpResponse:
    return _form(request, HostQuestion(company=_own_company(request, company_id)), _("New question"))


@access(company_host)
def question_edit(request: HttpRequest, question_id: str) -> HttpResponse:
    return _form(request, _own_question(request, question_id), _("Change the question"))


@access(company_host, methods=POST_ONLY)
def question_move(request: HttpRequest, question_id: str) -> HttpResponse:
    """One place up, or down with `down` in the form."""
    question = _own_question(request, question_id)
    try:
        questions.move_question(question, step=1 if "down" in request.POST else -1)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    return _list_of(question.company)


@access(company_host, methods=POST_ONLY)
def question_remove(request: HttpRequest, question_id: str) -> HttpResponse:
    """Bookings keep the question with its answer."""
    question = _own_question(request, question_id)
    company = question.company
    question.delete()
    messages.success(request, _("The question is removed. Answers that schools have given stay with their bookings."))
    return _list_of(company)


def _form(request: HttpRequest, question: HostQuestion, title: str) -> HttpResponse:
    company = question.company
    form = QuestionForm(posted(request), instance=question)
    if request.method == "POST" and form.is_valid():
        try:
            questions.save_question(form.save(commit=False))
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. Schools answer it from their next booking on."))
            return _list_of(company)
    here = (_("Questions to schools"), reverse("visits:question_list", args=[company.public_id]))
    context = {"form": form, "company": company, "title": title, "crumbs": crumbs(here, title)}
    return TemplateResponse(request, "visits/questions/question_form.html", context)


def _list_of(company: Company) -> HttpResponse:
    return redirect("visits:question_list", company.public_id)


def _own_company(request: HttpRequest, company_id: str) -> Company:
    return get_object_or_404(Company.objects.hosted_by(request.user), public_id=company_id)


def _own_question(request: HttpRequest, question_id: str) -> HostQuestion:
    own = HostQuestion.objects.editable_by(request.user).select_related("company")
    return get_object_or_404(own, public_id=question_id)
