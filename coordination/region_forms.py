from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from regions.models import Region
from visits import pictures

LOGO_WIDTH = 480


class RegionForm(forms.ModelForm):
    """What a region says about itself on its public page. A logo is drawn anew: only the picture is kept."""

    website = forms.URLField(
        label=_("Website"), required=False, assume_scheme="https", widget=forms.URLInput({"inputmode": "url"})
    )
    new_logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("JPEG, PNG or WebP, at most 10 MB. It is shown on white."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Region
        fields = ["about", "email", "website"]
        widgets = {"about": forms.Textarea(attrs={"rows": 5})}
        help_texts = {
            "about": _("Who you are and what you do together with schools and industry. A few sentences."),
            "email": _("Shown on your page: an address that somebody reads."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.logo:
            del self.fields["remove_logo"]

    def clean_new_logo(self) -> ContentFile | None:
        """The logo as a small WebP, or why it cannot be one."""
        if not (file := self.cleaned_data["new_logo"]):
            return None
        try:
            drawn = pictures.redraw(file, file.size, (LOGO_WIDTH,))
        except pictures.PictureRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return ContentFile(drawn[LOGO_WIDTH], name=f"{new_public_id()}.webp")
