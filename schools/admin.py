from django.contrib import admin
from django.db import models

from schools.models import School, SchoolClass, SchoolContact, SchoolOwner


@admin.register(SchoolOwner)
class SchoolOwnerAdmin(admin.ModelAdmin):
    list_display = ["name", "org_number", "country", "kind"]
    list_filter = ["country", "kind"]
    search_fields = ["name", "org_number"]


class SchoolContactInline(admin.TabularInline):
    model = SchoolContact
    extra = 0
    fields = ["name", "email", "phone", "language", "answers_for", "is_substitute"]


@admin.register(School)
class SchoolAdmin(admin.ModelAdmin):
    list_display = ["name", "unit_code", "country", "municipality", "owner", "is_active", "point_is_doubtful"]
    list_filter = ["country", "is_active", "point_is_doubtful", "is_demo"]
    list_select_related = ["municipality", "owner"]
    search_fields = ["name", "unit_code"]
    autocomplete_fields = ["owner"]
    raw_id_fields = ["municipality"]
    readonly_fields = ["public_id", "source", "seen_in_source_at"]
    inlines = [SchoolContactInline]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(SchoolClass)
class SchoolClassAdmin(admin.ModelAdmin):
    list_display = ["name", "school", "school_year", "grade", "pupil_count", "is_archived"]
    list_filter = ["school_year", "grade", "is_archived"]
    list_select_related = ["school"]
    search_fields = ["name", "school__name"]
    autocomplete_fields = ["school"]
