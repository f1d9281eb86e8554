"""For those without a place: the smallest single change that opens a seat which is still free."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.problem import Seeker
from matching.engine.world import Floats, Longs, World, kilometres, unit_vectors


class Nearest:
    """Another week before a longer way: it costs nobody anything. Who comes in a group cannot change alone."""

    def __init__(self, world: World, where: Longs) -> None:
        self.world = world
        self.places = np.flatnonzero(_free(world, where))
        offers = world.place_offer[self.places]
        self.vectors = unit_vectors(world.offer_lat[offers], world.offer_lon[offers])
        self.seekers = unit_vectors(world.lat, world.lon)
        self.suitable: dict[tuple[Any, ...], Longs] = {}

    def change(self, number: int) -> dict[str, Any] | None:
        world, seeker = self.world, self.world.seekers[number]
        among = self._suitable(seeker)
        if not len(among) or seeker.group is not None:
            return None
        step = self.vectors[:, among] - self.seekers[:, [number]]
        km: Floats = kilometres(np.sqrt((step * step).sum(axis=0)))
        mine = np.array([period in seeker.periods for period in world.periods], dtype=bool)
        in_week, in_reach = mine[world.place_period[self.places[among]]], km <= seeker.max_km
        for change, which in (("period", ~in_week & in_reach), ("max_km", in_week & ~in_reach)):
            at = np.flatnonzero(which)
            for one in at[np.lexsort((world.place_lottery[self.places[among[at]]], km[at]))].tolist():
                place = int(self.places[among[one]])
                offer, period = world.offers[world.place_offer[place]], world.periods[world.place_period[place]]
                if (seeker.id, offer.id, period) not in world.problem.banned:
                    to: Any = period if change == "period" else math.ceil(km[one])
                    return {"change": change, "to": to, "offer": offer.id}
        return None

    def _suitable(self, seeker: Seeker) -> Longs:
        """Which of the free places break no rule but those of week and way. Seekers who are alike share the answer."""
        key = (seeker.programme, seeker.age_band, seeker.needs, seeker.excluded, seeker.school)
        if key not in self.suitable:
            world = self.world
            good = {}
            for number in set(world.place_offer[self.places].tolist()):
                offer = world.offers[number]
                good[number] = (
                    (not offer.programmes or seeker.programme in (*offer.programmes, *offer.related_programmes))
                    and seeker.age_band in offer.age_bands
                    and set(seeker.needs) <= set(offer.offers_needs)
                    and world.hosts[world.offer_host[number]].id not in seeker.excluded
                    and (not offer.reserved_for_schools or seeker.school in offer.reserved_for_schools)
                )
            self.suitable[key] = np.flatnonzero([good[number] for number in world.place_offer[self.places].tolist()])
        return self.suitable[key]


def _free(world: World, where: Longs) -> NDArray[np.bool_]:
    """Places with a seat that could still be taken, all capacities above it asked."""
    placed = where[where >= 0]
    free: NDArray[np.bool_] = world.seats_left > np.bincount(placed, minlength=len(world.place_offer))
    hosts = world.host_left - np.bincount(world.place_host[placed], minlength=len(world.hosts))
    free &= hosts[world.place_host] > 0
    for caps, node in ((world.workplace_left, world.place_workplace), (world.host_period_left, world.place_host)):
        key = node.astype(np.int64) * len(world.periods) + world.place_period
        used = np.bincount(key[placed], minlength=int(key.max(initial=0)) + 1)
        limits = np.full(len(used), np.iinfo(np.int64).max)
        for (number, week), left in caps.items():
            if number * len(world.periods) + week < len(limits):
                limits[number * len(world.periods) + week] = left
        free &= (used < limits)[key]
    return free
