"""Offers, their times, and the bookings of five years and of the year to come."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coordination.demo.calendar import is_school_day
from coordination.national.copying import written
from coordination.national.organisations import THINGS
from coordination.national.plan import YEARS_BACK, Plan, public_id
from occupations.models import Occupation
from regions.school_year import current_school_year, first_day, school_year_of
from visits.enums import BookingState, CancelReason, DeclineReason, Side, VisitKind
from visits.models import BookingStep, VisitBooking, VisitOffer, VisitRule, VisitSlot

VERBS = ["Prova", "Se", "Bygg", "Programmera", "Prøv", "Lag", "Möt", "Mål"]
PARTS = ["Frågor och svar", "Fika", "Säkerhet", "Vägar till yrket", "Lunsj", "Spørsmål", "Ute i produksjonen"]
SUBJECTS = ["", "", "mathematics", "physics,chemistry", "biology", "english"]
ZONE = ZoneInfo("Europe/Stockholm")
LENGTH = timedelta(hours=2)
PAST_SLOTS_A_BOOKING = 0.55
# Of a hundred bookings that are over, how many ended how.
ENDINGS = [
    (88, BookingState.CONFIRMED, "", ""),
    (5, BookingState.CANCELLED, Side.SCHOOL, CancelReason.ILLNESS),
    (1, BookingState.CANCELLED, Side.HOST, CancelReason.PRODUCTION),
    (3, BookingState.DECLINED, Side.HOST, DeclineReason.STAFF),
    (3, BookingState.EXPIRED, Side.SYSTEM, ""),
]
BOOKING_COLUMNS = [
    *["id", "public_id", "slot", "school", "school_class", "group_name", "grade", "pupil_count", "requested_by"],
    *["state", "answer_by", "during", "request_key", "requested_at", "answered_at", "ended_by", "reason"],
]


def offers(plan: Plan) -> int:
    """Descriptions with a rule and two occupations each; one in twelve is paused."""
    dice, companies = plan.dice, plan.size.companies
    published = written(plan.now - timedelta(days=365 * YEARS_BACK))

    def rows() -> Iterator[tuple[Any, ...]]:
        for number in range(1, plan.size.offers + 1):
            company = (number - 1) % companies + 1
            place = plan.place_of_company[company - 1]
            plan.county_of_offer.append(place.county_id)
            lowest = dice.choice((4, 7, 7, 7, 8, 9, 11))
            thing = dice.choice(THINGS)  # a visit is about one thing
            steps = r"\n".join(["Välkomna", "Rundvandring", f"{dice.choice(VERBS)} {thing}", *dice.sample(PARTS, 2)])
            yield (
                *(number, public_id(number), company, company, company),
                *(dice.choices(VisitKind.values, (70, 10, 5, 10, 5))[0], "paused" if number % 12 == 0 else "published"),
                f"{dice.choice(VERBS)} {thing} {number}",
                *(f"Två timmar om {thing} i {place.name}.", steps),
                *(lowest, min(13, lowest + dice.choice((1, 2, 3, 6)))),
                "{" + ",".join(dice.sample(("sv", "nb", "nn", "en"), dice.randint(1, 2))) + "}",
                "{" + SUBJECTS[number % len(SUBJECTS)] + "}",
                *(dice.choice((15, 25, 30, 60)), dice.choice(("auto", "by_hand"))),
            )

    columns = ["id", "public_id", "company", "workplace", "contact", "kind", "state", "title", "summary"]
    columns += ["programme_of_day", "lowest_grade", "highest_grade", "languages", "subjects"]
    columns += ["group_max", "answer_mode"]
    copied = plan.copier.copy(VisitOffer, columns, rows(), published_at=published)
    numbers = range(1, copied + 1)
    keys = list(Occupation.objects.order_by("pk").values_list("pk", flat=True))
    met = ((number, key) for number in numbers for key in dice.sample(keys, 2))
    plan.copier.copy(VisitOffer.occupations.through, ["visitoffer", "occupation"], met)
    rules = ((number,) for number in numbers)
    plan.copier.copy(VisitRule, ["offer"], rules, kind="clothing", text="Hela skor och långa byxor.")
    return copied


class Times:
    """Slots in order of time, with who has booked them: first written as slots, then as bookings."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rows: list[tuple[int, datetime, list[tuple[int, int]]]] = []  # offer, start, (class, ending)
        dice = plan.dice
        coming = [dice.choices((0, 1, 2), (55, 32, 13))[0] for _ in range(plan.size.slots)]
        past = max(1, plan.size.bookings - sum(coming))
        slots = max(1, round(past * PAST_SLOTS_A_BOOKING))
        today = plan.now.astimezone(ZONE).date()
        begun = max(first_day(current_school_year() - YEARS_BACK), today - timedelta(days=365 * YEARS_BACK))
        self._fill(_days(begun, today), [past * (n + 1) // slots - past * n // slots for n in range(slots)])
        self.first_coming = len(self.rows)
        self._fill(_days(today + timedelta(days=1), today + timedelta(days=366)), coming)

    def _fill(self, days: list[date], groups: list[int]) -> None:
        dice, plan = self.plan.dice, self.plan
        limits, total = [], 0
        for share, *_ in ENDINGS:
            total += share
            limits.append(total / 100)
        turn: dict[str, int] = {}
        now_year = current_school_year()
        for number, group_count in enumerate(groups):
            day = days[number * len(days) // len(groups)]
            offer = dice.randrange(plan.size.offers)
            county = plan.county_of_offer[offer]
            classes = plan.classes[min(school_year_of(day), now_year)]
            # A county without a school books for the neighbours' pupils; one in a thousand.
            near = classes.get(county) or next(iter(classes.values()))
            booked = []
            for _ in range(group_count):
                turn[county] = turn.get(county, dice.randrange(1000)) + 1
                booked.append((near[turn[county] % len(near)], bisect_right(limits, dice.random() * 0.999)))
            start = datetime.combine(day, time(8 + int(dice.random() * 6), 30 * (number & 1)), ZONE).astimezone(UTC)
            self.rows.append((offer + 1, start, booked))

    def slots(self) -> int:
        """Places enough for those who have booked; some slots are full."""
        facts, dice = self.plan.class_facts, self.plan.dice

        def rows() -> Iterator[tuple[Any, ...]]:
            for number, (offer, start, booked) in enumerate(self.rows, 1):
                live = [facts[school_class - 1][3] for school_class, ending in booked if ending == 0]
                pupils, groups = sum(live), len(live)
                spare = dice.choice((0, 12, 25, 30, 60)) if pupils else dice.choice((15, 25, 30, 60))
                yield (
                    *(number, public_id(number), offer, written(start), written(start + LENGTH)),
                    *(pupils + spare, groups + (1 if spare else 0), pupils, groups),
                    *(written(start - timedelta(days=200)), written(start - timedelta(days=2))),
                    written(start - timedelta(days=3)),
                )

        columns = ["id", "public_id", "offer", "starts_at", "ends_at", "pupils_capacity", "groups_capacity"]
        columns += ["pupils_taken", "groups_taken", "opens_at", "closes_at", "cancel_by"]
        return self.plan.copier.copy(VisitSlot, columns, rows())

    def bookings(self) -> int:
        """What became of each request; of those to come, a third waits for an answer."""
        facts, now = self.plan.class_facts, self.plan.now

        def rows() -> Iterator[tuple[Any, ...]]:
            number = 0
            for slot, (_, start, booked) in enumerate(self.rows, 1):
                times = f"[{written(start)},{written(start + LENGTH)})"
                for school_class, ending in booked:
                    number += 1
                    school, name, grade, pupils = facts[school_class - 1]
                    _, state, side, reason = ENDINGS[ending]
                    if slot > self.first_coming and ending == 0 and number % 3 == 0:
                        state = BookingState.PENDING
                    asked = min(start - timedelta(days=10), now - timedelta(days=1))
                    answered = written(asked + timedelta(days=1)) if ending == 0 and state != "pending" else r"\N"
                    yield (
                        *(number, public_id(number), slot, school, school_class, name, grade, pupils, school),
                        *(state, written(asked + timedelta(days=7)), times, f"{number:032x}", written(asked)),
                        *(answered, side, reason),
                    )

        return self.plan.copier.copy(VisitBooking, BOOKING_COLUMNS, rows(), phone="+46701234567", adult_count=2)

    def steps(self) -> int:
        """The request, and how it ended; every other visit was confirmed at once."""
        now = self.plan.now

        def rows() -> Iterator[tuple[Any, ...]]:
            number = 0
            for slot, (_, start, booked) in enumerate(self.rows, 1):
                for _, ending in booked:
                    number += 1
                    _, state, side, _ = ENDINGS[ending]
                    asked = min(start - timedelta(days=10), now - timedelta(days=1))
                    waits = slot > self.first_coming and ending == 0 and number % 3 == 0
                    if ending == 0 and number % 2 and not waits:
                        yield number, "", "confirmed", "school", written(asked)
                        continue
                    yield number, "", "pending", "school", written(asked)
                    if not waits:
                        later = written(asked + timedelta(days=1))
                        yield number, "pending", state, side or Side.HOST, later

        columns = ["booking", "from_state", "to_state", "side", "happened_at"]
        return self.plan.copier.copy(BookingStep, columns, rows())


def _days(first: date, last: date) -> list[date]:
    """School days from `first` to before `last`."""
    days = [first + timedelta(days=number) for number in range((last - first).days)]
    return [day for day in days if is_school_day("SE", day)]
