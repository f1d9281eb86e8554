"""Who gets what: every URL, with GET and POST, for every role, against a table.

Our own world's addresses are asked for. The stranger has every role there is, in another world: what is not public is
"not found" to them, whatever they are at home.
"""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.db import transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.access.table import ACCESS, ALLAUTH, ROLES
from tests.access.urls import ARGUMENTS, views
from tests.access.world import two_worlds

pytestmark = pytest.mark.django_db


def methods_of(view) -> tuple[str, ...]:
    allowed = getattr(view, "methods", ("GET", "POST"))
    return tuple(method for method in ("GET", "POST") if method in allowed)


def asked_for() -> Iterator[tuple[str, str]]:
    for name, view in views():
        for method in methods_of(view):
            yield method, name


def test_every_view_declares_its_access():
    bare = {name for name, view in views() if not hasattr(view, "access")}
    assert bare == ALLAUTH


def test_the_table_knows_every_address():
    assert set(ACCESS) == {f"{method} {name}" for method, name in asked_for()}


@pytest.fixture
def worlds():
    return two_worlds()


@pytest.fixture
def clients(worlds):
    """A browser per role, signed in."""
    found = {}
    for role in ROLES:
        found[role] = Client()
        if worlds.people[role]:
            sign_in(found[role], worlds.people[role])
    return found


def sign_in(client, user):
    """As somebody who has just shown their password: nobody is asked for it again."""
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "password", reauthenticated=True)
    request.session.save()


AREAS = ["account", "mfa", "accounts", "companies", "schools", "visits", "coordination", "notifications", ""]


def area_of(name: str) -> str:
    app = name.partition(":")[0] if ":" in name else name.partition("_")[0]
    return app if app in AREAS else ""


def nothing(world):
    return {}


def ask(client, method, name, world):
    """The answer, with whatever it changed undone."""
    url = reverse(name, kwargs=ARGUMENTS.get(name, nothing)(world))
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method.lower())(url)
        text = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    client.cookies = cookies
    return response.status_code, text


@pytest.mark.parametrize("area", AREAS)
def test_access(worlds, clients, no_limits, area):
    wrong = []
    for method, name in asked_for():
        if area_of(name) != area:
            continue
        is_key = "token" in ARGUMENTS.get(name, nothing)(worlds.ours)  # who holds the link may read
        expected = [int(status) for status in ACCESS[f"{method} {name}"].split()]
        got = []
        for role in ROLES:
            status, text = ask(clients[role], method, name, worlds.ours)
            got.append(status)
            other = worlds.ours if role == "stranger" else worlds.theirs
            if other.mark.encode() in text and not is_key:
                wrong.append(f"{method} {name} shows {role} another world")
        if got != expected:
            wrong.append(f'"{method} {name}": "{" ".join(map(str, got))}",  # not {expected}')
    assert not wrong, "\n".join(wrong)


def test_the_administration_is_for_staff(worlds, clients):
    for pattern in get_resolver().url_patterns:
        if getattr(pattern, "namespace", "") == "admin":
            names = {entry.name for entry in pattern.url_patterns if getattr(entry, "name", None)}
    assert "index" in names
    statuses = {role: clients[role].get(reverse("admin:index")).status_code for role in ROLES}
    assert statuses.pop("administrator") == 200
    assert set(statuses.values()) <= {302, 403}
