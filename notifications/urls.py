from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("mine/", views.my_notices, name="my_notices"),
    path("stop/<str:token>/", views.stop, name="stop"),
]
