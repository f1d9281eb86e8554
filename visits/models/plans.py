from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import PublicIdModel
from regions.enums import Term
from schools.enums import Grade
from schools.models import School
from visits.enums import VisitKind


class PlanStep(PublicIdModel):
    """What every class of a grade shall meet in a term, year after year: one line of a school's plan."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="plan_steps")  # part of the school
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade)
    term = models.CharField(_("term"), max_length=6, choices=Term)
    kind = models.CharField(
        _("kind"), max_length=20, choices=[("", _("any visit")), *VisitKind.choices], blank=True, default=""
    )
    note = models.CharField(
        _("what for"),
        max_length=100,
        blank=True,
        default="",
        help_text=_("For example: part of technology. No names."),
    )

    class Meta:
        ordering = ["grade", "term", "pk"]  # autumn comes before spring
        verbose_name = _("step of the plan")
        verbose_name_plural = _("steps of the plan")
        constraints = [
            models.UniqueConstraint(
                fields=["school", "grade", "term", "kind", "note"],
                name="plan_step_once",
                violation_error_message=_("This is in the plan already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_grade_display()}, {self.get_term_display()}: {self.get_kind_display()}"
