import io
import uuid
import zipfile
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.virus_scanner import ScannerUnavailable
from notifications.delivery import deliver_due
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import BookingMessageFactory, CheckedFileFactory, VisitBookingFactory
from tests.visits.test_pictures import SECRET, photo, png_claiming, with_gps
from visits import file_tasks, links
from visits.enums import FileKind, FileProblem, FileState
from visits.file_tasks import check_files
from visits.files import MAX_BYTES, FileRefused, kind_of, safe_name
from visits.models import BookingMessage, CheckedFile

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


def package(**parts):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/"), content)
    return target.getvalue()


DOCX = package(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})
XLSX = package(**{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"})
ODT = package(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": "<o/>"})


def png():
    target = io.BytesIO()
    photo((300, 200)).save(target, "PNG")
    return target.getvalue()


def kind(content):
    return kind_of(io.BytesIO(content), len(content))


def problem(content, size=None):
    with pytest.raises(FileRefused) as refusal:
        kind_of(io.BytesIO(content), size or len(content))
    return refusal.value.problem


@pytest.mark.parametrize(
    ("content", "expected"),
    [(PDF, "pdf"), (with_gps(), "jpeg"), (png(), "png"), (DOCX, "docx"), (XLSX, "xlsx"), (ODT, "odt")],
    ids=["pdf", "jpeg", "png", "docx", "xlsx", "odt"],
)
def test_the_content_says_what_a_file_is(content, expected):
    assert kind(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", FileProblem.FORMAT),
        (b"MZ\x90\x00 a program", FileProblem.FORMAT),
        (b"<svg onload='alert(1)'/>", FileProblem.FORMAT),
        (b"<html>%PDF-1.7 %%EOF", FileProblem.FORMAT),
        (package(**{"run.exe": "MZ"}), FileProblem.FORMAT),
        (PDF[:20], FileProblem.BROKEN),
        (DOCX[:60], FileProblem.BROKEN),
        (package(**{"word/document.xml": b"\0" * 101 * 1024 * 1024}), FileProblem.BROKEN),
        (package(**{"word/document.xml": "<w/>", "word/vbaProject.bin": "x"}), FileProblem.PROGRAMS),
        (package(mimetype="application/vnd.oasis.opendocument.text", Basic__script="x"), FileProblem.PROGRAMS),
        (png_claiming(20_000, 20_000), FileProblem.PIXELS),
    ],
    ids=[
        "empty",
        "program",
        "svg",
        "html",
        "zip",
        "half a pdf",
        "half a docx",
        "bomb",
        "macros",
        "odt macros",
        "pixels",
    ],
)
def test_what_may_not_come_in_is_told_why(content, expected):
    assert problem(content) == expected


def test_a_large_file_is_not_even_read():
    assert problem(PDF, size=MAX_BYTES + 1) == FileProblem.BYTES


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_are_a_kind_or_refused(content, head):
    found = None
    with suppress(FileRefused):
        found = kind(head + content)
    assert found in {None, *FileKind.values}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Plan för 9B.PDF", "Plan för 9B.pdf"),
        ("..\\..\\autoexec.bat", "autoexec.pdf"),
        ("/etc/passwd\r\nX-Header: 1", "passwd X-Header_ 1.pdf"),
        ("", "file.pdf"),
        ("a" * 200 + ".pdf", "a" * 96 + ".pdf"),
    ],
)
def test_a_name_is_made_safe(name, expected):
    assert safe_name(name, "pdf") == expected


class Scanner:
    def __init__(self, answer=""):
        self.answer = answer

    def scan(self, file):
        if self.answer is None:
            raise ScannerUnavailable
        file.read()
        return self.answer


@pytest.fixture
def scanner_says(monkeypatch):
    return lambda answer: monkeypatch.setattr(file_tasks, "scanner", lambda: Scanner(answer))


@pytest.fixture
def counsellor():
    return UserFactory()


@pytest.fixture
def booking(db, counsellor):
    host = UserFactory()
    company = CompanyFactory(members=[host])
    CompanyContactFactory(company=company, email="kontakt@svets.example")
    school = SchoolFactory(members=[counsellor])
    return VisitBookingFactory(
        school_class=SchoolClassFactory(school=school), requested_by=counsellor, slot__offer__company=company
    )


def send(client, booking, *contents, name="plan.pdf", link=""):
    url = link or reverse("visits:message_create", args=[booking.public_id])
    files = [SimpleUploadedFile(name, content) for content in contents]
    return client.post(url, {"text": "See the plan", "request_key": uuid.uuid4(), "uploads": files}, follow=True)


def link_of(booking):
    return links.messages_path(links.MESSAGES.token([booking.public_id, booking.slot.offer.contact.public_id]))


def test_a_file_waits_for_the_check_then_both_sides_have_it(client, booking, counsellor):
    client.force_login(counsellor)
    page = send(client, booking, PDF, DOCX)
    assert page.text.count("is being checked for viruses") == 2
    file = CheckedFile.objects.first()
    url = reverse("visits:message_file", args=[file.public_id])
    assert client.get(url).status_code == 404
    upload = file.upload.name
    assert check_files() == 2
    assert not default_storage.exists(upload)
    assert url in client.get(booking.get_absolute_url()).text

    response = client.get(url)
    assert b"".join(response.streaming_content) == PDF
    assert response.headers["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-store"
    client.force_login(UserFactory())
    assert client.get(url).status_code == 403
    stranger = UserFactory()
    CompanyFactory(members=[stranger])
    client.force_login(stranger)
    assert client.get(url).status_code == 404

    client.logout()
    deliver_due()
    assert "2 files are sent along." in mail.outbox[-1].body
    by_link = reverse("visits:message_link_file", args=[link_of(booking).split("/")[-2], file.public_id])
    assert by_link in client.get(link_of(booking)).text
    assert b"".join(client.get(by_link).streaming_content) == PDF
    elsewhere = CheckedFileFactory(state="ready", file=ContentFile(b"x", "x"))
    BookingMessageFactory().files.add(elsewhere)
    assert client.get(by_link.replace(file.public_id, elsewhere.public_id)).status_code == 404


def test_refused_files_send_nothing(client, booking, counsellor):
    client.force_login(counsellor)
    page = send(client, booking, b"MZ a program", name="game.pdf")
    assert "game.pdf: Only PDF" in page.text
    assert "See the plan" in page.text
    assert "at most 3 files" in send(client, booking, *[PDF] * 4).text
    assert not BookingMessage.objects.exists()
    assert not CheckedFile.objects.exists()


def test_pictures_are_drawn_anew(client, booking, counsellor):
    client.force_login(counsellor)
    send(client, booking, with_gps(), name="hall.jpg")
    check_files()
    file = CheckedFile.objects.get()
    with file.file.open("rb") as stored:
        content = stored.read()
    assert SECRET not in content
    assert (Image.open(io.BytesIO(content)).format, file.size, file.name) == ("JPEG", len(content), "hall.jpg")


@pytest.mark.parametrize("by_link", [True, False])
def test_an_infected_file_is_removed_and_the_sender_told(client, booking, counsellor, scanner_says, by_link):
    if by_link:
        send(client, booking, PDF, link=link_of(booking))
    else:
        client.force_login(counsellor)
        send(client, booking, PDF)
    upload = CheckedFile.objects.get().upload.name
    scanner_says("Eicar")
    check_files()
    file = CheckedFile.objects.get()
    assert (file.state, file.upload.name, file.file.name) == (FileState.INFECTED, "", "")
    assert not default_storage.exists(upload)
    client.force_login(counsellor)
    assert "was removed: it held a virus" in client.get(booking.get_absolute_url()).text
    deliver_due()
    (told,) = [message for message in mail.outbox if message.subject == "plan.pdf held a virus"]
    assert told.to == ["kontakt@svets.example" if by_link else counsellor.email]


def test_while_the_scanner_is_away_files_wait(client, booking, counsellor, scanner_says):
    client.force_login(counsellor)
    send(client, booking, PDF)
    scanner_says(None)
    for minutes in range(0, 30, 2):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            assert check_files() == 1
    assert CheckedFile.objects.get().state == FileState.WAITING
    scanner_says("")
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        check_files()
    assert CheckedFile.objects.get().is_ready


def test_a_file_that_kills_the_worker_is_given_up(booking, monkeypatch):
    file = CheckedFileFactory(upload=ContentFile(PDF, "x"))
    monkeypatch.setattr(file_tasks, "_check", lambda kept: None)  # as if the process had ended there
    for _ in range(4):
        check_files()
        CheckedFile.objects.update(next_check_at=timezone.now())
    file.refresh_from_db()
    assert file.state == FileState.BROKEN


def test_a_file_without_its_upload_is_broken(booking):
    file = CheckedFileFactory(upload="uploads/gone")
    check_files()
    file.refresh_from_db()
    assert file.state == FileState.BROKEN
