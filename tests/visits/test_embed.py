import html

import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolFactory
from tests.factories.visits import VisitOfferFactory

pytestmark = pytest.mark.django_db

LIST, HOW = "visits:embed_list", "visits:embed_how"


def directives(response):
    return dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";") if part)


def test_only_this_page_may_stand_in_a_frame(client):
    framed = client.get(reverse(LIST))
    assert directives(framed)["frame-ancestors"] == "*"
    assert directives(framed)["script-src"] == "'none'"
    assert "X-Frame-Options" not in framed.headers
    for other in (reverse("visits:offer_search"), reverse(HOW), reverse("landing")):
        page = client.get(other)
        assert directives(page)["frame-ancestors"] == "'none'"
        assert page.headers["X-Frame-Options"] == "DENY"


def test_the_list_is_plain_and_the_same_for_everybody(client):
    VisitOfferFactory(title="Welding")
    VisitOfferFactory(title="Secret", state="draft")
    user = UserFactory(name="Kim Syv")
    SchoolFactory(members=[user])
    stranger = client.get(reverse(LIST))
    for tag in ("<script", "<form", "style=", "csrf"):
        assert tag not in stranger.text
    assert not stranger.cookies
    assert "Welding" in stranger.text
    assert "Secret" not in stranger.text
    client.force_login(user)
    signed_in = client.get(reverse(LIST))
    assert signed_in.text == stranger.text
    assert not signed_in.cookies
    assert signed_in.headers["Cache-Control"] == "public, max-age=300"


def test_the_address_narrows_it_and_chooses_the_language(client):
    company = CompanyFactory()
    VisitOfferFactory(title="Welding", company=company)
    VisitOfferFactory(title="Casting", kind="theme_day")
    of_company = client.get(reverse(LIST), {"company": company.public_id, "lang": "nn"}).text
    assert "Welding" in of_company
    assert "Casting" not in of_company
    assert '<html lang="nn"' in of_company
    theme_days = client.get(reverse(LIST), {"kind": "theme_day"}).text
    assert "Casting" in theme_days
    assert "Welding" not in theme_days
    for odd in ({"lang": "xx"}, {"company": "nobody"}, {"page": "-1", "kind": "nonsense"}):
        assert client.get(reverse(LIST), odd).status_code == 200


def test_the_snippet_keeps_the_search_and_nothing_else(client):
    page = client.get(reverse(HOW), {"kind": "theme_day", "company": '"><script>', "x": "y"})
    assert "<script>" not in page.text.split("<main", 1)[1]
    address = page.context["address"]
    assert "kind=theme_day" in address
    assert "x=y" not in address
    assert f'src="{address}"' in html.unescape(html.unescape(page.text))
    VisitOfferFactory()
    assert reverse(HOW) in client.get(reverse("visits:offer_search")).text


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_list_needs_a_fixed_number_of_queries(client, django_assert_num_queries, item_count):
    VisitOfferFactory.create_batch(item_count)
    # Two that a worker asks elsewhere (the search rows); the page, the counts, the cards.
    with django_assert_num_queries(5):
        client.get(reverse(LIST))
