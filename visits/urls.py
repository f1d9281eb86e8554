from django.urls import path

from visits import public_views, views

app_name = "visits"

urlpatterns = [
    path("", public_views.offer_search, name="offer_search"),
    path("offers/<str:public_id>/", public_views.offer_detail, name="offer_detail"),
    path("bookings/", views.booking_list, name="booking_list"),
    path("bookings/<str:public_id>/", views.booking_detail, name="booking_detail"),
    path("bookings/<str:public_id>/answer/", views.booking_answer, name="booking_answer"),
    path("bookings/<str:public_id>/proposal/", views.proposal_answer, name="proposal_answer"),
    path("bookings/<str:public_id>/cancel/", views.booking_cancel, name="booking_cancel"),
    path("bookings/<str:public_id>/visit.ics", views.booking_calendar, name="booking_calendar"),
    path("times/<str:public_id>/book/", views.booking_create, name="booking_create"),
    path("host/<str:token>/", views.host_link, name="host_link"),
    path("host/<str:token>/cancel/", views.host_link_cancel, name="host_link_cancel"),
    path("proposal/<str:token>/", views.proposal_link, name="proposal_link"),
]
