from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import ROLES_OF, OrganisationKind, Role
from accounts.models import JoinRequest, Membership, User


class SignupForm(forms.Form):
    """What sign-up asks beside address and password."""

    field_order = ("name", "email", "password1")

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def signup(self, request: Any, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.language = (get_language() or "sv")[:2]
        user.save(update_fields=["name", "language"])


class SettingsForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("name", "phone", "language")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }
        help_texts = {
            "phone": _("Shown to the other side of a booking, so that they can reach you on the day."),
            "language": _("For the pages and for the mails you get."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"), help_text=_("The invitation works for this address only, once, for two weeks.")
    )
    role = forms.TypedChoiceField(label=_("Role"), coerce=Role)

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, roles)


class MembershipForm(forms.ModelForm):
    role = forms.TypedChoiceField(label=_("Role"), coerce=Role)

    class Meta:
        model = Membership
        fields = ("role", "responsibility", "is_substitute")

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, roles)


class JoinForm(forms.ModelForm):
    role = forms.TypedChoiceField(label=_("What is your role there?"), coerce=Role)

    class Meta:
        model = JoinRequest
        fields = ("role", "message")
        labels = {"message": _("A line about yourself")}
        help_texts = {"message": _("So that they know who is asking.")}
        widgets = {"message": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, kind: OrganisationKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, ROLES_OF[kind][::-1])


def _offer(form: forms.BaseForm, roles: list[Role]) -> None:
    field = form.fields["role"]
    assert isinstance(field, forms.TypedChoiceField)
    field.choices = [(role.value, role.label) for role in roles]
