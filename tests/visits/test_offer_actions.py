import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from core.errors import ActionRefused
from core.ids import new_public_id
from tests.factories.companies import CompanyContactFactory, CompanyFactory, WorkplaceFactory
from tests.factories.visits import (
    VisitBookingFactory,
    VisitOfferFactory,
    VisitPictureFactory,
    VisitRuleFactory,
    VisitSlotFactory,
)
from visits import offer_actions
from visits.models import VisitOffer, VisitPicture, VisitSlot

pytestmark = pytest.mark.django_db


def values_of(offer, **changes):
    values = {name: getattr(offer, name) for name in offer_actions.OFFER_FIELDS}
    return values | {"occupations": []} | changes


def new_values(company, **changes):
    workplace = WorkplaceFactory(company=company)
    contact = CompanyContactFactory(company=company)
    offer = VisitOfferFactory.build(company=company, workplace=workplace, contact=contact)
    return values_of(offer, **changes)


# Create and change


def test_create_offer_makes_a_draft_with_its_rules():
    company = CompanyFactory()
    rules = [("safety", "Helmet on."), ("photo", "Ask first.")]
    offer = offer_actions.create_offer(
        company=company, public_id=new_public_id(), values=new_values(company, title="Meet the robots"), rules=rules
    )
    offer.refresh_from_db()
    assert (offer.state, offer.title, offer.published_at) == ("draft", "Meet the robots", None)
    assert list(offer.rules.values_list("kind", "text")) == rules


def test_create_offer_twice_from_one_form_makes_one_offer():
    company, key = CompanyFactory(), new_public_id()
    values = new_values(company)
    made = [offer_actions.create_offer(company=company, public_id=key, values=values, rules=[]).pk for _ in range(2)]
    assert made == [VisitOffer.objects.get().pk] * 2


def test_create_offer_under_anothers_identifier_is_refused():
    theirs, company = VisitOfferFactory(), CompanyFactory()
    with pytest.raises(ActionRefused, match="used already"):
        offer_actions.create_offer(company=company, public_id=theirs.public_id, values=new_values(company), rules=[])


def test_change_offer_writes_fields_and_rules_and_records_both():
    rule = VisitRuleFactory(text="Old rule.")
    offer = rule.offer
    offer_actions.change_offer(
        offer,
        version=offer_actions.version_of(offer),
        values=values_of(offer, title="New title"),
        rules=[("clothing", "New rule.")],
    )
    offer.refresh_from_db()
    assert offer.title == "New title"
    assert list(offer.rules.values_list("kind", "text")) == [("clothing", "New rule.")]
    assert offer.events.filter(pgh_label="update", title="New title").exists()
    assert set(rule.events.model.objects.values_list("pgh_label", "text")) == {
        ("insert", "Old rule."),
        ("delete", "Old rule."),
        ("insert", "New rule."),
    }


def test_change_offer_leaves_untouched_rules_alone():
    rule = VisitRuleFactory()
    offer = rule.offer
    offer_actions.change_offer(
        offer,
        version=offer_actions.version_of(offer),
        values=values_of(offer),
        rules=[(rule.kind, rule.text)],
    )
    assert offer.rules.get().pk == rule.pk


def test_change_offer_is_refused_when_somebody_else_saved_first():
    offer = VisitOfferFactory()
    version = offer_actions.version_of(offer)
    VisitRuleFactory(offer=offer)
    with pytest.raises(offer_actions.ChangedMeanwhile):
        offer_actions.change_offer(offer, version=version, values=values_of(offer), rules=[])


def test_change_offer_moves_when_only_ended_bookings_are_there():
    booking = VisitBookingFactory(state="cancelled")
    offer = booking.slot.offer
    elsewhere = WorkplaceFactory(company=offer.company)
    offer_actions.change_offer(
        offer, version=offer_actions.version_of(offer), values=values_of(offer, workplace=elsewhere), rules=[]
    )
    offer.refresh_from_db()
    assert offer.workplace == elsewhere


# Publish, pause, delete


def test_publish_offer_makes_it_public_and_keeps_the_first_day():
    offer = VisitOfferFactory(state="draft", published_at=None)
    assert not VisitOffer.objects.published().exists()
    offer_actions.publish_offer(offer)
    offer.refresh_from_db()
    first = offer.published_at
    assert list(VisitOffer.objects.published()) == [offer]
    offer_actions.pause_offer(offer)
    assert not VisitOffer.objects.published().exists()
    offer_actions.publish_offer(offer)
    offer.refresh_from_db()
    assert (offer.state, offer.published_at) == ("published", first)


def test_publish_offer_twice_is_refused():
    with pytest.raises(ActionRefused, match="already published"):
        offer_actions.publish_offer(VisitOfferFactory())


@pytest.mark.parametrize("closed", [{"joined_at": None}, {"ceased_at": timezone.now()}])
def test_publish_offer_of_a_company_that_is_not_open_is_refused(closed):
    offer = VisitOfferFactory(state="draft", company=CompanyFactory(**closed))
    with pytest.raises(ActionRefused, match="not open to schools"):
        offer_actions.publish_offer(offer)


@pytest.mark.parametrize("state", ["draft", "paused"])
def test_pause_offer_that_is_not_published_is_refused(state):
    with pytest.raises(ActionRefused, match="Only a published offer"):
        offer_actions.pause_offer(VisitOfferFactory(state=state))


def test_delete_draft_takes_times_rules_and_files_along(django_capture_on_commit_callbacks):
    offer = VisitOfferFactory(state="draft")
    VisitSlotFactory(offer=offer)
    VisitRuleFactory(offer=offer)
    picture = VisitPictureFactory(offer=offer, original=ContentFile(b"x", "x.jpg"))
    with django_capture_on_commit_callbacks(execute=True):
        offer_actions.delete_draft(offer)
    assert (VisitOffer.objects.count(), VisitSlot.objects.count(), VisitPicture.objects.count()) == (0, 0, 0)
    assert not default_storage.exists(picture.original.name)


@pytest.mark.parametrize("state", ["published", "paused"])
def test_delete_draft_of_what_schools_have_seen_is_refused(state):
    with pytest.raises(ActionRefused, match="Only a draft"):
        offer_actions.delete_draft(VisitOfferFactory(state=state))


# Pictures


def test_add_picture_keeps_the_file_under_a_name_of_ours():
    offer = VisitOfferFactory()
    for name in ["../../etc/passwd", "a.svg"]:
        offer_actions.add_picture(offer, file=ContentFile(b"data", name), alt_text="A hall")
    pictures = list(offer.pictures.all())
    assert [picture.position for picture in pictures] == [0, 1]
    assert [picture.original.name for picture in pictures] == [f"uploads/{p.public_id}" for p in pictures]


def test_add_picture_stops_at_eight():
    offer = VisitOfferFactory()
    VisitPictureFactory.create_batch(8, offer=offer)
    with pytest.raises(ActionRefused, match="at most 8"):
        offer_actions.add_picture(offer, file=ContentFile(b"data", "x"), alt_text="One more")


@pytest.mark.parametrize(
    ("moved", "step", "order"),
    [("B", -1, "BAC"), ("B", 1, "ACB"), ("A", -1, "ABC"), ("C", 1, "ABC")],
)
def test_move_picture(moved, step, order):
    offer = VisitOfferFactory()
    pictures = {name: VisitPictureFactory(offer=offer, alt_text=name) for name in "ABC"}
    offer_actions.move_picture(pictures[moved], step=step)
    assert "".join(picture.alt_text for picture in offer.pictures.all()) == order


def test_move_picture_that_is_gone_is_refused():
    picture = VisitPictureFactory()
    VisitPicture.objects.all().delete()
    with pytest.raises(ActionRefused, match="removed already"):
        offer_actions.move_picture(picture, step=1)


def test_remove_picture_deletes_its_files_after_the_commit(django_capture_on_commit_callbacks):
    picture = VisitPictureFactory(
        original=ContentFile(b"o", "o"), small=ContentFile(b"s", "s.webp"), large=ContentFile(b"l", "l.webp")
    )
    names = [picture.original.name, picture.small.name, picture.large.name]
    with django_capture_on_commit_callbacks() as callbacks:
        offer_actions.remove_picture(picture)
    assert [default_storage.exists(name) for name in names] == [True, True, True]
    for callback in callbacks:
        callback()
    assert [default_storage.exists(name) for name in names] == [False, False, False]
    offer_actions.remove_picture(picture)
    assert VisitPicture.objects.count() == 0
