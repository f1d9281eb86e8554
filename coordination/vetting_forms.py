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
        fields = ["vetting", "visits_per_school", "visits_per_class", "first_turn_days"]
        labels = {
            "vetting": _("Should somebody at the region look at a company's visit before schools find it?"),
        }
        widgets = {"vetting": forms.RadioSelect}
        help_texts = {
            "vetting": _("Offers already published stay. Where regions overlap, one region's approval is enough."),
            "visits_per_school": _(
                "Counts all visits in the region that the school has booked for the school year. "
                "Empty means no limit. Bookings already made stand."
            ),
            "visits_per_class": _("Empty means no limit."),
            "first_turn_days": _(
                "So many days after a host publishes a time, only schools that have not been out this school year can "
                "book it. The others can stand in line and are let in afterwards. A host can choose other days. "
                "Empty means that all schools book at once."
            ),
        }
