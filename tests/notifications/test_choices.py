import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed
from django.core import mail as django_mail
from django.test import Client
from django.urls import reverse

from accounts import bounces
from accounts.models import BouncedAddress
from coordination.erasure import erase_person
from notifications import choices
from notifications.delivery import deliver_due
from notifications.enums import Channel, MailState
from notifications.models import InboxNotice, MobileNumber, NoticeChoice, QueuedMail
from notifications.outbox import queue_mail
from notifications.stop_links import stop_url
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory
from visits import emails, wishes
from visits.models import Favourite, FoundOffer, SavedSearch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ledger_in_a_temporary_folder(settings, tmp_path):
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"


def remind(booking, to):
    queue_mail(emails.REMINDER, to=to, about=booking, details={"side": "school", "days": 1}, occasion="1")
    return QueuedMail.objects.latest("pk")


def test_a_mail_that_is_not_necessary_can_be_left_with_one_click():
    """RFC 8058: a POST without cookies or a token of ours."""
    booking = VisitBookingFactory()
    remind(booking, booking.requested_by)
    deliver_due()
    (message,) = django_mail.outbox
    headers = message.extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = headers["List-Unsubscribe"].strip("<>")
    assert url in message.body
    assert url in message.alternatives[0].content
    assert booking.requested_by.email.encode() not in url.encode()

    path = url.removeprefix("http://localhost:8000")
    stranger = Client(enforce_csrf_checks=True)
    assert b"Stop these mails" in stranger.get(path).content
    assert not NoticeChoice.objects.exists()  # a mail scanner that follows links has changed nothing
    response = stranger.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert not choices.wants(booking.requested_by.email, emails.REMINDER, Channel.MAIL)

    other = remind(VisitBookingFactory(requested_by=booking.requested_by), booking.requested_by)
    deliver_due()
    other.refresh_from_db()
    assert (len(django_mail.outbox), other.state) == (1, MailState.UNWANTED)

    stranger.post(path, {"begin": "1"})
    assert choices.wants(booking.requested_by.email, emails.REMINDER, Channel.MAIL)


def test_a_necessary_mail_has_no_way_out():
    booking = VisitBookingFactory()
    queue_mail(emails.DECLINED, to=booking.requested_by, about=booking, details={"side": "school"})
    NoticeChoice.objects.create(
        email=booking.requested_by.email, kind="booking_declined", channel="mail", is_wanted=False
    )
    deliver_due()
    (message,) = django_mail.outbox
    assert "List-Unsubscribe" not in message.extra_headers
    assert "No more mails of this kind" not in message.body
    choices.choose(booking.requested_by.email, emails.DECLINED, Channel.MAIL, is_wanted=False)
    assert stop_url(QueuedMail.objects.get()) == ""


def test_a_link_that_is_too_old_or_not_ours_says_where_to_go(client):
    mail = remind(VisitBookingFactory(), UserFactory())
    url = stop_url(mail).removeprefix("http://localhost:8000")
    QueuedMail.objects.update(to_email="")
    for address in (url, reverse("notifications:stop", args=["nonsense"])):
        response = client.post(address)
        assert response.status_code == 410
        assert b"My notices" in response.content
    assert not NoticeChoice.objects.exists()


def test_my_notices_shows_what_concerns_me_and_says_why_some_cannot_be_switched_off(client):
    host = UserFactory()
    CompanyFactory(members=[host])
    client.force_login(host)
    page = client.get(reverse("notifications:my_notices"))
    names = [notice.name for notice, _ in page.context["form"].rows()]
    assert "booking_reminder" in names
    assert "waiting_offered" not in names  # only schools stand in line
    assert b"Cannot be switched off. A booking is an agreement between two" in page.content

    everything = {
        field.html_name: "on"
        for _, fields in page.context["form"].rows()
        for field in fields
        if not field.field.disabled
    }
    del everything["booking_reminder-mail"]
    response = client.post(reverse("notifications:my_notices"), everything, follow=True)
    assert "Your choices are saved." in response.text
    assert not choices.wants(host.email, emails.REMINDER, Channel.MAIL)
    assert choices.wants(host.email, emails.UNANSWERED, Channel.MAIL)
    assert choices.wants(host.email, emails.CONFIRMED, Channel.MAIL)
    assert not response.context["form"]["booking_reminder-mail"].initial


def test_my_notices_needs_a_fixed_number_of_queries(client, django_assert_num_queries):
    host = UserFactory()
    CompanyFactory(members=[host])
    client.force_login(host)
    client.get(reverse("notifications:my_notices"))
    with django_assert_num_queries(4):  # session, user, memberships, choices
        client.get(reverse("notifications:my_notices"))


def test_choices_follow_a_person_to_a_new_address():
    user = UserFactory()
    choices.choose(user.email, emails.REMINDER, Channel.MAIL, is_wanted=False)
    address = EmailAddress.objects.create(user=user, email="ny@mail.example", verified=True)
    old = user.email
    email_changed.send(
        sender=type(user),
        request=None,
        user=user,
        from_email_address=EmailAddress.objects.get(user=user, primary=True),
        to_email_address=address,
    )
    assert not choices.wants("ny@mail.example", emails.REMINDER, Channel.MAIL)
    assert choices.wants(old, emails.REMINDER, Channel.MAIL)


def test_who_is_erased_leaves_no_choice_number_notice_or_list_behind():
    user = UserFactory()
    choices.choose(user.email, emails.REMINDER, Channel.MAIL, is_wanted=False)
    bounces.record(user.email, "5.1.1")
    MobileNumber.objects.create(user=user, number="+46701740605")
    InboxNotice.objects.create(user=user, kind="booking_declined", title="No")
    wishes.save_search(user, "")
    wishes.set_favourite(VisitOfferFactory(), user, is_on=True)
    others = NoticeChoice.objects.create(email="annan@mail.example", kind="x", channel="mail", is_wanted=False)
    erase_person(user.email, by=None)
    assert list(NoticeChoice.objects.all()) == [others]
    for model in (BouncedAddress, MobileNumber, InboxNotice, SavedSearch, Favourite, FoundOffer):
        assert not model.objects.exists()
