from django.contrib import admin
from django.db import models

from companies.models import Company, CompanyContact, InterestAnswer, InterestInvitation, Workplace


class WorkplaceInline(admin.TabularInline):
    model = Workplace
    extra = 0
    fields = ["name", "street", "postcode", "city", "municipality", "is_active"]
    raw_id_fields = ["municipality"]
    show_change_link = True


class CompanyContactInline(admin.TabularInline):
    model = CompanyContact
    extra = 0
    fields = ["name", "email", "phone", "language", "answers_for", "is_substitute"]


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):
    list_display = ["name", "org_number", "country", "municipality", "industry", "joined_at", "ceased_at"]
    list_filter = ["country", "kind", "is_demo"]
    list_select_related = ["municipality", "industry"]
    search_fields = ["name", "org_number"]
    raw_id_fields = ["municipality"]
    readonly_fields = ["public_id", "source", "seen_in_source_at"]
    inlines = [WorkplaceInline, CompanyContactInline]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Workplace)
class WorkplaceAdmin(admin.ModelAdmin):
    list_display = ["name", "company", "city", "municipality", "is_active", "point_is_doubtful"]
    list_filter = ["is_active", "point_is_doubtful"]
    list_select_related = ["company", "municipality"]
    search_fields = ["name", "org_number", "company__name"]
    autocomplete_fields = ["company"]
    raw_id_fields = ["municipality"]
    readonly_fields = ["public_id", "source", "seen_in_source_at"]


@admin.register(InterestInvitation)
class InterestInvitationAdmin(admin.ModelAdmin):
    list_display = ["company", "school_year", "region", "sent_at", "reminded_at"]
    list_filter = ["school_year", "region"]
    list_select_related = ["company", "region"]
    search_fields = ["company__name"]
    autocomplete_fields = ["company"]
    raw_id_fields = ["asked_by"]
    readonly_fields = ["link_number"]


@admin.register(InterestAnswer)
class InterestAnswerAdmin(admin.ModelAdmin):
    list_display = ["company", "school_year", "level", "ask_again_on", "answered_at"]
    list_filter = ["school_year", "level"]
    list_select_related = ["company"]
    search_fields = ["company__name"]
    autocomplete_fields = ["company"]
    raw_id_fields = ["invitation"]
