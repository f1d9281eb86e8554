import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory, WorkplaceFactory
from tests.factories.visits import (
    VisitBookingFactory,
    VisitOfferFactory,
    VisitPictureFactory,
    VisitRuleFactory,
)
from tests.visits.test_pictures import file_of, photo
from visits.models import VisitOffer, VisitPicture

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(client):
    """A contact person who is signed in."""
    user = UserFactory(name="Hanna Host")
    company = CompanyFactory()
    company.memberships.create(user=user, role="contact")
    client.force_login(user)
    user.company = company
    return user


# The list


@pytest.mark.parametrize("count", [1, 5])
def test_offer_list_needs_eight_queries(client, host, count, django_assert_num_queries):
    offers = [VisitOfferFactory(company=host.company, title=f"Visit {number}") for number in range(count)]
    for offer in offers:
        VisitBookingFactory.create_batch(2, slot__offer=offer)
    # session, user, roles, companies, count, offers, times, visits held together with others
    with django_assert_num_queries(8):
        response = client.get(reverse("visits:host_offer_list"))
    assert list(response.context["page"]) == offers
    first = response.context["page"][0]
    assert (first.coming_count, first.waiting_count) == (2, 2)
    assert (first.coming_pupils_taken, first.coming_pupils_capacity) == (50, 60)


def test_offer_list_shows_all_states_of_own_companies_only(client, host):
    for state in ["draft", "published", "paused"]:
        VisitOfferFactory(company=host.company, state=state, title=f"A {state} offer")
    VisitOfferFactory(title="Of somebody else")
    page = client.get(reverse("visits:host_offer_list")).context["page"]
    assert [offer.title for offer in page] == ["A draft offer", "A paused offer", "A published offer"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("q=weld", ["Weld"]),
        ("state=draft", ["Draft"]),
        ("q=weld&state=draft", []),
        ("state=nonsense", ["Draft", "Weld"]),
        ("page=99", ["Draft", "Weld"]),
        ("q=%00", ["Draft", "Weld"]),
    ],
)
def test_offer_list_is_narrowed_by_word_and_state(client, host, query, titles):
    VisitOfferFactory(company=host.company, title="Weld")
    VisitOfferFactory(company=host.company, title="Draft", state="draft")
    response = client.get(reverse("visits:host_offer_list") + "?" + query)
    assert [offer.title for offer in response.context["page"]] == titles


# Create and edit


def form_data(offer=None, rules=(), **changes):
    data = {
        "kind": "company_visit",
        "title": "Meet the robots",
        "summary": "See them move.",
        "programme_of_day": "Look\nTry",
        "lowest_grade": "7",
        "highest_grade": "9",
        "languages": ["sv", "en"],
        "group_min": "5",
        "group_max": "25",
        "duration_minutes": "90",
        "answer_mode": "by_hand",
        "answer_days": "7",
        "cancel_days": "3",
        "hold_hours": "48",
        "cost_kind": "free",
        "key": "bcdfghjkmnpq",
        "rules-TOTAL_FORMS": str(len(rules)),
        "rules-INITIAL_FORMS": "0",
    }
    for number, (kind, text) in enumerate(rules):
        data |= {f"rules-{number}-kind": kind, f"rules-{number}-text": text}
    if offer:
        data |= {"workplace": offer.workplace.public_id, "contact": offer.contact_id}
    return data | changes


def test_offer_form_starts_from_the_workplaces_own_words(client, host):
    workplace = WorkplaceFactory(company=host.company, clothing="Steel-capped shoes; we lend them.")
    contact = CompanyContactFactory(company=host.company)
    context = client.get(reverse("visits:host_offer_create")).context
    assert (context["form"]["workplace"].value(), context["form"]["contact"].value()) == (
        workplace.public_id,
        contact.pk,
    )
    rows = [(form["kind"].value(), form["text"].value()) for form in context["rules"]]
    assert ("clothing", "Steel-capped shoes; we lend them.") in rows
    assert [row for row in rows if row[1] is None] == [("other", None)] * 2


def test_offer_is_created_as_a_draft(client, host):
    workplace, contact = WorkplaceFactory(company=host.company), CompanyContactFactory(company=host.company)
    data = form_data(
        workplace=workplace.public_id, contact=contact.pk, rules=[("photo", "Ask first."), ("safety", "  ")]
    )
    response = client.post(reverse("visits:host_offer_create"), data)
    offer = VisitOffer.objects.get()
    assert response.url == reverse("visits:host_offer_detail", args=[offer.public_id])
    assert (offer.state, offer.company, offer.workplace) == ("draft", host.company, workplace)
    assert (offer.languages, offer.group_max, offer.steps) == (["sv", "en"], 25, ["Look", "Try"])
    assert list(offer.rules.values_list("kind", "text")) == [("photo", "Ask first.")]
    again = client.post(reverse("visits:host_offer_create"), data)
    assert (again.url, VisitOffer.objects.count()) == (response.url, 1)


def test_offer_of_another_companys_workplace_or_contact_is_refused(client, host):
    WorkplaceFactory(company=host.company)
    CompanyContactFactory(company=host.company)
    data = form_data(workplace=WorkplaceFactory().public_id, contact=CompanyContactFactory().pk)
    form = client.post(reverse("visits:host_offer_create"), data).context["form"]
    assert set(form.errors) == {"workplace", "contact"}
    assert not VisitOffer.objects.exists()


def test_offer_for_another_company_is_not_found(client, host):
    other = CompanyFactory()
    assert client.get(reverse("visits:host_offer_create") + f"?company={other.public_id}").status_code == 404


def test_offer_of_several_companies_asks_for_which(client, host):
    second = CompanyFactory(members=[host])
    response = client.get(reverse("visits:host_offer_create"))
    assert f"?company={second.public_id}" in response.content.decode()
    WorkplaceFactory(company=second)
    CompanyContactFactory(company=second)
    response = client.get(reverse("visits:host_offer_create") + f"?company={second.public_id}")
    assert response.context["company"] == second


def test_offer_without_workplace_or_contact_says_what_to_do_first(client, host):
    response = client.get(reverse("visits:host_offer_create"))
    assert "First a workplace and a contact person" in response.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lowest_grade": "9", "highest_grade": "7"}, "highest_grade"),
        ({"group_min": "20", "group_max": "10"}, "group_max"),
        ({"languages": []}, "languages"),
        ({"title": "   "}, "title"),
        ({"programme_of_day": "\n \n"}, "programme_of_day"),
        ({"duration_minutes": "5"}, "duration_minutes"),
        ({"answer_days": "0"}, "answer_days"),
        ({"cancel_days": "-1"}, "cancel_days"),
        ({"group_max": "99999999999999999999"}, "group_max"),
    ],
)
def test_offer_form_says_beside_the_field_what_is_wrong(client, host, changes, field):
    offer = VisitOfferFactory(company=host.company)
    response = client.post(reverse("visits:host_offer_edit", args=[offer.public_id]), form_data(offer, **changes))
    assert list(response.context["form"].errors) == [field]


def test_room_for_more_rules_keeps_what_was_typed(client, host):
    offer = VisitOfferFactory(company=host.company)
    elsewhere = WorkplaceFactory(company=host.company)
    data = form_data(offer, rules=[("photo", "Ask first."), ("other", "Come by bus.")], add_rule="1")
    data |= {"title": "Half wri", "workplace": elsewhere.public_id, "languages": ["nn"]}
    for url in [
        reverse("visits:host_offer_edit", args=[offer.public_id]),
        reverse("visits:host_offer_create"),
    ]:
        context = client.post(url, data).context
        assert context["form"].errors == {}
        assert context["form"]["title"].value() == "Half wri"
        assert context["form"]["workplace"].value() == elsewhere.public_id
        assert context["form"]["languages"].value() == ["nn"]
        texts = [form["text"].value() for form in context["rules"]]
        assert texts == ["Ask first.", "Come by bus.", None, None]
    offer.refresh_from_db()
    assert offer.title != "Half wri"


def test_a_rule_is_removed_with_its_tick_box(client, host):
    offer = VisitOfferFactory(company=host.company)
    VisitRuleFactory(offer=offer, text="Stays.")
    VisitRuleFactory(offer=offer, text="Goes.")
    page = client.get(reverse("visits:host_offer_edit", args=[offer.public_id]))
    data = form_data(offer, rules=[("safety", "Stays."), ("safety", "Goes.")], version=page.context["version"])
    data |= {"rules-INITIAL_FORMS": "2", "rules-1-remove": "on"}
    client.post(reverse("visits:host_offer_edit", args=[offer.public_id]), data)
    assert [rule.text for rule in offer.rules.all()] == ["Stays."]


def test_edit_shows_a_rivals_change_once_and_then_saves(client, host):
    offer = VisitOfferFactory(company=host.company)
    url = reverse("visits:host_offer_edit", args=[offer.public_id])
    data = form_data(offer, version=client.get(url).context["version"])
    VisitOffer.objects.filter(pk=offer.pk).update(summary="A rival was here.")
    refused = client.post(url, data)
    assert "Somebody else saved this offer" in str(refused.context["form"].non_field_errors())
    saved = client.post(url, data | {"version": refused.context["version"]})
    offer.refresh_from_db()
    assert (saved.status_code, offer.summary) == (302, "See them move.")


# One offer


@pytest.mark.parametrize("count", [1, 5])
def test_offer_page_needs_nine_queries(client, host, count, django_assert_num_queries):
    offer = VisitOfferFactory(company=host.company)
    VisitBookingFactory.create_batch(count, slot__offer=offer)
    VisitRuleFactory.create_batch(count, offer=offer)
    VisitPictureFactory.create_batch(count, offer=offer, small="s.webp")
    # Session, user, roles, offer, count, times, rules, pictures, averages, vetting.
    with django_assert_num_queries(10):
        response = client.get(reverse("visits:host_offer_detail", args=[offer.public_id]))
    assert [slot.waiting_count for slot in response.context["page"]] == [1] * count


def test_publish_says_when_there_are_no_times_yet(client, host):
    offer = VisitOfferFactory(company=host.company, state="draft")
    url = reverse("visits:host_offer_publish", args=[offer.public_id])
    assert "no times yet" in client.post(url, follow=True).content.decode()
    assert "already published" in client.post(url, follow=True).content.decode()


def test_pause_and_delete_say_why_not(client, host):
    offer = VisitOfferFactory(company=host.company, state="paused")
    for name, words in [("pause", "Only a published offer can be paused"), ("delete", "Only a draft can be deleted")]:
        page = client.post(reverse(f"visits:host_offer_{name}", args=[offer.public_id]), follow=True)
        assert words in page.content.decode()


def test_offer_below_grade_seven_is_reminded_that_children_do_not_work(client, host):
    words = "Children under 13 may never work."
    for grade, shown in [(4, True), (7, False)]:
        offer = VisitOfferFactory(company=host.company, lowest_grade=grade)
        page = client.get(reverse("visits:host_offer_detail", args=[offer.public_id])).content.decode()
        assert (words in page) is shown


# Pictures


def test_picture_is_uploaded_and_waits_for_the_worker(client, host):
    offer = VisitOfferFactory(company=host.company)
    url = reverse("visits:host_picture_list", args=[offer.public_id])
    upload = ContentFile(file_of(photo((60, 40))), "hall.jpg")
    response = client.post(url, {"file": upload, "alt_text": "The hall"})
    assert response.status_code == 302
    with offer.pictures.get().original.open() as stored:
        assert stored.read() == file_of(photo((60, 40)))
    assert "being prepared" in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("content", "alt_text", "problem"),
    [
        (b"<svg/>", "The hall", ("file", "This is not a JPEG, PNG or WebP picture.")),
        (file_of(photo((60, 40))), "", ("alt_text", "This field is required.")),
        (b"", "The hall", ("file", "The submitted file is empty.")),
        (b"\xff\xd8\xff" + bytes(10 * 1024 * 1024), "The hall", ("file", "The file is larger than 10 MB.")),
    ],
)
def test_picture_form_says_what_is_wrong(client, host, content, alt_text, problem):
    offer = VisitOfferFactory(company=host.company)
    url = reverse("visits:host_picture_list", args=[offer.public_id])
    form = client.post(url, {"file": ContentFile(content, "x.jpg"), "alt_text": alt_text}).context["form"]
    [(field, [text])] = form.errors.items()
    assert (field, text[: len(problem[1])]) == problem
    assert not VisitPicture.objects.exists()


def test_pictures_are_reordered_and_removed(client, host):
    offer = VisitOfferFactory(company=host.company)
    first, second = VisitPictureFactory.create_batch(2, offer=offer)
    client.post(reverse("visits:host_picture_move", args=[second.public_id]))
    assert list(offer.pictures.all()) == [second, first]
    client.post(reverse("visits:host_picture_move", args=[second.public_id]), {"back": "1"})
    assert list(offer.pictures.all()) == [first, second]
    client.post(reverse("visits:host_picture_remove", args=[first.public_id]))
    assert list(offer.pictures.all()) == [second]


def test_what_a_picture_shows_can_be_said_anew(client, host):
    picture = VisitPictureFactory(offer=VisitOfferFactory(company=host.company), alt_text="A machine")
    url = reverse("visits:host_picture_describe", args=[picture.public_id])
    assert 'value="A machine"' in client.get(url).content.decode()
    assert client.post(url, {"alt_text": " "}).context["form"].errors.keys() == {"alt_text"}
    answer = client.post(url, {"alt_text": "A pupil welds"})
    assert answer.url == reverse("visits:host_picture_list", args=[picture.offer.public_id])
    picture.refresh_from_db()
    assert picture.alt_text == "A pupil welds"


@pytest.mark.parametrize("count", [1, 5])
def test_picture_page_needs_five_queries(client, host, count, django_assert_num_queries):
    offer = VisitOfferFactory(company=host.company)
    VisitPictureFactory.create_batch(count, offer=offer, small="s.webp")
    with django_assert_num_queries(5):  # session, user, roles, offer, pictures
        client.get(reverse("visits:host_picture_list", args=[offer.public_id]))
