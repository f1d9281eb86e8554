"""Lesson material of an offer: links and files that were looked through, on the pages and in the mails."""

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.urls import reverse

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import CheckedFileFactory, OfferMaterialFactory, VisitBookingFactory, VisitOfferFactory
from visits import emails, materials, offer_actions
from visits.file_tasks import check_files
from visits.models import CheckedFile, OfferMaterial

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


def page_of(offer):
    return reverse("visits:material_list", args=[offer.public_id])


def ready_file(name="work.pdf"):
    return CheckedFileFactory(name=name, file=ContentFile(PDF, "f"), state="ready")


def test_a_host_adds_a_link_and_schools_find_it(client, host):
    offer = VisitOfferFactory(company=host.company)
    data = {"time": "before", "title": "A film about gears", "url": "film.example/gears"}
    assert client.post(page_of(offer), data).url == page_of(offer)
    assert OfferMaterial.objects.get().url == "https://film.example/gears"
    client.logout()
    page = client.get(offer.get_absolute_url()).content.decode()
    assert 'href="https://film.example/gears"' in page
    assert "Before the visit" in page


def test_a_file_is_shown_when_it_has_been_looked_through(client, host):
    offer = VisitOfferFactory(company=host.company)
    data = {"time": "after", "title": "Questions to work with", "uploads": ContentFile(PDF, "../work.pdf")}
    client.post(page_of(offer), data)
    material = OfferMaterial.objects.get()
    assert "Questions to work with" not in client.get(offer.get_absolute_url()).content.decode()
    assert client.get(material.get_absolute_url()).status_code == 404
    check_files()
    assert "Questions to work with" in client.get(offer.get_absolute_url()).content.decode()
    client.logout()
    response = client.get(material.get_absolute_url())
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"] == 'attachment; filename="work.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, "Write a link or choose a file, not both."),
        (
            {"url": "https://a.example", "uploads": ContentFile(PDF, "a.pdf")},
            "Write a link or choose a file, not both.",
        ),
        ({"url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"uploads": ContentFile(b"<script>", "a.pdf")}, "a.pdf"),
    ],
)
def test_the_form_says_what_is_wrong(client, host, changes, problem):
    offer = VisitOfferFactory(company=host.company)
    page = client.post(page_of(offer), {"time": "before", "title": "T"} | changes)
    assert problem in page.content.decode()
    assert OfferMaterial.objects.count() == 0


def test_an_offer_holds_ten_materials(host):
    offer = VisitOfferFactory(company=host.company)
    OfferMaterialFactory.create_batch(10, offer=offer)
    with pytest.raises(ActionRefused, match="at most 10"):
        materials.add_material(offer, time="before", title="T", url="https://a.example", by=host)


def test_removed_material_takes_its_file_along(client, host, django_capture_on_commit_callbacks):
    material = OfferMaterialFactory(offer__company=host.company, url="", file=ready_file())
    stored = material.file.file
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("visits:material_remove", args=[material.public_id]))
    assert (OfferMaterial.objects.count(), CheckedFile.objects.count()) == (0, 0)
    assert not stored.storage.exists(stored.name)
    materials.remove_material(material)


def test_a_deleted_draft_takes_its_material_along():
    material = OfferMaterialFactory(offer__state="draft", url="", file=ready_file())
    offer_actions.delete_draft(material.offer)
    assert CheckedFile.objects.count() == 0


def test_files_of_a_paused_offer_are_for_its_host_and_those_who_have_booked(client):
    teacher = UserFactory()
    material = OfferMaterialFactory(url="", file=ready_file())
    VisitBookingFactory(
        slot__offer=material.offer, school_class=SchoolClassFactory(school=SchoolFactory(members=[teacher]))
    )
    offer_actions.pause_offer(material.offer)
    assert client.get(material.get_absolute_url()).status_code == 404
    client.force_login(UserFactory())
    assert client.get(material.get_absolute_url()).status_code == 404
    client.force_login(teacher)
    response = client.get(material.get_absolute_url())
    assert b"".join(response.streaming_content) == PDF


def test_material_is_on_the_booking_page_and_in_the_schools_mail_only(client, settings):
    teacher = UserFactory()
    booking = VisitBookingFactory(
        state="confirmed",
        requested_by=teacher,
        school_class=SchoolClassFactory(school=SchoolFactory(members=[teacher])),
    )
    OfferMaterialFactory(offer=booking.slot.offer)
    file = OfferMaterialFactory(offer=booking.slot.offer, time="after", title="Work", url="", file=ready_file())
    OfferMaterialFactory(offer=booking.slot.offer, title="Not yet", url="", file=CheckedFileFactory())
    client.force_login(teacher)
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "A film about gears" in page
    assert file.get_absolute_url() in page
    assert "Not yet" not in page
    emails.booking_confirmed(booking)
    deliver_due()
    bodies = {message.to[0]: message.body for message in mail.outbox}
    assert f"Work (after the visit): {settings.SITE_URL}{file.get_absolute_url()}" in bodies[teacher.email]
    assert "https://film.example/gears" in bodies.pop(teacher.email)
    assert all("film.example" not in body for body in bodies.values())


@pytest.mark.parametrize("count", [1, 5])
def test_the_hosts_list_needs_a_fixed_number_of_queries(client, host, django_assert_num_queries, count):
    offer = VisitOfferFactory(company=host.company)
    for _number in range(count):
        OfferMaterialFactory(offer=offer, url="", file=ready_file())
    with django_assert_num_queries(5):
        client.get(page_of(offer))
