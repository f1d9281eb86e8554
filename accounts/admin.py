from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.forms import UserCreationForm
from django.http import HttpRequest

from accounts.enums import OrganisationKind
from accounts.models import Invitation, JoinRequest, Membership, User
from accounts.organisations import organisations


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    raw_id_fields = OrganisationKind.values


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", "language")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People: closed rather than deleted, because what they did stays on record."""

    list_display = ("email", "name", "language", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "language")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("date_joined", "last_login")
    fields = ("email", "name", "phone", "language", "is_active", "is_staff", "is_superuser", *readonly_fields)
    inlines = (MembershipInline,)

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        if obj is None:
            return NewUserForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("email", "name", "language", "password1", "password2")})]
        return super().get_fieldsets(request, obj)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


class OfOrganisationAdmin(admin.ModelAdmin):
    """Rows about one organisation: the four foreign keys as one column, found by number and not by a long list."""

    list_filter: ClassVar[Any] = ("role",)
    list_select_related: ClassVar[Any] = OrganisationKind.values
    raw_id_fields: ClassVar[Any] = OrganisationKind.values

    @admin.display(description="organisation")
    def organisation(self, row: Any) -> str:
        return str(row.organisation)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if search_term:
            for kind in OrganisationKind:
                named = organisations(kind).filter(name__icontains=search_term).values("pk")
                found |= queryset.filter(**{f"{kind.value}__in": named})
        return found, may_repeat


@admin.register(Membership)
class MembershipAdmin(OfOrganisationAdmin):
    """The way in for the first person of a region or a school owner."""

    list_display = ("user", "organisation", "role", "is_substitute", "created_at")
    search_fields = ("user__email", "user__name")
    raw_id_fields = ("user", *OrganisationKind.values)
    list_select_related = ("user", *OrganisationKind.values)


@admin.register(Invitation)
class InvitationAdmin(OfOrganisationAdmin):
    """To look at: invitations are made and withdrawn by the organisation's own people."""

    list_display = ("email", "organisation", "role", "created_at", "expires_at", "accepted_at", "revoked_at")
    search_fields = ("email",)
    exclude = ("token_hash",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(JoinRequest)
class JoinRequestAdmin(OfOrganisationAdmin):
    """To look at: requests are answered by the organisation or its region."""

    list_display = ("user", "organisation", "role", "state", "created_at", "decided_at")
    list_filter = ("state", "role")
    search_fields = ("user__email", "user__name")
    list_select_related = ("user", *OrganisationKind.values)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
