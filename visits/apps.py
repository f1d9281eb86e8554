from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self) -> None:
        from visits import digest_emails, message_emails  # noqa: F401 - puts its mails into the registry, in the worker too
