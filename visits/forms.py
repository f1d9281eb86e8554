"""Forms of the booking. Those of the offer are in visits/offer_forms.py."""

import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.dates import span
from core.phones import PhoneField
from schools.enums import Grade
from schools.models import School, SchoolClass
from visits import ages
from visits.again import taken_over
from visits.booking_queries import class_to_book, schools_of
from visits.change_forms import NeedsForm
from visits.enums import CancelReason, DeclineReason, Part, Side
from visits.models import HostQuestion, VisitBooking, VisitSlot
from visits.questions import Answers, answers_in, field_for, field_name


class _WhenShown(ModelChoiceIterator):
    """The choices of an `OwnClassField`: nobody needs the list to check one of them."""

    def __init__(self, field: "OwnClassField"):
        self.field = field

    @property
    def queryset(self) -> QuerySet[SchoolClass]:  # type: ignore[override]
        return self.field.own_classes()  # type: ignore[attr-defined]


class OwnClassField(forms.ModelChoiceField):
    """One of the user's own classes. The list is made where it is shown; a choice is looked up by its number."""

    iterator = _WhenShown

    def own_classes(self) -> QuerySet[SchoolClass]:
        raise NotImplementedError  # set by the form

    def look_up(self, pk: int) -> SchoolClass | None:
        raise NotImplementedError  # set by the form

    def to_python(self, value: Any) -> SchoolClass | None:
        if value in self.empty_values:
            return None
        found = self.look_up(int(value)) if str(value).isascii() and str(value).isdigit() else None
        if found is None:
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return found


class BookingForm(NeedsForm):
    """A class and its numbers for one slot. A class that is not saved yet is saved on the way."""

    school_class = OwnClassField(
        SchoolClass.objects.none(), label=_("Class"), required=False, empty_label=_("Another class")
    )
    school = forms.ModelChoiceField(School.objects.none(), label=_("School"))
    new_class_name = forms.CharField(
        label=_("Class code"),
        max_length=20,
        required=False,
        help_text=_("Only if the class is not in the list: its code, for example 9B. No names."),
    )
    new_class_grade = forms.TypedChoiceField(
        label=_("Grade"), choices=[("", "–"), *Grade.choices], coerce=int, empty_value=None, required=False
    )
    pupil_count = forms.IntegerField(label=_("Pupils"), min_value=1, max_value=500)
    adult_count = forms.IntegerField(label=_("Accompanying adults"), min_value=1, max_value=20, initial=1)
    phone = PhoneField(label=_("Your telephone on the day"), help_text=_("The host rings it if something happens."))
    note = forms.CharField(
        label=_("Message to the host"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("No names of pupils and nothing about health."),
    )
    accept_rules = forms.BooleanField(label=_("We have read the host's rules and follow them"))
    knows_age = forms.BooleanField(
        label=_("We know that pupils who are too young watch and do not try"), required=False
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(
        self,
        *args: Any,
        user: User,
        slot: VisitSlot,
        has_rules: bool,
        questions: Iterable[HostQuestion] = (),
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        grades = slot.offer.lowest_grade, slot.offer.highest_grade
        choices = schools_of(user.pk)
        self.only_school = choices[0] if len(choices) == 1 else None
        if self.only_school:
            del self.fields["school"]
        else:
            self.fields["school"].queryset = School.objects.active().with_member(user)  # type: ignore[attr-defined]
            self.fields["school_class"].label_from_instance = (  # type: ignore[attr-defined]
                lambda school_class: f"{school_class.name}, {school_class.school.name}"
            )
        self.user, self.grades = user, grades
        self.fields["school_class"].own_classes = self.own_classes  # type: ignore[attr-defined]
        self.fields["school_class"].look_up = partial(  # type: ignore[attr-defined]
            class_to_book, user=user.pk, grades=grades
        )
        self.fields["phone"].initial = user.phone
        self.questions = list(questions)
        for question in self.questions:
            self.fields[field_name(question)] = field_for(question)
        self.slot = slot
        if slot.offer.is_for_teachers:
            self.fields["pupil_count"].label = _("Teachers")
            self.fields["school_class"].label = _("A class that you teach")
            self.fields["adult_count"].widget = forms.HiddenInput()  # nobody accompanies them
        if slot.offer.hands_on_from is None:
            del self.fields["knows_age"]
        last = ["needs", "needs_text", "knows_age", "accept_rules"]
        self.order_fields([*(name for name in self.fields if name not in last), *last])
        if not has_rules:
            del self.fields["accept_rules"]

    def own_classes(self) -> QuerySet[SchoolClass]:
        """The classes to choose from."""
        classes = SchoolClass.objects.current().filter(grade__range=self.grades)
        if self.only_school:
            return classes.filter(school=self.only_school)
        return classes.with_member(self.user).select_related("school")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        saved, school = data.get("school_class"), self.only_school or data.get("school")
        data["school"] = school
        if saved:
            data["school"] = saved.school
        elif not data.get("new_class_name") and "new_class_name" not in self.errors:
            self.add_error("school_class", ValidationError(_("Choose a class, or write the code of another one.")))
        elif data.get("new_class_grade") is None and "new_class_grade" not in self.errors:
            self.add_error("new_class_grade", ValidationError(_("Choose the grade of the class.")))
        elif school is None and "school" not in self.errors:
            self.add_error("school", ValidationError(_("Choose the school.")))
        if "knows_age" in self.fields and not data.get("knows_age") and not self.errors:
            self._check_age(data)
        return data

    def _check_age(self, data: dict[str, Any]) -> None:
        """Say plainly what the class may do, before it is booked."""
        chosen = data["school_class"] or SchoolClass(
            name=data["new_class_name"].strip().upper(), grade=data["new_class_grade"], school=data["school"]
        )
        part = ages.part_of_class(self.slot, chosen)
        if part != Part.TRY:
            words = {"group": chosen.name, "part": ages.part_in_words(part, self.slot.offer.hands_on_from)}
            self.add_error("knows_age", _("%(group)s: %(part)s. Tick here when you know.") % words)

    def take_over(self, own: QuerySet[VisitBooking], public_id: str, *, by: User) -> None:
        """Begin with what was written for an earlier visit, if it is one of the reader's own."""
        earlier = own.select_related("slot", "school").filter(public_id=public_id, slot__offer=self.slot.offer).first()
        if earlier:
            new = taken_over(earlier, self.slot, self.questions, self.own_classes(), by=by)
            self.initial = {**self.initial, **new}

    @property
    def answers(self) -> Answers:
        """What the school has answered to the host's own questions."""
        return answers_in(self.questions, self.cleaned_data)

    def class_to_book(self) -> SchoolClass:
        """The chosen class, or the typed one, saved for the next time."""
        data = self.cleaned_data
        if data["school_class"]:
            return data["school_class"]
        return SchoolClass.objects.get_or_create(
            school=data["school"],
            name=data["new_class_name"].strip().upper(),
            school_year=SchoolClass._meta.get_field("school_year").get_default(),
            is_archived=False,
            defaults={"grade": data["new_class_grade"], "pupil_count": min(data["pupil_count"], 200)},
        )[0]


class DeclineForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why not?"), choices=DeclineReason.choices, widget=forms.RadioSelect)
    reason_text = forms.CharField(
        label=_("A few words to the school"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class ProposeForm(forms.Form):
    """Another time: one of the host's own, or a new one."""

    slot = forms.ModelChoiceField(
        VisitSlot.objects.none(), label=_("One of your other times"), required=False, empty_label=_("A new time")
    )
    starts_at = forms.SplitDateTimeField(
        label=_("A new time"),
        required=False,
        widget=forms.SplitDateTimeWidget(date_attrs={"type": "date"}, time_attrs={"type": "time"}),
        help_text=_("Date and start. The visit lasts as long as before, and the time is for this group alone."),
    )

    def __init__(self, *args: Any, booking: VisitBooking, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["slot"]
        field.queryset = (  # type: ignore[attr-defined]
            VisitSlot.objects.upcoming()
            .with_places()
            .filter(offer=booking.slot.offer)
            .exclude(pk=booking.slot_id)
            .order_by("starts_at")
        )
        field.label_from_instance = lambda slot: span(  # type: ignore[attr-defined]
            slot.starts_at, slot.ends_at
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("slot") and not data.get("starts_at") and not self.errors:
            raise ValidationError(_("Choose one of your times, or write a new one."))
        return data


class CancelForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why?"), widget=forms.RadioSelect)
    reason_text = forms.CharField(
        label=_("A few words to the other side"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("No names of pupils and nothing about health."),
    )

    knows_late = forms.BooleanField(
        label=_("We know that this is late"),
        error_messages={"required": _("The last day to cancel freely has passed. Read what applies, then tick here.")},
    )

    # What only the other side could say is not offered.
    NOT_FOR = {
        Side.SCHOOL: {CancelReason.PRODUCTION, CancelReason.TOO_FEW},
        Side.HOST: {CancelReason.TIMETABLE, CancelReason.TRANSPORT},
    }

    def __init__(self, *args: Any, side: Side, late: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not late:  # asked when the form is sent as well: nobody becomes late without having been told
            del self.fields["knows_late"]
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            (value, label) for value, label in CancelReason.choices if value not in self.NOT_FOR[side]
        ]
