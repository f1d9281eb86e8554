from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self) -> None:
        # Mails that nothing else imports at start-up: into the registry, in the worker too.
        from visits import after_emails, co_host_emails, digest_emails, message_emails, plan_emails, wish_emails  # noqa: F401 - see above
