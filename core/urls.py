from django.urls import path

from core import views

urlpatterns = [
    path("accessibility/", views.accessibility, name="accessibility"),
    path("personal-data/", views.privacy, name="privacy"),
    path("contact/", views.contact, name="contact"),
]
