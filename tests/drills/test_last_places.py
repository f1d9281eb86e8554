from contextlib import ExitStack, closing
from functools import partial

import pytest
from django.db.models import Sum
from django.urls import reverse

from tests.clients import HttpClient, booking_form
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitSlotFactory
from tests.processes import Web, test_database_url

pytestmark = [pytest.mark.drill, pytest.mark.django_db(transaction=True)]

CLIENTS = 32


def test_32_clients_and_two_web_processes_never_sell_a_place_too_many(tmp_path):
    slot = VisitSlotFactory(pupils_capacity=30, groups_capacity=10)
    path = reverse("visits:booking_create", args=[slot.public_id])
    with Web(tmp_path / "web.log", DATABASE_URL=test_database_url()) as web, ExitStack() as connections:
        calls = []
        for _ in range(CLIENTS):
            user = UserFactory()
            school_class = SchoolClassFactory(school=SchoolFactory(members=[user]))
            client = connections.enter_context(closing(HttpClient(web.url, user)))
            calls.append(partial(client.post, path, booking_form(school_class, 10)))
        answers = at_the_same_time(*calls)
    booked = [answer for answer in answers if answer.status == 302]
    refused = [answer for answer in answers if answer.status == 200]
    assert (len(booked), len(refused)) == (3, CLIENTS - 3)
    assert all("fully booked" in answer.text or "places are left" in answer.text for answer in refused)
    slot.refresh_from_db()
    assert (slot.pupils_taken, slot.groups_taken) == (30, 3)
    live = slot.bookings.live()
    assert (live.count(), live.aggregate(pupils=Sum("pupil_count"))["pupils"]) == (3, 30)
