from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone, translation

from accounts.permissions import lacks_second_factor, needs_second_factor_role

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


# Of allauth's own pages, those that somebody needs who must still set up a second factor, and the way out.
OPEN_WITHOUT_SECOND_FACTOR = {
    "account_logout",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_index",
}


class SecondFactorFirst:
    """Who must have a second factor and has none reaches nothing of their account but the way to one.

    Views of ours say who may call them, and `@access` sends such people here; allauth's views say nothing.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *arguments: Any) -> HttpResponseRedirect | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        is_about_the_account = name.startswith(("account_", "mfa_", "usersessions_"))
        if not is_about_the_account or name in OPEN_WITHOUT_SECOND_FACTOR or not request.user.is_authenticated:
            return None
        return redirect("mfa_index") if lacks_second_factor(request.user) else None
