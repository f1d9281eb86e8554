"""The matching engine at the sizes of a class year, a region and a country: CPU, memory, quality, beside the queue.

    python -m bench.matching [seekers …]

One line of JSON for each size. Beside it, on the same pairs, what most regions do today: first come, first served, each
takes the best place that is left. Seekers and hosts live in towns; everybody has the same chance to be invented.
"""

import random
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.common import report
from matching.engine import candidates, explain, flow
from matching.engine.problem import read
from matching.engine.solve import solve
from matching.engine.world import World

SIZES = (500, 5_000, 21_000)
PERIODS = [f"2027-W{week}" for week in range(12, 16)]


def main(sizes: list[int]) -> None:
    for size in sizes:
        problem, reading = timed(lambda size=size: read(invented(size)))
        world, arrays = timed(lambda problem=problem: World(problem))
        pairs, finding = timed(lambda world=world: candidates.find(world))
        where, placing = timed(lambda world=world, pairs=pairs: flow.place_seekers(world, pairs))
        _reasons, explaining = timed(lambda world=world, pairs=pairs, where=where: every_reason(world, pairs, where))
        result, whole = timed(lambda problem=problem: solve(problem))
        ranks = [one["wish_rank"] for one in result.assignments]
        report(
            f"matching {size}",
            seekers=size,
            pairs=len(pairs),
            cpu_seconds={
                "read": reading,
                "arrays": arrays,
                "candidates": finding,
                "flow": placing,
                "reasons": explaining,
                "solve": whole,
            },
            peak_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            placed=len(result.assignments),
            first_wish=round(ranks.count(1) / size, 3),
            first_come=first_come(world, pairs),
        )


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What came of it, and the CPU seconds it took."""
    begun = time.process_time()
    made = call()
    return made, round(time.process_time() - begun, 3)


def every_reason(world: World, pairs: candidates.Pairs, where: Any) -> list[dict[str, Any]]:
    reasons = explain.Reasons(world, pairs, where)
    return [
        reasons.of_placed(number) if where[number] >= 0 else reasons.of_unplaced(number)
        for number in range(len(world.seekers))
    ]


def first_come(world: World, pairs: candidates.Pairs) -> dict[str, float]:
    """How many are placed when each in turn takes the cheapest place that is left."""
    left, placed, first = world.seats_left.copy(), 0, 0
    for seeker in np.argsort(world.lottery).tolist():
        part = slice(int(pairs.start[seeker]), int(pairs.start[seeker + 1]))
        places = pairs.places[part]
        open_ones = np.flatnonzero(left[places] > 0)
        if len(open_ones):
            place = int(places[open_ones[np.argmin(pairs.costs[part][open_ones])]])
            left[place] -= 1
            placed += 1
            wishes = world.seekers[seeker].wishes
            first += bool(wishes) and world.offers[world.place_offer[place]].id == wishes[0]
    return {"placed": placed, "first_wish": round(first / len(world.seekers), 3)}


def invented(size: int) -> dict[str, Any]:
    """So many seekers in towns of all sizes, and nine seats for ten of them."""
    dice = random.Random(size)
    towns = [(dice.uniform(56, 62), dice.uniform(12, 18)) for _ in range(max(2, size // 150))]
    weights = [1 / (number + 1) ** 0.6 for number in range(len(towns))]

    def near(spread: float) -> tuple[int, float, float]:
        town = dice.choices(range(len(towns)), weights)[0]
        lat, lon = towns[town]
        return town, lat + dice.gauss(0, spread), lon + dice.gauss(0, spread * 2)

    hosts = [{"id": f"c{n}", "taken_this_year": dice.choice([0, 0, 0, 2, 8])} for n in range(max(1, size // 8))]
    workplaces, in_town = [], [list[str]() for _ in towns]
    for number in range(max(1, size // 6)):
        town, lat, lon = near(0.05)
        workplaces.append({"id": f"w{number}", "host": f"c{number % len(hosts)}", "lat": lat, "lon": lon})
        in_town[town].append(f"o{number}")
    seats = 0.9 * size / len(workplaces) / 2  # on average, in each of the two periods of an offer
    offers = [
        {
            "id": f"o{number}",
            "workplace": place["id"],
            "seats": {week: dice.randint(1, max(1, round(2 * seats - 1))) for week in dice.sample(PERIODS, 2)},
            "age_bands": ["older_child", "youth"],
            "occupations": [dice.choice(["welder", "cnc_operator", "electrician"])],
            "offers_needs": ["step_free"] if dice.random() < 0.3 else [],
        }
        for number, place in enumerate(workplaces)
    ]
    seekers = []
    for number in range(size):
        town, lat, lon = near(0.08)
        known = in_town[town] or [f"o{dice.randrange(len(offers))}"]
        # Everybody knows the same few: wishes crowd.
        wishes = dice.choices(known, [1 / (n + 1) for n in range(len(known))], k=4)
        seekers.append(
            {
                "id": f"p{number}",
                "school": f"s{town}-{number % 3}",
                "lat": lat,
                "lon": lon,
                "max_km": dice.choice([15, 30, 40]),
                "periods": dice.sample(PERIODS, dice.choice([1, 2, 4])),
                "age_band": "older_child",
                "needs": ["step_free"] if dice.random() < 0.02 else [],
                "interests": [dice.choice(["welder", "cnc_operator", "electrician"])],
                "wishes": list(dict.fromkeys(wishes)),
                "carried": int(dice.random() < 0.05),
            }
        )
    return {
        "format": "industriporten-matching/1",
        "seed": 7,
        "periods": PERIODS,
        "seekers": seekers,
        "hosts": hosts,
        "workplaces": workplaces,
        "offers": offers,
    }


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or list(SIZES))
