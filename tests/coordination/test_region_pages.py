import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from regions.models import Region
from tests.factories.accounts import UserFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def municipality():
    return MunicipalityFactory()


@pytest.fixture
def region(municipality):
    return RegionFactory(name="Region Nord", municipalities=[municipality])


@pytest.fixture
def editor(client, region):
    user = UserFactory()
    region.memberships.create(user=user, role="editor")
    client.force_login(user)
    return user


def url(name, *regions):
    return reverse(f"coordination:region_{name}", args=[region.public_id for region in regions])


def png(size=(900, 300)):
    file = io.BytesIO()
    Image.new("RGB", size, "navy").save(file, "PNG", pnginfo=None)
    return SimpleUploadedFile("logo.png", file.getvalue(), "image/png")


def changed(**fields):
    return {"about": "Together since 2019.", "email": "hello@region.example", "website": "region.example"} | fields


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_of_regions_needs_one_query(client, django_assert_num_queries, count):
    for _number in range(count):
        RegionFactory(municipalities=[MunicipalityFactory()])
    with django_assert_num_queries(1):
        page = client.get(url("list")).content.decode()
    assert page.count("1 municipality") == count


def test_nobody_has_joined_yet(client):
    assert "No region yet" in client.get(url("list")).content.decode()


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_of_a_region_needs_four_queries(client, region, municipality, django_assert_num_queries, count):
    for _number in range(count):
        VisitSlotFactory(offer__company__municipality=municipality)
    VisitOfferFactory(company__municipality=municipality, state="draft")
    VisitOfferFactory(title="Elsewhere")
    with django_assert_num_queries(4):
        page = client.get(url("detail", region)).content.decode()
    assert f"{count} visit" in page
    assert f"municipality={municipality.pk}" in page
    assert "Elsewhere" not in page


def test_a_region_says_who_it_is(client, editor, region):
    assert "Change the page" in client.get(url("detail", region)).content.decode()
    assert client.post(url("edit", region), changed(new_logo=png())).url == url("detail", region)
    client.logout()
    page = client.get(url("detail", region)).content.decode()
    assert "Together since 2019." in page
    assert "mailto:hello@region.example" in page
    assert "https://region.example" in page
    assert "Change the page" not in page
    logo = client.get(url("logo", region))
    drawn = Image.open(io.BytesIO(b"".join(logo.streaming_content)))
    assert (drawn.format, drawn.size) == ("WEBP", (480, 160))


def test_a_new_logo_takes_the_old_ones_place(client, editor, region, django_capture_on_commit_callbacks):
    client.post(url("edit", region), changed(new_logo=png()))
    region.refresh_from_db()
    storage, first = region.logo.storage, region.logo.name
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("edit", region), changed(new_logo=png((100, 100))))
    region.refresh_from_db()
    assert region.logo.name != first
    assert not storage.exists(first)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("edit", region), changed(remove_logo="on"))
    assert client.get(url("logo", region)).status_code == 404
    assert not storage.exists(region.logo.name)


def test_what_is_no_picture_is_refused_and_what_was_written_stays(client, editor, region):
    script = SimpleUploadedFile("logo.png", b"<svg onload=alert(1)>", "image/png")
    response = client.post(url("edit", region), changed(new_logo=script, email="nowhere"))
    assert response.context["form"].errors.keys() == {"new_logo", "email"}
    assert "Together since 2019." in response.content.decode()
    region.refresh_from_db()
    assert (region.about, region.logo) == ("", "")


def test_an_administrator_adds_a_region(client, municipality):
    client.force_login(UserFactory(is_staff=True, is_superuser=True, second_factor=True))
    address = reverse("admin:regions_region_add")
    assert client.get(address).status_code == 200
    client.post(address, {"name": "Region Ny", "country": "SE", "municipalities": [municipality.pk]})
    assert list(Region.objects.get(name="Region Ny").municipalities.all()) == [municipality]


def test_another_regions_page_is_not_mine_to_change(client, editor):
    assert client.get(url("edit", RegionFactory())).status_code == 404
    assert "Change the page" not in client.get(url("detail", RegionFactory())).content.decode()
