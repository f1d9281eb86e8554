"""Every message as its readers get it, for those who run the platform or a region."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from accounts.permissions import SignedInRequest, notice_staff
from core.access import GET_ONLY, access
from notifications.preview import preview
from notifications.registry import KINDS, NOTICES, Notice

FRAME_POLICY = {"frame-ancestors": [SELF], "style-src": [UNSAFE_INLINE], "script-src": [NONE], "form-action": [NONE]}


@access(notice_staff, methods=GET_ONLY)
def preview_list(request: SignedInRequest) -> HttpResponse:
    """All there are, by what they are called."""
    notices = sorted(NOTICES.values(), key=lambda notice: str(notice.title))
    return TemplateResponse(request, "notifications/preview_list.html", {"notices": notices})


@access(notice_staff, methods=GET_ONLY)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its types know no URL arguments
def preview_detail(request: Any, name: str) -> HttpResponse:
    """One message: in each language, for each of its readers."""
    notice, language, example = _asked(request, name)
    examples = range(len(KINDS[name].examples)) if name in KINDS else range(1)
    context = {
        "notice": notice,
        "shown": preview(notice, request.user, language, example),
        "language": language,
        "example": example,
        "examples": examples,
    }
    return TemplateResponse(request, "notifications/preview_detail.html", context)


@access(notice_staff, methods=GET_ONLY)
@xframe_options_sameorigin
@csp_replace(FRAME_POLICY)  # type: ignore[arg-type]
def preview_frame(request: Any, name: str) -> HttpResponse:
    """The mail's own HTML, to stand in a frame that may do nothing."""
    notice, language, example = _asked(request, name)
    shown = preview(notice, request.user, language, example)
    if shown is None or not shown.html:
        raise Http404
    return HttpResponse(shown.html)


def _asked(request: Any, name: str) -> tuple[Notice, str, int]:
    if name not in NOTICES:
        raise Http404
    language = request.GET.get("language", request.user.language)
    example = request.GET.get("example", "0")
    return (
        NOTICES[name],
        language if language in dict(settings.LANGUAGES) else request.user.language,
        int(example) if example.isascii() and example.isdigit() and len(example) < 3 else 0,
    )
