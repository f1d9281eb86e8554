import pytest
from django.urls import reverse

PAGES = ["landing", "accessibility", "privacy", "contact"]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["sv", "nb", "nn", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_content_pages_open_in_every_language(client, name, language):
    client.cookies["django_language"] = language
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert f'<html lang="{language}"'.encode() in response.content
