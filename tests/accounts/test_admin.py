import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Membership, User
from tests.factories.accounts import InvitationFactory, JoinRequestFactory, MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.regions import RegionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = UserFactory(is_staff=True, is_superuser=True, second_factor=True)
    client.force_login(user)
    return user


def test_the_entrance_is_the_ordinary_sign_in(client):
    response = client.get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_an_administrator_without_second_factor_sets_one_up_first(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    for name in ["admin:index", "admin:accounts_user_changelist"]:
        response = client.get(reverse(name), follow=True)
        assert response.redirect_chain[-1] == (reverse("mfa_index"), 302)


def test_others_are_kept_out(client):
    client.force_login(UserFactory())
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


@pytest.mark.parametrize("name", ["user", "membership", "invitation", "joinrequest"])
def test_lists_open_and_find_by_person_and_by_organisation(client, administrator, name):
    company = CompanyFactory(name="Findable AB")
    MembershipFactory(company=company)
    InvitationFactory(company=company)
    JoinRequestFactory(company=company)
    model = next(model for model in admin.site._registry if model._meta.model_name == name)
    response = client.get(reverse(f"admin:accounts_{name}_changelist"), {"q": "Findable" if name != "user" else "mail"})
    assert response.status_code == 200
    assert list(response.context["cl"].result_list.values_list("pk", flat=True).order_by("pk")) == list(
        model.objects.values_list("pk", flat=True).order_by("pk")
    )


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_of_memberships_needs_the_same_queries(client, administrator, count, django_assert_num_queries):
    MembershipFactory.create_batch(count)
    client.get(reverse("admin:accounts_membership_changelist"))
    with django_assert_num_queries(8):
        client.get(reverse("admin:accounts_membership_changelist"))


def test_the_first_coordinator_of_a_region_is_made_here(client, administrator):
    user, region = UserFactory(), RegionFactory()
    client.post(reverse("admin:accounts_membership_add"), {"user": user.pk, "region": region.pk, "role": "coordinator"})
    assert Membership.objects.get(user=user).organisation == region


def test_a_role_that_does_not_fit_is_explained(client, administrator):
    user, region = UserFactory(), RegionFactory()
    response = client.post(
        reverse("admin:accounts_membership_add"), {"user": user.pk, "region": region.pk, "role": "principal"}
    )
    assert response.status_code == 200
    assert not Membership.objects.filter(user=user).exists()


def test_a_user_is_added_and_closed_but_never_deleted(client, administrator):
    client.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "new@mail.example",
            "name": "New",
            "language": "sv",
            "password1": "correct horse battery",
            "password2": "correct horse battery",
        },
    )
    user = User.objects.get(email="new@mail.example")
    assert client.get(reverse("admin:accounts_user_change", args=[user.pk])).status_code == 200
    assert client.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403
