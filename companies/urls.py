from django.urls import path

from companies import interest_views, profile_views, public_views, register_views

app_name = "companies"

urlpatterns = [
    path("", public_views.company_search, name="company_search"),
    path("company/<str:public_id>/", public_views.company_detail, name="company_detail"),
    path("register/", register_views.company_register, name="company_register"),
    path(
        "register/<slug:country>/<slug:org_number>/",
        register_views.company_register_details,
        name="company_register_details",
    ),
    path("interest/", interest_views.interest_list, name="interest_list"),
    path("interest/ask/", interest_views.interest_ask, name="interest_ask"),
    path("interest/ask-new/", interest_views.interest_ask_new, name="interest_ask_new"),
    path("interest/renew/<slug:public_id>/", interest_views.interest_renew, name="interest_renew"),
    path("interest/answer/<str:token>/", interest_views.interest_answer, name="interest_answer"),
    path("interest/answer/<str:token>/thanks/", interest_views.interest_thanks, name="interest_thanks"),
    path("interest/answer/<str:token>/new-link/", interest_views.interest_new_link, name="interest_new_link"),
    path("own/<slug:public_id>/", profile_views.company_profile, name="company_profile"),
    path("own/<slug:public_id>/edit/", profile_views.company_edit, name="company_edit"),
    path("own/<slug:public_id>/interest/", interest_views.interest_edit, name="interest_edit"),
    path(
        "own/<slug:public_id>/sign-up/workplace/",
        register_views.company_register_workplace,
        name="company_register_workplace",
    ),
    path(
        "own/<slug:public_id>/sign-up/contact/",
        register_views.company_register_contact,
        name="company_register_contact",
    ),
    path("own/<slug:public_id>/welcome/", register_views.company_welcome, name="company_welcome"),
    path("own/<slug:public_id>/workplaces/new/", profile_views.workplace_create, name="workplace_create"),
    path("own/<slug:public_id>/workplaces/<slug:workplace_id>/", profile_views.workplace_edit, name="workplace_edit"),
    path("own/<slug:public_id>/contacts/new/", profile_views.contact_create, name="contact_create"),
    path("own/<slug:public_id>/contacts/<slug:contact_id>/", profile_views.contact_edit, name="contact_edit"),
    path(
        "own/<slug:public_id>/contacts/<slug:contact_id>/remove/",
        profile_views.contact_remove,
        name="contact_remove",
    ),
]
