import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_an_unknown_address_says_what_to_do(client):
    response = client.get("/no-such-page/", headers={"Accept-Language": "en"})
    assert response.status_code == 404
    assert "We cannot find that page" in response.content.decode()
    assert f'href="{reverse("landing")}"' in response.content.decode()


def test_a_page_for_another_role_says_who_can_help(client):
    client.force_login(UserFactory(language="en"))
    response = client.get(reverse("visits:booking_list"))
    assert response.status_code == 403
    assert "This page is not open to you" in response.content.decode()


def test_a_stale_form_says_that_nothing_was_saved():
    response = Client(enforce_csrf_checks=True).post(reverse("set_theme"), headers={"Accept-Language": "en"})
    assert response.status_code == 403
    assert "Nothing was saved" in response.content.decode()


@pytest.mark.parametrize("template", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_need_no_request(template, django_assert_num_queries):
    """Django shows 500.html without any context."""
    with override("en"), django_assert_num_queries(0):
        page = render_to_string(template)
    assert page.count("<h1") == 1
    assert '<html lang="en"' in page
