import io
import struct
import zlib
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from tests.factories.accounts import UserFactory
from tests.factories.visits import VisitOfferFactory, VisitPictureFactory
from visits import pictures
from visits.enums import PictureProblem
from visits.picture_tasks import redraw_pictures

SECRET = b"taken at home by Kim"


def file_of(image, file_format="JPEG", **options):
    target = io.BytesIO()
    image.save(target, file_format, **options)
    return target.getvalue()


def photo(size=(1600, 1200)):
    """White with a red corner up to the left: turned pictures show where the corner went."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle([0, 0, size[0] // 4, size[1] // 4], fill="red")
    return image


def with_gps():
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x9286] = SECRET.decode()
    exif[0x8825] = {1: "N", 2: (58.0, 45.0, 12.0), 3: "E", 4: (17.0, 0.0, 30.0)}
    return file_of(photo(), exif=exif, comment=SECRET)


def png_claiming(width, height):
    """A tiny file whose header promises a huge picture."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def redraw(data):
    return pictures.redraw(io.BytesIO(data), len(data))


def problem_of(data):
    with pytest.raises(pictures.PictureRefused) as refusal:
        redraw(data)
    return refusal.value.problem


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_redraw_gives_two_widths_as_webp(file_format):
    drawn = redraw(file_of(photo(), file_format))
    found = {
        width: (Image.open(io.BytesIO(data)).format, Image.open(io.BytesIO(data)).size) for width, data in drawn.items()
    }
    assert found == {480: ("WEBP", (480, 360)), 960: ("WEBP", (960, 720))}


def test_redraw_never_enlarges():
    assert Image.open(io.BytesIO(redraw(file_of(photo((300, 200))))[960])).size == (300, 200)


def test_redraw_leaves_place_maker_and_comment_behind():
    original = with_gps()
    assert original.count(SECRET) == 2
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(0x8825)
    for data in redraw(original).values():
        clean = Image.open(io.BytesIO(data))
        assert (dict(clean.getexif()), SECRET in data, "comment" in clean.info) == ({}, False, False)


def test_redraw_leaves_png_text_and_profile_behind():
    info = PngInfo()
    info.add_text("Comment", SECRET.decode())
    for data in redraw(file_of(photo(), "PNG", pnginfo=info)).values():
        assert SECRET not in data
        assert Image.open(io.BytesIO(data)).info.keys() <= {"loop", "background", "timestamp", "duration"}


def test_redraw_turns_the_picture_as_the_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter to the left: show it turned to the right
    upright = Image.open(io.BytesIO(redraw(file_of(photo(), exif=exif))[480])).convert("RGB")
    assert upright.size == (480, 640)
    red, green, _ = upright.getpixel((upright.width - 10, 10))
    assert red > 200
    assert green < 80


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16"])
def test_redraw_takes_every_colour_mode(mode):
    file_format = "JPEG" if mode == "CMYK" else "PNG"
    image = Image.new("I;16", (600, 400)) if mode == "I;16" else photo((600, 400)).convert(mode)
    assert Image.open(io.BytesIO(redraw(file_of(image, file_format))[480])).mode == "RGB"


def test_transparent_parts_become_white():
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    pixel = Image.open(io.BytesIO(redraw(file_of(clear, "PNG"))[480])).getpixel((50, 50))
    assert min(pixel) > 250


@pytest.mark.parametrize("size", [(5001, 5000), (12_000, 12_000), (60_000, 60_000)])
def test_a_bomb_is_refused_from_its_header(size):
    bomb = png_claiming(*size)
    assert len(bomb) < 2000
    assert problem_of(bomb) == PictureProblem.PIXELS


def test_a_picture_of_the_most_pixels_is_taken():
    assert redraw(file_of(Image.new("L", (5000, 5000)), "PNG")).keys() == {480, 960}


def test_a_large_file_is_refused_before_it_is_read():
    class Unreadable(io.BytesIO):
        def read(self, *args):
            raise AssertionError("the file was read")

    with pytest.raises(pictures.PictureRefused) as refusal:
        pictures.check_header(Unreadable(), pictures.MAX_BYTES + 1)
    assert refusal.value.problem == PictureProblem.BYTES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain text",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7 not a picture",
        file_of(photo((20, 20)), "GIF"),
        file_of(photo((20, 20)), "BMP"),
        file_of(photo((20, 20)), "TIFF"),
    ],
    ids=["empty", "text", "svg", "svg with declaration", "pdf", "gif", "bmp", "tiff"],
)
def test_other_formats_are_refused_whatever_their_name(data):
    assert problem_of(data) == PictureProblem.FORMAT


def test_a_polyglot_loses_its_second_half():
    """A picture that is also a web page or an archive: only what is painted comes out."""
    page = b"<script>alert(1)</script>PK\x03\x04" + SECRET
    for data in redraw(file_of(photo((200, 200)), "PNG") + page).values():
        assert [word for word in (b"script", b"PK\x03\x04", SECRET) if word in data] == []


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(file_format, share):
    whole = file_of(Image.effect_noise((600, 400), 80).convert("RGB"), file_format)
    assert problem_of(whole[: int(len(whole) * share)]) == PictureProblem.BROKEN


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, deadline=None)
@given(data=st.data(), file_format=st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_a_damaged_file_is_drawn_or_refused_and_nothing_else(data, file_format):
    exif = Image.Exif()
    exif[0x0112] = 3
    whole = bytearray(file_of(photo((60, 40)), file_format, exif=exif))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(pictures.PictureRefused):
        assert redraw(bytes(whole)).keys() == {480, 960}


# The worker


@pytest.mark.django_db
def test_the_worker_draws_an_upload_and_deletes_the_original():
    picture = VisitPictureFactory(original=ContentFile(with_gps(), "x.jpg"))
    original = picture.original.name
    assert default_storage.exists(original)
    assert redraw_pictures() == 1
    picture.refresh_from_db()
    assert (picture.original.name, picture.problem) == ("", "")
    assert not default_storage.exists(original)
    assert (picture.small.width, picture.large.width) == (480, 960)
    assert redraw_pictures() == 0


@pytest.mark.django_db
def test_the_worker_says_why_a_file_cannot_be_used_and_deletes_it():
    picture = VisitPictureFactory(original=ContentFile(b"<svg/>", "x.svg"))
    original = picture.original.name
    redraw_pictures()
    picture.refresh_from_db()
    assert (picture.problem, picture.small.name) == (PictureProblem.FORMAT, "")
    assert not default_storage.exists(original)


@pytest.mark.django_db
def test_one_bad_file_stops_no_other():
    bad = VisitPictureFactory(original=ContentFile(b"nothing", "x.png"))
    good = VisitPictureFactory(original=ContentFile(file_of(photo((80, 60))), "x.jpg"))
    assert redraw_pictures() == 2
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bool(bad.small), bool(good.small)) == (False, True)


@pytest.mark.django_db
def test_a_file_that_killed_its_worker_is_not_tried_again():
    picture = VisitPictureFactory(
        original=ContentFile(file_of(photo((80, 60))), "x.jpg"), begun_at=timezone.now() - timedelta(minutes=11)
    )
    assert redraw_pictures() == 0
    picture.refresh_from_db()
    assert (picture.problem, picture.original.name) == (PictureProblem.BROKEN, "")


@pytest.mark.django_db
def test_a_picture_removed_while_it_is_drawn_leaves_no_file(monkeypatch):
    picture = VisitPictureFactory(original=ContentFile(file_of(photo((80, 60))), "x.jpg"))
    draw = pictures.redraw

    def draw_while_somebody_removes(*args):
        type(picture).objects.filter(pk=picture.pk).delete()
        return draw(*args)

    monkeypatch.setattr(pictures, "redraw", draw_while_somebody_removes)
    redraw_pictures()
    assert default_storage.listdir("pictures")[1] == []


@pytest.mark.django_db
def test_a_vanished_upload_is_named_broken():
    picture = VisitPictureFactory(original=ContentFile(b"soon gone", "x.jpg"))
    default_storage.delete(picture.original.name)
    redraw_pictures()
    picture.refresh_from_db()
    assert picture.problem == PictureProblem.BROKEN


# The address


@pytest.fixture
def drawn_picture(db):
    picture = VisitPictureFactory(original=ContentFile(with_gps(), "x.jpg"))
    redraw_pictures()
    picture.refresh_from_db()
    return picture


@pytest.mark.parametrize("width", [480, 960])
def test_picture_is_served_with_cache_headers_and_nosniff(client, drawn_picture, width):
    response = client.get(reverse("visits:picture", args=[drawn_picture.public_id, width]))
    content = b"".join(response.streaming_content)
    assert Image.open(io.BytesIO(content)).width == width
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "public, max-age=86400"


def test_picture_of_other_sizes_is_not_found(client, drawn_picture):
    assert client.get(reverse("visits:picture", args=[drawn_picture.public_id, 481])).status_code == 404


@pytest.mark.parametrize("state", ["draft", "paused"])
def test_picture_of_a_hidden_offer_is_for_its_own_company(client, drawn_picture, state):
    host = UserFactory()
    drawn_picture.offer.company.memberships.create(user=host, role="contact")
    drawn_picture.offer.state = state
    drawn_picture.offer.save()
    address = reverse("visits:picture", args=[drawn_picture.public_id, 480])
    assert client.get(address).status_code == 404
    client.force_login(UserFactory())
    assert client.get(address).status_code == 404
    client.force_login(host)
    response = client.get(address)
    response.close()
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")


@pytest.mark.django_db
def test_picture_that_waits_is_not_found_even_for_the_host(client):
    picture = VisitPictureFactory(offer=VisitOfferFactory(), original=ContentFile(b"waiting", "x.jpg"))
    assert client.get(reverse("visits:picture", args=[picture.public_id, 480])).status_code == 404


def test_picture_whose_file_is_gone_is_not_found(client, drawn_picture):
    default_storage.delete(drawn_picture.small.name)
    assert client.get(reverse("visits:picture", args=[drawn_picture.public_id, 480])).status_code == 404
