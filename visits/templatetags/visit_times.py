"""What a company offers, for pages of apps that know nothing of visits."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.db.models import Count, F

from companies.models import Company
from visits.models import CoHost, FavouriteHost, VisitOffer, VisitSlot

register = template.Library()


@register.simple_tag
def offers_of(company: Company, user: Any) -> list[VisitOffer]:
    """The company's visits that the reader may see, those with the next free times first."""
    offers = VisitOffer.objects.visible_to(user).filter(company=company).with_free_times()
    return list(offers.order_by(F("next_free_at").asc(nulls_last=True), "title", "pk"))


@register.simple_tag
def offers_together(company: Company) -> list[VisitOffer]:
    """Published visits of other hosts that the company holds together with them."""
    held = CoHost.objects.confirmed().filter(company=company).values("offer")
    return list(VisitOffer.objects.published().filter(pk__in=held).select_related("company").order_by("title", "pk"))


@register.simple_tag
def free_times_of(cards: Iterable[tuple[Any, Company]]) -> dict[int, int]:
    """How many times can be booked now, by the company's key. A company without any is missing."""
    slots = VisitSlot.objects.bookable().with_places().filter(offer__company__in=[company for _row, company in cards])
    return dict(slots.order_by().values_list("offer__company").annotate(Count("pk")))


@register.simple_tag
def follows(user: Any, company: Company) -> bool:
    """Whether the host is on the reader's list."""
    return user.is_authenticated and FavouriteHost.objects.filter(user=user, company=company).exists()


@register.filter
def of(numbers: dict[int, int], key: int) -> int:
    return numbers.get(key, 0)
