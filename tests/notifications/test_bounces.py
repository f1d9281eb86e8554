"""Addresses that take no mail: noted at delivery and from reports, shown to who can mend them, gone when mended."""

import email
import io
import mailbox
import smtplib
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts import bounces
from accounts.models import BouncedAddress
from companies import actions as company_actions
from coordination.retention import apply_rules
from coordination.stuck import waiting_in
from notifications.bounces import read_report
from notifications.delivery import deliver_due, message_id
from notifications.enums import MailState
from notifications.models import QueuedMail
from notifications.outbox import queue_mail
from regions.models import Region
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolContactFactory, SchoolFactory, SchoolOwnerFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory
from visits import emails

pytestmark = pytest.mark.django_db


def write_to(address, **details):
    booking = VisitBookingFactory(requested_by=UserFactory(email=address))
    queue_mail(emails.DECLINED, to=booking.requested_by, about=booking, details={"side": "school", **details})
    return QueuedMail.objects.latest("pk")


@pytest.fixture
def refusing(monkeypatch):
    """A mail server that answers as `refusing.answer` says, when it says anything."""
    refusing = SimpleNamespace(answer=None)
    send = EmailBackend.send_messages

    def answered(self, messages):
        if refusing.answer:
            raise smtplib.SMTPRecipientsRefused({messages[0].to[0]: refusing.answer})
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", answered)
    return refusing


@pytest.mark.parametrize(
    ("answer", "status"), [((550, b"5.1.1 No such user"), "5.1.1"), ((550, b"no mailbox here"), "550")]
)
def test_a_refusal_for_good_marks_the_address_and_is_not_tried_again(refusing, answer, status):
    mail = write_to("Borta@Mail.Example".lower())
    refusing.answer = answer
    deliver_due()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.PARKED, 1)
    assert bounces.of("BORTA@mail.example").status == status
    assert deliver_due() == 0


@pytest.mark.parametrize("answer", [(450, b"4.2.1 try later"), (550, b"5.7.1 looks like spam"), (552, b"too big")])
def test_other_refusals_do_not_blame_the_address(refusing, answer):
    mail = write_to("kvar@mail.example")
    refusing.answer = answer
    deliver_due()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.WAITING, 1)
    assert not BouncedAddress.objects.exists()


REPORT = """\
From: MAILER-DAEMON@mx.example
To: no-reply@industriporten.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

It did not arrive.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
--x
Content-Type: text/rfc822-headers

Message-ID: {id}
Subject: Hello
--x--
"""


def report(**said):
    said = {"action": "failed", "status": "5.1.1", **said}
    return email.message_from_string(REPORT.format(**said))


def test_a_report_marks_the_address_of_a_mail_we_sent():
    mail = write_to("borta@mail.example")
    deliver_due()
    assert read_report(report(address="borta@mail.example", id=message_id(mail))) == 1
    assert read_report(report(address="Borta@mail.example", id=message_id(mail), status="5.2.2")) == 1
    bounced = BouncedAddress.objects.get()
    assert (bounced.email, bounced.times, str(bounced.reason)) == ("borta@mail.example", 2, "The mailbox is full.")


@pytest.mark.parametrize(
    "said",
    [
        {"id": "<forged@elsewhere.example>"},
        {"action": "delayed", "status": "4.4.7"},
        {"status": "5.7.1"},
        {"address": "nagon.annan@mail.example"},
    ],
    ids=["not our mail", "only delayed", "not the address's fault", "not whom we wrote to"],
)
def test_other_reports_mark_nobody(said):
    mail = write_to("kvar@mail.example")
    deliver_due()
    assert read_report(report(**{"address": "kvar@mail.example", "id": message_id(mail), **said})) == 0
    assert not BouncedAddress.objects.exists()


def test_reports_are_read_from_a_maildir_once_and_from_a_pipe(tmp_path, monkeypatch, capsys):
    mail = write_to("borta@mail.example")
    deliver_due()
    box = mailbox.Maildir(tmp_path / "box", create=True)
    box.add(report(address="borta@mail.example", id=message_id(mail)))
    box.add("Subject: Out of office\n\nBack on Monday.")
    for _ in range(2):
        call_command("read_bounces", maildir=tmp_path / "box")
    assert BouncedAddress.objects.get().times == 1
    text = report(address="borta@mail.example", id=message_id(mail)).as_bytes()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    call_command("read_bounces")
    assert BouncedAddress.objects.get().times == 2
    assert capsys.readouterr().out == "1 addresses marked\n0 addresses marked\n1 addresses marked\n"


def test_the_envelope_names_the_mailbox_for_reports(settings):
    settings.BOUNCE_EMAIL = "studs@industriporten.example"
    write_to("a@mail.example")
    deliver_due()
    (message,) = django_mail.outbox
    assert message.from_email == "studs@industriporten.example"
    assert message.message()["From"] == settings.DEFAULT_FROM_EMAIL


def test_the_person_sees_it_on_the_start_page_and_can_say_that_it_works(client):
    user = UserFactory()
    bounces.record(user.email, "5.1.1")
    client.force_login(user)
    page = client.get(reverse("coordination:start")).text
    assert f"Mail to {user.email} comes back" in page
    assert "There is no such address." in page
    response = client.post(reverse("accounts:address_works"), follow=True)
    assert "comes back again, you will see it here" in response.text
    assert not BouncedAddress.objects.exists()


MARK = "mail comes back"


def test_the_owner_sees_it_among_people_and_contacts_and_mending_clears_it(client):
    owner, colleague = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner])
    company.memberships.create(user=colleague, role="contact")
    contact = CompanyContactFactory(company=company, email="borta@mail.example")
    client.force_login(owner)
    pages = [
        reverse("accounts:people", args=["company", company.public_id]),
        reverse("companies:company_profile", args=[company.public_id]),
    ]
    assert [client.get(page).text.count(MARK) for page in pages] == [0, 0]
    bounces.record(colleague.email.upper(), "5.1.1")
    bounces.record(contact.email, "5.1.1")
    assert [client.get(page).text.count(MARK) for page in pages] == [1, 1]
    contact.email = "ny@mail.example"
    company_actions.save_contact(contact)
    assert client.get(pages[1]).text.count(MARK) == 0
    bounces.record("ny@mail.example", "5.1.1")
    company_actions.save_contact(contact)  # looked at and found right
    assert bounces.of("ny@mail.example") is None


def test_the_school_and_its_owner_see_it(client):
    owner, counsellor = UserFactory(second_factor=True), UserFactory()
    school = SchoolFactory(owner=SchoolOwnerFactory())
    school.owner.memberships.create(user=owner, role="coordinator")
    school.memberships.create(user=counsellor, role="counsellor")
    contact = SchoolContactFactory(school=school)
    bounces.record(contact.email, "5.1.1")
    bounces.record(counsellor.email, "5.2.2")
    client.force_login(counsellor)
    assert client.get(reverse("schools:school_detail", args=[school.public_id])).text.count(MARK) == 1
    client.force_login(owner)
    assert client.get(reverse("coordination:owner_people", args=[school.owner.public_id])).text.count(MARK) == 1


def test_the_coordinator_sees_it_in_what_is_stuck(client):
    here = MunicipalityFactory()
    coordinator = UserFactory(second_factor=True)
    region = RegionFactory(municipalities=[here], coordinators=[coordinator])
    booking = VisitBookingFactory(slot__offer=VisitOfferFactory(company=CompanyFactory(municipality=here)))
    VisitBookingFactory(slot__offer=VisitOfferFactory(company=CompanyFactory(municipality=here)))
    bounces.record(booking.slot.offer.contact.email, "5.1.1")
    assert {row.pk for row in waiting_in(Region.objects.all()) if row.has_bounced} == {booking.pk}
    client.force_login(coordinator)
    page = client.get(reverse("coordination:booking_stuck_list", args=[region.public_id])).text
    assert page.count("Mail about it comes back: ring them.") == 1


def test_marks_go_after_half_a_year():
    bounces.record("borta@mail.example", "5.1.1")
    with time_machine.travel(timezone.now() + timedelta(days=179)):
        assert apply_rules()["bounces"] == 0
    with time_machine.travel(timezone.now() + timedelta(days=181)):
        assert apply_rules()["bounces"] == 1
