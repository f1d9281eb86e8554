"""Favourites, and searches that tell when something new fits."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core.errors import ActionRefused
from visits import wish_emails
from visits.filters import OfferFilter
from visits.models import Favourite, FavouriteHost, FoundOffer, SavedSearch, SearchRow, VisitOffer, VisitSlot

MOST_SEARCHES = 10
MOST_HOSTS = 50
NEW_FOR = timedelta(weeks=4)


def set_favourite(offer: VisitOffer, user: User, *, is_on: bool) -> None:
    if is_on:
        Favourite.objects.get_or_create(user=user, offer=offer)
    else:
        Favourite.objects.filter(user=user, offer=offer).delete()


@transaction.atomic
def set_favourite_host(company: Company, user: User, *, is_on: bool) -> None:
    """Follow a host or no longer. A list of more than fifty would be no list of favourites: refused."""
    if not is_on:
        FavouriteHost.objects.filter(user=user, company=company).delete()
        return
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    followed = FavouriteHost.objects.filter(user=user)
    if followed.exclude(company=company).count() >= MOST_HOSTS:
        raise ActionRefused(_("You have %(number)d hosts on your list. Take one off first.") % {"number": MOST_HOSTS})
    followed.get_or_create(user=user, company=company)


def followed_hosts(user: User) -> list[FavouriteHost]:
    """Each host on the list with `visits` to be booked, the next first, and `new`: those of the last four weeks."""
    hosts = list(
        FavouriteHost.objects.filter(user=user, company__in=Company.objects.visible_to(user)).select_related(
            "company__municipality"
        )
    )
    offers = VisitOffer.objects.published().filter(company__in=[host.company_id for host in hosts]).with_free_times()
    visits: dict[int, list[VisitOffer]] = {}
    for offer in offers.order_by("-published_at", "pk"):
        visits.setdefault(offer.company_id, []).append(offer)
    since = timezone.now() - NEW_FOR
    for host in hosts:
        host.visits = visits.get(host.company_id, [])
        host.new = [offer for offer in host.visits if offer.published_at and offer.published_at >= since]
        host.free = sum(offer.free for offer in host.visits)
        host.next_free_at = min((offer.next_free_at for offer in host.visits if offer.next_free_at), default=None)
    return hosts


@transaction.atomic
def save_search(user: User, query: str) -> SavedSearch:
    """From now on, what is new in this search comes by mail. What it finds today is known already."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    search = _search(user, query)
    address = search.state.urlencode()
    if len(address) > 1000 or SavedSearch.objects.filter(user=user).count() >= MOST_SEARCHES:
        raise ActionRefused(_("You have ten saved searches already. Remove one first."))
    words = ", ".join(chip.text for chip in search.chips)[:300] or _("All visits")
    saved, _is_new = SavedSearch.objects.get_or_create(user=user, query=address, defaults={"words": words})
    _remember(user, set(_fitting(search)))
    return saved


def tell_of_new() -> None:
    """Look once a day for each person, and write one mail for all that is new. Running twice writes nothing twice."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    due = SavedSearch.objects.filter(looked_at__lt=today, user__is_active=True)
    for user_id in due.order_by("user").values_list("user", flat=True).distinct():
        _tell(user_id, due)


@transaction.atomic
def _tell(user_id: int, due: Any) -> None:
    searches = list(due.filter(user=user_id).select_for_update(of=("self",)).select_related("user").order_by("pk"))
    if not searches:
        return  # another beat was here
    user = searches[0].user
    found: set[int] = set()
    for saved in searches:
        found |= set(_fitting(_search(user, saved.query)))
    known = FoundOffer.objects.filter(user=user, offer__in=found).values_list("offer", flat=True)
    new = sorted(found - set(known))
    now = timezone.now()
    SavedSearch.objects.filter(pk__in=[saved.pk for saved in searches]).update(looked_at=now)
    if new:
        _remember(user, set(new))
        wish_emails.something_new(user, offers=new, expires_at=now + timedelta(days=1))


def _remember(user: User, offers: set[int]) -> None:
    FoundOffer.objects.bulk_create([FoundOffer(user=user, offer_id=pk) for pk in offers], ignore_conflicts=True)


def _search(user: User, query: str) -> OfferFilter:
    return OfferFilter(QueryDict(query), SearchRow.objects.all(), request=SimpleNamespace(user=user))


def _fitting(search: OfferFilter) -> Any:
    """All that the search finds, on every page."""
    offers = search.qs.filter(**dict.fromkeys(search.fits_columns, True))
    must_be_free = "free" in search.chosen or "pupils" in search.chosen
    if must_be_free or search.in_period:
        times = VisitSlot.objects.upcoming().filter(search.in_period, search.free_slot if must_be_free else Q())
        offers = offers.filter(pk__in=times.values("offer"))
    return offers.order_by().values_list("pk", flat=True)
