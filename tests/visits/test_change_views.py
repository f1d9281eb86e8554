import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher():
    return UserFactory()


@pytest.fixture
def host():
    return UserFactory()


@pytest.fixture
def booking(teacher, host):
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]), group_min=10, group_max=28)
    slot = VisitSlotFactory(offer=offer, pupils_capacity=25)
    return VisitBookingFactory(
        slot=slot, school=SchoolFactory(teachers=[teacher]), requested_by=teacher, state="confirmed", pupil_count=20
    )


def url(name, booking):
    return reverse(f"visits:{name}", args=[booking.public_id])


def test_the_ways_to_change_stand_on_the_bookings_page(client, booking, teacher, host):
    for user, seen, unseen in [
        (teacher, "booking_hand_over", "booking_contact"),
        (host, "booking_contact", "booking_hand_over"),
    ]:
        client.force_login(user)
        page = client.get(booking.get_absolute_url()).content.decode()
        assert url("booking_size", booking) in page
        assert url(seen, booking) in page
        assert url(unseen, booking) not in page


def test_a_teacher_changes_the_number(client, booking, teacher):
    client.force_login(teacher)
    assert 'value="20"' in client.get(url("booking_size", booking)).content.decode()
    response = client.post(url("booking_size", booking), {"pupil_count": "26", "adult_count": "2"})
    assert "Only 5 more places are free" in response.content.decode()
    assert 'value="26"' in response.content.decode()
    response = client.post(url("booking_size", booking), {"pupil_count": "24", "adult_count": "2"}, follow=True)
    assert "number of pupils changed from 20 to 24" in response.content.decode()


def test_a_teacher_hands_over(client, booking, teacher):
    client.force_login(teacher)
    assert "Nobody else at" in client.get(url("booking_hand_over", booking)).content.decode()
    colleague = UserFactory(name="Kim Kollega")
    booking.school.memberships.create(user=colleague, role="teacher")
    assert "Kim Kollega" in client.get(url("booking_hand_over", booking)).content.decode()
    answer = {"to": colleague.pk, "phone": "070-123 45 67"}
    page = client.post(url("booking_hand_over", booking), answer, follow=True).content.decode()
    assert "handed over to a colleague" in page
    booking.refresh_from_db()
    assert booking.requested_by == colleague


def test_somebody_from_elsewhere_is_not_on_the_list(client, booking, teacher):
    client.force_login(teacher)
    response = client.post(url("booking_hand_over", booking), {"to": UserFactory().pk, "phone": "070-123 45 67"})
    assert response.context["form"].errors.keys() == {"to"}


def test_a_host_chooses_another_contact_person(client, booking, host):
    client.force_login(host)
    assert "one contact person only" in client.get(url("booking_contact", booking)).content.decode()
    contact = CompanyContactFactory(company=booking.slot.offer.company, name="Ny Kontakt")
    response = client.post(url("booking_contact", booking), {"contact": contact.public_id}, follow=True)
    assert "Ny Kontakt" in response.content.decode()


def test_what_has_ended_says_so(client, booking, teacher):
    booking.state = "cancelled"
    booking.save(update_fields=["state"])
    client.force_login(teacher)
    assert "can no longer be changed" in client.get(url("booking_size", booking)).content.decode()
    assert url("booking_size", booking) not in client.get(booking.get_absolute_url()).content.decode()
