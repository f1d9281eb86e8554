from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from visits.models.offers import VisitOffer


class SearchTraits(models.Model):
    """Facts that many offers have in common and that visits are counted by, once for each combination that occurs.

    The key is a hash of the rest (visits/search.py): the same facts always have the same number.
    """

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=20)
    host_kind = models.CharField(max_length=20)
    lowest_grade = models.PositiveSmallIntegerField()
    highest_grade = models.PositiveSmallIntegerField()
    languages = ArrayField(models.CharField(max_length=2))
    subjects = ArrayField(models.CharField(max_length=30))


class SearchOccupations(models.Model):
    """A set of occupations that some offer shows, once for all that show just these. Keyed like `SearchTraits`."""

    id = models.BigIntegerField(primary_key=True)
    occupations = ArrayField(models.CharField(max_length=60))


class SearchRow(models.Model):
    """All that the search asks about one published offer, in one narrow row: it reads thousands of them for a page.

    A copy, written by visits/search.py and by nothing else, and some seconds old. It decides what is found, in
    which order and how much of it; what a reader is shown of an offer comes from the offer itself. What offers are
    counted by stands here as one number for each group of facts: whole numbers are counted five times as fast.
    """

    offer = models.OneToOneField(
        VisitOffer,
        on_delete=models.CASCADE,  # a copy goes with what it was made of
        primary_key=True,
        related_name="search_row",
    )
    title = models.CharField(max_length=100)
    traits = models.ForeignKey(SearchTraits, on_delete=models.PROTECT, related_name="+", db_index=False)
    occupations = models.ForeignKey(SearchOccupations, on_delete=models.PROTECT, related_name="+", db_index=False)
    industry_id = models.CharField(max_length=2, null=True)
    municipality_id = models.CharField(max_length=7)
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
            # The usual order, so that the first page of a search that finds nearly everything comes from the index.
            models.Index(
                models.ExpressionWrapper(models.Q(free__gt=0), models.BooleanField()).desc(),
                models.F("next_free_at").asc(nulls_last=True),
                "title",
                "offer",
                name="visit_search_order",
            ),
        ]


class SearchText(models.Model):
    """The words that find an offer: many times as wide as its row, and read only when somebody asks for words."""

    row = models.OneToOneField(SearchRow, on_delete=models.CASCADE, primary_key=True, related_name="text")
    title_words = SearchVectorField()
    words = SearchVectorField()  # of all its texts, names and places

    class Meta:
        indexes = [GinIndex(fields=["words"], name="visit_search_words")]
