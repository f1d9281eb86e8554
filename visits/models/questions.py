from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core.models import PublicIdModel
from visits.enums import QuestionKind


class HostQuestionQuerySet(models.QuerySet["HostQuestion"]):
    def editable_by(self, user: Any) -> Self:
        return self.filter(company__in=Company.objects.hosted_by(user))


class HostQuestion(PublicIdModel):
    """What a host wants to know of every class: defined once for all its offers, answered when a school books.

    Bookings keep the question's words beside the answer, so a question may be changed or thrown away at any time.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="host_questions")  # part of the company
    text = models.CharField(
        _("question"), max_length=200, help_text=_("For example: Which shoe sizes do you need? Never ask about health.")
    )
    kind = models.CharField(_("kind of answer"), max_length=10, choices=QuestionKind, default=QuestionKind.TEXT)
    choices = ArrayField(
        models.CharField(max_length=80), verbose_name=_("answers to choose from"), default=list, blank=True
    )
    is_required = models.BooleanField(_("must be answered"), default=False)
    in_use = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = HostQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("question of the host")
        verbose_name_plural = _("questions of the host")

    def __str__(self) -> str:
        return self.text
