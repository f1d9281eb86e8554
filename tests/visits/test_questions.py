import pytest
from django.core import mail
from django.urls import reverse

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import HostQuestionFactory, VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from tests.visits.test_offer_views import form_data
from tests.visits.test_views import form_of
from visits import questions
from visits.models import HostQuestion, VisitBooking

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher():
    return UserFactory(phone="0701234567")


@pytest.fixture
def school_class(teacher):
    return SchoolClassFactory(school=SchoolFactory(members=[teacher]), name="9B")


def test_a_host_writes_a_question_once_and_every_offer_asks_it(client, host):
    url = reverse("visits:question_create", args=[host.company.public_id])
    response = client.post(url, {"text": "Which lunch?", "kind": "choice", "choices": "Meat\nGreen\n\nMeat"})
    assert response.url == reverse("visits:question_list", args=[host.company.public_id])
    question = HostQuestion.objects.get()
    assert question.choices == ["Meat", "Green"]
    offer, other = VisitOfferFactory.create_batch(2, company=host.company)
    other.left_out_questions.add(question)
    assert (list(offer.questions()), list(other.questions())) == ([question], [])
    assert "Which lunch?" in client.get(response.url).content.decode()


def test_a_choice_needs_answers_to_choose_from(client, host):
    url = reverse("visits:question_create", args=[host.company.public_id])
    page = client.post(url, {"text": "Which lunch?", "kind": "choice", "choices": "Meat"}).content.decode()
    assert "Write at least two answers, one per line." in page
    assert "Which lunch?" in page


def test_a_host_orders_and_removes_questions(client, host):
    first, second = HostQuestionFactory.create_batch(2, company=host.company)
    questions.move_question(second, step=-1)
    assert list(HostQuestion.objects.all()) == [second, first]
    client.post(reverse("visits:question_move", args=[second.public_id]), {"down": "1"})
    assert list(HostQuestion.objects.all()) == [first, second]
    client.post(reverse("visits:question_remove", args=[first.public_id]))
    assert list(HostQuestion.objects.all()) == [second]


def test_there_are_no_more_questions_than_a_teacher_would_answer(host):
    HostQuestionFactory.create_batch(questions.MAX_QUESTIONS, company=host.company)
    with pytest.raises(ActionRefused, match="You have 20 questions already"):
        questions.save_question(HostQuestion(company=host.company, text="One more?"))


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_list_of_questions_needs_a_fixed_number_of_queries(client, host, django_assert_num_queries, item_count):
    HostQuestionFactory.create_batch(item_count, company=host.company)
    with django_assert_num_queries(6):
        client.get(reverse("visits:question_list", args=[host.company.public_id]))


def test_the_answers_go_into_the_booking_to_both_sides_and_on_the_print(client, host, teacher, school_class):
    offer = VisitOfferFactory(company=host.company)
    slot = VisitSlotFactory(offer=offer)
    sizes = HostQuestionFactory(company=host.company, is_required=True)
    bus = HostQuestionFactory(company=host.company, text="Do you come by bus?", kind="yes_no")
    count = HostQuestionFactory(company=host.company, text="How many wheelchairs?", kind="number")
    HostQuestionFactory(company=host.company, text="Asleep?", in_use=False)
    client.force_login(teacher)
    url = reverse("visits:booking_create", args=[slot.public_id])
    page = client.get(url).content.decode()
    assert "Do you come by bus?" in page
    assert "Asleep?" not in page
    answers = {questions.field_name(bus): "yes", questions.field_name(count): "0"}
    page = client.post(url, form_of(school_class, **answers)).content.decode()
    assert "This field is required." in page
    response = client.post(url, form_of(school_class, **answers, **{questions.field_name(sizes): "36 to 44"}))
    booking = VisitBooking.objects.get()
    assert booking.answers == [
        {"question": "Which shoe sizes do you need?", "kind": "text", "answer": "36 to 44"},
        {"question": "Do you come by bus?", "kind": "yes_no", "answer": "yes"},
        {"question": "How many wheelchairs?", "kind": "number", "answer": 0},
    ]
    sizes.delete()
    assert "36 to 44" in client.get(response.url).content.decode()
    client.force_login(host)
    for name in ["host_slot_detail", "host_slot_print"]:
        assert "36 to 44" in client.get(reverse(f"visits:{name}", args=[slot.public_id])).content.decode()
    deliver_due()
    assert all("Which shoe sizes do you need?: 36 to 44" in message.body for message in mail.outbox)
    assert len(mail.outbox) == 2


def test_yes_and_no_are_read_in_the_readers_language():
    assert questions.answer_in_words({"question": "?", "kind": "yes_no", "answer": "no"}) == "No"


def test_an_offer_leaves_a_question_out_by_its_form(client, host):
    keeps, leaves = HostQuestionFactory.create_batch(2, company=host.company)
    offer = VisitOfferFactory(company=host.company)
    page = client.get(reverse("visits:host_offer_edit", args=[offer.public_id]))
    form = page.context["form"]
    assert list(form["questions"].value()) == [keeps.public_id, leaves.public_id]
    data = form_data(offer, version=page.context["version"], questions=[keeps.public_id])
    response = client.post(reverse("visits:host_offer_edit", args=[offer.public_id]), data)
    assert response.status_code == 302
    assert list(offer.left_out_questions.all()) == [leaves]


def test_the_price_is_told_where_a_school_decides(client, host, teacher):
    offer = VisitOfferFactory(
        company=host.company, cost_kind="per_pupil", cost_amount=1200, cost_note="The region pays the bus."
    )
    booking = VisitBookingFactory(slot__offer=offer, school_class__school__members=[teacher])
    client.force_login(teacher)
    in_words = "1200 kr per pupil"
    assert offer.cost_in_words.replace(",", "") == in_words
    for address in [
        reverse("visits:offer_search"),
        offer.get_absolute_url(),
        booking.get_absolute_url(),
        reverse("visits:booking_create", args=[booking.slot.public_id]),
    ]:
        page = client.get(address).content.decode()
        assert offer.cost_in_words in page
        if address != reverse("visits:offer_search"):
            assert "The region pays the bus." in page


def test_search_finds_what_is_free_of_charge(client):
    free = VisitOfferFactory()
    VisitOfferFactory(cost_kind="per_class", cost_amount=500)
    response = client.get(reverse("visits:offer_search"), {"no_cost": "on"})
    assert [offer for _row, offer in response.context["cards"]] == [free]


def test_a_price_needs_an_amount(client, host):
    offer = VisitOfferFactory(company=host.company)
    page = client.post(reverse("visits:host_offer_edit", args=[offer.public_id]), {"cost_kind": "per_class"})
    assert page.context["form"].errors["cost_amount"] == ["Write the price, or choose free of charge."]
