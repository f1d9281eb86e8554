import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.visits import VisitBookingFactory, VisitRuleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = UserFactory(is_staff=True, is_superuser=True, second_factor=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", ["visitoffer", "visitslot", "visitbooking"])
def test_admin_shows_lists_and_single_rows(client, staff, model):
    booking = VisitBookingFactory()
    VisitRuleFactory(offer=booking.slot.offer)
    pk = {"visitoffer": booking.slot.offer.pk, "visitslot": booking.slot.pk, "visitbooking": booking.pk}[model]
    assert client.get(reverse(f"admin:visits_{model}_changelist"), {"q": "x"}).status_code == 200
    assert client.get(reverse(f"admin:visits_{model}_change", args=[pk])).status_code == 200
    assert client.get(reverse(f"admin:visits_{model}_add")).status_code == 403
    assert client.post(reverse(f"admin:visits_{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["visitslot", "visitbooking"])
def test_admin_changes_no_places_and_no_states(client, staff, model):
    booking = VisitBookingFactory()
    pk = booking.slot.pk if model == "visitslot" else booking.pk
    response = client.post(reverse(f"admin:visits_{model}_change", args=[pk]), {"state": "confirmed"})
    assert response.status_code == 403


def test_admin_mends_the_words_of_an_offer(client, staff):
    offer = VisitBookingFactory().slot.offer
    words = {"title": "Zeppelins by hand", "summary": "Short.", "programme_of_day": "Look"}
    no_rows = {f"{rows}-{count}_FORMS": "0" for rows in ("rules", "pictures") for count in ("TOTAL", "INITIAL")}
    address = reverse("admin:visits_visitoffer_change", args=[offer.pk])
    response = client.post(address, words | no_rows | {"state": "draft", "_save": "1"})
    offer.refresh_from_db()
    assert (response.status_code, offer.title, offer.state) == (302, "Zeppelins by hand", "published")
    assert "zeppelin" in offer.search_row.text.words
