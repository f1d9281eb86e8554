import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits import actions, feeds
from visits.enums import Side
from visits.models import CalendarFeed

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor():
    return UserFactory(name="Kim Syv")


@pytest.fixture
def school(counsellor):
    return SchoolFactory(members=[counsellor], name="Ängsskolan")


@pytest.fixture
def company():
    return CompanyFactory(name="Svets AB")


@pytest.fixture
def booking(school, company, counsellor):
    offer = VisitOfferFactory(company=company, title="Welding", answer_mode="by_hand")
    return VisitBookingFactory(
        slot=VisitSlotFactory(offer=offer),
        school_class=SchoolClassFactory(school=school, name="9B"),
        requested_by=counsellor,
        note="Two of us need a quiet place.",
    )


def address_of(user, kind="person", target=None):
    return reverse("visits:calendar_feed", args=[feeds.make_feed(user, kind, target)[1]])


def events(client, url):
    response = client.get(url)
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return {str(event["UID"]): event for event in Calendar.from_ical(response.content).walk("VEVENT")}


def only_event(client, url):
    (event,) = events(client, url).values()
    return event


def test_a_visit_is_one_entry_through_its_whole_life(client, booking, counsellor):
    url = address_of(counsellor)
    first = only_event(client, url)
    assert (str(first["STATUS"]), first["SEQUENCE"]) == ("TENTATIVE", 1)
    assert first.decoded("DTSTART") == booking.slot.starts_at
    assert str(first["SUMMARY"]) == "Welding: 9B, Ängsskolan"
    actions.confirm_booking(booking)
    confirmed = only_event(client, url)
    assert (str(confirmed["STATUS"]), confirmed["SEQUENCE"]) == ("CONFIRMED", 2)
    booking.refresh_from_db()
    actions.cancel_booking(booking, side=Side.HOST, reason="staff")
    cancelled = only_event(client, url)
    assert (str(cancelled["STATUS"]), cancelled["SEQUENCE"]) == ("CANCELLED", 3)
    assert first["UID"] == confirmed["UID"] == cancelled["UID"]


def test_a_new_time_moves_the_entry(client, booking, counsellor):
    url = address_of(counsellor)
    before = only_event(client, url)
    other = VisitSlotFactory(offer=booking.slot.offer)
    actions.propose_time(booking, slot=other)
    booking.refresh_from_db()
    actions.accept_proposal(booking)
    after = only_event(client, url)
    assert after["UID"] == before["UID"]
    assert after.decoded("DTSTART") == other.starts_at
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_cancelled_visits_leave_the_feed_after_two_months(client, booking, counsellor):
    url = address_of(counsellor)
    actions.cancel_booking(booking, side=Side.SCHOOL, reason="illness")
    with time_machine.travel(timezone.now() + timedelta(days=59)):
        assert str(only_event(client, url)["STATUS"]) == "CANCELLED"
    with time_machine.travel(timezone.now() + timedelta(days=61)):
        assert events(client, url) == {}


def test_the_entry_is_the_one_of_the_mail(client, booking, counsellor):
    client.force_login(counsellor)
    downloaded = Calendar.from_ical(client.get(reverse("visits:booking_calendar", args=[booking.public_id])).content)
    feed = only_event(client, address_of(counsellor))
    assert downloaded.walk("VEVENT")[0].to_ical() == feed.to_ical()


def test_nothing_personal_is_in_it(client, booking, counsellor):
    text = client.get(address_of(counsellor)).text
    assert "quiet place" not in text
    assert booking.phone not in text
    assert "Kim" not in text


def test_whose_visits(client, booking, counsellor, school, company):
    other_class = VisitBookingFactory(school_class=SchoolClassFactory(school=school))
    elsewhere = VisitBookingFactory(slot__offer__company=company)
    VisitBookingFactory()
    host, contact = UserFactory(), UserFactory()
    company.memberships.create(user=host, role="owner")
    company.memberships.create(user=contact, role="contact")
    offer = elsewhere.slot.offer
    offer.contact = CompanyContactFactory(company=company, email=contact.email.upper())
    offer.save()

    def shown(user, kind, target=None):
        return {uid.partition("@")[0] for uid in events(client, address_of(user, kind, target))}

    assert shown(counsellor, "person") == {booking.public_id}
    assert shown(counsellor, "class", booking.school_class) == {booking.public_id}
    assert shown(counsellor, "school", school) == {booking.public_id, other_class.public_id}
    assert shown(host, "company", company) == {booking.public_id, elsewhere.public_id}
    assert shown(contact, "person") == {elsewhere.public_id}


def test_supervisors_see_who_comes_not_who_asks(client, booking, company):
    supervisor = UserFactory()
    company.memberships.create(user=supervisor, role="supervisor")
    url = address_of(supervisor, "company", company)
    assert events(client, url) == {}
    actions.confirm_booking(booking)
    assert len(events(client, url)) == 1


def test_who_leaves_reads_nothing_any_more(client, booking, counsellor, school):
    own, of_school = address_of(counsellor), address_of(counsellor, "school", school)
    assert client.get(of_school).status_code == 200
    counsellor.memberships.all().delete()
    assert client.get(of_school).status_code == 404
    assert events(client, own) == {}
    counsellor.is_active = False
    counsellor.save()
    assert client.get(own).status_code == 404


def test_the_page_makes_shows_once_renews_and_stops(client, booking, counsellor, school):
    client.force_login(counsellor)
    page = reverse("visits:calendar_list")
    made = client.post(page, {"what": f"school:{school.public_id}"})
    address = made.context["address"]
    assert address in made.text
    assert f"webcal://{address.partition('://')[2]}" in made.text
    assert made.headers["Cache-Control"] == "no-store"
    assert address not in client.get(page).text
    feed = CalendarFeed.objects.get()
    token = address.rsplit("/", 1)[-1].removesuffix(".ics")
    assert token not in str(vars(feed))
    path = reverse("visits:calendar_feed", args=[token])
    assert len(events(client, path)) == 1
    assert "Last read" in client.get(page).text

    renewed = client.post(page, {"what": feed.choice}).context["address"]
    assert client.get(path).status_code == 404
    assert CalendarFeed.objects.get() == feed
    new_path = "/" + renewed.split("/", 3)[3]
    assert client.get(new_path).status_code == 200
    client.post(reverse("visits:calendar_revoke", args=[feed.public_id]))
    assert client.get(new_path).status_code == 404


def test_only_ones_own_can_be_made_and_stopped(client, counsellor, school):
    client.force_login(counsellor)
    for other in (f"school:{SchoolFactory().public_id}", f"company:{CompanyFactory().public_id}", "nonsense"):
        assert client.post(reverse("visits:calendar_list"), {"what": other}).context["form"].errors
    feed, _ = feeds.make_feed(UserFactory(), "person", None)
    assert client.post(reverse("visits:calendar_revoke", args=[feed.public_id])).status_code == 404
    assert CalendarFeed.objects.count() == 1


def test_only_what_is_new_is_sent_again(client, booking, counsellor):
    url = address_of(counsellor)
    first = client.get(url)
    known = {"If-None-Match": first.headers["ETag"]}
    dated = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert client.get(url, headers=known).status_code == 304
    assert client.get(url, headers=dated).status_code == 304
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        # The host moves the time itself: no step of the booking, and yet news.
        slot = booking.slot
        slot.starts_at += timedelta(hours=1)
        slot.ends_at += timedelta(hours=1)
        slot.save()
        assert client.get(url, headers=known).status_code == 200
        assert client.get(url, headers=dated).status_code == 200


def test_too_many_readings_have_to_wait_an_hour(client, booking, counsellor):
    url = address_of(counsellor)
    CalendarFeed.objects.update(reads_this_hour=feeds.MOST_READS_AN_HOUR - 1)
    assert client.get(url).status_code == 200
    refused = client.get(url)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        CalendarFeed.objects.update(hour_began_at=timezone.now() - timedelta(minutes=61))
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("item_count", [1, 5])
def test_a_reading_needs_a_fixed_number_of_queries(client, school, counsellor, django_assert_num_queries, item_count):
    for _ in range(item_count):
        VisitBookingFactory(school_class=SchoolClassFactory(school=school))
    url = address_of(counsellor, "school", school)
    with django_assert_num_queries(7):
        assert len(events(client, url)) == item_count


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_page_needs_a_fixed_number_of_queries(client, school, counsellor, django_assert_num_queries, item_count):
    for _ in range(item_count):
        feeds.make_feed(counsellor, "class", SchoolClassFactory(school=school))
    client.force_login(counsellor)
    with django_assert_num_queries(7):
        client.get(reverse("visits:calendar_list"))


# A real calendar program


@pytest.fixture
def khal(tmp_path):
    """khal with a calendar of its own; `khal("list")` gives what it prints."""
    calendar = tmp_path / "calendar"
    calendar.mkdir()
    config = tmp_path / "khal.conf"
    config.write_text(
        f"[calendars]\n[[visits]]\npath = {calendar}\n"
        "[locale]\nlocal_timezone = Europe/Stockholm\ndefault_timezone = Europe/Stockholm\n"
        "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
        f"[sqlite]\npath = {tmp_path / 'khal.db'}\n"
    )

    def run(*arguments):
        program = Path(sys.executable).parent / "khal"
        command = [str(program), "-c", str(config), *arguments]
        environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=30).stdout

    return run


def test_a_real_calendar_program_follows(client, khal, tmp_path, booking, counsellor):
    url, file = address_of(counsellor), tmp_path / "feed.ics"

    def read():
        file.write_bytes(client.get(url).content)
        khal("import", "--batch", "-a", "visits", str(file))
        begin = timezone.localdate() + timedelta(days=1)
        # Once each: a visit late in the evening lies on two days.
        shown = ["--once", "--day-format", "", "--format", "{start} {status}{title}"]
        return khal("list", *shown, begin.isoformat(), "60d").splitlines()

    def at(moment):
        return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"

    assert read() == [f"{at(booking.slot.starts_at)} TENTATIVE Welding: 9B, Ängsskolan"]
    other = VisitSlotFactory(offer=booking.slot.offer, starts_at=booking.slot.starts_at + timedelta(days=3))
    actions.propose_time(booking, slot=other)
    booking.refresh_from_db()
    actions.accept_proposal(booking)
    assert read() == [f"{at(other.starts_at)} CONFIRMED Welding: 9B, Ängsskolan"]
    booking.refresh_from_db()
    actions.cancel_booking(booking, side=Side.SCHOOL, reason="illness")
    assert read() == [f"{at(other.starts_at)} CANCELLED Welding: 9B, Ängsskolan"]
