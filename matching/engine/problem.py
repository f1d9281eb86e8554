"""The problem as it is asked: read from JSON, every mistake named by its path."""

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

FORMAT = "industriporten-matching/1"
MODES = ("optimal", "stable")
MOST_CARRIED = 3  # earlier rounds in which one was passed over count this often at most

T = TypeVar("T")


class ProblemError(ValueError):
    """What is wrong, in words, and where."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Weights:
    wish_step: int = 60
    not_wished: int = 400
    no_wishes: int = 200
    related: int = 100
    no_interest: int = 120
    travel: int = 280
    carried: int = 500
    load_step: int = 15
    load_max: int = 600
    school: int = 1000


@dataclass(frozen=True, slots=True)
class Seeker:
    id: str
    school: str | None
    lat: float
    lon: float
    max_km: float
    periods: tuple[str, ...]
    age_band: str
    programme: str | None = None
    needs: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    carried: int = 0
    group: str | None = None
    locked: tuple[str, str] | None = None  # offer and period


@dataclass(frozen=True, slots=True)
class Host:
    id: str
    taken_this_year: int = 0
    cap: int | None = None
    cap_per_period: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workplace:
    id: str
    host: str
    lat: float
    lon: float
    cap_per_period: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    id: str
    workplace: str
    seats: dict[str, int]
    age_bands: tuple[str, ...]
    programmes: tuple[str, ...] = ()
    related_programmes: tuple[str, ...] = ()
    offers_needs: tuple[str, ...] = ()
    occupations: tuple[str, ...] = ()
    reserved_for_schools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    seed: int
    periods: tuple[str, ...]
    seekers: tuple[Seeker, ...]
    hosts: tuple[Host, ...]
    workplaces: tuple[Workplace, ...]
    offers: tuple[Offer, ...]
    weights: Weights = Weights()
    mode: str = "optimal"
    # A rerun's: pairs that were refused and may not come again, and where the others stay unless that costs more than
    # the bonus.
    banned: frozenset[tuple[str, str, str]] = frozenset()  # seeker, offer, period
    staying: dict[str, tuple[str, str]] = field(default_factory=dict)  # seeker: offer and period
    stay_bonus: int = 0

    def sha256(self) -> str:
        """The same for the same question, however it was written down."""
        data = as_json(self)
        data["periods"] = sorted(data["periods"])
        for name in ("seekers", "hosts", "workplaces", "offers"):
            data[name] = sorted(data[name], key=lambda row: row["id"])
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def as_json(problem: Problem) -> dict[str, Any]:
    """What `read` reads; a rerun's own questions are added under `rerun` for the fingerprint."""

    def entry(row: Any) -> dict[str, Any]:
        return {name: getattr(row, name) for name in row.__slots__}

    seekers = [
        entry(row) | {"locked": row.locked and {"offer": row.locked[0], "period": row.locked[1]}}
        for row in problem.seekers
    ]
    data: dict[str, Any] = {
        "format": FORMAT,
        "mode": problem.mode,
        "seed": problem.seed,
        "weights": entry(problem.weights),
        "periods": problem.periods,
        "seekers": seekers,
        "hosts": [entry(row) for row in problem.hosts],
        "workplaces": [entry(row) for row in problem.workplaces],
        "offers": [entry(row) for row in problem.offers],
    }
    if problem.banned or problem.staying:
        data["rerun"] = [sorted(problem.banned), sorted(problem.staying.items()), problem.stay_bonus]
    return data


def read(data: Any) -> Problem:
    """The problem, or a ProblemError that says where and why not."""
    table = _Table(data, "")
    if table.take("format", _text) != FORMAT:
        raise ProblemError("format", f"must be {FORMAT!r}")
    mode = table.take("mode", _text, "optimal")
    if mode not in MODES:
        raise ProblemError("mode", f"must be one of {', '.join(MODES)}")
    problem = Problem(
        mode=mode,
        seed=table.take("seed", _integer),
        weights=table.take("weights", _weights, Weights()),
        periods=table.take("periods", _texts),
        seekers=table.take("seekers", _list(_seeker)),
        hosts=table.take("hosts", _list(_host)),
        workplaces=table.take("workplaces", _list(_workplace)),
        offers=table.take("offers", _list(_offer)),
    )
    table.end()
    _check_references(problem)
    _check_locked(problem)
    return problem


_MISSING: Any = object()


class _Table:
    """An object whose keys are taken one by one; what is left over is refused."""

    def __init__(self, data: Any, path: str) -> None:
        if not isinstance(data, dict):
            raise ProblemError(path or "the problem", "must be an object")
        self.data, self.path, self.known = data, path, set[str]()

    def take(self, key: str, kind: Callable[[Any, str], T], default: T = _MISSING) -> T:
        self.known.add(key)
        if key in self.data:
            return kind(self.data[key], f"{self.path}.{key}" if self.path else key)
        if default is _MISSING:
            raise ProblemError(f"{self.path}.{key}" if self.path else key, "is missing")
        return default

    def end(self) -> None:
        if len(self.known) < len(self.data) or self.data.keys() - self.known:
            key = min(map(str, self.data.keys() - self.known))
            raise ProblemError(f"{self.path}.{key}" if self.path else key, "is not a known key")


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise ProblemError(path, "must be a text that is not empty")
    return value


def _text_or_null(value: Any, path: str) -> str | None:
    return None if value is None else _text(value, path)


def _integer(value: Any, path: str) -> int:
    if type(value) is not int or abs(value) >= 1 << 53:
        raise ProblemError(path, "must be a whole number")
    return value


def _count(value: Any, path: str) -> int:
    if type(value) is not int or not 0 <= value <= 1_000_000:
        raise ProblemError(path, "must be a whole number between 0 and 1000000")
    return value


def _count_or_null(value: Any, path: str) -> int | None:
    return None if value is None else _count(value, path)


def _number(least: float, most: float) -> Callable[[Any, str], float]:
    def kind(value: Any, path: str) -> float:
        if type(value) not in (int, float) or not math.isfinite(value) or not least <= value <= most:
            raise ProblemError(path, f"must be a number between {least:g} and {most:g}")
        return float(value)

    return kind


_latitude, _longitude, _kilometres = _number(-90, 90), _number(-180, 180), _number(0, 20_100)


def _texts(value: Any, path: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ProblemError(path, "must be a list")
    for index, text in enumerate(value):
        _text(text, f"{path}[{index}]")
    if len(set(value)) < len(value):
        twice = next(text for text, times in Counter(value).items() if times > 1)
        raise ProblemError(path, f"has {twice!r} twice")
    return tuple(value)


def _counts(value: Any, path: str) -> dict[str, int]:
    if not isinstance(value, dict):
        raise ProblemError(path, "must be an object of whole numbers by period")
    return {_text(key, path): _count(count, f"{path}.{key}") for key, count in value.items()}


def _list(kind: Callable[[Any, str], T]) -> Callable[[Any, str], tuple[T, ...]]:
    def rows(value: Any, path: str) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ProblemError(path, "must be a list")
        return tuple(kind(row, f"{path}[{index}]") for index, row in enumerate(value))

    return rows


def _weights(value: Any, path: str) -> Weights:
    table = _Table(value, path)
    weights = Weights(**{name: table.take(name, _count, getattr(Weights(), name)) for name in Weights.__slots__})
    table.end()
    return weights


def _locked(value: Any, path: str) -> tuple[str, str] | None:
    if value is None:
        return None
    table = _Table(value, path)
    pair = table.take("offer", _text), table.take("period", _text)
    table.end()
    return pair


def _seeker(value: Any, path: str) -> Seeker:
    table = _Table(value, path)
    take = table.take
    seeker = Seeker(
        take("id", _text),
        take("school", _text_or_null, None),
        take("lat", _latitude),
        take("lon", _longitude),
        take("max_km", _kilometres),
        take("periods", _texts),
        take("age_band", _text),
        take("programme", _text_or_null, None),
        take("needs", _texts, ()),
        take("interests", _texts, ()),
        take("wishes", _texts, ()),
        take("excluded", _texts, ()),
        take("carried", _count, 0),
        take("group", _text_or_null, None),
        take("locked", _locked, None),
    )
    table.end()
    return seeker


def _host(value: Any, path: str) -> Host:
    table = _Table(value, path)
    host = Host(
        table.take("id", _text),
        table.take("taken_this_year", _count, 0),
        table.take("cap", _count_or_null, None),
        table.take("cap_per_period", _counts, {}),
    )
    table.end()
    return host


def _workplace(value: Any, path: str) -> Workplace:
    table = _Table(value, path)
    workplace = Workplace(
        table.take("id", _text),
        table.take("host", _text),
        table.take("lat", _latitude),
        table.take("lon", _longitude),
        table.take("cap_per_period", _counts, {}),
    )
    table.end()
    return workplace


def _offer(value: Any, path: str) -> Offer:
    table = _Table(value, path)
    take = table.take
    offer = Offer(
        take("id", _text),
        take("workplace", _text),
        take("seats", _counts),
        take("age_bands", _texts),
        take("programmes", _texts, ()),
        take("related_programmes", _texts, ()),
        take("offers_needs", _texts, ()),
        take("occupations", _texts, ()),
        take("reserved_for_schools", _texts, ()),
    )
    table.end()
    return offer


def _ids(rows: Iterable[Any], path: str) -> set[str]:
    known: set[str] = set()
    for index, row in enumerate(rows):
        if row.id in known:
            raise ProblemError(f"{path}[{index}].id", f"{row.id!r} is there twice")
        known.add(row.id)
    return known


def _check_references(problem: Problem) -> None:
    """Every id that is named is there, and none is there twice."""
    periods = set(problem.periods)
    _ids(problem.seekers, "seekers")
    hosts, workplaces, offers = (
        _ids(problem.hosts, "hosts"),
        _ids(problem.workplaces, "workplaces"),
        _ids(problem.offers, "offers"),
    )

    def known(names: Iterable[str], among: set[str], path: str, what: str) -> None:
        for name in names:
            if name not in among:
                raise ProblemError(path, f"there is no {what} {name!r}")

    for index, seeker in enumerate(problem.seekers):
        path = f"seekers[{index}]"
        known(seeker.periods, periods, f"{path}.periods", "period")
        known(seeker.wishes, offers, f"{path}.wishes", "offer")
        known(seeker.excluded, hosts, f"{path}.excluded", "host")
        if seeker.locked:
            known(seeker.locked[:1], offers, f"{path}.locked.offer", "offer")
            known(seeker.locked[1:], periods, f"{path}.locked.period", "period")
    for index, host in enumerate(problem.hosts):
        known(host.cap_per_period, periods, f"hosts[{index}].cap_per_period", "period")
    for index, workplace in enumerate(problem.workplaces):
        known((workplace.host,), hosts, f"workplaces[{index}].host", "host")
        known(workplace.cap_per_period, periods, f"workplaces[{index}].cap_per_period", "period")
    for index, offer in enumerate(problem.offers):
        known((offer.workplace,), workplaces, f"offers[{index}].workplace", "workplace")
        known(offer.seats, periods, f"offers[{index}].seats", "period")


def _check_locked(problem: Problem) -> None:
    """The locked fit into every capacity, and a group is locked as one."""
    workplaces = {row.id: row for row in problem.workplaces}
    hosts = {row.id: row for row in problem.hosts}
    offers = {row.id: row for row in problem.offers}
    taken: Counter[tuple[str, ...]] = Counter()
    groups: dict[str, set[tuple[str, str] | None]] = defaultdict(set)
    for index, seeker in enumerate(problem.seekers):
        if seeker.group is not None:
            groups[seeker.group].add(seeker.locked)
            if len(groups[seeker.group]) > 1:
                raise ProblemError(
                    f"seekers[{index}].locked", f"the others of group {seeker.group!r} are not locked so"
                )
        if not seeker.locked:
            continue
        offer_id, period = seeker.locked
        offer = offers[offer_id]
        workplace = workplaces[offer.workplace]
        host = hosts[workplace.host]
        limits: list[tuple[tuple[str, ...], int | None]] = [
            (("offer", offer.id, period), offer.seats.get(period, 0)),
            (("workplace", workplace.id, period), workplace.cap_per_period.get(period)),
            (("host in the period", host.id, period), host.cap_per_period.get(period)),
            (("host", host.id), host.cap),
        ]
        for key, limit in limits:
            taken[key] += 1
            if limit is not None and taken[key] > limit:
                raise ProblemError(f"seekers[{index}].locked", f"more are locked than {key[0]} {key[1]!r} can take")
