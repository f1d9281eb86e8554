from django.urls import path

from visits import host_views, picture_views, public_views, question_views, slot_views, views

app_name = "visits"

urlpatterns = [
    path("", public_views.offer_search, name="offer_search"),
    path("offers/<slug:public_id>/", public_views.offer_detail, name="offer_detail"),
    path("bookings/", views.booking_list, name="booking_list"),
    path("bookings/<slug:public_id>/", views.booking_detail, name="booking_detail"),
    path("bookings/<slug:public_id>/answer/", views.booking_answer, name="booking_answer"),
    path("bookings/<slug:public_id>/proposal/", views.proposal_answer, name="proposal_answer"),
    path("bookings/<slug:public_id>/cancel/", views.booking_cancel, name="booking_cancel"),
    path("bookings/<slug:public_id>/visit.ics", views.booking_calendar, name="booking_calendar"),
    path("times/<slug:public_id>/book/", views.booking_create, name="booking_create"),
    path("host/<str:token>/", views.host_link, name="host_link"),
    path("host/<str:token>/cancel/", views.host_link_cancel, name="host_link_cancel"),
    path("proposal/<str:token>/", views.proposal_link, name="proposal_link"),
    path("hosting/", host_views.host_offer_list, name="host_offer_list"),
    path("hosting/offers/new/", host_views.host_offer_create, name="host_offer_create"),
    path("hosting/offers/<slug:offer_id>/", host_views.host_offer_detail, name="host_offer_detail"),
    path("hosting/offers/<slug:offer_id>/edit/", host_views.host_offer_edit, name="host_offer_edit"),
    path("hosting/offers/<slug:offer_id>/publish/", host_views.host_offer_publish, name="host_offer_publish"),
    path("hosting/offers/<slug:offer_id>/pause/", host_views.host_offer_pause, name="host_offer_pause"),
    path("hosting/offers/<slug:offer_id>/delete/", host_views.host_offer_delete, name="host_offer_delete"),
    path("hosting/offers/<slug:offer_id>/times/new/", slot_views.host_slot_create, name="host_slot_create"),
    path("hosting/offers/<slug:offer_id>/pictures/", picture_views.host_picture_list, name="host_picture_list"),
    path("hosting/times/<slug:slot_id>/", slot_views.host_slot_detail, name="host_slot_detail"),
    path("hosting/times/<slug:slot_id>/edit/", slot_views.host_slot_edit, name="host_slot_edit"),
    path("hosting/times/<slug:slot_id>/close/", slot_views.host_slot_close, name="host_slot_close"),
    path("hosting/times/<slug:slot_id>/withdraw/", slot_views.host_slot_withdraw, name="host_slot_withdraw"),
    path("hosting/times/<slug:slot_id>/print/", slot_views.host_slot_print, name="host_slot_print"),
    path(
        "hosting/pictures/<slug:picture_id>/describe/",
        picture_views.host_picture_describe,
        name="host_picture_describe",
    ),
    path("hosting/pictures/<slug:picture_id>/move/", picture_views.host_picture_move, name="host_picture_move"),
    path("hosting/pictures/<slug:picture_id>/remove/", picture_views.host_picture_remove, name="host_picture_remove"),
    path("hosting/companies/<slug:company_id>/questions/", question_views.question_list, name="question_list"),
    path(
        "hosting/companies/<slug:company_id>/questions/new/",
        question_views.question_create,
        name="question_create",
    ),
    path("hosting/questions/<slug:question_id>/", question_views.question_edit, name="question_edit"),
    path("hosting/questions/<slug:question_id>/move/", question_views.question_move, name="question_move"),
    path("hosting/questions/<slug:question_id>/remove/", question_views.question_remove, name="question_remove"),
    path("pictures/<slug:picture_id>/<int:width>.webp", picture_views.picture, name="picture"),
]
