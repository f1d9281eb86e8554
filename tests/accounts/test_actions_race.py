from functools import partial

import pytest

from accounts import actions
from accounts.enums import Role
from accounts.models import Invitation, Membership
from core.errors import ActionRefused
from tests.concurrency import at_the_same_time
from tests.factories.accounts import InvitationFactory, UserFactory
from tests.factories.companies import CompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)


def leave_at_once(company):
    memberships = list(company.memberships.select_related("company"))
    outcomes = at_the_same_time(*[partial(actions.leave, membership) for membership in memberships])
    return sorted(type(outcome).__name__ for outcome in outcomes)


def test_two_owners_leaving_at_once_leave_one_behind():
    company = CompanyFactory(members=UserFactory.create_batch(2))
    assert leave_at_once(company) == ["ActionRefused", "NoneType"]
    assert company.memberships.count() == 1


def test_without_the_lock_both_would_leave(monkeypatch):
    """The negative control: the test above can fail."""
    import threading

    both_have_looked = threading.Barrier(2, timeout=10)
    check = actions._check_not_last

    def look_and_wait(membership):
        check(membership)
        both_have_looked.wait()

    monkeypatch.setattr(actions, "_lock", actions.kind_of)
    monkeypatch.setattr(actions, "_check_not_last", look_and_wait)
    company = CompanyFactory(members=UserFactory.create_batch(2))
    assert leave_at_once(company) == ["NoneType", "NoneType"]
    assert company.memberships.count() == 0


def test_two_owners_removing_each_other_leave_one_behind():
    first, second = UserFactory.create_batch(2)
    company = CompanyFactory(members=[first, second])
    of = {m.user_id: m for m in company.memberships.select_related("company", "user")}
    outcomes = at_the_same_time(
        partial(actions.remove_member, of[second.pk], by=first), partial(actions.remove_member, of[first.pk], by=second)
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ActionRefused", "NoneType"]
    assert company.memberships.count() == 1


def test_an_invitation_clicked_eight_times_at_once_gives_one_membership():
    invitation = InvitationFactory()
    invited = UserFactory(email=invitation.email)
    copies = [Invitation.objects.select_related("company").get() for _ in range(8)]
    outcomes = at_the_same_time(*[partial(actions.accept_invitation, copy, by=invited) for copy in copies])
    assert sum(isinstance(outcome, Membership) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ActionRefused) for outcome in outcomes) == 7
    assert invited.memberships.count() == 1


def test_one_address_invited_twice_at_once_is_invited_once():
    owner = UserFactory()
    company = CompanyFactory(members=[owner])
    invite = partial(actions.invite, organisation=company, email="new@mail.example", role=Role.CONTACT, by=owner)
    outcomes = at_the_same_time(invite, invite)
    assert {type(outcome) for outcome in outcomes} == {Invitation, ActionRefused}
