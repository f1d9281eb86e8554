from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.permissions import needs_second_factor_role

GetResponse = Callable[[HttpRequest], HttpResponse]


def language_of_user(get_response: GetResponse) -> GetResponse:
    """A signed-in person reads their own language, whatever the browser says."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return get_response(request)

    return middleware


def session_limits(get_response: GetResponse) -> GetResponse:
    """Coordinators and administrators sign in again after 3 idle hours, and after 12 hours in any case."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and needs_second_factor_role(request.user):
            now = int(timezone.now().timestamp())
            begun = request.session.setdefault("begun_at", now)
            seen = request.session.get("seen_at", now)
            if now - begun > settings.STRICT_SESSION_SECONDS or now - seen > settings.STRICT_SESSION_IDLE_SECONDS:
                logout(request)
            elif now - seen > 60 or "seen_at" not in request.session:
                request.session["seen_at"] = now
        return get_response(request)

    return middleware
