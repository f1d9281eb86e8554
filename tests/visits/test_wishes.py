"""My list: favourites, and searches that tell of what is new: once, in one mail a day."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits import wishes
from visits.models import Favourite, FavouriteHost, FoundOffer, SavedSearch
from visits.search import refresh_offer

pytestmark = pytest.mark.django_db


def offer(**changes):
    made = VisitSlotFactory(offer=VisitOfferFactory(**changes)).offer
    refresh_offer(made.pk)
    return made


@pytest.fixture
def teacher():
    return UserFactory()


def next_day(days=1):
    """Noon of a coming day, whatever the time is now."""
    noon = timezone.localtime().replace(hour=12, minute=0, second=0)
    return time_machine.travel(noon + timedelta(days=days))


def told():
    wishes.tell_of_new()
    deliver_due()
    return len(mail.outbox)


def test_a_visit_goes_on_my_list_and_off_again(client, teacher):
    here = offer()
    client.force_login(teacher)
    page = here.get_absolute_url()
    assert "Put on my list" in client.get(page).text
    url = reverse("visits:favourite_set", args=[here.public_id])
    for _ in range(2):
        assert "The visit is on your list." in client.post(url, {"on": "1"}, follow=True).text
    assert Favourite.objects.count() == 1
    assert "Take off my list" in client.get(page).text
    assert here.title in client.get(reverse("visits:wish_list")).text
    response = client.post(url, {"on": "0", "list": "1"}, follow=True)
    assert "Nothing yet." in response.text
    assert f"Put {here.title} back" in response.text
    response = client.post(url, {"on": "1", "list": "1"}, follow=True)
    assert here.title in response.text
    assert "Put " not in response.text


def test_a_host_is_followed_with_what_is_new_from_it(client, teacher):
    old = offer(title="An old visit")
    host = old.company
    type(old).objects.filter(pk=old.pk).update(published_at=timezone.now() - timedelta(weeks=5))
    client.force_login(teacher)
    assert "Put on my list" in client.get(host.get_absolute_url()).text
    url = reverse("visits:favourite_host_set", args=[host.public_id])
    for _ in range(2):
        assert f"{host.name} is on your list." in client.post(url, {"on": "1"}, follow=True).text
    assert FavouriteHost.objects.count() == 1
    assert "Take off my list" in client.get(host.get_absolute_url()).text
    page = client.get(reverse("visits:wish_list")).text
    assert "1 free time" in page
    assert "An old visit" not in page
    offer(title="A new visit", company=host, workplace=old.workplace, contact=old.contact)
    offer(title="A hidden visit", company=host, workplace=old.workplace, contact=old.contact, state="draft")
    page = client.get(reverse("visits:wish_list")).text
    assert "A new visit" in page
    assert "A hidden visit" not in page
    assert "2 free times" in page
    response = client.post(url, {"on": "0", "list": "1"}, follow=True)
    assert f"Put {host.name} back" in response.text
    assert FavouriteHost.objects.count() == 0
    assert host.name in client.post(url, {"on": "1", "list": "1"}, follow=True).text


def test_a_host_that_has_ceased_is_left_out(client, teacher):
    host = offer().company
    wishes.set_favourite_host(host, teacher, is_on=True)
    type(host).objects.filter(pk=host.pk).update(ceased_at=timezone.now())
    client.force_login(teacher)
    assert host.name not in client.get(reverse("visits:wish_list")).text


def test_fifty_hosts_and_no_more(client, teacher):
    FavouriteHost.objects.bulk_create(
        FavouriteHost(user=teacher, company=company) for company in CompanyFactory.create_batch(50)
    )
    client.force_login(teacher)
    host = CompanyFactory()
    url = reverse("visits:favourite_host_set", args=[host.public_id])
    assert "You have 50 hosts on your list." in client.post(url, {"on": "1"}, follow=True).text
    assert not FavouriteHost.objects.filter(company=host).exists()


def test_a_favourite_that_is_no_longer_public_is_left_out(client, teacher):
    here = offer()
    wishes.set_favourite(here, teacher, is_on=True)
    type(here).objects.filter(pk=here.pk).update(state="draft")
    client.force_login(teacher)
    assert here.title not in client.get(reverse("visits:wish_list")).text


@pytest.mark.parametrize("count", [1, 5])
def test_my_list_costs_the_same(client, teacher, django_assert_num_queries, count):
    for _ in range(count):
        here = offer()
        wishes.set_favourite(here, teacher, is_on=True)
        wishes.set_favourite_host(here.company, teacher, is_on=True)
        SavedSearch.objects.create(user=teacher, query=f"q=a{_}", words="a")
    client.force_login(teacher)
    with django_assert_num_queries(8):  # session, user, memberships, count, favourites, hosts, their visits, searches
        response = client.get(reverse("visits:wish_list"))
    assert len(response.context["page"].object_list) == count


def test_only_what_is_new_is_told_and_never_twice(teacher):
    offer(title="Svetsning i hallen")
    wishes.save_search(teacher, "q=svetsning&grade=8&nonsense=1")
    wishes.save_search(teacher, "kind=company_visit")  # finds the same things: still one mail
    saved = SavedSearch.objects.last()
    assert (saved.query, saved.words) == ("q=svetsning&grade=8", "Search words: svetsning, Grade 8")
    with next_day():
        assert told() == 0
        new = offer(title="Svetsning för alla")
        other = offer(title="Målning", lowest_grade=7, highest_grade=7, kind="on_screen")
        assert told() == 0  # looked today already
    with next_day(2):
        assert told() == 1
        assert told() == 1
    with next_day(3):
        assert told() == 1
    (message,) = mail.outbox
    assert message.subject == "1 new visit fits your search"
    assert new.title in message.body
    assert other.title not in message.body
    assert "List-Unsubscribe" in message.extra_headers


def test_new_times_of_an_old_visit_that_suit_the_class_are_new(teacher):
    small = VisitSlotFactory(pupils_capacity=10).offer
    wishes.save_search(teacher, "pupils=25")
    assert not FoundOffer.objects.filter(offer=small).exists()
    with next_day():
        VisitSlotFactory(offer=small, pupils_capacity=30)
        assert told() == 1


def test_what_is_gone_before_the_mail_leaves_is_not_told(teacher):
    wishes.save_search(teacher, "")
    with next_day():
        new = offer()
        wishes.tell_of_new()
        type(new).objects.filter(pk=new.pk).update(state="draft")
        deliver_due()
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_doubled_beats_tell_once(teacher):
    wishes.save_search(teacher, "")
    with next_day():
        offer()
        assert at_the_same_time(*[wishes.tell_of_new] * 3) == [None] * 3
        assert QueuedMail.objects.count() == 1


def test_ten_searches_and_no_more(teacher):
    for number in range(10):
        wishes.save_search(teacher, f"pupils={number + 5}")
    with pytest.raises(ActionRefused):
        wishes.save_search(teacher, "pupils=40")
    assert SavedSearch.objects.filter(user=teacher).count() == 10


def test_from_the_search_page_to_my_list_and_away(client, teacher):
    offer()
    assert "Tell me when" not in client.get(reverse("visits:offer_search")).text
    client.force_login(teacher)
    page = client.get(reverse("visits:offer_search") + "?grade=8&pupils=20")
    assert 'form="save-search" name="query" value="' in page.text
    response = client.post(
        reverse("visits:search_save"), {"query": page.context["filterset"].state.urlencode()}, follow=True
    )
    assert "Saved. You get a mail" in response.text
    saved = SavedSearch.objects.get()
    assert saved.query in response.text.replace("&amp;", "&")
    client.post(reverse("visits:search_remove", args=[saved.public_id]))
    assert not SavedSearch.objects.exists()


def test_the_start_page_leads_from_a_class_to_what_is_near_soon(client, teacher):
    school_class = SchoolClassFactory(pupil_count=24, grade=8)
    school_class.school.memberships.create(user=teacher, role="teacher")
    client.force_login(teacher)
    page = client.get(reverse("coordination:start"))
    expected = "grade=8&amp;pupils=24&amp;coming=4&amp;max_km=50"
    assert expected in page.text


def test_a_search_of_the_coming_weeks_moves_along(client, teacher):
    slot = VisitSlotFactory(starts_at=timezone.now() + timedelta(weeks=6))
    refresh_offer(slot.offer_id)
    client.force_login(teacher)
    url = reverse("visits:offer_search") + "?coming=4"
    assert slot.offer.title not in client.get(url).text
    page = client.get(reverse("visits:offer_search") + "?coming=7").text
    assert slot.offer.title in page
    assert "In the next 7 weeks" in page
    wishes.save_search(teacher, "coming=4")
    with time_machine.travel(timezone.now() + timedelta(weeks=3)):
        wishes.tell_of_new()
    assert QueuedMail.objects.filter(kind="new_offers").exists()


def test_a_saved_search_whose_days_are_over_says_so(client, teacher):
    client.force_login(teacher)
    wishes.save_search(teacher, f"last_day={timezone.localdate()}")
    assert "days are over" not in client.get(reverse("visits:wish_list")).text
    SavedSearch.objects.update(query=f"last_day={timezone.localdate() - timedelta(days=1)}")
    assert "days are over" in client.get(reverse("visits:wish_list")).text
