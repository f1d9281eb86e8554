from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path


def bare(request: HttpRequest) -> HttpResponse:
    """The yardstick: a view that does nothing, with a small template."""
    return render(request, "bench/bare.html", {"words": ["gate", "factory", "school"]})


urlpatterns = [path("bare/", bare), path("", include("config.urls"))]
