"""Small problems at random, in which everything that can meet does meet."""

from random import Random

from hypothesis import strategies as st

PERIODS = ["2027-W12", "2027-W13"]
# Near Eskilstuna: some tens of kilometres apart.
PLACES = [(59.37, 16.51), (59.40, 16.60), (59.25, 16.30), (59.60, 17.00)]
few = st.integers(0, 3)


def some_of(values, most=None):
    return st.lists(st.sampled_from(values), unique=True, max_size=most or len(values))


@st.composite
def problems(draw, *, groups=False, locked=False):
    hosts = [f"c{n}" for n in range(draw(st.integers(1, 3)))]
    workplaces = [f"w{n}" for n in range(draw(st.integers(1, 3)))]
    offers = [f"o{n}" for n in range(draw(st.integers(1, 4)))]
    schools = ["s1", "s2"]
    seats = st.dictionaries(st.sampled_from(PERIODS), few, min_size=1)
    caps = st.one_of(st.just({}), st.dictionaries(st.sampled_from(PERIODS), few))
    data = {
        "format": "industriporten-matching/1",
        "mode": "optimal",
        "seed": draw(st.integers(0, 9)),
        "periods": PERIODS,
        "hosts": [
            {
                "id": pk,
                "taken_this_year": draw(st.sampled_from([0, 0, 3, 60])),
                "cap": draw(st.sampled_from([None, None, 1, 3])),
                "cap_per_period": draw(caps),
            }
            for pk in hosts
        ],
        "workplaces": [],
        "offers": [
            {
                "id": pk,
                "workplace": draw(st.sampled_from(workplaces)),
                "seats": draw(seats),
                "age_bands": draw(st.sampled_from([["older_child"], ["older_child", "youth"]])),
                "programmes": draw(st.sampled_from([[], [], ["el"]])),
                "related_programmes": draw(st.sampled_from([[], ["bygg"]])),
                "offers_needs": draw(some_of(["step_free"])),
                "occupations": draw(some_of(["welder", "cnc_operator"])),
                "reserved_for_schools": draw(st.sampled_from([[], [], ["s1"]])),
            }
            for pk in offers
        ],
        "seekers": [],
    }
    for pk in workplaces:
        lat, lon = draw(st.sampled_from(PLACES))
        host = draw(st.sampled_from(hosts))
        data["workplaces"].append({"id": pk, "host": host, "lat": lat, "lon": lon, "cap_per_period": draw(caps)})
    for number in range(draw(st.integers(1, 7))):
        lat, lon = draw(st.sampled_from(PLACES))
        data["seekers"].append(
            {
                "id": f"p{number}",
                "school": draw(st.sampled_from(schools)),
                "lat": lat,
                "lon": lon,
                "max_km": draw(st.sampled_from([5, 15, 60])),
                "periods": draw(st.sampled_from([PERIODS, PERIODS[:1], PERIODS[1:]])),
                "age_band": draw(st.sampled_from(["older_child", "older_child", "youth"])),
                "programme": draw(st.sampled_from([None, "el", "bygg"])),
                "needs": draw(st.sampled_from([[], [], ["step_free"]])),
                "interests": draw(some_of(["welder", "cnc_operator"], 1)),
                "wishes": draw(some_of(offers, 3)),
                "excluded": draw(st.sampled_from([[], [], [], hosts[:1]])),
                "carried": draw(st.sampled_from([0, 0, 1, 5])),
                "group": draw(st.sampled_from([None, None, "g1", "g2"])) if groups else None,
                "locked": None,
            }
        )
    if locked:
        _lock_some(draw, data)
    return data


def _lock_some(draw, data):
    """As many as the capacities allow."""
    from tests.matching.reference import Reference

    for seeker in data["seekers"]:
        if seeker["group"] or draw(st.integers(0, 2)):
            continue
        offer = draw(st.sampled_from(data["offers"]))
        seeker["locked"] = {"offer": offer["id"], "period": draw(st.sampled_from(PERIODS))}
        now = Reference(data)
        full = any(taken > most for _name, most, taken in now.capacities(now.locked))
        if full or not offer["seats"].get(seeker["locked"]["period"]):
            seeker["locked"] = None


def example(seed, seekers=40):
    """A problem of a small town, always the same for the same seed: more seekers than seats, and few wishes differ."""
    dice = Random(seed)
    offers = [f"o{number}" for number in range(8)]
    places = [(59.37 + dice.uniform(-0.2, 0.2), 16.51 + dice.uniform(-0.3, 0.3)) for _ in range(4)]
    return {
        "format": "industriporten-matching/1",
        "mode": "optimal",
        "seed": seed,
        "periods": PERIODS,
        "hosts": [{"id": f"c{n}", "taken_this_year": n, "cap": None, "cap_per_period": {}} for n in range(3)],
        "workplaces": [
            {"id": f"w{n}", "host": f"c{n % 3}", "lat": lat, "lon": lon, "cap_per_period": {}}
            for n, (lat, lon) in enumerate(places)
        ],
        "offers": [
            {
                "id": pk,
                "workplace": f"w{number % 4}",
                "seats": {period: dice.randint(1, 2) for period in PERIODS},
                "age_bands": ["older_child"],
                "programmes": [],
                "related_programmes": [],
                "offers_needs": [],
                "occupations": [dice.choice(["welder", "cnc_operator"])],
                "reserved_for_schools": [],
            }
            for number, pk in enumerate(offers)
        ],
        "seekers": [
            {
                "id": f"p{number}",
                "school": f"s{number % 3}",
                "lat": 59.37,
                "lon": 16.51,
                "max_km": 40,
                "periods": dice.choice([PERIODS, PERIODS[:1]]),
                "age_band": "older_child",
                "programme": None,
                "needs": [],
                "interests": ["welder"],
                "wishes": dice.sample(offers, 3),
                "excluded": [],
                "carried": 0,
                "group": None,
                "locked": None,
            }
            for number in range(seekers)
        ],
    }
