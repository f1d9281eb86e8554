from django.urls import path, register_converter

from accounts import views
from accounts.enums import OrganisationKind


class OrganisationKindConverter:
    regex = "|".join(OrganisationKind.values)

    def to_python(self, value: str) -> OrganisationKind:
        return OrganisationKind(value)

    def to_url(self, value: str) -> str:
        return OrganisationKind(value).value


register_converter(OrganisationKindConverter, "organisation_kind")

app_name = "accounts"

urlpatterns = [
    path("", views.my_memberships, name="my_memberships"),
    path("settings/", views.settings, name="settings"),
    path("settings/address-works/", views.address_works, name="address_works"),
    path("memberships/<slug:membership_id>/leave/", views.leave, name="leave"),
    path("invitations/<str:token>/", views.invitation_accept, name="invitation_accept"),
    path("<organisation_kind:kind>/<slug:public_id>/", views.people, name="people"),
    path("<organisation_kind:kind>/<slug:public_id>/join/", views.join, name="join"),
    path("<organisation_kind:kind>/<slug:public_id>/invite/", views.invite, name="invite"),
    path(
        "<organisation_kind:kind>/<slug:public_id>/members/<slug:membership_id>/",
        views.member_change,
        name="member_change",
    ),
    path(
        "<organisation_kind:kind>/<slug:public_id>/members/<slug:membership_id>/remove/",
        views.member_remove,
        name="member_remove",
    ),
    path(
        "<organisation_kind:kind>/<slug:public_id>/invitations/<slug:invitation_id>/renew/",
        views.invitation_renew,
        name="invitation_renew",
    ),
    path(
        "<organisation_kind:kind>/<slug:public_id>/invitations/<slug:invitation_id>/revoke/",
        views.invitation_revoke,
        name="invitation_revoke",
    ),
    path(
        "<organisation_kind:kind>/<slug:public_id>/requests/<slug:request_id>/admit/",
        views.request_admit,
        name="request_admit",
    ),
    path(
        "<organisation_kind:kind>/<slug:public_id>/requests/<slug:request_id>/decline/",
        views.request_decline,
        name="request_decline",
    ),
]
