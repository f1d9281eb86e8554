from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from notifications.delivery import ATTEMPTS, deliver_due
from notifications.enums import Channel, MailState
from notifications.models import QueuedMail
from notifications.outbox import queue_mail, queue_ready_mail
from notifications.registry import KINDS, NOTICES, Attachment, MailKind, register
from notifications.tasks import clean_outbox
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hello(settings, tmp_path):
    """A kind of mail whose templates lie in a temporary folder. Its news is false when details say so."""
    for ending, text in {
        "subject.txt": "Hello\n{{ name }}",
        "txt": "Dear {{ name }}, {{ mail.language }}",
        "html": "<p>Dear {{ name }}</p>",
    }.items():
        (tmp_path / f"hello.{ending}").write_text(text)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    kind = register(
        MailKind(
            "hello",
            "hello",
            title=gettext_lazy("Start"),
            to=gettext_lazy("Start"),
            rule=gettext_lazy("Start"),
            audience=(),
            channels=(Channel.MAIL,),
            necessary=None,
            context=lambda mail: None if mail.details.get("false") else {"name": mail.details["name"]},
            newest=lambda user: User.objects.none(),
            attachments=lambda context: [Attachment("a.txt", b"a", "text/plain")],
        )
    )
    yield kind
    del KINDS["hello"], NOTICES["hello"]


def test_a_mail_is_sent_once_in_the_recipients_language(hello):
    user = UserFactory(language="nb")
    queue_mail(hello, to=user, details={"name": "Åse & co"})
    assert deliver_due() == 1
    assert deliver_due() == 0
    (message,) = django_mail.outbox
    assert message.subject == "Hello Åse & co"
    assert message.body == "Dear Åse & co, nb"
    assert message.alternatives[0].content == "<p>Dear Åse &amp; co</p>"
    assert message.attachments[0].get_filename() == "a.txt"
    row = QueuedMail.objects.get()
    assert (row.state, row.subject, row.user) == (MailState.SENT, "Hello Åse & co", user)


def test_the_same_news_is_queued_once(hello):
    user = UserFactory()
    for occasion in ["a", "a", "b"]:
        queue_mail(hello, to=user, details={"name": "x"}, occasion=occasion)
    assert QueuedMail.objects.count() == 2


def test_news_that_is_no_longer_true_is_cancelled(hello):
    queue_mail(hello, to=UserFactory(), details={"false": True})
    deliver_due()
    assert QueuedMail.objects.get().state == MailState.CANCELLED
    assert django_mail.outbox == []


def test_a_mail_waits_for_its_time_and_is_missed_when_it_comes_too_late(hello):
    now = timezone.now()
    queue_mail(hello, to=UserFactory(), details={"name": "x"}, occasion="later", due_at=now + timedelta(hours=1))
    queue_mail(
        hello,
        to=UserFactory(),
        details={"name": "x"},
        occasion="old",
        due_at=now - timedelta(hours=2),
        expires_at=now - timedelta(hours=1),
    )
    assert deliver_due() == 1
    assert set(QueuedMail.objects.values_list("state", flat=True)) == {MailState.WAITING, MailState.MISSED}


def test_a_broken_mail_is_parked_and_stops_no_other(hello):
    queue_mail(hello, to=UserFactory(), details={})  # the context fails for want of a name
    queue_mail(hello, to=UserFactory(), details={"name": "x"})
    for _ in range(ATTEMPTS):
        deliver_due()
        QueuedMail.objects.update(next_attempt_at=timezone.now())
    assert list(QueuedMail.objects.values_list("state", "attempts")) == [
        (MailState.PARKED, ATTEMPTS),
        (MailState.SENT, 0),
    ]


def test_a_dead_mail_server_uses_up_no_attempts(hello, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens on the discard port
    queue_mail(hello, to=UserFactory(), details={"name": "x"})
    deliver_due()
    row = QueuedMail.objects.get()
    assert (row.state, row.attempts, row.last_error) == (MailState.WAITING, 0, "ServerUnreachable")
    assert row.next_attempt_at > timezone.now()


def test_a_ready_mail_is_forgotten_once_sent():
    queue_ready_mail(to_email="a@mail.example", language="sv", subject="Kod", text="Koden är 123456")
    deliver_due()
    assert django_mail.outbox[0].body == "Koden är 123456"
    row = QueuedMail.objects.get()
    assert (row.details, row.subject, row.state) == ({}, "", MailState.SENT)


@pytest.mark.django_db(transaction=True)
def test_mail_outside_a_transaction_is_refused(hello):
    with pytest.raises(RuntimeError):
        queue_mail(hello, to=UserFactory(), details={"name": "x"})


@pytest.mark.django_db(transaction=True)
def test_a_mail_falls_with_its_transaction(hello):
    user = UserFactory()
    with transaction.atomic():
        queue_mail(hello, to=user, details={"name": "x"})
        transaction.set_rollback(True)
    assert not QueuedMail.objects.exists()


def test_after_thirty_days_nobody_is_named(hello):
    queue_mail(hello, to=UserFactory(), details={"name": "x"})
    deliver_due()
    QueuedMail.objects.update(due_at=timezone.now() - timedelta(days=31))
    clean_outbox()
    row = QueuedMail.objects.get()
    assert (row.to_email, row.user, row.details, row.subject) == ("", None, {}, "")
    assert row.state == MailState.SENT
