from django.contrib.admin.apps import AdminConfig


class StaffEntranceConfig(AdminConfig):
    """Django's administration behind allauth's sign-in and a second factor."""

    default_site = "accounts.staff_site.StaffSite"
