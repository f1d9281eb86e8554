from django.contrib import admin
from django.db import models

from regions.models import Region


@admin.register(Region)
class RegionAdmin(admin.ModelAdmin):
    """A new region begins here: its name and municipalities. Its first coordinator is a membership."""

    list_display = ["name", "country", "email"]
    list_filter = ["country"]
    search_fields = ["name"]
    fields = ["name", "country", "municipalities", "email", "website", "about"]
    filter_horizontal = ["municipalities"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
