from functools import partial

import pytest
from django.urls import reverse

from occupations.models import Programme
from regions.school_year import current_school_year
from schools import actions
from schools.models import SchoolClass, SchoolContact
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.regions import MunicipalityFactory
from tests.factories.schools import SchoolClassFactory, SchoolContactFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def school(counsellor):
    return SchoolFactory(name="Provskolan", members=[counsellor], lowest_grade=7, highest_grade=9)


def url(name, *args):
    return reverse(f"schools:{name}", args=[getattr(arg, "public_id", arg) for arg in args])


def a_class(**changes):
    return {"name": "9B", "grade": "9", "pupil_count": "25", **changes}


def contact_of(**changes):
    return {"name": "Sam", "email": "sam@skola.example", "phone": "", "language": "sv", **changes}


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_school_page_needs_seven_queries(client, school, item_count, django_assert_num_queries):
    for number in range(item_count):
        SchoolClassFactory(school=school, name=f"8{number}")
        SchoolClassFactory(school=school, name=f"7{number}", is_archived=True)
        SchoolContactFactory(school=school)
    with django_assert_num_queries(7):
        response = client.get(url("school_detail", school))
    assert (len(response.context["classes"]), len(response.context["archived"])) == (item_count, item_count)


def test_a_class_is_added_changed_archived_and_used_again(client, school):
    assert client.post(url("class_create", school), a_class()).url == url("school_detail", school)
    school_class = school.classes.get()
    assert (school_class.name, school_class.grade, school_class.school_year) == ("9B", 9, current_school_year())
    client.post(url("class_edit", school, school_class), a_class(pupil_count="27"))
    client.post(url("class_archive", school, school_class))
    school_class.refresh_from_db()
    assert (school_class.pupil_count, school_class.is_archived) == (27, True)
    assert client.get(url("class_edit", school, school_class)).status_code == 404
    client.post(url("class_restore", school, school_class))
    assert list(school.classes.current()) == [school_class]


def test_a_booked_class_is_archived_and_its_booking_stays(client, school):
    booking = VisitBookingFactory(school_class=SchoolClassFactory(school=school))
    assert client.post(url("class_archive", school, booking.school_class)).status_code == 302
    booking.refresh_from_db()
    assert booking.state == "pending"


def test_reading_archives_nothing(client, school):
    school_class = SchoolClassFactory(school=school)
    assert client.get(url("class_archive", school, school_class)).status_code == 405
    assert client.head(url("class_copy", school)).status_code == 200
    assert SchoolClass.objects.get() == school_class


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Anna Andersson"}, "could be the name of a pupil"),
        ({"name": "050101-1234"}, "looks like a personal identity number"),
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 21}, "at most 20 characters"),
        ({"grade": "3"}, "Select a valid choice"),
        ({"grade": "x"}, "Select a valid choice"),
        ({"pupil_count": "0"}, "greater than or equal to 1"),
        ({"pupil_count": "201"}, "less than or equal to 200"),
        ({"pupil_count": "many"}, "Enter a whole number"),
    ],
)
def test_a_bad_class_is_explained(client, school, changes, message):
    page = client.post(url("class_create", school), a_class(**changes)).content.decode()
    assert message in page
    assert SchoolClass.objects.count() == 0


def test_a_class_is_here_once_a_year(client, school):
    SchoolClassFactory(school=school, name="9B")
    SchoolClassFactory(school=school, name="9C", school_year=current_school_year() - 1)
    page = client.post(url("class_create", school), a_class()).content.decode()
    assert "9B is already among the classes of this school year." in page
    assert client.post(url("class_create", school), a_class(name="9C")).status_code == 302
    archived = SchoolClassFactory(school=school, name="9C", is_archived=True)
    page = client.post(url("class_restore", school, archived), follow=True).content.decode()
    assert "9C is already among the classes of this school year." in page


def test_the_programme_is_asked_for_in_upper_secondary_only(client, counsellor, school):
    programme = Programme.objects.create(
        id="SE-IN", country="SE", code="IN", is_vocational=True, name_sv="I", name_nb="I", name_nn="I", name_en="I"
    )
    assert 'name="programme"' not in client.get(url("class_create", school)).content.decode()
    upper = SchoolFactory(stages=["upper_secondary"], lowest_grade=11, highest_grade=13, members=[counsellor])
    typed = a_class(name="IN24", grade="11", programme=programme.pk)
    assert client.post(url("class_create", upper), typed).status_code == 302
    school_class = upper.classes.get()
    assert school_class.programme == programme
    client.post(url("class_edit", upper, school_class), typed | {"programme": ""})
    school_class.refresh_from_db()
    assert school_class.programme is None


def test_last_years_classes_are_copied_one_grade_up(client, school):
    last_year = current_school_year() - 1
    of_last_year = partial(SchoolClassFactory, school=school, school_year=last_year)
    seventh = of_last_year(name="7A", grade=7, pupil_count=22)
    eighth = of_last_year(name="8A", grade=8)
    of_last_year(name="9A", grade=9)  # has left the school
    of_last_year(name="7Z", grade=7, is_archived=True)
    not_chosen = of_last_year(name="7B", grade=7)
    SchoolClassFactory(school=school, name="9A", grade=9)  # typed by hand already
    page = client.get(url("class_copy", school)).content.decode()
    for text in ["7A becomes 8A (grade 8, 22 pupils)", "8A becomes 9A", "already here", "7B becomes 8B"]:
        assert text in page
    for _click in range(2):
        client.post(url("class_copy", school), {"classes": [seventh.public_id, eighth.public_id, "nonsense"]})
    assert list(school.classes.current().values_list("name", "grade", "pupil_count")) == [("8A", 8, 22), ("9A", 9, 25)]
    assert not_chosen.public_id in page


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_copy_once(school):
    before = SchoolClassFactory(school=school, school_year=current_school_year() - 1, name="7A", grade=7)
    copy = partial(actions.copy_classes, school, chosen=[before.public_id])
    outcomes = at_the_same_time(*[copy] * 4)
    assert sorted(len(outcome) for outcome in outcomes) == [0, 0, 0, 1]


def test_contacts_are_added_linked_changed_and_removed(client, counsellor, school):
    assert client.post(url("contact_create", school), contact_of(email=counsellor.email.upper())).status_code == 302
    contact = school.contacts.get()
    assert contact.user == counsellor
    client.post(url("contact_edit", school, contact), contact_of(answers_for="prao", phone="070-123 45 67"))
    contact.refresh_from_db()
    assert (contact.answers_for, contact.phone, contact.user) == ("prao", "+46701234567", None)
    page = client.post(url("contact_create", school), contact_of()).content.decode()
    assert "already belongs to one of your contact persons" in page
    assert client.get(url("contact_remove", school, contact)).status_code == 200
    assert SchoolContact.objects.count() == 1
    client.post(url("contact_remove", school, contact))
    assert SchoolContact.objects.count() == 0


def test_other_schools_and_their_parts_are_not_found(client, school):
    other = SchoolFactory(members=[UserFactory()])
    theirs, contact = SchoolClassFactory(school=other), SchoolContactFactory(school=other)
    pages = [
        url("school_detail", other),
        url("class_create", other),
        url("class_copy", other),
        url("class_edit", other, theirs),
        url("class_edit", school, theirs),
        url("contact_create", other),
        url("contact_edit", other, contact),
        url("contact_edit", school, contact),
        url("contact_remove", school, contact),
    ]
    assert [client.get(page).status_code for page in pages] == [404] * len(pages)
    posts = [*pages[1:], *(url(verb, school, theirs) for verb in ["class_archive", "class_restore"])]
    assert [client.post(page, a_class()).status_code for page in posts] == [404] * len(posts)
    theirs.refresh_from_db()
    assert not theirs.is_archived


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("stokmarknes", ["Stokmarknes skole"]),
        ("hasthov", ["Hästhovskolan"]),
        ("HÄSTHOV", ["Hästhovskolan"]),
        ("skole tromso", ["Kroken skole"]),
        ("provkoping hast", ["Hästhovskolan"]),
        ("%", []),
        ("nothing", []),
    ],
)
def test_a_school_is_found_as_people_type(client, counsellor, words, found):
    SchoolFactory(name="Hästhovskolan", municipality=MunicipalityFactory(name="Provköping"))
    SchoolFactory(name="Kroken skole", city="Tromsø", municipality=None)
    SchoolFactory(name="Stokmarknes skole")
    SchoolFactory(name="Hästhovskolan", is_active=False)
    response = client.get(url("school_find"), {"q": words})
    assert [school.name for school in response.context["page"]] == found


def test_schools_are_narrowed_by_municipality_and_lead_to_ask_to_join(client, counsellor):
    school = SchoolFactory()
    SchoolFactory()
    response = client.get(url("school_find"), {"municipality": school.municipality_id})
    assert list(response.context["page"]) == [school]
    assert reverse("accounts:join", args=["school", school.public_id]) in response.content.decode()
    assert client.get(url("school_find"), {"municipality": "zz", "q": "\x00", "page": "x"}).status_code == 200


@pytest.mark.parametrize("item_count", [1, 5])
def test_finding_a_school_needs_six_queries(client, counsellor, item_count, django_assert_num_queries):
    for _number in range(item_count):
        SchoolFactory(name="Skolan")
    with django_assert_num_queries(6):
        assert len(client.get(url("school_find"), {"q": "skolan"}).context["page"]) == item_count
