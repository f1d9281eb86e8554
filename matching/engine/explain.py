"""Why each seeker is where they are: what every better wish failed on, and what keeps the others out."""

from collections import Counter
from typing import Any

from matching.engine import rules
from matching.engine.candidates import Pairs
from matching.engine.nearest import Nearest
from matching.engine.problem import Seeker
from matching.engine.world import Longs, World, distance

# Rules that say something about the seeker rather than about the offers nearby: asked for in this order.
_ABOUT_THE_SEEKER = (rules.AGE, rules.NEEDS, rules.PROGRAMME, rules.EXCLUDED, rules.RESERVED, rules.BANNED)


class Reasons:
    def __init__(self, world: World, pairs: Pairs, where: Longs) -> None:
        self.world, self.pairs, self.where = world, pairs, where
        self.nearest = Nearest(world, where)
        self.wished = Counter(name for seeker in world.problem.seekers for name in seeker.wishes)
        self.offers = {offer.id: offer for offer in world.offers}

    def of_placed(self, number: int) -> dict[str, Any]:
        """The rank of the wish, and of each better one why not."""
        seeker = self.world.seekers[number]
        offer = self.world.offers[self.world.place_offer[self.where[number]]].id
        if offer in seeker.wishes:
            rank = seeker.wishes.index(offer)
            return {"code": f"wish_{rank + 1}", "better": [self._why_not(number, one) for one in seeker.wishes[:rank]]}
        code = "not_wished" if seeker.wishes else "no_wishes"
        return {"code": code, "better": [self._why_not(number, one) for one in seeker.wishes]}

    def of_unplaced(self, number: int) -> dict[str, Any]:
        """The first thing that explains it, how many places were possible, and what forbade the others."""
        refused = {
            code: int(self.pairs.refused[number, rules.NUMBER[code]])
            for code in rules.IN_ORDER
            if self.pairs.refused[number, rules.NUMBER[code]]
        }
        possible = int(self.pairs.start[number + 1] - self.pairs.start[number])
        seeker = self.world.seekers[number]
        nearest = self.nearest.change(number)
        return {
            "code": self._code(possible, refused),
            "possible": possible,
            "refused": refused,
            "better": [self._why_not(number, one) for one in seeker.wishes],
        } | ({"nearest": nearest} if nearest else {})

    def _code(self, possible: int, refused: dict[str, int]) -> str:
        if possible:
            return "all_full"
        others = {code for code in refused if code != rules.PERIOD}
        if not others:
            return "nothing_in_these_periods"
        if others == {rules.TRAVEL}:
            return "no_seat_in_reach"
        return next((code for code in _ABOUT_THE_SEEKER if code in others), "no_seat_in_reach")

    def _why_not(self, number: int, name: str) -> dict[str, Any]:
        """The rule that forbids the wish in every period the seeker can, or that it is full."""
        world, seeker, offer = self.world, self.world.seekers[number], self.offers[name]
        rule = self._rule_against(seeker, name)
        if rule:
            return {"offer": name, "code": rule}
        periods = [period for period in seeker.periods if offer.seats.get(period)]
        return {
            "offer": name,
            "code": "full",
            "wished": self.wished[name],
            "seats": sum(offer.seats[period] for period in periods),
            "lottery": int(world.drawn_as[number]),
        }

    def _rule_against(self, seeker: Seeker, name: str) -> str:
        world, offer = self.world, self.offers[name]
        at = world.offer_number[name]
        host = world.hosts[world.offer_host[at]].id
        km = distance(seeker.lat, seeker.lon, float(world.offer_lat[at]), float(world.offer_lon[at]))
        periods = [period for period in seeker.periods if offer.seats.get(period)]
        banned = [period for period in periods if (seeker.id, name, period) in world.problem.banned]
        broken = {
            rules.PERIOD: not periods,
            rules.PROGRAMME: bool(offer.programmes)
            and seeker.programme not in {*offer.programmes, *offer.related_programmes},
            rules.TRAVEL: km > seeker.max_km,
            rules.AGE: seeker.age_band not in offer.age_bands,
            rules.NEEDS: not set(seeker.needs) <= set(offer.offers_needs),
            rules.EXCLUDED: host in seeker.excluded,
            rules.RESERVED: bool(offer.reserved_for_schools) and seeker.school not in offer.reserved_for_schools,
            rules.BANNED: bool(periods) and len(banned) == len(periods),
        }
        return next((code for code in rules.IN_ORDER if broken[code]), "")
