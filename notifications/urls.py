from django.urls import path

from notifications import preview_views, views

app_name = "notifications"

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read/", views.read_all, name="read_all"),
    path("mine/", views.my_notices, name="my_notices"),
    path("mine/number/", views.number_give, name="number_give"),
    path("mine/number/confirm/", views.number_confirm, name="number_confirm"),
    path("mine/number/forget/", views.number_forget, name="number_forget"),
    path("preview/", preview_views.preview_list, name="preview_list"),
    path("preview/<slug:name>/", preview_views.preview_detail, name="preview_detail"),
    path("preview/<slug:name>/mail/", preview_views.preview_frame, name="preview_frame"),
    path("<slug:public_id>/", views.notice, name="notice"),
    path("stop/<str:token>/", views.stop, name="stop"),
]
