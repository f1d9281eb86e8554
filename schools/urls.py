from django.urls import path

from schools import views

app_name = "schools"

urlpatterns = [
    path("find/", views.school_find, name="school_find"),
    path("<slug:public_id>/", views.school_detail, name="school_detail"),
    path("<slug:public_id>/classes/new/", views.class_create, name="class_create"),
    path("<slug:public_id>/classes/copy/", views.class_copy, name="class_copy"),
    path("<slug:public_id>/classes/<slug:class_id>/", views.class_edit, name="class_edit"),
    path("<slug:public_id>/classes/<slug:class_id>/archive/", views.class_archive, name="class_archive"),
    path("<slug:public_id>/classes/<slug:class_id>/restore/", views.class_restore, name="class_restore"),
    path("<slug:public_id>/closed-days/", views.closed_days, name="closed_days"),
    path("<slug:public_id>/closed-days/remove/", views.closed_days_remove, name="closed_days_remove"),
    path("<slug:public_id>/contacts/new/", views.contact_create, name="contact_create"),
    path("<slug:public_id>/contacts/<slug:contact_id>/", views.contact_edit, name="contact_edit"),
    path("<slug:public_id>/contacts/<slug:contact_id>/remove/", views.contact_remove, name="contact_remove"),
]
