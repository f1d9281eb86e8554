from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail, signing
from django.utils import timezone

from companies import interest, interest_links
from companies.interest_forms import InterestForm
from companies.models import Company, InterestAnswer, InterestInvitation
from companies.tasks import remind_about_interest
from core.errors import ActionRefused
from core.signed_links import LinkInvalid
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from regions.school_year import current_school_year
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import (
    CompanyContactFactory,
    CompanyFactory,
    InterestAnswerFactory,
    InterestInvitationFactory,
    swedish_number,
)
from tests.factories.regions import MunicipalityFactory, RegionFactory

pytestmark = pytest.mark.django_db

TODAY = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Europe/Stockholm"))


@pytest.fixture(autouse=True)
def _in_november():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def ask():
    return partial(interest.ask, email="info@foretag.example", region=RegionFactory(), school_year=2026, by=None)


def kinds_queued():
    return list(QueuedMail.objects.order_by("pk").values_list("kind", "to_email"))


def test_the_question_goes_out_with_a_link_that_works(ask):
    company = CompanyFactory(name="Svets AB")
    invitation = ask(company, language="en")
    deliver_due()
    (message,) = mail.outbox
    assert message.to == ["info@foretag.example"]
    assert message.subject == "What could Svets AB take in 2026/27?"
    token = message.body.split("/companies/interest/answer/")[1].split("/")[0]
    assert interest_links.invitation_of(token) == invitation


@pytest.mark.parametrize(("country", "language"), [("SE", "sv"), ("NO", "nb")])
def test_the_question_is_in_the_countrys_language(ask, country, language):
    number = swedish_number(1) if country == "SE" else "923609016"
    assert ask(CompanyFactory(country=country, org_number=number)).language == language


def test_the_question_is_in_the_contacts_language(ask):
    company = CompanyFactory()
    CompanyContactFactory(company=company, language="nn")
    assert ask(company).language == "nn"


def test_a_company_is_asked_once_a_year(ask):
    company = CompanyFactory()
    ask(company)
    with pytest.raises(ActionRefused, match="already been asked"):
        ask(company)
    assert ask(company, school_year=2027).school_year == 2027


def test_a_company_that_has_answered_is_not_asked(ask):
    with pytest.raises(ActionRefused, match="already answered"):
        ask(InterestAnswerFactory(school_year=2026).company)


def test_ask_again_on_is_respected(ask):
    company = InterestAnswerFactory(school_year=2025, level="no", ask_again_on=date(2026, 11, 21)).company
    with pytest.raises(ActionRefused, match="come back on"):
        ask(company)
    with time_machine.travel(TODAY + timedelta(days=1)):
        assert ask(company).company == company


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_asking_at_once_ask_once(ask):
    company = CompanyFactory()
    outcomes = at_the_same_time(*[partial(ask, company)] * 4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ActionRefused"] * 3 + ["InterestInvitation"]
    assert QueuedMail.objects.count() == 1


def test_a_company_in_no_register_is_added_and_asked():
    region = RegionFactory(municipalities=[municipality := MunicipalityFactory()])
    ask_new = partial(
        interest.ask_new_company,
        region=region,
        name="Svets AB",
        municipality=municipality,
        email="info@foretag.example",
        school_year=2026,
        by=UserFactory(),
    )
    company = ask_new(org_number="5560360793").company
    assert (company.name, company.joined_at, Company.objects.listed().count()) == ("Svets AB", None, 0)
    with pytest.raises(ActionRefused, match="already been asked"):
        ask_new(org_number="5560360793")
    elsewhere = CompanyFactory(name="Fjärran AB")
    with pytest.raises(ActionRefused, match="The number belongs to Fjärran AB"):
        ask_new(org_number=elsewhere.org_number)


def test_a_renewed_link_replaces_the_old_one_and_goes_to_the_stored_address():
    invitation = InterestInvitationFactory(sent_at=timezone.now() - timedelta(days=3))
    old = interest_links.token_of(invitation)
    renewed = interest.renew(invitation)
    assert interest_links.invitation_of(interest_links.token_of(renewed)) == invitation
    with pytest.raises(interest_links.LinkOver):
        interest_links.invitation_of(old)
    assert kinds_queued() == [("interest_asked", invitation.email)]


def test_a_link_is_renewed_once_an_hour():
    invitation = InterestInvitationFactory(sent_at=timezone.now() - timedelta(hours=2))
    interest.renew(invitation)
    with pytest.raises(ActionRefused, match="less than an hour ago"):
        interest.renew(invitation)
    with time_machine.travel(TODAY + timedelta(minutes=61)):
        interest.renew(invitation)
    assert len(kinds_queued()) == 2


@pytest.mark.django_db(transaction=True)
def test_many_clicks_renew_once():
    invitation = InterestInvitationFactory(sent_at=timezone.now() - timedelta(hours=2))
    outcomes = at_the_same_time(*[partial(interest.renew, invitation)] * 4)
    assert [type(outcome) for outcome in outcomes].count(ActionRefused) == 3
    assert len(kinds_queued()) == 1


def test_renewing_last_years_link_asks_about_this_year():
    last_year = InterestInvitationFactory(school_year=2025, language="nn", sent_at=timezone.now() - timedelta(days=300))
    renewed = interest.renew(last_year)
    assert (renewed.school_year, renewed.email, renewed.language) == (2026, last_year.email, "nn")
    with pytest.raises(ActionRefused, match="less than an hour ago"):
        interest.renew(last_year)
    assert InterestInvitation.objects.count() == 2


def test_a_link_ends_with_its_school_year():
    token = interest_links.token_of(InterestInvitationFactory(school_year=2026))
    with time_machine.travel(datetime(2027, 7, 31, 23, 59, tzinfo=ZoneInfo("Europe/Stockholm"))):
        assert interest_links.invitation_of(token).school_year == 2026
    for later in [datetime(2027, 8, 1, 0, 1, tzinfo=ZoneInfo("Europe/Stockholm")), TODAY + timedelta(days=900)]:
        with time_machine.travel(later), pytest.raises(interest_links.LinkOver):
            interest_links.invitation_of(token)


def test_tampered_and_foreign_links_are_none():
    invitation = InterestInvitationFactory()
    token = interest_links.token_of(invitation)
    other_purpose = signing.dumps([invitation.public_id, 1], salt="visits.answer")
    gone = signing.dumps(["nobody", 1], salt="companies.interest")
    for bad in [token[:-1], "x" + token, other_purpose, gone, "", ":::", "\x00"]:
        with pytest.raises(LinkInvalid):
            interest_links.invitation_of(bad)


def test_an_answer_replaces_the_one_before():
    invitation = InterestInvitationFactory()
    say = partial(interest.answer, invitation.company, school_year=invitation.school_year, invitation=invitation)
    nobody = {"contact_name": "", "contact_email": "", "contact_phone": "", "comment": ""}
    say(
        level="yes",
        kinds=["visit"],
        months=[3],
        amount="2",
        reason="",
        ask_again_on=None,
        **nobody | {"contact_name": "Kim"},
    )
    say(level="no", kinds=[], months=[], amount="", reason="time", ask_again_on=date(2027, 8, 20), **nobody)
    given = InterestAnswer.objects.get()
    assert (given.level, given.kinds, given.reason, given.contact_name) == ("no", [], "time", "Kim")
    assert given.invitation == invitation


def test_a_member_may_take_contact_details_away():
    given = InterestAnswerFactory(contact_name="Kim")
    interest.answer(given.company, school_year=given.school_year, level="maybe", kinds=["prao"], contact_name="")
    given.refresh_from_db()
    assert (given.level, given.contact_name) == ("maybe", "")


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_sent_many_times_at_once_is_one():
    invitation = InterestInvitationFactory()
    say = partial(
        interest.answer,
        invitation.company,
        school_year=invitation.school_year,
        invitation=invitation,
        level="yes",
        kinds=["visit"],
    )
    outcomes = at_the_same_time(*[say] * 8)
    assert outcomes == [InterestAnswer.objects.get()] * 8


def test_only_yes_and_maybe_of_this_year_are_public():
    company = CompanyFactory()
    InterestAnswerFactory(company=company, school_year=2025)
    assert company.interest_now() is None
    given = InterestAnswerFactory(company=company, level="no")
    assert company.interest_now() is None
    given.level = "maybe"
    given.save()
    assert company.interest_now() == given
    assert given.kind_labels == ["study visits"]


def test_the_silent_are_reminded_once_after_two_weeks():
    due = InterestInvitationFactory(sent_at=timezone.now() - timedelta(days=14))
    InterestInvitationFactory(sent_at=timezone.now() - timedelta(days=13))
    answered = InterestInvitationFactory(sent_at=timezone.now() - timedelta(days=20))
    InterestAnswerFactory(invitation=answered, company=answered.company, level="no")
    by_themselves = InterestInvitationFactory(sent_at=timezone.now() - timedelta(days=20))
    InterestAnswerFactory(company=by_themselves.company)  # said so on their own page
    waits = InterestInvitationFactory(sent_at=timezone.now() - timedelta(days=20))
    InterestAnswerFactory(company=waits.company, school_year=2025, level="no", ask_again_on=date(2027, 1, 1))
    InterestInvitationFactory(school_year=2025, sent_at=timezone.now() - timedelta(days=200))
    InterestInvitationFactory(company__ceased_at=timezone.now(), sent_at=timezone.now() - timedelta(days=20))
    for _run in range(2):
        remind_about_interest()
    assert kinds_queued() == [("interest_reminded", due.email)]
    due.refresh_from_db()
    assert due.reminded_at == timezone.now()


@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_once():
    InterestInvitationFactory(sent_at=timezone.now() - timedelta(days=15))
    assert at_the_same_time(*[remind_about_interest] * 4) == [None] * 4
    assert len(kinds_queued()) == 1


def test_an_answer_between_queueing_and_sending_stops_the_reminder():
    invitation = InterestInvitationFactory(sent_at=timezone.now() - timedelta(days=15))
    remind_about_interest()
    InterestAnswerFactory(company=invitation.company, invitation=invitation)
    deliver_due()
    assert mail.outbox == []
    assert QueuedMail.objects.get().state == "cancelled"


def test_the_reminder_carries_the_link_of_today():
    invitation = InterestInvitationFactory(sent_at=timezone.now() - timedelta(days=15))
    remind_about_interest()
    deliver_due()
    token = mail.outbox[0].body.split("/companies/interest/answer/")[1].split("/")[0]
    assert interest_links.invitation_of(token) == invitation
    assert current_school_year() == 2026


def test_a_company_may_offer_all_five_forms_of_meeting_the_young():
    """Åpen dag, bedriftsbesøk, skolebesøk, utplassering, sommerjobb."""
    kinds = dict(InterestForm(None, given=None, with_personal=True).fields["kinds"].choices)
    assert {"open_day", "visit", "guest_lesson", "prao", "apl", "summer_job"} <= set(kinds)
