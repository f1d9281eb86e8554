import pytest
from django.core import mail
from django.urls import reverse

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.visits import OfferVettingFactory, VisitOfferFactory
from visits import offer_actions, vetting
from visits.models import OfferVetting, VisitOffer

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return UserFactory(second_factor=True)


@pytest.fixture
def region(coordinator):
    return RegionFactory(municipalities=[MunicipalityFactory()], coordinators=[coordinator], vetting="first")


@pytest.fixture
def company(region):
    return CompanyFactory(municipality=region.municipalities.get(), members=[UserFactory()])


def draft_of(company, **changes):
    return VisitOfferFactory(company=company, state="draft", published_at=None, **changes)


def state_of(offer):
    return VisitOffer.objects.get(pk=offer.pk).state


@pytest.mark.parametrize(
    ("mode", "first", "second"),
    [("off", "published", "published"), ("first", "waiting", "published"), ("all", "waiting", "waiting")],
)
def test_the_region_decides_which_offers_wait(region, company, coordinator, mode, first, second):
    region.vetting = mode
    region.save()
    offer = draft_of(company)
    offer_actions.publish_offer(offer)
    assert state_of(offer) == first
    if first == "waiting":
        assert list(VisitOffer.objects.published()) == []
        vetting.approve(offer.vettings.get(), by=coordinator)
    assert list(VisitOffer.objects.published()) == [offer]
    another = draft_of(company)
    offer_actions.publish_offer(another)
    assert state_of(another) == second


def test_one_approval_is_enough_where_regions_overlap(region, company, coordinator):
    other = UserFactory(second_factor=True)
    RegionFactory(municipalities=[region.municipalities.get()], coordinators=[other], vetting="all")
    offer = draft_of(company)
    offer_actions.publish_offer(offer)
    asked = offer.vettings.get()
    vetting.approve(asked, by=other)
    assert state_of(offer) == "published"
    with pytest.raises(ActionRefused, match="This offer no longer waits: approved"):
        vetting.send_back(asked, reason="No", by=coordinator)
    offer_actions.pause_offer(offer)
    offer_actions.publish_offer(offer)
    assert state_of(offer) == "published"


def test_an_offer_sent_back_waits_again_after_the_next_publishing(region, company, coordinator, client):
    host = company.memberships.get().user
    offer = draft_of(company)
    offer_actions.publish_offer(offer)
    vetting.send_back(offer.vettings.get(), reason="Say what the pupils wear.", by=coordinator)
    assert state_of(offer) == "draft"
    deliver_due()
    assert "Say what the pupils wear." in mail.outbox[0].body
    client.force_login(host)
    url = reverse("visits:host_offer_detail", args=[offer.public_id])
    assert "Say what the pupils wear." in client.get(url).content.decode()
    VisitOfferFactory(company=company)  # the company is known by now, and still this offer is looked at again
    client.post(reverse("visits:host_offer_publish", args=[offer.public_id]))
    assert state_of(offer) == "waiting"
    assert "Take it back" in client.get(url).content.decode()
    client.post(reverse("visits:host_offer_pause", args=[offer.public_id]))
    assert state_of(offer) == "draft"
    assert list(offer.vettings.values_list("outcome", flat=True)) == ["sent_back", "taken_back"]


def test_an_offer_that_classes_know_goes_back_to_paused_not_to_draft(region, company, coordinator):
    region.vetting = "all"
    region.save()
    offer = VisitOfferFactory(company=company, state="paused")
    offer_actions.publish_offer(offer)
    vetting.send_back(offer.vettings.get(), reason="Too dangerous.", by=coordinator)
    assert state_of(offer) == "paused"


def test_asking_twice_asks_once(region, company):
    offer = draft_of(company)
    offer_actions.publish_offer(offer)
    with pytest.raises(ActionRefused, match="The offer already waits for the region"):
        offer_actions.publish_offer(offer)
    assert OfferVetting.objects.count() == 1


def test_the_coordinator_reads_the_offer_and_approves_it(client, region, company, coordinator):
    offer = draft_of(company, title="See the furnace")
    VisitOfferFactory(company=CompanyFactory(), title="Of another company")
    offer_actions.publish_offer(offer)
    client.force_login(coordinator)
    assert "See the furnace" in client.get(reverse("coordination:start")).content.decode()
    assert "See the furnace" in client.get(reverse("coordination:vetting_list")).content.decode()
    url = reverse("coordination:vetting_detail", args=[offer.vettings.get().public_id])
    page = client.get(url).content.decode()
    assert "Try welding" in page
    assert "This is its first offer." in page
    assert client.get(offer.get_absolute_url()).status_code == 200  # as schools would see it
    page = client.post(url, {"send_back": "1", "reason": ""}).content.decode()
    assert "This field is required." in page
    assert state_of(offer) == "waiting"
    read = {"approve": "1", "version": client.get(url).context["version"]}
    VisitOffer.objects.filter(pk=offer.pk).update(summary="Changed while the coordinator was reading.")
    assert "Please look at it once more" in client.post(url, read).content.decode()
    assert state_of(offer) == "waiting"
    read["version"] = client.get(url).context["version"]
    assert client.post(url, read).url == reverse("coordination:vetting_list")
    assert state_of(offer) == "published"
    deliver_due()
    assert [message.subject for message in mail.outbox] == ["Published: See the furnace"]
    assert "This offer no longer waits" in client.post(url, read).content.decode()


def test_another_regions_coordinator_finds_nothing(client, region, company):
    offer = draft_of(company)
    offer_actions.publish_offer(offer)
    stranger = UserFactory(second_factor=True)
    RegionFactory(municipalities=[MunicipalityFactory()], coordinators=[stranger])
    client.force_login(stranger)
    assert client.get(reverse("coordination:vetting_list")).context["page"].paginator.count == 0
    url = reverse("coordination:vetting_detail", args=[offer.vettings.get().public_id])
    assert client.post(url, {"approve": "1"}).status_code == 404
    assert client.get(offer.get_absolute_url()).status_code == 404


def test_the_region_chooses_what_to_look_at(client, region, coordinator):
    client.force_login(coordinator)
    url = reverse("coordination:region_settings", args=[region.public_id])
    assert client.get(url).status_code == 200
    client.post(url, {"vetting": "all"})
    region.refresh_from_db()
    assert region.vetting == "all"


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_list_of_what_waits_needs_a_fixed_number_of_queries(
    client, region, company, coordinator, django_assert_num_queries, item_count
):
    for _ in range(item_count):
        OfferVettingFactory(offer__company=company)
    client.force_login(coordinator)
    with django_assert_num_queries(9):
        response = client.get(reverse("coordination:vetting_list"))
    assert len(response.context["page"]) == item_count


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_decide_at_once_and_one_decision_stands(region, company):
    offer = draft_of(company)
    offer_actions.publish_offer(offer)
    asked = offer.vettings.get()
    deciders = UserFactory.create_batch(8)
    outcomes = at_the_same_time(
        *[
            (lambda by=by, number=number: vetting.approve(asked, by=by))
            if number % 2
            else (lambda by=by: vetting.send_back(asked, reason="No", by=by))
            for number, by in enumerate(deciders)
        ]
    )
    assert [type(outcome) for outcome in outcomes].count(ActionRefused) == 7
    asked.refresh_from_db()
    assert state_of(offer) == {"approved": "published", "sent_back": "draft"}[asked.outcome]


# Editing what was approved


def change(offer, **changes):
    rules = changes.pop("rules", list(offer.rules.values_list("kind", "text")))
    values = {name: getattr(offer, name) for name in offer_actions.OFFER_FIELDS} | {"occupations": []} | changes
    return offer_actions.change_offer(offer, version=offer_actions.version_of(offer), values=values, rules=rules)


def approved_offer(company, coordinator):
    offer = draft_of(company, title="See the furnace")
    offer_actions.publish_offer(offer)
    vetting.approve(offer.vettings.get(), by=coordinator)
    return VisitOffer.objects.get(pk=offer.pk)


@pytest.mark.parametrize(
    ("mode", "changes", "state"),
    [
        ("all", {"title": "See the new furnace"}, "waiting"),
        ("all", {"rules": [("safety", "Wear glasses.")]}, "waiting"),
        ("all", {"group_max": 31, "answer_days": 5, "languages": ["en"]}, "published"),
        ("all", {}, "published"),
        ("first", {"title": "See the new furnace"}, "published"),
        ("off", {"title": "See the new furnace"}, "published"),
    ],
)
def test_a_change_that_matters_is_looked_at_where_the_region_looks_at_all(
    region, company, coordinator, mode, changes, state
):
    offer = approved_offer(company, coordinator)
    region.vetting = mode
    region.save()
    assert change(offer, **changes).state == state
    assert state_of(offer) == state
    assert OfferVetting.objects.undecided().count() == (state == "waiting")


def test_a_change_while_paused_waits_when_it_is_published_again(region, company, coordinator):
    offer = approved_offer(company, coordinator)
    region.vetting = "all"
    region.save()
    offer_actions.pause_offer(offer)
    offer.refresh_from_db()
    assert change(offer, summary="Everything is new.").state == "paused"
    offer_actions.publish_offer(offer)
    assert state_of(offer) == "waiting"


def test_the_host_is_told_before_and_after_that_a_change_waits(client, region, company, coordinator):
    offer = approved_offer(company, coordinator)
    url = reverse("visits:host_offer_edit", args=[offer.public_id])
    client.force_login(company.memberships.get().user)
    told = "Your region looks at changes before schools see them."
    assert told not in client.get(url).content.decode()
    region.vetting = "all"
    region.save()
    page = client.get(url)
    assert told in page.content.decode()
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    data |= {"title": "See the new furnace", "workplace": offer.workplace.public_id, "contact": offer.contact_id}
    data |= {"rules-TOTAL_FORMS": 0, "rules-INITIAL_FORMS": 0, "version": page.context["version"]}
    page = client.post(url, data, follow=True).content.decode()
    assert "Saved. Schools find the offer again when the region has looked at it." in page
    assert "waiting for the region" in page.lower()
