"""The school tells the host what its pupils wish for after a visit."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.permissions import school_staff
from accounts.requests import SignedInRequest
from core.access import POST_ONLY, access
from core.errors import ActionRefused
from visits.enums import FollowUpKind
from visits.follow_up_actions import set_follow_ups
from visits.views import all_bookings


class FollowUpForm(forms.Form):
    kinds = forms.MultipleChoiceField(choices=FollowUpKind.choices, required=False)


@access(school_staff, methods=POST_ONLY)
def booking_follow_up(request: SignedInRequest, public_id: str) -> HttpResponse:
    booking = get_object_or_404(all_bookings().of_schools_of(request.user), public_id=public_id)
    form = FollowUpForm(request.POST)
    try:
        if not form.is_valid():
            raise ActionRefused(_("Choose among the wishes on the page."))
        set_follow_ups(booking, form.cleaned_data["kinds"], by=request.user)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved. The host sees what your pupils wish, and no names."))
    return redirect(booking)
