from django.urls import path

from coordination import figure_views, views

app_name = "coordination"

urlpatterns = [
    path("start/", views.start, name="start"),
    path("figures/", figure_views.figures_home, name="figures_home"),
    path("regions/<slug:region_id>/figures/<int:year>/", figure_views.figures, name="figures"),
    path("regions/<slug:region_id>/figures/<int:year>/table.csv", figure_views.figures_export, name="figures_export"),
    path("regions/<slug:region_id>/figures/<int:year>/<slug:key>/", figure_views.figure_rows, name="figure_rows"),
    path(
        "regions/<slug:region_id>/figures/<int:year>/<slug:key>/rows.csv",
        figure_views.figure_rows_export,
        name="figure_rows_export",
    ),
    path("regions/<slug:region_id>/waiting/", figure_views.booking_stuck_list, name="booking_stuck_list"),
]
