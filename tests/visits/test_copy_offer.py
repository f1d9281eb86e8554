"""An offer is copied: all that it says and shows, in rows and files of its own."""

from functools import partial

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from core.errors import ActionRefused
from core.ids import new_public_id
from occupations.models import Occupation
from tests.concurrency import at_the_same_time
from tests.factories.companies import CompanyFactory
from tests.factories.visits import (
    CheckedFileFactory,
    HostQuestionFactory,
    OfferMaterialFactory,
    VisitOfferFactory,
    VisitPictureFactory,
    VisitRuleFactory,
    VisitSlotFactory,
)
from visits import copy_actions, materials, offer_actions
from visits.models import CheckedFile, OfferMaterial, VisitOffer, VisitPicture

pytestmark = pytest.mark.django_db

# Said of this offer, not of what it offers.
OF_THE_ROW = {"id", "public_id", "company", "state", "title", "vetted_at", "published_at", "created_at", "screen_link"}


def copy_of(offer):
    return copy_actions.copy_offer(offer, public_id=new_public_id())


def drawn_picture(offer, **changes):
    return VisitPictureFactory(
        offer=offer, small=ContentFile(b"small", "s.webp"), large=ContentFile(b"large", "l.webp"), **changes
    )


def file_material(offer, state="ready", **files):
    return OfferMaterialFactory(offer=offer, url="", file=CheckedFileFactory(state=state, **files))


def read(file):
    with file.open("rb") as opened:
        return opened.read()


def stored():
    """Every stored file by its path."""

    def walk(folder):
        try:
            folders, files = default_storage.listdir(folder)
        except FileNotFoundError:
            return
        yield from (f"{folder}/{name}" for name in files)
        for inner in folders:
            yield from walk(f"{folder}/{inner}")

    return {path for folder in ("uploads", "pictures", "files") for path in walk(folder)}


def test_a_copy_is_a_draft_that_says_the_same():
    occupations = [Occupation.objects.create(key=name, name_sv=name) for name in ("welder", "fitter")]
    offer = VisitOfferFactory(
        title="Meet the robots",
        kind="on_screen",
        screen_link="https://meet.example/secret",
        vetted_at=timezone.now(),
        buffer_minutes=45,
        hands_on_from=15,
        cost_kind="per_pupil",
        cost_amount=40,
        cost_note="Lunch included.",
        late_note="We charge for the material.",
        visits_per_class=2,
        meeting_place="At the gate.",
        languages=["nb", "en"],
    )
    offer.occupations.set(occupations)
    VisitRuleFactory(offer=offer, kind="photo", text="Ask first.")
    VisitRuleFactory(offer=offer, kind="safety", text="Helmet on.")
    resting, __ = HostQuestionFactory(company=offer.company, in_use=False), HostQuestionFactory(company=offer.company)
    offer.left_out_questions.set([resting])
    VisitSlotFactory(offer=offer)
    copy = copy_of(offer)
    copy.refresh_from_db()
    assert (copy.title, copy.company, copy.state) == ("Meet the robots (copy)", offer.company, "draft")
    assert (copy.vetted_at, copy.published_at, copy.screen_link) == (None, None, "")
    assert copy.public_id != offer.public_id
    same = [field.name for field in VisitOffer._meta.fields if field.name not in OF_THE_ROW]
    assert {name: getattr(copy, name) for name in same} == {name: getattr(offer, name) for name in same}
    assert set(copy.occupations.all()) == set(occupations)
    assert list(copy.rules.values_list("kind", "text")) == [("photo", "Ask first."), ("safety", "Helmet on.")]
    assert list(copy.left_out_questions.all()) == [resting]
    assert not copy.slots.exists()


def test_a_long_title_is_cut_and_the_word_is_in_the_reader_s_language():
    offer = VisitOfferFactory(title="å" * 100)
    with translation.override("sv"):
        copy = copy_of(offer)
    assert (len(copy.title), copy.title[-8:]) == (100, " (kopia)")


def test_pictures_are_copied_with_files_of_their_own(django_capture_on_commit_callbacks):
    offer = VisitOfferFactory()
    waiting = VisitPictureFactory(offer=offer, original=ContentFile(b"upload", "p"), position=0, alt_text="Waits")
    shown = drawn_picture(offer, position=1, alt_text="Shown")
    VisitPictureFactory(offer=offer, original=ContentFile(b"bad", "b"), position=2, problem="broken")
    lost = drawn_picture(offer, position=3)
    default_storage.delete(lost.large.name)
    copy = copy_of(offer)
    first, second = copy.pictures.all()
    assert (first.alt_text, read(first.original), first.small.name) == ("Waits", b"upload", "")
    assert (second.alt_text, second.original.name) == ("Shown", "")
    assert (read(second.small), read(second.large)) == (b"small", b"large")
    assert first.public_id != waiting.public_id
    with django_capture_on_commit_callbacks(execute=True):
        offer_actions.remove_picture(shown)
    assert not default_storage.exists(shown.small.name)
    assert read(second.small) == b"small"
    with django_capture_on_commit_callbacks(execute=True):
        offer_actions.delete_draft(copy)
    assert read(waiting.original) == b"upload"


def test_materials_are_copied_with_files_of_their_own(django_capture_on_commit_callbacks):
    offer = VisitOfferFactory()
    OfferMaterialFactory(offer=offer, title="A film", url="https://film.example/")
    ready = OfferMaterialFactory(
        offer=offer,
        time="after",
        title="Ready",
        url="",
        file=CheckedFileFactory(name="work.pdf", state="ready", file=ContentFile(b"%PDF", "r")),
    )
    file_material(offer, state="waiting", upload=ContentFile(b"new", "w"))
    file_material(offer, state="infected")
    copy = copy_of(offer)
    film, handed_out, waits = copy.materials.all()
    assert (film.title, film.url, film.file) == ("A film", "https://film.example/", None)
    assert (handed_out.title, handed_out.time, handed_out.file.name) == ("Ready", "after", "work.pdf")
    assert (handed_out.file.is_ready, read(handed_out.file.file)) == (True, b"%PDF")
    assert (waits.file.state, read(waits.file.upload)) == ("waiting", b"new")
    with django_capture_on_commit_callbacks(execute=True):
        materials.remove_material(ready)
    assert not default_storage.exists(ready.file.file.name)
    assert read(handed_out.file.file) == b"%PDF"


def test_a_copy_that_fails_leaves_neither_rows_nor_files(monkeypatch):
    offer = VisitOfferFactory()
    drawn_picture(offer)
    file_material(offer, file=ContentFile(b"%PDF", "r"))
    before = stored()
    monkeypatch.setattr(OfferMaterial.objects, "create", lambda **facts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        copy_of(offer)
    counts = [model.objects.count() for model in (VisitOffer, VisitPicture, CheckedFile, OfferMaterial)]
    assert (counts, stored()) == ([1, 1, 1, 1], before)


def test_another_company_s_identifier_is_refused():
    with pytest.raises(ActionRefused, match="used already"):
        copy_actions.copy_offer(VisitOfferFactory(), public_id=VisitOfferFactory().public_id)


@pytest.mark.django_db(transaction=True)
def test_the_button_pressed_twice_at_once_makes_one_copy():
    offer = VisitOfferFactory()
    drawn_picture(offer)
    copy = partial(copy_actions.copy_offer, offer, public_id=new_public_id())
    made = {outcome.pk for outcome in at_the_same_time(*[copy] * 6)}
    assert (len(made), VisitOffer.objects.count(), VisitPicture.objects.count()) == (1, 2, 2)


@pytest.mark.parametrize("state", ["draft", "published", "paused", "waiting"])
def test_a_host_copies_and_lands_where_the_copy_is_edited(client, host, state):
    offer = VisitOfferFactory(company=host.company, state=state, title="Meet the robots")
    page = client.get(reverse("visits:host_offer_detail", args=[offer.public_id]))
    key = page.context["copy_key"]
    assert f'value="{key}"' in page.content.decode()
    url = reverse("visits:host_offer_copy", args=[offer.public_id])
    for __ in range(2):
        answer = client.post(url, {"key": key}, follow=True)
    copy = VisitOffer.objects.exclude(pk=offer.pk).get()
    assert answer.redirect_chain == [(reverse("visits:host_offer_edit", args=[copy.public_id]), 302)]
    assert "This is the copy, a draft that nobody sees." in answer.content.decode()
    assert "Meet the robots (copy)" in answer.content.decode()
    assert client.get(url).status_code == 405


def test_without_a_key_each_press_is_a_copy_and_a_used_key_is_explained(client, host):
    offer, theirs = VisitOfferFactory(company=host.company), VisitOfferFactory(company=CompanyFactory())
    url = reverse("visits:host_offer_copy", args=[offer.public_id])
    client.post(url, {"key": "'"})
    assert VisitOffer.objects.filter(company=host.company).count() == 2
    assert "used already" in client.post(url, {"key": theirs.public_id}, follow=True).content.decode()
    assert VisitOffer.objects.count() == 3


def test_a_full_offer_is_copied_with_a_fixed_number_of_queries_per_thing():
    def queries_with(count):
        offer = VisitOfferFactory()
        for __ in range(count):
            drawn_picture(offer)
            VisitRuleFactory(offer=offer)
        with CaptureQueriesContext(connection) as asked:
            copy_of(offer)
        return len(asked)

    assert queries_with(5) - queries_with(1) <= 4  # an insert for each picture
