import pytest
from django.core import mail
from django.urls import reverse

from companies.search import refresh_company
from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.visits import CoHostFactory, VisitBookingFactory, VisitOfferFactory
from visits import co_hosts, links
from visits.models import CoHost

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer():
    return VisitOfferFactory(title="Robots", company__name="Maskin AB", contact__language="en")


@pytest.fixture
def centre():
    company = CompanyFactory(name="Vattenhallen", kind="science_centre")
    CompanyContactFactory(company=company, email="centre@mail.example", language="en")
    refresh_company(company.pk)
    return company


def sign_in(client, company):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    user = UserFactory()
    company.memberships.create(user=user, role="contact")
    client.force_login(user)


def sent():
    deliver_due()
    found = {message.to[0]: message for message in mail.outbox}
    mail.outbox.clear()
    return found


def test_the_owner_finds_and_asks_and_the_other_says_yes_from_the_mail(client, offer, centre):
    sign_in(client, offer.company)
    edit = reverse("visits:co_host_edit", args=[offer.public_id])
    assert "Vattenhallen" in client.get(f"{edit}?q=vattenh").content.decode()
    page = client.post(
        reverse("visits:co_host_ask", args=[offer.public_id]), {"company": centre.public_id}, follow=True
    ).content.decode()
    assert "Vattenhallen has been asked." in page
    assert "Schools do not see the name." in page
    client.logout()
    assert "Vattenhallen" not in client.get(offer.get_absolute_url()).content.decode()
    assert "Robots" not in client.get(centre.get_absolute_url()).content.decode()

    link = links.co_host_url(offer, centre)
    message = sent()["centre@mail.example"]
    assert message.subject == "Maskin AB asks: hold “Robots” together?"
    token = message.body.split("/together/")[1].split("/")[0]
    path = reverse("visits:co_host_link", args=[token])
    assert link.rpartition("/together/")[0] in message.body
    assert "would like to hold a visit together with you" in client.get(path).content.decode()
    assert not CoHost.objects.confirmed().exists()  # looking is not answering
    assert "You hold a visit together with Maskin AB" in client.post(path, {"yes": "1"}, follow=True).content.decode()
    assert sent()[offer.contact.email].subject == "Vattenhallen holds “Robots” together with you"
    page = client.get(offer.get_absolute_url()).content.decode()
    assert "Together with" in page
    assert centre.get_absolute_url() in page
    assert offer.get_absolute_url() in client.get(centre.get_absolute_url()).content.decode()

    page = client.post(path, {"no": "1"}, follow=True).content.decode()
    assert "This is not asked any more" in page
    assert sent()[offer.contact.email].subject == "Vattenhallen has stepped back from “Robots”"
    assert "Vattenhallen" not in client.get(offer.get_absolute_url()).content.decode()


def test_the_other_side_answers_signed_in_and_edits_nothing(client, offer, centre):
    co_host = co_hosts.ask(offer, centre)
    sign_in(client, centre)
    answer = reverse("visits:co_host_answer", args=[co_host.public_id])
    assert answer in client.get(reverse("coordination:start")).content.decode()
    assert "Waits for your answer" in client.get(reverse("visits:host_offer_list")).content.decode()
    client.post(answer, {"yes": "1"})
    assert CoHost.objects.confirmed().get() == co_host
    assert answer not in client.get(reverse("coordination:start")).content.decode()
    for name in ("co_host_edit", "host_offer_edit", "host_offer_detail"):
        assert client.get(reverse(f"visits:{name}", args=[offer.public_id])).status_code == 404
    assert client.post(reverse("visits:co_host_remove", args=[co_host.public_id])).status_code == 404
    page = client.post(answer, {"no": "1"}, follow=True).content.decode()
    assert "You are not named" in page
    assert not CoHost.objects.exists()


def test_the_owner_ends_it_and_the_other_is_told_only_after_a_yes(client, offer, centre):
    sign_in(client, offer.company)
    co_host = co_hosts.ask(offer, centre)
    sent()
    client.post(reverse("visits:co_host_remove", args=[co_host.public_id]))
    assert sent() == {}
    co_host = co_hosts.ask(offer, centre)
    assert sent() == {}  # asked by mail once about one visit; the question stands on its start page
    co_hosts.say_yes(co_host)
    co_hosts.say_yes(co_host)
    assert list(sent()) == [offer.contact.email]
    page = client.post(reverse("visits:co_host_remove", args=[co_host.public_id]), follow=True).content.decode()
    assert "Vattenhallen is no longer named." in page
    assert sent()["centre@mail.example"].subject == "Maskin AB goes on alone with “Robots”"
    with pytest.raises(ActionRefused):
        co_hosts.say_yes(co_host)


def test_a_question_taken_back_is_not_sent(offer, centre):
    co_hosts.remove(co_hosts.ask(offer, centre))
    assert sent() == {}


def test_one_other_host_at_a_time_never_oneself_and_no_round_mail(offer, centre, monkeypatch):
    with pytest.raises(ActionRefused, match="your own"):
        co_hosts.ask(offer, offer.company)
    first = co_hosts.ask(offer, centre)
    assert co_hosts.ask(offer, centre) == first
    with pytest.raises(ActionRefused, match="asked already"):
        co_hosts.ask(offer, CompanyFactory())
    co_hosts.remove(first)
    monkeypatch.setattr(co_hosts, "MOST_ASKED", 2)
    co_hosts.remove(co_hosts.ask(offer, CompanyContactFactory().company))
    with pytest.raises(ActionRefused, match="Ring somebody"):
        co_hosts.ask(offer, CompanyContactFactory().company)
    assert QueuedMail.objects.filter(kind="co_host_asked").count() == 2
    co_hosts.ask(offer, centre)  # asked before: nothing more is sent


def test_only_listed_hosts_are_found_and_named(client, offer):
    hidden = CompanyFactory(name="Vattenverket", joined_at=None)
    refresh_company(hidden.pk)
    assert co_hosts.candidates(offer, "vattenverket") == []
    assert co_hosts.candidates(offer, "") == []
    CoHostFactory(offer=offer, company=hidden, confirmed_at=offer.created_at)
    assert "Vattenverket" not in client.get(offer.get_absolute_url()).content.decode()
    sign_in(client, offer.company)
    url = reverse("visits:co_host_ask", args=[offer.public_id])
    assert client.post(url, {"company": hidden.public_id}).status_code == 404


def test_both_sides_of_a_booking_read_who_holds_it(client, centre):
    booking = VisitBookingFactory(state="confirmed")
    co_hosts.say_yes(co_hosts.ask(booking.slot.offer, centre))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(booking.requested_by)
    assert "<dt>Together with</dt><dd>Vattenhallen</dd>" in client.get(booking.get_absolute_url()).content.decode()


def test_an_old_or_forged_link_does_nothing(client, offer, centre):
    assert client.get(reverse("visits:co_host_link", args=["forged"])).status_code == 404
    path = links.co_host_url(offer, centre).split("/", 3)[3]
    assert "not asked any more" in client.get(f"/{path}", HTTP_ACCEPT_LANGUAGE="en").content.decode()
