from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from accounts.permissions import SignedInRequest, signed_in
from core.access import access, link_holder
from core.secret_pages import secret
from core.signed_links import LinkExpired, LinkInvalid
from notifications import choices
from notifications.enums import Channel
from notifications.forms import NoticesForm
from notifications.registry import KINDS
from notifications.stop_links import mail_of


@access(signed_in)
def my_notices(request: SignedInRequest) -> HttpResponse:
    """Which messages I get, and how."""
    form = NoticesForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your choices are saved."))
        return redirect("notifications:my_notices")
    return TemplateResponse(request, "notifications/my_notices.html", {"form": form})


@access(link_holder)
@csrf_exempt  # mail programs post here for their reader (RFC 8058), without cookies; the link is the permission
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """No more mails of this kind to this address. Looking changes nothing; what was stopped can be begun again."""
    try:
        mail = mail_of(token)
    except (LinkExpired, LinkInvalid):
        return secret(TemplateResponse(request, "notifications/stop_expired.html", status=410))
    kind = KINDS[mail.kind]
    with translation.override(mail.language):
        request.LANGUAGE_CODE = mail.language
        if request.method == "POST":
            choices.choose(mail.to_email, kind, Channel.MAIL, is_wanted="begin" in request.POST)
        context = {"kind": kind, "is_on": choices.wants(mail.to_email, kind, Channel.MAIL)}
        return secret(TemplateResponse(request, "notifications/stop.html", context).render())
