import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.enums import Role
from accounts.models import JoinRequest, Membership
from tests.factories.accounts import InvitationFactory, JoinRequestFactory, MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolFactory, SchoolOwnerFactory

pytestmark = pytest.mark.django_db


def people_url(company):
    return reverse("accounts:people", args=["company", company.public_id])


class Company:
    """A company with every kind of row the pages show, and the addresses of its pages."""

    def __init__(self):
        self.owner, self.supervisor, self.second_owner = UserFactory.create_batch(3)
        self.company = CompanyFactory(members=[self.owner, self.second_owner], supervisors=[self.supervisor])
        self.invitation = InvitationFactory(
            company=self.company, invited_by=self.owner, token=f"token-for-{self.company.pk}"
        )
        self.request = JoinRequestFactory(company=self.company)

    def url(self, name):
        of = ["company", self.company.public_id]
        member = self.company.memberships.get(user=self.supervisor).public_id
        args = {
            "people": of,
            "join": of,
            "invite": of,
            "member_change": [*of, member],
            "member_remove": [*of, member],
            "invitation_renew": [*of, self.invitation.public_id],
            "invitation_revoke": [*of, self.invitation.public_id],
            "request_admit": [*of, self.request.public_id],
            "request_decline": [*of, self.request.public_id],
            "leave": [member],
            "invitation_accept": [f"token-for-{self.company.pk}"],
        }
        return reverse(f"accounts:{name}", args=args.get(name, []))


ACCESS = {  # anonymous, without membership, supervisor here, owner elsewhere, owner here
    "GET my_memberships": [302, 200, 200, 200, 200],
    "GET settings": [302, 200, 200, 200, 200],
    "POST address_works": [302, 302, 302, 302, 302],
    "GET people": [302, 403, 200, 404, 200],
    "GET join": [302, 200, 200, 200, 200],
    "POST join": [302, 200, 200, 200, 200],
    "GET invite": [405, 405, 405, 405, 405],
    "POST invite": [302, 403, 403, 404, 200],
    "GET member_change": [302, 403, 403, 404, 200],
    "POST member_change": [302, 403, 403, 404, 200],
    "GET member_remove": [302, 403, 403, 404, 200],
    "POST member_remove": [302, 403, 403, 404, 302],
    "GET invitation_renew": [405, 405, 405, 405, 405],
    "POST invitation_renew": [302, 403, 403, 404, 302],
    "GET invitation_revoke": [405, 405, 405, 405, 405],
    "POST invitation_revoke": [302, 403, 403, 404, 302],
    "GET request_admit": [405, 405, 405, 405, 405],
    "POST request_admit": [302, 403, 404, 404, 302],
    "GET request_decline": [405, 405, 405, 405, 405],
    "POST request_decline": [302, 403, 404, 404, 302],
    "GET leave": [302, 404, 200, 404, 404],
    "GET invitation_accept": [200, 200, 200, 200, 200],
    "POST invitation_accept": [200, 200, 200, 200, 200],
}


@pytest.mark.parametrize("call", ACCESS)
@pytest.mark.parametrize("who", range(5), ids=["anonymous", "nobody", "supervisor", "other owner", "owner"])
def test_access(client, sign_in, call, who):
    here = Company()
    other = UserFactory()
    CompanyFactory(members=[other])
    user = [None, UserFactory(), here.supervisor, other, here.owner][who]
    if user:
        sign_in(user)
    method, name = call.split()
    response = getattr(client, method.lower())(here.url(name))
    assert response.status_code == ACCESS[call][who]


def test_every_address_is_in_the_table():
    from accounts.urls import urlpatterns

    assert {call.split()[1] for call in ACCESS} == {pattern.name for pattern in urlpatterns}


@pytest.mark.parametrize(
    "name", ["member_change", "member_remove", "invitation_renew", "invitation_revoke", "request_admit"]
)
def test_rows_of_another_organisation_are_not_found_under_ones_own(client, sign_in, name):
    here, mine = Company(), Company()
    sign_in(mine.owner)
    mixed = here.url(name).replace(here.company.public_id, mine.company.public_id)
    assert client.post(mixed).status_code == 404


def test_every_kind_of_organisation_has_its_page(client, sign_in):
    user = UserFactory(second_factor=True)
    region, owner, school, company = RegionFactory(), SchoolOwnerFactory(), SchoolFactory(), CompanyFactory()
    memberships = [
        MembershipFactory(user=user, company=company, role="owner"),
        MembershipFactory(user=user, company=None, school=school, role="principal"),
        MembershipFactory(user=user, company=None, school_owner=owner, role="coordinator"),
        MembershipFactory(user=user, company=None, region=region, role="coordinator"),
    ]
    sign_in(user)
    for membership in memberships:
        response = client.get(membership.get_absolute_url())
        assert response.context["organisation"] == membership.organisation
        assert response.context["manages"] is True


@pytest.mark.parametrize("count", [1, 5])
def test_the_people_page_needs_the_same_queries_for_one_and_for_five(client, sign_in, count, django_assert_num_queries):
    owner = UserFactory(name="Ada")
    company = CompanyFactory(members=[owner], supervisors=UserFactory.create_batch(count))
    InvitationFactory.create_batch(count, company=company)
    JoinRequestFactory.create_batch(count, company=company)
    sign_in(owner)
    client.get(people_url(company))  # the session notes the visit
    with django_assert_num_queries(12):
        response = client.get(people_url(company))
    assert len(response.context["page"]) == count + 1
    assert len(response.context["invitations"]) == count
    assert len(response.context["join_requests"]) == count
    assert len(response.context["history"]) == count + 1


def test_members_see_colleagues_but_neither_invitations_nor_history(client, sign_in):
    here = Company()
    sign_in(here.supervisor)
    page = client.get(here.url("people")).content.decode()
    assert here.owner.email in page
    assert here.invitation.email not in page
    assert here.request.user.email not in page


def test_the_region_sees_who_asks_at_a_school_and_not_its_members(client, sign_in):
    coordinator, counsellor = UserFactory(second_factor=True), UserFactory()
    municipality = MunicipalityFactory()
    RegionFactory(municipalities=[municipality], coordinators=[coordinator])
    school = SchoolFactory(municipality=municipality, members=[counsellor])
    join_request = JoinRequestFactory(company=None, school=school, role="teacher")
    sign_in(coordinator)
    page = client.get(reverse("accounts:people", args=["school", school.public_id])).content.decode()
    assert join_request.user.email in page
    assert counsellor.email not in page
    client.post(reverse("accounts:request_admit", args=["school", school.public_id, join_request.public_id]))
    assert school.memberships.get(user=join_request.user).role == "teacher"
    elsewhere = SchoolFactory(municipality=MunicipalityFactory())
    assert client.get(reverse("accounts:people", args=["school", elsewhere.public_id])).status_code == 404


def test_an_invitation_is_made_and_a_mistake_is_explained_beside_the_form(client, sign_in):
    here = Company()
    sign_in(here.owner)
    response = client.post(here.url("invite"), {"email": "new@mail.example", "role": "contact"}, follow=True)
    assert "An invitation is on its way to new@mail.example." in response.content.decode()
    response = client.post(here.url("invite"), {"email": here.supervisor.email, "role": "contact"})
    assert "This person is already a member." in response.content.decode()


def test_inviting_asks_for_the_password_again_and_then_goes_through(client, mails):
    here = Company()
    client.force_login(here.owner)
    response = client.post(here.url("invite"), {"email": "new@mail.example", "role": "contact"})
    assert response.url.startswith(reverse("account_reauthenticate"))
    assert mails() == []
    client.post(response.url, {"password": "correct horse battery", "next": here.url("invite")})
    assert mails()[-1][0] == "new@mail.example"


def test_the_link_of_an_invitation_shows_a_button_and_only_the_button_acts(client, sign_in):
    here = Company()
    invited = sign_in(UserFactory(email=here.invitation.email))
    response = client.get(here.url("invitation_accept"))
    assert "Accept the invitation" in response.content.decode()
    assert response["Referrer-Policy"] == "strict-origin"
    assert not invited.memberships.exists()
    response = client.post(here.url("invitation_accept"))
    assert response.status_code == 302
    assert here.company.memberships.get(user=invited).role == "contact"
    assert client.get(here.url("invitation_accept")).status_code == 410


def test_who_is_not_signed_in_is_led_there_and_back(client):
    here = Company()
    page = client.get(here.url("invitation_accept")).content.decode()
    assert f"{reverse('account_signup')}?next={here.url('invitation_accept')}" in page
    assert f"{reverse('account_login')}?next={here.url('invitation_accept')}" in page
    assert here.invitation.email not in page
    client.post(here.url("invitation_accept"))
    assert here.company.memberships.count() == 3


def test_the_wrong_person_is_told_why(client, sign_in):
    here = Company()
    sign_in(UserFactory())
    assert "was sent to another address" in client.get(here.url("invitation_accept")).content.decode()
    assert "This invitation was sent to another address." in client.post(here.url("invitation_accept")).content.decode()
    assert here.company.memberships.count() == 3


def test_an_expired_or_invented_link_says_so(client):
    InvitationFactory(token="old", expires_at=timezone.now() - timedelta(minutes=1))
    for token in ["old", "invented"]:
        response = client.get(reverse("accounts:invitation_accept", args=[token]))
        assert response.status_code == 410
        assert "no longer open" in response.content.decode()


def test_asking_to_join_and_being_let_in(client, sign_in):
    here = Company()
    newcomer = sign_in(UserFactory())
    client.post(here.url("join"), {"role": "contact", "message": "I plan the visits."})
    join_request = JoinRequest.objects.get(user=newcomer)
    assert here.company.name in client.get(reverse("accounts:my_memberships")).content.decode()
    sign_in(here.owner)
    assert "I plan the visits." in client.get(here.url("people")).content.decode()
    client.post(reverse("accounts:request_admit", args=["company", here.company.public_id, join_request.public_id]))
    assert here.company.memberships.get(user=newcomer).role == "contact"


def test_one_asks_to_join_companies_and_schools_only(client, sign_in):
    sign_in(UserFactory())
    for kind, row in [("region", RegionFactory()), ("school_owner", SchoolOwnerFactory())]:
        assert client.get(reverse("accounts:join", args=[kind, row.public_id])).status_code == 404
    assert (
        client.get(reverse("accounts:join", args=["school", SchoolFactory(is_active=False).public_id])).status_code
        == 404
    )


def test_a_lost_role_is_lost_at_the_next_request(client, sign_in):
    here = Company()
    sign_in(here.second_owner)
    assert client.get(here.url("member_change")).status_code == 200
    Membership.objects.filter(user=here.second_owner).update(role="supervisor")
    assert client.get(here.url("member_change")).status_code == 403
    Membership.objects.filter(user=here.second_owner).delete()
    assert client.get(here.url("people")).status_code == 403


def test_changing_a_member(client, sign_in):
    here = Company()
    sign_in(here.owner)
    client.post(here.url("member_change"), {"role": "contact", "responsibility": "Safety", "is_substitute": "on"})
    changed = here.company.memberships.get(user=here.supervisor)
    assert (changed.role, changed.responsibility, changed.is_substitute) == ("contact", "Safety", True)
    page = client.get(here.url("people")).content.decode()
    assert "Safety" in page
    assert re.search(rf"{here.supervisor.name} was changed and is now contact person", page)
    assert re.search(rf"by\s+{here.owner.name}", page)


def test_leaving(client, sign_in):
    here = Company()
    sign_in(here.supervisor)
    response = client.post(here.url("leave"), follow=True)
    assert f"You have left {here.company.name}." in response.content.decode()
    assert not here.company.memberships.filter(user=here.supervisor).exists()


def test_the_last_owner_reads_why_they_cannot_leave(client, sign_in):
    owner = sign_in(UserFactory())
    membership = CompanyFactory(members=[owner]).memberships.get()
    response = client.post(reverse("accounts:leave", args=[membership.public_id]))
    assert "Give another member that role first." in response.content.decode()


def test_settings_are_saved_and_the_page_answers_in_the_new_language(client, sign_in):
    user = sign_in(UserFactory())
    response = client.post(reverse("accounts:settings"), {"name": "Kim", "phone": "070", "language": "nn"}, follow=True)
    user.refresh_from_db()
    assert (user.name, user.phone, user.language) == ("Kim", "070", "nn")
    assert '<html lang="nn"' in response.content.decode()


def test_the_language_switch_is_remembered_with_the_account(client, sign_in):
    user = sign_in(UserFactory(language="sv"))
    client.post(reverse("set_language"), {"language": "nb", "next": "/"})
    user.refresh_from_db()
    assert user.language == "nb"
    client.post(reverse("set_language"), {"language": "xx", "next": "/"})
    user.refresh_from_db()
    assert user.language == "nb"


def test_the_language_switch_works_for_everybody(client):
    client.post(reverse("set_language"), {"language": "nb", "next": "/"})
    assert '<html lang="nb"' in client.get(reverse("account_login")).content.decode()


def test_a_mail_speaks_its_readers_language(mails):
    owner, newcomer = UserFactory(language="sv"), UserFactory(language="nb")
    company = CompanyFactory(members=[owner])
    actions.ask_to_join(organisation=company, role=Role.CONTACT, message="", by=newcomer)
    from notifications.models import QueuedMail

    assert QueuedMail.objects.get().language == "sv"
