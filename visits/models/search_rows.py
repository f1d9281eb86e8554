from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from companies.enums import CompanyKind
from visits.models.offers import VisitOffer


class SearchRow(models.Model):
    """All that the search asks about one published offer, in one narrow row: it reads thousands of them for a page.

    A copy, written by visits/search.py and by nothing else, and some seconds old. It decides what is found, in
    which order and how much of it; what a reader is shown of an offer comes from the offer itself.
    """

    offer = models.OneToOneField(
        VisitOffer,
        on_delete=models.CASCADE,  # a copy goes with what it was made of
        primary_key=True,
        related_name="search_row",
    )
    title = models.CharField(max_length=100)
    title_words = SearchVectorField()
    words = SearchVectorField()  # of all its texts, names and places
    kind = models.CharField(max_length=20)
    host_kind = models.CharField(max_length=20, default=CompanyKind.COMPANY, db_default=CompanyKind.COMPANY)
    lowest_grade = models.PositiveSmallIntegerField()
    highest_grade = models.PositiveSmallIntegerField()
    languages = ArrayField(models.CharField(max_length=2))
    occupations = ArrayField(models.CharField(max_length=60))
    subjects = ArrayField(models.CharField(max_length=30), default=list, db_default=[])
    industry_id = models.CharField(max_length=2, null=True)
    municipality_id = models.CharField(max_length=7)
    county_id = models.CharField(max_length=5)
    group_min = models.PositiveSmallIntegerField()
    group_max = models.PositiveSmallIntegerField()
    travel_km = models.PositiveSmallIntegerField(null=True)
    is_free_of_charge = models.BooleanField()
    lat = models.FloatField(null=True)  # from where distances are measured; a visit on a screen is near everybody
    lon = models.FloatField(null=True)
    free = models.PositiveIntegerField()  # times that can be booked now
    next_free_at = models.DateTimeField(null=True)  # the first of them
    most_places = models.PositiveIntegerField()  # the largest group that one of them has room for

    class Meta:
        ordering = ["pk"]
        indexes = [
            GinIndex(fields=["words"], name="visit_search_words"),
            # The usual order, so that the first page of a search that finds nearly everything comes from the index.
            models.Index(
                models.ExpressionWrapper(models.Q(free__gt=0), models.BooleanField()).desc(),
                models.F("next_free_at").asc(nulls_last=True),
                "title",
                "offer",
                name="visit_search_order",
            ),
        ]
