from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companies.models import Company
from core.models import PublicIdModel
from schools.models import School, SchoolClass
from visits.enums import FeedKind


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def of(self, user: Any) -> Self:
        return self.filter(user=user).select_related("school_class__school", "school", "company")


class CalendarFeed(PublicIdModel):
    """An address that a person's calendar program reads again and again, without signing in.

    The address is a key: here is its hash only. It opens what its owner may see at the time of reading.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendar_feeds")  # nobody reads on
    kind = models.CharField(_("kind"), max_length=10, choices=FeedKind)
    # What it is about goes away only where nothing was ever booked: then the address has nothing to say.
    school_class = models.ForeignKey(SchoolClass, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    # What was handed out last, so that programs that ask whether anything is new get a true answer.
    content_hash = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    hour_began_at = models.DateTimeField(default=timezone.now)
    reads_this_hour = models.PositiveIntegerField(default=0)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "school_class", "school", "company"],
                name="calendar_feed_once",
                nulls_distinct=False,
            ),
        ]

    @property
    def about(self) -> str:
        """Whose visits it tells of, as its owner reads it."""
        if self.school_class:
            return f"{self.school_class}, {self.school_class.school}"
        return str(self.school or self.company or FeedKind.PERSON.label)

    @property
    def choice(self) -> str:
        """How the form names it."""
        target = self.school_class or self.school or self.company
        return f"{self.kind}:{target.public_id}" if target else str(self.kind)
