from datetime import timedelta

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from companies import interest_links
from companies.models import Company, InterestAnswer, InterestInvitation
from notifications.models import QueuedMail
from regions.school_year import current_school_year
from tests.factories.accounts import UserFactory
from tests.factories.companies import (
    CompanyContactFactory,
    CompanyFactory,
    InterestAnswerFactory,
    InterestInvitationFactory,
)
from tests.factories.regions import MunicipalityFactory, RegionFactory

pytestmark = pytest.mark.django_db

NOBODY = {"contact_name": "", "contact_email": "", "contact_phone": "", "comment": ""}


@pytest.fixture
def invitation():
    return InterestInvitationFactory(company__name="Svets AB", email="hemlig@foretag.example")


def link(name, invitation):
    return reverse(f"companies:{name}", args=[interest_links.token_of(invitation)])


def renew(invitation):
    InterestInvitation.objects.filter(pk=invitation.pk).update(link_number=invitation.link_number + 1)


def everything():
    return (
        list(InterestInvitation.objects.values()),
        list(InterestAnswer.objects.values()),
        QueuedMail.objects.count(),
    )


# Behind the link


def test_a_company_answers_yes_without_an_account(client, invitation):
    address = link("interest_answer", invitation)
    page = client.get(address).content.decode()
    assert "Svets AB" in page
    typed = {
        "level": "yes",
        "kinds": ["visit", "prao"],
        "months": ["3", "9"],
        "amount": "2 classes",
        "reason": "time",
        "ask_again_on": "2020-01-01",  # a part the answer does not need is not read
        "contact_name": "Kim",
        "contact_email": "kim@foretag.example",
        "contact_phone": "070-123 45 67",
        "comment": "Ring first",
    }
    response = client.post(address, typed)
    assert response.url == f"{address}thanks/"
    given = InterestAnswer.objects.get()
    assert (given.level, given.kinds, given.months, given.amount) == ("yes", ["visit", "prao"], [3, 9], "2 classes")
    assert (given.reason, given.ask_again_on, given.contact_phone) == ("", None, "+46701234567")
    assert (given.invitation, given.school_year) == (invitation, current_school_year())
    assert "Thank you!" in client.get(response.url).content.decode()


def test_not_this_year_is_thanked_without_guilt(client, invitation):
    day = timezone.localdate() + timedelta(days=200)
    typed = {"level": "no", "reason": "time", "ask_again_on": day.isoformat(), "kinds": ["zz"], **NOBODY}
    response = client.post(link("interest_answer", invitation), typed, follow=True)
    assert "Not this year is a good answer" in response.content.decode()
    given = InterestAnswer.objects.get()
    assert (given.level, given.reason, given.ask_again_on, given.kinds) == ("no", "time", day, [])


def test_the_answer_may_be_changed_with_the_same_link_and_shows_nobody(client, invitation):
    InterestAnswerFactory(
        company=invitation.company,
        invitation=invitation,
        amount="2 classes",
        contact_name="Kim Hemlig",
        contact_email="kim@foretag.example",
        contact_phone="+46701234567",
        comment="Ring Kim",
    )
    page = client.get(link("interest_answer", invitation)).content.decode()
    assert 'value="2 classes"' in page
    for secret in ["Kim", "kim@", "+4670", invitation.email]:
        assert secret not in page
    client.post(link("interest_answer", invitation), {"level": "maybe", "kinds": ["apl"], **NOBODY})
    given = InterestAnswer.objects.get()
    assert (given.level, given.kinds, given.contact_name, given.comment) == ("maybe", ["apl"], "Kim Hemlig", "Ring Kim")
    thanks = client.get(link("interest_thanks", invitation)).content.decode()
    assert "Kim" not in thanks


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"level": ""}, "This field is required"),
        ({"level": "perhaps"}, "Select a valid choice"),
        ({"kinds": []}, "Choose at least one"),
        ({"kinds": ["gold"]}, "Select a valid choice"),
        ({"months": ["7"]}, "Select a valid choice"),
        ({"months": ["x"]}, "Select a valid choice"),
        ({"amount": "x" * 201}, "at most 200 characters"),
        ({"level": "no", "reason": "laziness"}, "Select a valid choice"),
        ({"level": "maybe", "ask_again_on": "2001-01-01"}, "Choose a day from tomorrow on"),
        ({"level": "maybe", "ask_again_on": "9999-12-31"}, "Choose a day from tomorrow on"),
        ({"level": "maybe", "ask_again_on": "soon"}, "Enter a valid date"),
        ({"contact_email": "kim"}, "Enter a valid email address"),
        ({"contact_phone": "12"}, "This is no telephone number we know"),
        ({"comment": "\x00"}, "Null characters are not allowed"),
    ],
)
def test_a_bad_answer_is_explained_and_kept(client, invitation, changes, message):
    client.cookies["django_language"] = "en"
    typed = {"level": "yes", "kinds": ["visit"], "amount": "2 classes", **NOBODY, **changes}
    response = client.post(link("interest_answer", invitation), typed)
    page = response.content.decode()
    assert response.status_code == 200
    assert message in page
    assert InterestAnswer.objects.count() == 0


@pytest.mark.parametrize("page", ["interest_answer", "interest_thanks"])
@pytest.mark.parametrize("state", ["fresh", "answered", "renewed", "over"])
def test_reading_writes_nothing_and_passes_the_address_on_to_nobody(client, invitation, page, state):
    address = link(page, invitation)
    if state == "answered":
        InterestAnswerFactory(company=invitation.company, invitation=invitation)
    elif state == "renewed":
        renew(invitation)
    elif state == "over":
        InterestInvitation.objects.update(school_year=2020)
    before = everything()
    for method in [client.get, client.head]:
        response = method(address)
        assert response["Referrer-Policy"] == "strict-origin"
        assert response["Cache-Control"] == "no-store"
        assert invitation.email not in response.content.decode()
    assert everything() == before
    assert client.get(link("interest_new_link", invitation)).status_code == 405


@pytest.mark.parametrize("state", ["renewed", "over"])
def test_an_old_link_offers_a_new_one_to_the_stored_address_only(client, invitation, state):
    InterestInvitation.objects.update(sent_at=timezone.now() - timedelta(days=9))
    address = link("interest_answer", invitation)
    new_link = link("interest_new_link", invitation)
    if state == "renewed":
        renew(invitation)
    else:
        InterestInvitation.objects.update(school_year=2020)
    response = client.get(address)
    assert response.status_code == 410
    assert new_link in response.content.decode()
    assert client.post(address, {"level": "yes", "kinds": ["visit"], **NOBODY}).status_code == 410
    assert InterestAnswer.objects.count() == 0
    client.post(new_link, {"email": "thief@elsewhere.example"})
    assert list(QueuedMail.objects.values_list("kind", "to_email")) == [("interest_asked", invitation.email)]
    again = client.post(new_link).content.decode()
    assert "less than an hour ago" in again
    assert QueuedMail.objects.count() == 1


def test_tampered_links_do_nothing(client, invitation):
    other_purpose = signing.dumps([invitation.public_id, 1], salt="visits.answer")
    for token in ["nonsense", other_purpose, interest_links.token_of(invitation)[:-2] + "xx"]:
        for name in ["interest_answer", "interest_thanks", "interest_new_link"]:
            response = client.post(reverse(f"companies:{name}", args=[token]), {"level": "yes", "kinds": ["visit"]})
            assert response.status_code == (405 if name == "interest_thanks" else 404)
    assert everything()[1:] == ([], 0)


def test_the_link_opens_nothing_else(client, invitation):
    client.get(link("interest_answer", invitation))
    assert client.get(reverse("companies:company_profile", args=[invitation.company.public_id])).status_code == 302
    assert "_auth_user_id" not in client.session


# The coordinator's list


@pytest.fixture
def coordinator(client):
    user = UserFactory(second_factor=True)
    client.force_login(user)
    return user


@pytest.fixture
def municipality():
    return MunicipalityFactory(name="Provköping")


@pytest.fixture
def region(coordinator, municipality):
    return RegionFactory(municipalities=[municipality], coordinators=[coordinator])


def names(response):
    return [company.name for company in response.context["page"]]


def test_the_list_shows_who_was_asked_and_what_they_said(client, region, municipality):
    today = timezone.localdate()
    company = lambda name: CompanyFactory(name=name, municipality=municipality)  # noqa: E731 - shorter than four lines
    InterestInvitationFactory(company=company("Tyst"), region=region)
    for name, level in [("Ja", "yes"), ("Kanske", "maybe")]:
        asked = InterestInvitationFactory(company=company(name), region=region)
        InterestAnswerFactory(company=asked.company, invitation=asked, level=level, contact_name=f"Kim {name}")
    InterestAnswerFactory(company=company("Nej"), level="no", ask_again_on=today)
    company("Ofrågad")
    InterestInvitationFactory(company=company("Förra året"), region=region, school_year=current_school_year() - 1)
    InterestInvitationFactory()  # another region's
    address = reverse("companies:interest_list")
    year = {"year": current_school_year()}
    response = client.get(address, year)
    assert names(response) == ["Ja", "Kanske", "Nej", "Tyst"]
    assert "Kim Ja" in response.content.decode()
    for state, expected in [
        ("yes", ["Ja"]),
        ("maybe", ["Kanske"]),
        ("no", ["Nej"]),
        ("unanswered", ["Tyst"]),
        ("again", ["Nej"]),
        ("bogus", ["Ja", "Kanske", "Nej", "Tyst"]),
    ]:
        assert names(client.get(address, year | {"state": state})) == expected
    assert names(client.get(address, year | {"q": "ka"})) == ["Kanske"]
    assert names(client.get(address, {"year": current_school_year() - 1})) == ["Förra året"]
    response = client.get(address, year | {"state": "unasked"}, follow=True)
    assert [row[0].name for row in response.context["form"].rows] == ["Förra året", "Ofrågad"]
    fragment = client.get(address, year, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_list_needs_the_same_queries(client, region, municipality, item_count, django_assert_num_queries):
    for _number in range(item_count):
        asked = InterestInvitationFactory(company__municipality=municipality, region=region)
        InterestAnswerFactory(company=asked.company, invitation=asked)
    with django_assert_num_queries(13):
        assert len(names(client.get(reverse("companies:interest_list"), {"year": current_school_year()}))) == item_count


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_asking_page_needs_the_same_queries(client, region, municipality, item_count, django_assert_num_queries):
    for _number in range(item_count):
        CompanyContactFactory(company__municipality=municipality)
    with django_assert_num_queries(14):
        assert len(client.get(reverse("companies:interest_ask")).context["form"].companies) == item_count


def test_many_are_asked_at_once(client, coordinator, region, municipality):
    known, typed, left, waiting = (CompanyFactory(municipality=municipality) for _number in range(4))
    contact = CompanyContactFactory(company=known, language="nb")
    InterestAnswerFactory(
        company=waiting, school_year=2020, level="no", ask_again_on=timezone.localdate() + timedelta(9)
    )
    address = reverse("companies:interest_ask") + f"?year={current_school_year()}"
    page = client.get(address).content.decode()
    assert f'value="{contact.email}"' in page
    assert "They asked us to come back on" in page
    sent = {
        f"ask_{known.public_id}": "on",
        f"email_{known.public_id}": contact.email,
        f"email_{typed.public_id}": "typed@foretag.example",
        f"email_{left.public_id}": "",
        f"ask_{waiting.public_id}": "on",
        f"email_{waiting.public_id}": "waiting@foretag.example",
        "language": "",
    }
    response = client.post(address, sent, follow=True)
    assert "2 companies have been asked." in response.content.decode()
    asked = InterestInvitation.objects.order_by("email").values_list("email", "language", "region", "asked_by")
    assert list(asked) == [
        (contact.email, "nb", region.pk, coordinator.pk),
        ("typed@foretag.example", "sv", region.pk, coordinator.pk),
    ]
    client.post(address, sent)  # a double click
    assert InterestInvitation.objects.count() == 2


def test_asking_nobody_or_without_an_address_is_explained(client, region, municipality):
    company = CompanyFactory(municipality=municipality, name="Svets AB")
    address = reverse("companies:interest_ask")
    field = f"email_{company.public_id}"
    assert "Tick at least one company." in client.post(address, {field: ""}).content.decode()
    ticked = {f"ask_{company.public_id}": "on", field: ""}
    assert "Type the address to ask at." in client.post(address, ticked).content.decode()
    assert "Enter a valid email address" in client.post(address, ticked | {field: "x"}).content.decode()
    assert "Select a valid choice" in client.post(address, {field: "a@b.example", "language": "xx"}).content.decode()
    assert QueuedMail.objects.count() == 0


def test_companies_outside_the_region_cannot_be_asked(client, region):
    outside = CompanyFactory()
    page = client.post(reverse("companies:interest_ask"), {f"email_{outside.public_id}": "a@foretag.example"})
    assert "Tick at least one company." in page.content.decode()
    assert InterestInvitation.objects.count() == 0


def test_a_company_in_no_register_is_asked(client, region, municipality):
    address = reverse("companies:interest_ask_new")
    typed = {
        "org_number": "556036-0793",
        "name": "Svets AB",
        "municipality": municipality.pk,
        "email": "info@foretag.example",
        "language": "nn",
    }
    page = client.post(address, typed | {"org_number": "850709-9805"}).content.decode()
    assert "Sole traders cannot sign up here" in page
    outside = MunicipalityFactory()
    assert "Select a valid choice" in client.post(address, typed | {"municipality": outside.pk}).content.decode()
    assert client.post(address, typed).status_code == 302
    assert Company.objects.get().interest_invitations.get().language == "nn"
    assert "has already been asked" in client.post(address, typed).content.decode()


def test_a_link_is_renewed_from_the_list(client, region, municipality):
    invitation = InterestInvitationFactory(company__municipality=municipality, sent_at=timezone.now() - timedelta(2))
    address = reverse("companies:interest_renew", args=[invitation.public_id])
    assert client.get(address).status_code == 405
    response = client.post(address + "?state=unanswered&page=2")
    assert response.url == reverse("companies:interest_list") + "?state=unanswered&page=2"
    assert QueuedMail.objects.get().to_email == invitation.email
    assert "less than an hour ago" in client.post(address, follow=True).content.decode()
    elsewhere = InterestInvitationFactory()
    assert client.post(reverse("companies:interest_renew", args=[elsewhere.public_id])).status_code == 404


def test_another_region_is_not_found(client, region):
    other = RegionFactory(coordinators=[UserFactory()])
    editor = RegionFactory()
    editor.memberships.create(user=UserFactory(), role="editor")
    for name in ["interest_list", "interest_ask", "interest_ask_new"]:
        for stranger in [other, editor]:
            assert client.get(reverse(f"companies:{name}"), {"region": stranger.public_id}).status_code == 404


def test_hosts_and_editors_do_not_see_the_list(client):
    host, editor = UserFactory(), UserFactory()
    CompanyFactory(members=[host])
    RegionFactory().memberships.create(user=editor, role="editor")
    for user in [host, editor]:
        client.force_login(user)
        assert client.get(reverse("companies:interest_list")).status_code == 403


# The company's own people


def test_members_answer_signed_in_and_see_what_they_said(client):
    host = UserFactory()
    company = CompanyFactory(members=[host])
    client.force_login(host)
    address = reverse("companies:interest_edit", args=[company.public_id])
    typed = {"level": "maybe", "kinds": ["visit"], **NOBODY, "contact_name": "Kim"}
    assert client.post(address, typed).status_code == 302
    assert 'value="Kim"' in client.get(address).content.decode()
    client.post(address, typed | {"contact_name": ""})
    assert InterestAnswer.objects.get().contact_name == ""
