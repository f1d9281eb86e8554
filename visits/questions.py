"""The host's own questions: how they stand in a form, and how an answer is kept and read.

A booking keeps `{"question", "kind", "answer"}` for each: the words as they were when the school answered.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from companies.models import Company
from core.errors import ActionRefused
from visits.enums import QuestionKind
from visits.models import HostQuestion

Answers = list[dict[str, Any]]

MAX_QUESTIONS = 20
MAX_ANSWER = 500
YES, NO = "yes", "no"


def field_name(question: HostQuestion) -> str:
    return f"question_{question.public_id}"


def field_for(question: HostQuestion) -> forms.Field:
    """The form field a school answers the question in."""
    common: dict[str, Any] = {"label": question.text, "required": question.is_required}
    if question.kind == QuestionKind.YES_NO:
        return forms.ChoiceField(choices=[(YES, _("Yes")), (NO, _("No"))], widget=forms.RadioSelect, **common)
    if question.kind == QuestionKind.CHOICE:
        none = [] if question.is_required else [("", _("No answer"))]
        choices = none + [(choice, choice) for choice in question.choices]
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    if question.kind == QuestionKind.NUMBER:
        return forms.IntegerField(min_value=0, max_value=100_000, **common)
    return forms.CharField(
        max_length=MAX_ANSWER,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("No names of pupils and nothing about health."),
        **common,
    )


def answers_in(questions: Iterable[HostQuestion], data: dict[str, Any]) -> Answers:
    """What a valid form says, for the booking to keep. A question left open is not kept."""
    given = [(question, data.get(field_name(question))) for question in questions]
    return [
        {"question": question.text, "kind": question.kind, "answer": answer}
        for question, answer in given
        if answer not in (None, "")
    ]


def answer_in_words(answer: dict[str, Any]) -> str:
    """A kept answer as the reader's language has it."""
    if answer["kind"] == QuestionKind.YES_NO:
        return _("Yes") if answer["answer"] == YES else _("No")
    return str(answer["answer"])


@transaction.atomic
def save_question(question: HostQuestion) -> None:
    """Write a question; a new one comes last. Refused beyond what a teacher would answer."""
    Company.objects.select_for_update(no_key=True).get(pk=question.company_id)
    others = HostQuestion.objects.filter(company=question.company_id)
    if question.pk is None:
        if others.count() >= MAX_QUESTIONS:
            raise ActionRefused(_("You have %(count)d questions already. Remove one first.") % {"count": MAX_QUESTIONS})
        last = others.aggregate(last=Max("position"))["last"]
        question.position = 0 if last is None else last + 1
    question.save()


@transaction.atomic
def move_question(question: HostQuestion, *, step: int) -> None:
    """One place up (-1) or down (+1)."""
    Company.objects.select_for_update(no_key=True).get(pk=question.company_id)
    order = list(HostQuestion.objects.filter(company=question.company_id))
    if question not in order:
        raise ActionRefused(_("The question has been removed already."))
    here = order.index(question)
    order.insert(min(max(here + step, 0), len(order) - 1), order.pop(here))
    for position, each in enumerate(order):
        each.position = position
    HostQuestion.objects.bulk_update(order, ["position"])
