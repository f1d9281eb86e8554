from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from accounts.permissions import lacks_second_factor


class StaffSite(AdminSite):
    """The administration. People sign in where everybody does; without a second factor they set one up first."""

    site_header = site_title = "Industriporten"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not lacks_second_factor(request.user)

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if lacks_second_factor(request.user):
            return redirect("mfa_index")
        return super().login(request, extra_context)
