from django import forms
from django.utils.translation import gettext_lazy as _

from regions.models import Region


class SendBackForm(forms.Form):
    reason = forms.CharField(
        label=_("What should the host change?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The host reads this in the mail and beside the offer."),
    )


class RegionSettingsForm(forms.ModelForm):
    class Meta:
        model = Region
        fields = ["vetting"]
        widgets = {"vetting": forms.RadioSelect}
        help_texts = {
            "vetting": _("Offers already published stay. Where regions overlap, one region's approval is enough.")
        }
