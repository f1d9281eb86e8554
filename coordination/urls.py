from django.urls import path

from coordination import (
    about_views,
    figure_views,
    goal_views,
    import_views,
    owner_views,
    personal_data_views,
    region_views,
    vetting_views,
    views,
)

app_name = "coordination"

urlpatterns = [
    path("start/", views.start, name="start"),
    path("figures/", figure_views.figures_home, name="figures_home"),
    path("regions/", region_views.region_list, name="region_list"),
    path("regions/<slug:region_id>/", region_views.region_detail, name="region_detail"),
    path("regions/<slug:region_id>/edit/", region_views.region_edit, name="region_edit"),
    path("regions/<slug:region_id>/logo.webp", region_views.region_logo, name="region_logo"),
    path("regions/<slug:region_id>/figures/<int:year>/", figure_views.figures, name="figures"),
    path("regions/<slug:region_id>/figures/<int:year>/table.csv", figure_views.figures_export, name="figures_export"),
    path("regions/<slug:region_id>/figures/<int:year>/<slug:key>/", figure_views.figure_rows, name="figure_rows"),
    path(
        "regions/<slug:region_id>/figures/<int:year>/<slug:key>/rows.csv",
        figure_views.figure_rows_export,
        name="figure_rows_export",
    ),
    path("regions/<slug:region_id>/goals/", goal_views.goal_list, name="goal_list"),
    path("regions/<slug:region_id>/goals/new/", goal_views.goal_create, name="goal_create"),
    path("goals/<slug:goal_id>/", goal_views.goal_edit, name="goal_edit"),
    path("goals/<slug:goal_id>/remove/", goal_views.goal_remove, name="goal_remove"),
    path("regions/<slug:region_id>/waiting/", figure_views.booking_stuck_list, name="booking_stuck_list"),
    path("personal-data/mine.json", personal_data_views.my_data, name="my_data"),
    path("owners/", owner_views.owner_home, name="owner_home"),
    path("owners/<slug:owner_id>/schools/", owner_views.owner_schools, name="owner_schools"),
    path("owners/<slug:owner_id>/bookings/", owner_views.owner_bookings, name="owner_bookings"),
    path("owners/<slug:owner_id>/people/", owner_views.owner_people, name="owner_people"),
    path("owners/<slug:owner_id>/closed-days/", owner_views.owner_closed_days, name="owner_closed_days"),
    path(
        "owners/<slug:owner_id>/closed-days/remove/",
        owner_views.owner_closed_days_remove,
        name="owner_closed_days_remove",
    ),
    path("regions/<slug:region_id>/settings/", vetting_views.region_settings, name="region_settings"),
    path("vetting/", vetting_views.vetting_list, name="vetting_list"),
    path("vetting/<slug:public_id>/", vetting_views.vetting_detail, name="vetting_detail"),
    path("about/data/", about_views.about_data, name="about_data"),
    path("imports/", import_views.import_list, name="import_list"),
    path("imports/new/", import_views.import_create, name="import_create"),
    path("imports/<str:public_id>/", import_views.import_detail, name="import_detail"),
    path("imports/<str:public_id>/apply/", import_views.import_apply, name="import_apply"),
    path("imports/<str:public_id>/restart/", import_views.import_restart, name="import_restart"),
]
