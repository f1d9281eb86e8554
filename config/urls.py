from django.contrib import admin
from django.urls import include, path

from accounts import views as accounts_views
from coordination import views as coordination_views
from core import views as core_views
from visits import poster_views

urlpatterns = [
    path("", coordination_views.landing, name="landing"),
    path("healthz", core_views.healthz, name="healthz"),
    path("readyz", core_views.readyz, name="readyz"),
    path("language/", accounts_views.set_language, name="set_language"),
    path("theme/", core_views.set_theme, name="set_theme"),
    path("", include("core.urls")),
    path("accounts/", include("allauth.urls")),
    path("people/", include("accounts.urls")),
    path("notices/", include("notifications.urls")),
    path("companies/", include("companies.urls")),
    path("schools/", include("schools.urls")),
    path("visits/", include("visits.urls")),
    path("s/<slug:school_id>/", poster_views.near_school, name="near_school"),  # short: it is written by hand
    path("", include("coordination.urls")),
    path("admin/", admin.site.urls),
]
