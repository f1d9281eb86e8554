import pytest
from django.core import mail as django_mail
from django.urls import reverse

from notifications import choices
from notifications.delivery import deliver_due
from notifications.enums import Channel, MailState
from notifications.models import InboxNotice, QueuedMail
from notifications.other_channels import deliver_pages
from notifications.outbox import queue_mail
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory
from tests.factories.visits import VisitBookingFactory
from visits import emails
from visits.models import VisitBooking

pytestmark = pytest.mark.django_db


def decline(user, **changes):
    booking = VisitBookingFactory(requested_by=user, state="declined", **changes)
    queue_mail(emails.DECLINED, to=user, about=booking, details={"side": "school"})
    return booking


@pytest.fixture
def reader():
    """Somebody who has chosen to find it on the page too."""
    user = UserFactory()
    choices.choose(user.email, emails.DECLINED, Channel.PAGE, is_wanted=True)
    return user


def test_who_has_chosen_the_page_finds_it_there_once_and_gets_the_mail_too(reader):
    decline(reader)
    decline(UserFactory())  # has chosen nothing: mail only
    assert [deliver_pages(), deliver_pages(), deliver_due()] == [1, 0, 2]
    notice = InboxNotice.objects.get()
    assert notice.user == reader
    assert notice.title == django_mail.outbox[0].subject
    assert QueuedMail.objects.filter(channel=Channel.PAGE).values_list("state", flat=True).get() == MailState.SENT


def test_the_page_instead_of_the_mail():
    user = UserFactory()
    booking = VisitBookingFactory(requested_by=user)
    choices.choose(user.email, emails.UNANSWERED, Channel.PAGE, is_wanted=True)
    choices.choose(user.email, emails.UNANSWERED, Channel.MAIL, is_wanted=False)
    queue_mail(emails.UNANSWERED, to=user, about=booking, details={"side": "school"})
    deliver_due()
    deliver_pages()
    assert django_mail.outbox == []
    assert InboxNotice.objects.filter(user=user).count() == 1


def test_a_contact_person_with_an_account_finds_it_there_too(reader):
    contact = CompanyContactFactory(email=reader.email.upper())
    booking = VisitBookingFactory()
    queue_mail(emails.DECLINED, to=contact, about=booking, details={"side": "school"})
    deliver_pages()
    assert InboxNotice.objects.get().user == reader


def test_no_longer_wanted_or_no_longer_true_when_it_is_due(reader):
    decline(reader)
    choices.choose(reader.email, emails.DECLINED, Channel.PAGE, is_wanted=False)
    deliver_pages()
    assert not InboxNotice.objects.exists()
    assert QueuedMail.objects.get(channel=Channel.PAGE).state == MailState.UNWANTED


def test_reading_marks_as_read_and_says_it_in_the_words_of_today(client, reader):
    booking = decline(reader, group_name="9B")
    decline(reader, group_name="9C")
    deliver_pages()
    client.force_login(reader)
    assert "2 unread notices" in client.get(reverse("coordination:start")).text
    page = client.get(reverse("notifications:inbox"))
    assert page.context["unread"] == 2
    notice = InboxNotice.objects.get(about_id=booking.pk)
    response = client.get(reverse("notifications:notice", args=[notice.public_id]))
    assert "9B" in response.text
    assert "<a href=" in response.text  # the way on can be followed
    assert client.get(reverse("notifications:inbox")).context["unread"] == 1
    client.post(reverse("notifications:read_all"))
    assert client.get(reverse("notifications:inbox")).context["unread"] == 0

    VisitBooking.objects.filter(pk=booking.pk).update(requested_by=UserFactory())
    InboxNotice.objects.filter(pk=notice.pk).update(about_id=0)
    assert "This is no longer so." in client.get(reverse("notifications:notice", args=[notice.public_id])).text


def test_nobody_reads_the_notices_of_others(client, reader):
    decline(reader)
    deliver_pages()
    client.force_login(UserFactory())
    assert client.get(reverse("notifications:notice", args=[InboxNotice.objects.get().public_id])).status_code == 404
    assert "Nothing here yet" in client.get(reverse("notifications:inbox")).text


@pytest.mark.parametrize("count", [1, 25])
def test_the_inbox_costs_the_same_and_is_paged(client, reader, django_assert_num_queries, count):
    InboxNotice.objects.bulk_create(
        [InboxNotice(user=reader, kind="booking_declined", title=f"No {n}") for n in range(count)]
    )
    client.force_login(reader)
    with django_assert_num_queries(6):  # session, user, memberships, unread, count, rows
        response = client.get(reverse("notifications:inbox"))
    assert len(response.context["page"].object_list) == min(count, 20)
