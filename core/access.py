"""Every view declares who may call it: `@access(rule)`, outermost. A test compares declarations with the URLconf."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect


@dataclass(frozen=True)
class Rule:
    """Who may call a view. `allows` is asked about a signed-in user; `public` views ask nobody."""

    name: str
    allows: Callable[[Any], bool] = lambda user: True
    public: bool = False
    needs_second_factor: Callable[[Any], bool] = lambda user: False


anyone = Rule("anyone", public=True)
# The link itself is the permission: the view checks its signature, purpose and age.
link_holder = Rule("link_holder", public=True)

View = Callable[..., HttpResponseBase]


def access(rule: Rule, *, methods: tuple[str, ...] = ("GET", "HEAD", "POST")) -> Callable[[View], View]:
    """Let a request through when the rule allows it: strangers go to sign-in, others get 403, wrong methods 405.

    A user whose roles demand a second factor is sent to set one up first.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            if not rule.public:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                if rule.needs_second_factor(request.user):
                    return redirect("mfa_index")
                if not rule.allows(request.user):
                    raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.access = rule  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        return guarded

    return decorate


POST_ONLY = ("POST",)
GET_ONLY = ("GET", "HEAD")
