"""A school's poster: what it looks like as a file, who fetches it, where its code leads."""

import io
import re

import pytest
import segno
from django.urls import reverse
from PIL import Image

from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolFactory
from tests.factories.visits import VisitOfferFactory
from visits.posters import PosterShape, address_of, poster_of

POINTS = {"a4": (595, 842), "a3": (842, 1191)}  # millimetres × 72 / 25.4


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def school(user):
    return SchoolFactory(members=[user], name='Å "#evil" $skola[1]')  # all that means something to Typst


@pytest.mark.parametrize("shape", ["a4", "a3"])
@pytest.mark.parametrize("language", ["sv", "nb", "nn", "en"])
def test_a_poster_is_one_page_of_its_size(school, shape, language):
    sheet = poster_of(school, PosterShape(shape), language)
    [box] = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", sheet)
    assert tuple(round(float(side)) for side in box) == POINTS[shape]


def test_the_screen_picture_holds_the_code_of_the_address(school):
    picture = Image.open(io.BytesIO(poster_of(school, PosterShape.SCREEN, "sv")))
    assert picture.size == (1920, 1080)
    matrix = segno.make(address_of(school), error="q", micro=False).matrix
    right = picture.convert("L").crop((1200, 0, 1900, 700))
    dark = Image.eval(right, lambda value: 255 if value < 8 else 0)  # the code alone is black
    left, top, right_edge, bottom = dark.getbbox()
    side = (right_edge - left) / len(matrix)
    seen = [
        [dark.getpixel((left + (x + 0.5) * side, top + (y + 0.5) * side)) > 0 for x in range(len(matrix))]
        for y in range(len(matrix))
    ]
    assert seen == [[bool(module) for module in row] for row in matrix]
    assert abs((bottom - top) - (right_edge - left)) <= 1


def test_the_languages_differ(school):
    assert len({poster_of(school, PosterShape.SCREEN, language) for language in ("sv", "nb", "nn", "en")}) == 4


def test_staff_fetch_it_in_the_language_they_choose(client, school, user):
    client.force_login(user)
    page = client.get(reverse("visits:school_poster", args=[school.public_id]), {"lang": "nb"})
    url = reverse("visits:school_poster_file", args=[school.public_id, "a4"])
    assert f'href="{url}?lang=nb"' in page.content.decode()
    answer = client.get(url, {"lang": "nb"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert b"/Lang(nb)" in answer.content
    assert f"/Lang({user.language})".encode() in client.get(url, {"lang": "xx"}).content
    assert client.get(reverse("visits:school_poster_file", args=[school.public_id, "a0"])).status_code == 404


@pytest.mark.django_db
def test_the_code_leads_everyone_to_the_visits_near_the_school(client):
    offer = VisitOfferFactory(title="Nära skolan")
    school = SchoolFactory(municipality=offer.workplace.municipality)
    answer = client.get(reverse("near_school", args=[school.public_id]), follow=True)
    assert [status for _, status in answer.redirect_chain] == [302]
    assert "Nära skolan" in answer.content.decode()
    assert client.get(reverse("near_school", args=[SchoolFactory(is_active=False).public_id])).status_code == 404
    nowhere = SchoolFactory(municipality=None)  # a school abroad
    assert client.get(reverse("near_school", args=[nowhere.public_id])).url == reverse("visits:offer_search")
