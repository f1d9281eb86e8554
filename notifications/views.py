from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from accounts.permissions import SignedInRequest, signed_in
from core.access import GET_ONLY, POST_ONLY, access, link_holder
from core.errors import ActionRefused
from core.secret_pages import secret
from core.signed_links import LinkExpired, LinkInvalid
from notifications import choices, text_messages
from notifications import inbox as my_inbox
from notifications.enums import Channel
from notifications.forms import CodeForm, NoticesForm, NumberForm
from notifications.models import InboxNotice, MobileNumber
from notifications.registry import KINDS
from notifications.stop_links import mail_of

PAGE_SIZE = 20


@access(signed_in, methods=GET_ONLY)
def inbox(request: SignedInRequest) -> HttpResponse:
    """Notices for me, the newest first."""
    page = Paginator(InboxNotice.objects.filter(user=request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "unread": my_inbox.unread(request.user)}
    return TemplateResponse(request, "notifications/inbox.html", context)


@access(signed_in, methods=GET_ONLY)
def notice(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One of my notices, in the words of today. Reading it marks it as read."""
    found = get_object_or_404(InboxNotice.objects.select_related("user"), user=request.user, public_id=public_id)
    if found.kind not in KINDS:
        raise Http404
    message = my_inbox.open_notice(found)
    text = message.body.rpartition("\n--\n")[0] if message else ""
    return TemplateResponse(request, "notifications/notice.html", {"notice": found, "text": text.strip()})


@access(signed_in, methods=POST_ONLY)
def read_all(request: SignedInRequest) -> HttpResponse:
    my_inbox.mark_all_as_read(request.user)
    return redirect("notifications:inbox")


@access(signed_in)
def my_notices(request: SignedInRequest) -> HttpResponse:
    """Which messages I get, and how."""
    form = NoticesForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your choices are saved."))
        return redirect("notifications:my_notices")
    return _my_notices(request, form=form)


@access(signed_in, methods=POST_ONLY)
def number_give(request: SignedInRequest) -> HttpResponse:
    """Enter a mobile number: a code is on its way to it."""
    form = NumberForm(request.POST)
    if text_messages.is_on() and form.is_valid():
        try:
            text_messages.give_number(request.user, form.cleaned_data["number"])
            return redirect("notifications:my_notices")
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
    return _my_notices(request, number_form=form)


@access(signed_in, methods=POST_ONLY)
def number_confirm(request: SignedInRequest) -> HttpResponse:
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            text_messages.confirm_number(request.user, form.cleaned_data["code"])
            messages.success(request, _("Your number is confirmed. Choose below what to send there."))
            return redirect("notifications:my_notices")
        except ActionRefused as refusal:
            form.add_error("code", str(refusal))
    return _my_notices(request, code_form=form)


@access(signed_in, methods=POST_ONLY)
def number_forget(request: SignedInRequest) -> HttpResponse:
    text_messages.forget_number(request.user)
    messages.success(request, _("Your number is forgotten. You get no text messages."))
    return redirect("notifications:my_notices")


def _my_notices(request: SignedInRequest, **forms: Any) -> HttpResponse:
    context: dict[str, Any] = {"has_sms": text_messages.is_on(), **forms}
    if "form" not in context:
        context["form"] = NoticesForm(user=request.user)
    if context["has_sms"]:
        context["mobile"] = MobileNumber.objects.filter(user=request.user).first()
        context.setdefault("number_form", NumberForm(initial={"number": request.user.phone}))
        context.setdefault("code_form", CodeForm())
    return TemplateResponse(request, "notifications/my_notices.html", context)


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
