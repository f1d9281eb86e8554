from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import actions
from accounts.enums import JoinState, Role
from accounts.history import history_of
from accounts.models import Invitation, JoinRequest, Membership
from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.factories.accounts import InvitationFactory, JoinRequestFactory, MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolFactory

pytestmark = pytest.mark.django_db


def roles_in(company):
    return {membership.user: membership.role for membership in company.memberships.all()}


# --- invitations


def test_an_invitation_becomes_a_membership_once(mails):
    owner, invited = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner])
    invitation = actions.invite(organisation=company, email=invited.email.upper(), role=Role.CONTACT, by=owner)
    assert mails() == [(invited.email, f"You are invited to {company.name}")]

    actions.accept_invitation(invitation, by=invited)
    assert roles_in(company) == {owner: "owner", invited: "contact"}
    with pytest.raises(ActionRefused, match="no longer valid"):
        actions.accept_invitation(invitation, by=invited)


def test_the_token_is_in_the_mail_only_and_forgotten_once_sent(mailoutbox):
    owner = UserFactory()
    invitation = actions.invite(
        organisation=CompanyFactory(members=[owner]), email="new@mail.example", role=Role.CONTACT, by=owner
    )
    deliver_due()
    token = mailoutbox[0].body.split("/people/invitations/")[1].split("/")[0]
    assert len(token) == 22  # 128 bits
    assert invitation.token_hash == actions.token_hash(token)
    assert token not in invitation.token_hash
    assert QueuedMail.objects.get().details == {}


def test_an_invitation_ends_after_two_weeks():
    invitation = InvitationFactory()
    invited = UserFactory(email=invitation.email)
    later = time_machine.travel(timezone.now() + timedelta(days=14, minutes=1))
    with later, pytest.raises(ActionRefused, match="no longer valid"):
        actions.accept_invitation(invitation, by=invited)
    assert Membership.objects.count() == 0


def test_an_invitation_is_for_its_address_only():
    invitation, somebody_else = InvitationFactory(), UserFactory()
    with pytest.raises(ActionRefused, match="another address"):
        actions.accept_invitation(invitation, by=somebody_else)
    # The same address, but never confirmed, is no proof either.
    EmailAddress.objects.create(user=somebody_else, email=invitation.email, verified=False)
    with pytest.raises(ActionRefused, match="another address"):
        actions.accept_invitation(invitation, by=somebody_else)
    EmailAddress.objects.filter(email=invitation.email).update(verified=True)
    assert actions.accept_invitation(invitation, by=somebody_else).role == "contact"


def test_a_renewed_invitation_replaces_its_link():
    owner = UserFactory()
    invitation = InvitationFactory(company=CompanyFactory(members=[owner]), expires_at=timezone.now())
    old = Invitation.objects.get(pk=invitation.pk)
    actions.renew_invitation(invitation, by=owner)
    invited = UserFactory(email=invitation.email)
    with pytest.raises(ActionRefused, match="no longer valid"):
        actions.accept_invitation(old, by=invited)
    assert actions.accept_invitation(Invitation.objects.get(pk=invitation.pk), by=invited).role == "contact"


def test_a_withdrawn_invitation_lets_nobody_in():
    owner = UserFactory()
    invitation = InvitationFactory(company=CompanyFactory(members=[owner]))
    actions.revoke_invitation(invitation, by=owner)
    with pytest.raises(ActionRefused, match="no longer valid"):
        actions.accept_invitation(invitation, by=UserFactory(email=invitation.email))
    with pytest.raises(ActionRefused, match="answered or withdrawn"):
        actions.renew_invitation(invitation, by=owner)


@pytest.mark.parametrize(
    ("own", "given", "reach"),
    [
        ("principal", "principal", True),
        ("principal", "teacher", True),
        ("counsellor", "counsellor", True),
        ("counsellor", "principal", False),
        ("teacher", "teacher", False),
    ],
)
def test_nobody_gives_a_role_above_their_own(own, given, reach):
    giver, school = UserFactory(), SchoolFactory()
    MembershipFactory(user=giver, company=None, school=school, role=own)
    invite = {"organisation": school, "email": "new@mail.example", "role": Role(given), "by": giver}
    if reach:
        assert actions.invite(**invite).role == given
    else:
        with pytest.raises(ActionRefused):
            actions.invite(**invite)
        assert Invitation.objects.count() == 0


def test_a_stranger_invites_nobody():
    with pytest.raises(ActionRefused):
        actions.invite(organisation=CompanyFactory(), email="a@mail.example", role=Role.CONTACT, by=UserFactory())


def test_members_and_the_already_invited_are_not_invited_again():
    owner, colleague = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner], supervisors=[colleague])
    with pytest.raises(ActionRefused, match="already a member"):
        actions.invite(organisation=company, email=colleague.email, role=Role.CONTACT, by=owner)
    actions.invite(organisation=company, email="new@mail.example", role=Role.CONTACT, by=owner)
    with pytest.raises(ActionRefused, match="already been invited"):
        actions.invite(organisation=company, email="New@mail.example", role=Role.CONTACT, by=owner)


def test_who_loses_the_right_to_invite_leaves_no_open_invitations():
    first, second = UserFactory(), UserFactory()
    company = CompanyFactory(members=[first, second])
    invitation = actions.invite(organisation=company, email="new@mail.example", role=Role.OWNER, by=second)
    actions.remove_member(company.memberships.get(user=second), by=first)
    with pytest.raises(ActionRefused, match="no longer valid"):
        actions.accept_invitation(invitation, by=UserFactory(email="new@mail.example"))


# --- requests to join


def test_a_company_owner_lets_somebody_in(mails):
    owner, newcomer = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner])
    join_request = actions.ask_to_join(organisation=company, role=Role.CONTACT, message="Hi", by=newcomer)
    actions.admit(join_request, by=owner)
    assert roles_in(company) == {owner: "owner", newcomer: "contact"}
    assert mails() == [
        (owner.email, f"{newcomer} asks to join {company}"),
        (newcomer.email, f"Welcome to {company}"),
    ]
    with pytest.raises(ActionRefused, match="already answered"):
        actions.decline(join_request, by=owner)


def test_a_declined_request_gives_nothing_and_is_told(mails):
    owner, newcomer = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner])
    join_request = actions.ask_to_join(organisation=company, role=Role.CONTACT, message="", by=newcomer)
    actions.decline(join_request, by=owner)
    assert roles_in(company) == {owner: "owner"}
    assert mails()[-1] == (newcomer.email, f"Your request to join {company}")
    join_request.refresh_from_db()
    assert (join_request.state, join_request.decided_by) == (JoinState.DECLINED, owner)


def test_the_region_lets_people_in_at_schools_without_anybody(mails):
    coordinator, elsewhere, newcomer = UserFactory(), UserFactory(), UserFactory()
    municipality = MunicipalityFactory()
    RegionFactory(municipalities=[municipality], coordinators=[coordinator])
    RegionFactory(municipalities=[MunicipalityFactory()], coordinators=[elsewhere])
    school = SchoolFactory(municipality=municipality)
    join_request = actions.ask_to_join(organisation=school, role=Role.PRINCIPAL, message="", by=newcomer)
    assert mails() == [(coordinator.email, f"{newcomer} asks to join {school}")]
    with pytest.raises(ActionRefused):
        actions.admit(join_request, by=elsewhere)
    actions.admit(join_request, by=coordinator)
    assert roles_in(school) == {newcomer: "principal"}


def test_the_region_does_not_answer_for_companies():
    coordinator, municipality = UserFactory(), MunicipalityFactory()
    RegionFactory(municipalities=[municipality], coordinators=[coordinator])
    join_request = JoinRequestFactory(company=CompanyFactory(municipality=municipality, members=[UserFactory()]))
    with pytest.raises(ActionRefused):
        actions.admit(join_request, by=coordinator)


def test_a_counsellor_does_not_let_in_a_principal():
    counsellor, newcomer = UserFactory(), UserFactory()
    school = SchoolFactory(members=[counsellor])
    join_request = actions.ask_to_join(organisation=school, role=Role.PRINCIPAL, message="", by=newcomer)
    with pytest.raises(ActionRefused, match="does not reach"):
        actions.admit(join_request, by=counsellor)


def test_requests_that_make_no_sense_are_refused():
    owner, newcomer = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner])
    ask = {"role": Role.CONTACT, "message": ""}
    with pytest.raises(ActionRefused, match="already a member"):
        actions.ask_to_join(organisation=company, by=owner, **ask)
    actions.ask_to_join(organisation=company, by=newcomer, **ask)
    with pytest.raises(ActionRefused, match="already asked"):
        actions.ask_to_join(organisation=company, by=newcomer, **ask)
    with pytest.raises(ActionRefused, match="can let you in yet"):
        actions.ask_to_join(organisation=CompanyFactory(), by=newcomer, **ask)
    with pytest.raises(ActionRefused, match="takes no new members"):
        actions.ask_to_join(organisation=CompanyFactory(ceased_at=timezone.now()), by=newcomer, **ask)


def test_nobody_asks_everywhere_at_once():
    newcomer = UserFactory()
    JoinRequestFactory.create_batch(actions.MOST_REQUESTS_AT_ONCE, user=newcomer)
    company = CompanyFactory(members=[UserFactory()])
    with pytest.raises(ActionRefused, match="several requests"):
        actions.ask_to_join(organisation=company, role=Role.CONTACT, message="", by=newcomer)


def test_an_accepted_invitation_settles_the_request():
    invitation = InvitationFactory()
    invited = UserFactory(email=invitation.email)
    JoinRequestFactory(user=invited, company=invitation.company)
    actions.accept_invitation(invitation, by=invited)
    assert not JoinRequest.objects.pending().exists()


# --- change, leave, remove


def test_a_changed_role_is_told(mails):
    owner, colleague = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner], supervisors=[colleague])
    actions.change_membership(
        company.memberships.get(user=colleague), role=Role.OWNER, responsibility="Visits", is_substitute=True, by=owner
    )
    changed = company.memberships.get(user=colleague)
    assert (changed.role, changed.responsibility, changed.is_substitute) == ("owner", "Visits", True)
    assert mails() == [(colleague.email, f"Your role at {company} has changed")]


def test_a_new_responsibility_alone_sends_no_mail(mails):
    owner, colleague = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner], supervisors=[colleague])
    actions.change_membership(
        company.memberships.get(user=colleague), role=Role.SUPERVISOR, responsibility="A", is_substitute=False, by=owner
    )
    assert mails() == []


def test_the_last_owner_neither_leaves_nor_steps_down():
    owner = UserFactory()
    company = CompanyFactory(members=[owner], supervisors=[UserFactory()])
    membership = company.memberships.get(user=owner)
    with pytest.raises(ActionRefused, match="Give another member that role first"):
        actions.leave(membership)
    with pytest.raises(ActionRefused, match="Give another member that role first"):
        actions.change_membership(membership, role=Role.CONTACT, responsibility="", is_substitute=False, by=owner)
    assert company.memberships.get(user=owner).role == "owner"


def test_an_owner_who_can_no_longer_sign_in_does_not_count():
    owner = UserFactory()
    company = CompanyFactory(members=[owner, UserFactory(is_active=False)])
    with pytest.raises(ActionRefused):
        actions.leave(company.memberships.get(user=owner))


def test_a_removed_member_is_told_and_gone(mails):
    owner, colleague = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner], supervisors=[colleague])
    membership = company.memberships.get(user=colleague)
    actions.remove_member(membership, by=owner)
    assert roles_in(company) == {owner: "owner"}
    assert mails() == [(colleague.email, f"You are no longer a member of {company}")]
    with pytest.raises(ActionRefused, match="no longer a member"):
        actions.remove_member(membership, by=owner)


def test_a_counsellor_does_not_remove_the_principal():
    principal, counsellor = UserFactory(), UserFactory()
    school = SchoolFactory(members=[counsellor])
    above = MembershipFactory(user=principal, company=None, school=school, role="principal")
    with pytest.raises(ActionRefused, match="does not reach"):
        actions.remove_member(above, by=counsellor)


def test_every_change_is_on_record():
    owner, colleague = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner], supervisors=[colleague])
    membership = company.memberships.get(user=colleague)
    actions.change_membership(membership, role=Role.CONTACT, responsibility="", is_substitute=False, by=owner)
    actions.leave(membership)
    assert [(line.what, line.person, line.role) for line in history_of(company)] == [
        ("delete", str(colleague), "contact"),
        ("update", str(colleague), "contact"),
        ("insert", str(colleague), "supervisor"),
        ("insert", str(owner), "owner"),
    ]
