from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BaseFormSet, BoundField, formset_factory
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.enums import Language
from companies.models import Company, Workplace
from core.ids import ALPHABET, LENGTH
from occupations.models import Occupation
from regions.enums import Country
from visits import pictures, programme, subjects
from visits.enums import OUT_KINDS, CostKind, OfferState, RuleKind, VisitKind
from visits.models import HostQuestion, VisitOffer
from visits.offer_actions import OFFER_FIELDS, Rules

SPARE_RULES = 2
MAX_RULES = 20


class OfferForm(forms.ModelForm):
    """Everything about an offer that is not a time, a rule or a picture."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"),
        choices=Language.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("In which languages can you receive the class?"),
    )
    subjects = forms.MultipleChoiceField(
        label=gettext_lazy("School subjects it fits"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy(
            "Teachers search by their subject. Choose the one or two that the content really belongs to."
        ),
    )
    occupations = forms.ModelMultipleChoiceField(
        Occupation.objects.none(),
        label=gettext_lazy("Occupations the class meets"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    screen_link = forms.URLField(
        label=gettext_lazy("Link to the meeting on screen"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy(
            "Only for meetings on screen. Classes see it when their visit is confirmed, and nobody else does. "
            "You can add it later."
        ),
    )
    questions = forms.ModelMultipleChoiceField(
        HostQuestion.objects.none(),
        label=gettext_lazy("Your questions that the school answers when it books"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Take the tick away from a question that does not suit this visit."),
    )

    class Meta:
        model = VisitOffer
        fields = [*OFFER_FIELDS, "occupations"]
        labels = {"cancel_days": gettext_lazy("Free to cancel until, days before")}
        help_texts = {
            "title": gettext_lazy("What makes a class curious? For example: See how a gearbox is made."),
            "hands_on_from": gettext_lazy(
                "Leave it empty when the pupils only look, ask and try what is not work. "
                "Children under 13 may never work."
            ),
            "travel_km": gettext_lazy("Only for guest lessons. Leave it empty when you come to any school."),
            "contact": gettext_lazy("Gets the requests, and answers the teacher's questions."),
            "group_max": gettext_lazy("How many pupils can you receive at the same time?"),
            "cost_amount": gettext_lazy("Whole kronor. Leave empty when the visit is free of charge."),
            "cost_note": gettext_lazy("For example: The region pays the bus. Lunch 95 kr, booked separately."),
            "late_note": gettext_lazy(
                "For example: We charge 500 kr for the material. The school reads it when it books."
            ),
            "answer_days": gettext_lazy("A request that is not answered by then ends by itself."),
            "visits_per_school": gettext_lazy("Leave it empty when it does not matter. Bookings already made stand."),
            "visits_per_class": gettext_lazy("Empty means no limit."),
            "first_turn_days": gettext_lazy(
                "So many days after a time is published, only schools that have not been out this school year can book "
                "it. The others stand in line. Empty: as your region has decided. 0: everyone books at once."
            ),
            "hold_hours": gettext_lazy(
                "When a class steps back, its places are held this long for the next group in line."
            ),
        }
        widgets = {
            "answer_mode": forms.RadioSelect,
            "cost_kind": forms.RadioSelect,
            "programme_of_day": forms.Textarea(attrs={"rows": 5}),
        }

    def __init__(
        self,
        data: Any = None,
        *,
        company: Company,
        instance: VisitOffer | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, instance=instance, initial=initial)
        for name in ("kind", "lowest_grade", "highest_grade", "answer_mode", "cost_kind"):
            field: Any = self.fields[name]
            field.choices = [(value, capfirst(label)) for value, label in field.choices]
        current = Workplace.objects.filter(pk=self.instance.workplace_id)
        self.fields["buffer_minutes"].required = False
        workplaces = company.workplaces.filter(is_active=True) | current
        contacts = company.contacts.all()
        _offer_choice(self.fields["workplace"], workplaces, to_field_name="public_id")
        _offer_choice(self.fields["contact"], contacts)
        name = f"name_{(get_language() or 'sv')[:2]}"
        _offer_choice(self.fields["occupations"], Occupation.objects.order_by(name))
        chosen: Any = self.fields["subjects"]
        chosen.choices = subjects.choices_in(company.country)
        self.asked = company.host_questions.filter(in_use=True)
        _offer_choice(self.fields["questions"], self.asked, to_field_name="public_id")
        if not self.asked.exists():
            del self.fields["questions"]
        if initial:
            return
        self.initial["questions"] = self.instance.questions() if self.instance.pk else self.asked
        if self.instance.pk:
            self.initial["workplace"] = self.instance.workplace
        else:
            self.initial["workplace"] = workplaces.first()
            self.initial["contact"] = contacts.first()
            self.initial["languages"] = [Language.SV if company.country == Country.SE else Language.NB]

    def clean_buffer_minutes(self) -> int:
        return self.cleaned_data["buffer_minutes"] or 0

    def clean_subjects(self) -> list[str]:
        return subjects.in_order(self.cleaned_data["subjects"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("highest_grade", 99) < values.get("lowest_grade", 0):
            self.add_error("highest_grade", _("The highest grade cannot be below the lowest."))
        if values.get("cost_kind") == CostKind.FREE:
            values["cost_amount"] = None
        elif "cost_kind" in values and not values.get("cost_amount") and "cost_amount" not in self.errors:
            self.add_error("cost_amount", _("Write the price, or choose free of charge."))
        self._keep_to_the_kind(values)
        if "questions" in self.fields:
            resting = self.instance.left_out_questions.filter(in_use=False) if self.instance.pk else []
            values["left_out_questions"] = [*self.asked.exclude(pk__in=values.get("questions", [])), *resting]
        if values.get("group_max", 999) < values.get("group_min", 0):
            self.add_error("group_max", _("The largest group cannot be smaller than the smallest."))
        return values

    def clean_programme_of_day(self) -> str:
        written: str = self.cleaned_data["programme_of_day"]
        programme.check(written)
        return written

    def _keep_to_the_kind(self, values: dict[str, Any]) -> None:
        """Say when something belongs to another kind, rather than dropping what somebody wrote."""
        kind = values.get("kind")
        if values.get("travel_km") and kind != VisitKind.GUEST_LESSON:
            self.add_error("travel_km", _("You come to the school for guest lessons only. Leave this empty."))
        if values.get("first_turn_days") and kind not in OUT_KINDS:
            self.add_error("first_turn_days", _("Only for visits where pupils leave the school. Leave this empty."))
        if values.get("screen_link") and kind != VisitKind.ON_SCREEN:
            self.add_error("screen_link", _("Only a meeting on screen has a link. Leave this empty."))

    def sections(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The fields in groups, as the page shows them."""
        groups = [
            (_("What you offer"), ["kind", "title", "summary", "programme_of_day"]),
            (_("Who can come"), ["lowest_grade", "highest_grade", "languages", "group_min", "group_max"]),
            (_("Trying for themselves"), ["hands_on_from", "younger_may_watch"]),
            (
                _("Where and with whom"),
                [
                    "workplace",
                    "meeting_place",
                    "travel_km",
                    "screen_link",
                    "contact",
                    "duration_minutes",
                    "buffer_minutes",
                ],
            ),
            (_("What it costs"), ["cost_kind", "cost_amount", "cost_note"]),
            (_("How booking works"), ["answer_mode", "answer_days", "cancel_days", "late_note", "hold_hours"]),
        ]
        if "questions" in self.fields:
            groups[-1][1].append("questions")
        groups.append((_("Sharing the visit fairly"), ["visits_per_school", "visits_per_class", "first_turn_days"]))
        for title, names in groups:
            yield title, [self[name] for name in names]


def _offer_choice(field: Any, queryset: Any, to_field_name: str | None = None) -> None:
    field.queryset = queryset
    field.empty_label = None
    if to_field_name:
        field.to_field_name = to_field_name


class NewOfferKeyForm(forms.Form):
    """The identifier a new offer will have, so that the same form sent twice makes one offer."""

    key = forms.RegexField(regex=rf"^[{ALPHABET}]{{{LENGTH}}}\Z", widget=forms.HiddenInput)


class RuleForm(forms.Form):
    """One rule. A row without text is no rule."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=RuleKind.choices, initial=RuleKind.OTHER)
    text = forms.CharField(
        label=gettext_lazy("Rule"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    remove = forms.BooleanField(label=gettext_lazy("Remove"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(value, capfirst(label)) for value, label in RuleKind.choices]


RuleFormSet = formset_factory(RuleForm, extra=SPARE_RULES, max_num=MAX_RULES, validate_max=True, absolute_max=MAX_RULES)


def rules_of(formset: "BaseFormSet[RuleForm]") -> Rules:
    """The rows of a valid formset that say something, in order."""
    rows = [form.cleaned_data for form in formset.forms]
    return [(row["kind"], row["text"]) for row in rows if row.get("text") and not row["remove"]]


def suggested_rules(workplace: Workplace | None) -> list[dict[str, str]]:
    """What most hosts ask for, in the workplace's own words where it has some."""
    rows = {
        RuleKind.SAFETY: (workplace and workplace.equipment) or _("Stay with the group and follow our instructions."),
        RuleKind.CLOTHING: (workplace and workplace.clothing) or _("Closed shoes and clothes that may get dirty."),
        RuleKind.PHOTO: (workplace and workplace.photo_rules) or _("Ask us before you take photographs."),
        RuleKind.CONFIDENTIALITY: (workplace and workplace.confidentiality) or "",
    }
    return [{"kind": kind, "text": text} for kind, text in rows.items() if text]


class PictureTextForm(forms.Form):
    alt_text = forms.CharField(
        label=gettext_lazy("What the picture shows"),
        max_length=200,
        help_text=gettext_lazy("For those who cannot see it. For example: A pupil welds beside a supervisor."),
    )


class PictureForm(PictureTextForm):
    file = forms.FileField(
        label=gettext_lazy("Picture"),
        help_text=gettext_lazy("JPEG, PNG or WebP, at most 10 MB. Only show people who have said yes."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    field_order = ("file", "alt_text")

    def clean_file(self) -> Any:
        """Refuse at once what the header gives away; the worker looks at the rest."""
        file = self.cleaned_data["file"]
        try:
            pictures.check_header(file, file.size)
        except pictures.PictureRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        file.seek(0)
        return file


class HostOfferFilter(forms.Form):
    """What a host may narrow the own list by. Nonsense in the address narrows nothing."""

    marks_optional = False  # see templates/forms/_optional.html

    q = forms.CharField(label=gettext_lazy("Search your offers"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("Status"), required=False, choices=[("", gettext_lazy("all")), *OfferState.choices]
    )
