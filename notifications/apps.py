from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from allauth.account.signals import email_changed

        from notifications import account_notices, text_messages  # noqa: F401 - they fill the registry
        from notifications.address_changes import take_choices_along

        email_changed.connect(take_choices_along, dispatch_uid="take_choices_along")

        autodiscover_modules("emails")
