from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from companies.enums import InterestKind, InterestLevel, NoReason
from companies.models import INTEREST_MONTHS, Company, InterestAnswer
from companies.org_numbers import clean_org_number
from core.phones import PhoneField
from regions.models import Region
from regions.school_year import label

ASK_AGAIN_WITHIN = timedelta(days=730)
MOST_ROWS = 100


class InterestForm(forms.Form):
    """The yearly question: one page, a minute on a phone. Parts that the answer does not need are not read."""

    marks_optional = False

    level = forms.ChoiceField(
        label=_("Can you take young people this school year?"), choices=InterestLevel, widget=forms.RadioSelect
    )
    kinds = forms.MultipleChoiceField(
        label=_("What could you take?"), choices=InterestKind, required=False, widget=forms.CheckboxSelectMultiple
    )
    months = forms.TypedMultipleChoiceField(
        label=_("In which months?"),
        choices=[(month, MONTHS[month]) for month in INTEREST_MONTHS],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    amount = forms.CharField(
        label=_("How many, roughly?"), max_length=200, required=False, help_text=_("For example: 2 classes, 4 pupils.")
    )
    reason = forms.ChoiceField(
        label=_("What stands in the way?"), choices=NoReason, required=False, widget=forms.RadioSelect
    )
    ask_again_on = forms.DateField(
        label=_("Ask us again on"),
        required=False,
        help_text=_("Until then we leave you in peace."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    contact_name = forms.CharField(
        label=_("Your name"), max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact_email = forms.EmailField(
        label=_("Your e-mail"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    contact_phone = PhoneField(label=_("Your telephone"), required=False)
    comment = forms.CharField(
        label=_("Anything else"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    ABOUT_YES = ("kinds", "months", "amount")

    def __init__(self, data: QueryDict | None, *, given: InterestAnswer | None, with_personal: bool) -> None:
        """`with_personal` shows what was said about persons: to members, not to whoever holds the link."""
        hidden = () if with_personal else InterestAnswer.PERSONAL
        said = {name: getattr(given, name) for name in self.base_fields if name not in hidden} if given else {}
        super().__init__(data, initial=said)
        for name in hidden:
            if given and getattr(given, name):
                self.fields[name].help_text = _("We have this already. Write here only to change it.")

    def clean_ask_again_on(self) -> Any:
        day = self.cleaned_data["ask_again_on"]
        today = timezone.localdate()
        if day and not today < day <= today + ASK_AGAIN_WITHIN:
            raise ValidationError(gettext("Choose a day from tomorrow on, within two years."), code="day")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        level = data.get("level")
        if level == InterestLevel.NO:
            data |= {"kinds": [], "months": [], "amount": ""}
            for name in self.ABOUT_YES:
                self.errors.pop(name, None)
        elif level:
            data["reason"] = ""
            if not data.get("kinds") and "kinds" not in self.errors:
                self.add_error("kinds", gettext("Choose at least one, even if you are not sure yet."))
            if level == InterestLevel.YES:
                data["ask_again_on"] = None
                self.errors.pop("ask_again_on", None)
        return data

    @property
    def if_yes(self) -> list[forms.BoundField]:
        """The part for yes and maybe."""
        return [self[name] for name in self.ABOUT_YES]

    @property
    def about_you(self) -> list[forms.BoundField]:
        return [self[name] for name in InterestAnswer.PERSONAL]


class InterestFilterForm(forms.Form):
    """Which companies of the coordinator's list to show. What is not understood is left out, never an error."""

    STATES = [
        ("", _("All who were asked or have answered")),
        ("unanswered", _("No answer yet")),
        (InterestLevel.YES.value, _("Yes")),
        (InterestLevel.MAYBE.value, _("Maybe")),
        (InterestLevel.NO.value, _("Not this year")),
        ("again", _("Time to ask again")),
        ("unasked", _("Not asked yet")),
    ]

    state = forms.ChoiceField(label=_("Answer"), choices=STATES, required=False)
    marks_optional = False

    q = forms.CharField(label=_("Company"), max_length=100, required=False, widget=forms.SearchInput)

    def __init__(
        self, data: dict[str, str], *, regions: list[Region], region: Region, years: list[int], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        choices = [(one.public_id, one.name) for one in regions]
        region_field = forms.ChoiceField(label=_("Region"), choices=choices, required=False)
        if len(choices) == 1:
            region_field.widget = forms.HiddenInput()
        year_choices = [(str(year), label(year)) for year in years]
        self.fields = {
            "region": region_field,
            "year": forms.ChoiceField(label=_("School year"), choices=year_choices, required=False),
            **self.fields,
            "municipality": forms.ModelChoiceField(
                region.municipalities.all(),
                label=_("Municipality"),
                required=False,
                empty_label=_("All municipalities"),
            ),
        }


class AskForm(forms.Form):
    """One row per company on the page: a tick, and the address to ask at. Those who asked us to wait have none."""

    language = forms.ChoiceField(
        label=_("Language of the mail"),
        choices=[("", _("Each company's own")), *Language.choices],
        required=False,
        help_text=_("A company's own is its contact person's, or Swedish in Sweden and bokmål in Norway."),
    )

    marks_optional = False
    PREFIX = "email_"

    def __init__(self, data: QueryDict | None = None, *, companies: list[Any]) -> None:
        """`companies` carry `waits`, their answers that ask us to wait, and their contacts."""
        super().__init__(data)
        self.companies = companies
        for company in companies:
            if company.waits:
                continue
            self.fields[f"ask_{company.public_id}"] = forms.BooleanField(
                label=gettext("Ask %(company)s") % {"company": company}, required=False
            )
            self.fields[self.PREFIX + company.public_id] = forms.EmailField(
                label=gettext("E-mail to %(company)s") % {"company": company},
                required=False,
                initial=_known_address(company),
            )

    @classmethod
    def companies_in(cls, data: QueryDict) -> list[str]:
        """The public ids of the companies whose rows were on the page."""
        return [name.removeprefix(cls.PREFIX) for name in data if name.startswith(cls.PREFIX)][:MOST_ROWS]

    @property
    def rows(self) -> list[tuple[Any, forms.BoundField | None, forms.BoundField | None]]:
        return [
            (company, None, None)
            if company.waits
            else (company, self[f"ask_{company.public_id}"], self[self.PREFIX + company.public_id])
            for company in self.companies
        ]

    @property
    def chosen(self) -> list[tuple[Company, str]]:
        """The companies to ask, with the address: those ticked, and those for whom an address was typed."""
        return [
            (company, self.cleaned_data[email.name])
            for company, tick, email in self.rows
            if tick and email and (self.cleaned_data[tick.name] or email.name in self.changed_data)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        chosen = self.chosen
        if not chosen:
            raise ValidationError(gettext("Tick at least one company."), code="empty")
        for company, email in chosen:
            if not email:
                self.add_error(self.PREFIX + company.public_id, gettext("Type the address to ask at."))
        return data


class NewCompanyToAskForm(forms.Form):
    """A company that is in no register here, and the address to ask it at."""

    org_number = forms.CharField(label=_("Organisation number"), max_length=30)
    name = forms.CharField(label=_("The company's name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"))
    language = forms.ChoiceField(label=_("Language of the mail"), choices=Language)

    def __init__(self, *args: Any, region: Region, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region
        self.fields["municipality"] = forms.ModelChoiceField(region.municipalities.all(), label=_("Municipality"))

    def clean_org_number(self) -> str:
        return clean_org_number(self.region.country, self.cleaned_data["org_number"])


def _known_address(company: Company) -> str:
    """The contact person's address, or the one the last question went to."""
    known = [contact.email for contact in company.contacts.all()]
    known += [invitation.email for invitation in company.interest_invitations.all()]
    return known[0] if known else ""
