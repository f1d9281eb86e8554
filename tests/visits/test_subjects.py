import pytest
from django.urls import reverse
from django.utils import translation

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import CountyFactory, MunicipalityFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory
from visits import subjects, wishes
from visits.copy_actions import copy_offer
from visits.models import FoundOffer, VisitOffer
from visits.offer_forms import OfferForm
from visits.search import refresh_offers

URL = "/visits/"


@pytest.fixture
def english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def found(client, query):
    return sorted(offer.title for _row, offer in client.get(f"{URL}?{query}").context["cards"])


def test_each_subject_has_its_official_name_in_four_languages():
    for code, subject in subjects.SUBJECTS.items():
        assert all(name.strip() == name and name for name in subject[1:]), code
        for language, country in (("sv", "SE"), ("nb", "NO"), ("nn", "NO")):
            name = getattr(subject, language)
            assert ("(" in name) == (country not in subject.countries), (code, language)
    with translation.override("nn"):
        assert subjects.names_of(["art_and_crafts", "sloyd"]) == ["kunst og handverk", "slöjd (Sverige)"]
    with translation.override("sv"):
        assert subjects.names_of(["art_and_crafts", "sloyd"]) == ["kunst og håndverk (Norge)", "slöjd"]


@pytest.mark.django_db
def test_a_host_chooses_among_the_subjects_of_its_country():
    norwegian = MunicipalityFactory(id="NO-4201", county=CountyFactory(id="NO-42", name="Agder"))
    in_norway = [code for code, _name in _choices(CompanyFactory(municipality=norwegian, country="NO"))]
    in_sweden = [code for code, _name in _choices(CompanyFactory())]
    assert {"physics", "naturfag", "food_and_health"} <= set(in_norway)
    assert {"physics", "technology", "sloyd"} <= set(in_sweden)
    assert not {"technology", "sloyd"} & set(in_norway)
    assert not {"naturfag", "utdanningsvalg"} & set(in_sweden)


def _choices(company):
    return OfferForm(company=company).fields["subjects"].choices


@pytest.mark.django_db
def test_the_form_keeps_the_order_of_the_list_and_refuses_what_is_no_subject():
    form = OfferForm({"subjects": ["physics", "technology", "physics"]}, company=CompanyFactory())
    form.is_valid()
    assert form.cleaned_data["subjects"] == ["technology", "physics"]
    form = OfferForm({"subjects": ["naturfag"]}, company=CompanyFactory())
    assert "subjects" in form.errors


@pytest.mark.django_db
def test_a_teacher_finds_what_fits_a_subject_and_reads_which(english):
    VisitOfferFactory(title="Forces", kind="guest_lesson", subjects=["technology", "physics"])
    VisitOfferFactory(title="Bread", subjects=["chemistry"])
    VisitOfferFactory(title="None")
    refresh_offers(VisitOffer.objects.all())
    assert found(english, "subject=physics") == ["Forces"]
    assert found(english, "subject=biology") == []
    assert found(english, "subject=astrology") == ["Bread", "Forces", "None"]  # not understood: ignored
    page = english.get(f"{URL}?subject=physics")
    assert [option.value for option in page.context["options"]["subject"]] == ["technology", "physics", "chemistry"]
    assert [chip.text for chip in page.context["filterset"].chips] == ["School subject: physics"]
    assert "Technology (Sweden), physics" in page.content.decode()
    offer = VisitOffer.objects.get(title="Forces")
    assert "School subjects: technology (Sweden), physics" in english.get(offer.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_the_words_of_a_subject_find_it_in_every_language(english):
    VisitOfferFactory(title="Forces", subjects=["physics"])
    VisitOfferFactory(title="Cloth", subjects=["sloyd"])
    refresh_offers(VisitOffer.objects.all())
    assert found(english, "q=fysikk") == found(english, "q=fysik") == ["Forces"]
    assert found(english, "q=slojd") == ["Cloth"]


@pytest.mark.django_db
def test_the_embedded_list_and_a_saved_search_know_subjects(english):
    offer = VisitOfferFactory(title="Forces", subjects=["physics"])
    VisitOfferFactory(title="Bread", subjects=["chemistry"])
    refresh_offers(VisitOffer.objects.all())
    page = english.get(f"{reverse('visits:embed_list')}?subject=physics&lang=en").content.decode()
    assert "Forces" in page
    assert "School subjects: physics" in page
    assert "Bread" not in page
    user = UserFactory()
    translation.activate("sv")
    saved = wishes.save_search(user, "subject=physics")
    assert (saved.query, saved.words) == ("subject=physics", "Skolämne: fysik")
    assert list(FoundOffer.objects.filter(user=user).values_list("offer", flat=True)) == [offer.pk]


@pytest.mark.django_db
def test_both_sides_read_the_subject_on_the_booking_and_a_copy_takes_it_along(english):
    booking = VisitBookingFactory(slot__offer__subjects=["physics"])
    english.force_login(booking.requested_by)
    page = english.get(booking.get_absolute_url()).content.decode()
    assert "<dt>School subjects</dt><dd>Physics</dd>" in page
    copy = copy_offer(booking.slot.offer, public_id="a" * 12)
    assert copy.subjects == ["physics"]
