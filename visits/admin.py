"""The staff entrance: to look, and to mend the words of an offer. Places and bookings change through actions only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from visits.models import BookingStep, VisitBooking, VisitOffer, VisitPicture, VisitRule, VisitSlot, WaitingGroup
from visits.search import refresh_offer


class LookOnly:
    """Shown, never written: a counter or a state changed here would go round every check."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RuleInline(LookOnly, admin.TabularInline):
    model = VisitRule


class PictureInline(LookOnly, admin.TabularInline):
    model = VisitPicture
    fields = ["alt_text", "position", "problem"]


class StepInline(LookOnly, admin.TabularInline):
    model = BookingStep


@admin.register(VisitOffer)
class VisitOfferAdmin(admin.ModelAdmin):
    list_display = ["title", "company", "kind", "state", "published_at"]
    list_filter = ["state", "kind", "company__country"]
    list_select_related = ["company"]
    search_fields = ["title", "company__name", "public_id"]
    fields = ["company", "public_id", "state", "kind", "title", "summary", "programme_of_day", "published_at"]
    readonly_fields = ["company", "public_id", "state", "kind", "published_at"]
    inlines = [RuleInline, PictureInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: VisitOffer, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        refresh_offer(obj.pk)


@admin.register(VisitSlot)
class VisitSlotAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["starts_at", "offer", "pupils_taken", "pupils_capacity", "groups_taken", "groups_capacity"]
    list_select_related = ["offer"]
    date_hierarchy = "starts_at"
    search_fields = ["public_id", "offer__title", "offer__company__name"]


@admin.register(VisitBooking)
class VisitBookingAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["group_name", "school", "slot", "pupil_count", "state", "answer_by"]
    list_filter = ["state"]
    list_select_related = ["school", "slot"]
    search_fields = ["public_id", "school__name", "slot__offer__title"]
    inlines = [StepInline]


@admin.register(WaitingGroup)
class WaitingGroupAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["group_name", "school", "slot", "pupil_count", "state", "created_at", "offer_ends_at"]
    list_filter = ["state"]
    list_select_related = ["school", "slot"]
    search_fields = ["public_id", "school__name", "slot__offer__title"]
