from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companies.enums import CompanyKind
from companies.models import Company, CompanyContact, Workplace
from companies.org_numbers import NO_SOLE_TRADERS, clean_org_number, is_unit_code
from core.phones import PhoneField
from occupations.models import Industry
from regions.enums import Country
from regions.models import Municipality, Postcode

POSTCODE_DIGITS = {Country.SE.value: 5, Country.NO.value: 4}
AUTOCOMPLETE = {
    "name": "organization",
    "street": "street-address",
    "postcode": "postal-code",
    "city": "address-level2",
    "website": "url",
}


class OrgNumberForm(forms.Form):
    """Which company: the first step of signing up."""

    country = forms.ChoiceField(label=_("Country"), choices=Country, widget=forms.RadioSelect)
    org_number = forms.CharField(
        label=_("Organisation number"),
        max_length=30,
        help_text=_(
            "Ten digits in Sweden, nine in Norway. Spaces and dashes do no harm. A Swedish school writes its school "
            "unit code, and a centre without a number of its own its workplace number (CFAR): eight digits."
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"country", "org_number"} <= data.keys():
            try:
                data["org_number"] = clean_org_number(data["country"], data["org_number"])
            except ValidationError as refusal:
                self.add_error("org_number", refusal)
        return data


class AddressForm(forms.ModelForm):
    """An address in one country. The municipality may be left out: the postcode tells, for most."""

    # Room for the spaces people type; the digits are counted below.
    postcode = forms.CharField(label=_("Postcode"), max_length=10, widget=forms.TextInput({"inputmode": "numeric"}))
    municipality = forms.ModelChoiceField(
        Municipality.objects.none(),
        label=_("Municipality"),
        required=False,
        help_text=_("May be left empty: we look it up by the postcode."),
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country
        municipality = cast(forms.ModelChoiceField, self.fields["municipality"])
        municipality.queryset = Municipality.objects.filter(country=country)
        for name in ["name", "street", "city"]:
            self.fields[name].required = True
        for name, value in AUTOCOMPLETE.items():
            if name in self.fields:
                self.fields[name].widget.attrs["autocomplete"] = value

    def clean_postcode(self) -> str:
        typed = str(self.cleaned_data["postcode"])
        digits = "".join(typed.split()).removeprefix("SE-").removeprefix("S-").removeprefix("NO-").removeprefix("N-")
        count = POSTCODE_DIGITS[self.country]
        if not (digits.isascii() and digits.isdigit() and len(digits) == count):
            raise ValidationError(gettext("A postcode here has %(count)d digits.") % {"count": count}, code="invalid")
        return digits

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("municipality") and data.get("postcode"):
            place = Postcode.objects.filter(country=self.country, code=data["postcode"]).first()
            if place:
                data["municipality"] = place.municipality
            else:
                self.add_error("municipality", gettext("We could not tell from the postcode. Please choose."))
        return data


class HostForm(AddressForm):
    """What sort of host it is; a company has an organisation number and an industry, the others need neither."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["industry"] = _industry_field()
        kind: Any = self.fields["kind"]
        kind.label = _("What kind of host are you?")
        kind.choices = [(value, capfirst(label)) for value, label in CompanyKind.choices]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("kind") == CompanyKind.COMPANY:
            if is_unit_code(self.country, self.instance.org_number):
                self.add_error(
                    "kind",
                    gettext(
                        "A company signs up with its organisation number of ten digits. Go back and write that one."
                    ),
                )
            if not data.get("industry") and "industry" not in self.errors:
                self.add_error("industry", gettext("Choose the company's industry."))
        return data


class CompanyDetailsForm(HostForm):
    """Name, address and industry: confirmed from the register, or typed."""

    class Meta:
        model = Company
        widgets = {"kind": forms.RadioSelect}
        fields = ["kind", "name", "street", "postcode", "city", "municipality", "industry"]

    def __init__(self, *args: Any, ask_about_sole_trader: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        if is_unit_code(self.country, self.instance.org_number) and self.instance.kind == CompanyKind.COMPANY:
            self.initial["kind"] = CompanyKind.SCHOOL
        if ask_about_sole_trader:
            self.fields["is_sole_trader"] = forms.BooleanField(
                label=_("It is a sole proprietorship (ENK)"), required=False
            )

    def clean_is_sole_trader(self) -> bool:
        if self.cleaned_data["is_sole_trader"]:
            raise ValidationError(NO_SOLE_TRADERS, code="person")
        return False

    @property
    def details(self) -> dict[str, Any]:
        """The company's own fields, for the action."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or []}


class WorkplaceAddressForm(AddressForm):
    """Where visitors come to: the third step of signing up."""

    class Meta:
        model = Workplace
        fields = ["name", "street", "postcode", "city", "municipality"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("What you call the workplace")
        self.fields["name"].help_text = _("For example the company's name, or “The foundry”.")


class WorkplaceForm(WorkplaceAddressForm):
    """A workplace with all that a visitor must know."""

    class Meta(WorkplaceAddressForm.Meta):
        fields = [
            *WorkplaceAddressForm.Meta.fields,
            "clothing",
            "equipment",
            "lunch",
            "parking",
            "public_transport",
            "directions",
            "photo_rules",
            "confidentiality",
            "step_free",
            "is_active",
        ]
        widgets = {"directions": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "clothing": _("What visitors should wear, for example closed shoes and long trousers."),
            "equipment": _("What you lend out, and in which sizes."),
            "lunch": _("For example: canteen, 95 kr, or bring your own."),
            "directions": _(
                "Which gate, and where the class waits. Everyone may read it, and it stands in the school's reminders."
            ),
            "parking": _("Where a bus can stop and wait."),
            "public_transport": _("The nearest stop and the way from it."),
            "photo_rules": _("May visitors take photographs, and where?"),
            "confidentiality": _("What visitors may not tell or show afterwards."),
            "is_active": _("Take the tick away when you no longer receive visitors there."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step_free"].widget.choices = [("unknown", _("Not said")), ("true", _("Yes")), ("false", _("No"))]
        if self.instance.pk is None:
            del self.fields["is_active"]


class ContactForm(forms.ModelForm):
    """Somebody who answers for the company, with or without an account."""

    phone = PhoneField(
        label=_("Telephone"), required=False, help_text=_("So that a teacher can ring on the day of the visit.")
    )

    class Meta:
        model = CompanyContact
        fields = ["name", "email", "phone", "language", "answers_for", "is_substitute"]
        help_texts = {
            "language": _("The language of the mail we send."),
            "answers_for": _("For example: visits, prao, safety."),
            "is_substitute": _("Gets a copy of every mail to the contact person."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["name"].widget.attrs["autocomplete"] = "name"

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        others = CompanyContact.objects.filter(company_id=self.instance.company_id, email__iexact=email)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("This address already belongs to one of your contact persons."), code="twice")
        return str(email)


class FirstContactForm(forms.ModelForm):
    """Who answers for the company: the last step of signing up. Ready filled with the one who signs up."""

    phone = PhoneField(
        label=_("Telephone"), required=False, help_text=_("So that a teacher can ring on the day of the visit.")
    )

    class Meta:
        model = CompanyContact
        fields = ["name", "email", "phone", "language"]

    def __init__(self, data: QueryDict | None, *, user: User, instance: CompanyContact) -> None:
        mine = {"name": user.name, "email": user.email, "phone": user.phone, "language": user.language}
        super().__init__(data, initial=mine, instance=instance)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["name"].widget.attrs["autocomplete"] = "name"

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"].lower())


class CompanyForm(HostForm):
    """What the company says about itself."""

    website = forms.URLField(
        label=_("Website"),
        required=False,
        assume_scheme="https",
        help_text=_("For example www.company.com."),
        widget=forms.URLInput({"inputmode": "url"}),
    )

    class Meta:
        model = Company
        fields = ["kind", "name", "about", "website", "industry", "employees"]
        fields += ["street", "postcode", "city", "municipality"]
        widgets = {"about": forms.Textarea(attrs={"rows": 6}), "kind": forms.RadioSelect}
        help_texts = {
            "about": _("What you make, and what a pupil would find exciting about it. Plain words."),
        }


def _industry_field() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        Industry.objects.order_by("-is_core", "code"),
        label=_("Industry"),
        empty_label=_("Choose"),
        required=False,
        help_text=_("Schools and centres may leave it empty."),
    )
