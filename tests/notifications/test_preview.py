"""Staff see every message in four languages; people, what they wrote, and keys are not in it."""

import pytest
from django.conf import settings
from django.urls import reverse

from notifications.preview import EMAIL, NAME, preview
from notifications.registry import KINDS, NOTICES
from tests.access.world import two_worlds
from tests.factories.accounts import UserFactory
from visits.models import VisitBooking

pytestmark = pytest.mark.django_db

LANGUAGES = [code for code, _ in settings.LANGUAGES]


@pytest.fixture
def worlds():
    return two_worlds()


def test_every_message_about_a_booking_can_be_seen_in_four_languages_without_people_and_keys(worlds):
    coordinator, booking = worlds.ours.people["coordinator"], worlds.ours.booking
    VisitBooking.objects.filter(pk=booking.pk).update(phone="0731112233", note="Hemligt", reason_text="Hemligt")
    about_bookings = [kind for kind in KINDS.values() if kind.template.startswith("visits/emails/booking_")]
    assert len(about_bookings) >= 6
    for kind in about_bookings:
        subjects = set()
        for language in LANGUAGES:
            for example in range(len(kind.examples)):
                shown = preview(kind, coordinator, language, example)
                assert shown is not None, kind.name
                everything = f"{shown.subject} {shown.text} {shown.html} {shown.sms}"
                for hidden in (
                    "0731112233",
                    "Hemligt",
                    booking.requested_by.email,
                    booking.requested_by.name,
                    "/host/",
                ):
                    assert hidden not in everything, (kind.name, language, hidden)
                assert settings.SITE_URL in everything
                subjects.add(shown.subject)
        assert len(subjects) >= 3, kind.name  # bokmål and nynorsk may agree
    booking.refresh_from_db()
    assert booking.note == "Hemligt"  # looking changes nothing


@pytest.mark.parametrize("name", [name for name in NOTICES if name not in KINDS or not KINDS[name].forms])
def test_messages_about_accounts_are_shown_with_invented_people(name):
    user = UserFactory()
    for language in LANGUAGES:
        shown = preview(NOTICES[name], user, language)
        assert shown is not None
        assert user.email not in f"{shown.text} {shown.html}"
        assert shown.text or shown.sms


def test_a_coordinator_sees_examples_of_the_own_region_only(worlds):
    kind = KINDS["booking_requested"]
    ours = preview(kind, worlds.ours.people["coordinator"], "en")
    theirs = preview(kind, worlds.people["stranger"], "en")
    assert worlds.ours.school_class.name in ours.text
    assert worlds.theirs.school_class.name in theirs.text
    assert preview(kind, UserFactory(), "en") is None


def test_the_pages(client, worlds):
    coordinator = worlds.ours.people["coordinator"]
    client.force_login(coordinator)
    page = client.get(reverse("notifications:preview_list")).text
    assert all(reverse("notifications:preview_detail", args=[name]) in page for name in NOTICES)
    detail = client.get(reverse("notifications:preview_detail", args=["booking_requested"]) + "?language=nn&example=1")
    assert 'sandbox=""' in detail.text
    assert "frame-src 'self'" in detail["Content-Security-Policy"]
    frame = client.get(reverse("notifications:preview_frame", args=["booking_requested"]) + "?language=nn")
    assert '<html lang="nn">' in frame.text
    assert (frame["X-Frame-Options"], "script-src 'none'" in frame["Content-Security-Policy"]) == ("SAMEORIGIN", True)
    assert client.get(reverse("notifications:preview_detail", args=["nothing"])).status_code == 404
    for odd in ("?language=xx", "?example=99", "?example=x"):
        assert client.get(reverse("notifications:preview_detail", args=["booking_requested"]) + odd).status_code == 200


def test_without_anything_to_show_it_says_so(client):
    administrator = UserFactory(is_staff=True, is_superuser=True, second_factor=True)
    client.force_login(administrator)
    page = client.get(reverse("notifications:preview_detail", args=["booking_requested"])).text
    assert "No example yet" in page
    invented = client.get(reverse("notifications:preview_detail", args=["invited"])).text
    assert NAME in invented
    assert EMAIL not in administrator.email
