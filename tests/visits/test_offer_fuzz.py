"""Whatever arrives in the host's forms, the answer is a page: no input gives a server error."""

from urllib.parse import quote

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits.offer_actions import OFFER_FIELDS

pytestmark = pytest.mark.django_db

anything = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
numbers = st.one_of(st.integers().map(str), st.sampled_from(["", "0", "-1", "1e9", "9" * 5000, "٣", "NaN", "1.5"]))
days = st.one_of(st.dates().map(str), texts, st.sampled_from(["2027-03-28", "2027-10-31", "0000-00-00"]))
clocks = st.one_of(st.times().map(lambda t: t.strftime("%H:%M")), texts)
SLOT_FIELDS = {
    "day": days,
    "start": clocks,
    "duration_minutes": numbers,
    "pupils_capacity": numbers,
    "groups_capacity": numbers,
    "opens_day": days,
    "closes_days": numbers,
    "cancel_days": numbers,
    "hold_hours": numbers,
}
RULE_FIELDS = {
    "rules-TOTAL_FORMS": numbers,
    "rules-INITIAL_FORMS": numbers,
    "rules-0-kind": st.one_of(texts, st.just("photo")),
    "rules-0-text": texts,
    "rules-0-remove": texts,
    "rules-1-text": texts,
    "add_rule": texts,
    "version": texts,
    "key": texts,
}


def some_of(fields):
    return st.fixed_dictionaries({}, optional=fields)


@pytest.fixture
def slots(client):
    """One free and one booked slot, whose host is signed in."""
    user = UserFactory()
    client.force_login(user)
    offer = VisitOfferFactory(company=CompanyFactory(members=[user]))
    return VisitSlotFactory(offer=offer), VisitBookingFactory(slot__offer=offer).slot


@anything
@given(data=some_of(SLOT_FIELDS))
def test_slot_forms_answer_with_a_page(client, slots, data):
    free, booked = slots
    addresses = [
        reverse("visits:host_slot_create", args=[free.offer.public_id]),
        reverse("visits:host_slot_edit", args=[free.public_id]),
        reverse("visits:host_slot_edit", args=[booked.public_id]),
    ]
    assert {client.post(address, data).status_code for address in addresses} <= {200, 302}


@anything
@given(
    data=some_of(
        {name: st.one_of(texts, numbers, st.lists(texts, max_size=3)) for name in [*OFFER_FIELDS, "occupations"]}
        | RULE_FIELDS
    )
)
def test_offer_forms_answer_with_a_page(client, slots, data):
    addresses = [
        reverse("visits:host_offer_create"),
        reverse("visits:host_offer_edit", args=[slots[0].offer.public_id]),
    ]
    assert {client.post(address, data).status_code for address in addresses} <= {200, 302}


@anything
@given(query=some_of({"q": texts, "state": texts, "page": numbers, "company": texts, "past": texts}))
def test_host_lists_answer_with_a_page(client, slots, query):
    assert client.get(reverse("visits:host_offer_list"), query).status_code == 200
    assert client.get(reverse("visits:host_offer_detail", args=[slots[0].offer.public_id]), query).status_code == 200


@anything
@given(identifier=st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_unknown_identifiers_are_not_found(client, slots, identifier):
    paths = [
        "hosting/offers/{}/edit/",
        "hosting/times/{}/",
        "hosting/times/{}/edit/",
        "pictures/{}/480.webp",
        "offers/{}/",
    ]
    found = {client.get("/visits/" + path.format(quote(identifier))).status_code for path in paths}
    assert found == {404}
