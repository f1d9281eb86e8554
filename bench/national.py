"""A country's worth of companies, visits and times: made up, the same every time."""

import random
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

BATCH = 2000
MAKES = ["Svets", "Mekaniska", "Verktyg", "Plast", "Stål", "Kraft", "Trä", "Betong", "Robot", "Elektro", "Livsmedel"]
SAW = ["Sveis", "Mekaniske", "Støperi", "Plast", "Stål", "Kraft", "Tre", "Betong", "Robot", "Elektro", "Sjømat"]
VERBS = ["Prova", "Se", "Bygg", "Programmera", "Prøv", "Lag", "Möt", "Mål"]
THINGS = ["svetsning", "robotar", "sveising", "CNC", "laserskärning", "limträ", "batterier", "fisk", "härdning"]


def load_national(companies: int = 5000, slots: int = 20_000, seed: int = 2027) -> None:
    """Companies over all municipalities, 1.2 visits each, and slots over the school year; vectors built."""
    from django.core.management import call_command
    from django.utils import timezone

    from companies.models import Company
    from companies.search import refresh_companies
    from visits.models import VisitOffer
    from visits.search import refresh_offers

    call_command("load_reference_data", verbosity=0)
    dice = random.Random(seed)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    _companies(dice, companies, now)
    _offers(dice, round(companies * 1.2), now)
    _slots(dice, slots, now)
    refresh_companies(Company.objects.all())
    refresh_offers(VisitOffer.objects.all())


def _companies(dice: random.Random, count: int, now: datetime) -> None:
    from companies.enums import InterestKind
    from companies.models import Company, CompanyContact, InterestAnswer, Workplace
    from occupations.models import Industry
    from regions.models import Municipality
    from regions.school_year import current_school_year

    municipalities = list(Municipality.objects.all())
    # Industry is where people are: some municipalities have ten times as much of it as others.
    weights = [dice.paretovariate(1) for _ in municipalities]
    industries = list(Industry.objects.all())

    def companies() -> Any:
        for number in range(count):
            where = dice.choices(municipalities, weights)[0]
            norwegian = where.country == "NO"
            kind = dice.choice(SAW if norwegian else MAKES)
            yield Company(
                public_id=f"c{number:011d}",
                country=where.country,
                org_number=f"{number:09d}" if norwegian else f"{number:010d}",
                name=f"{where.name} {kind} {number} {'AS' if norwegian else 'AB'}",
                industry=dice.choice(industries),
                employees=dice.randint(2, 900),
                about=f"Vi arbetar med {dice.choice(THINGS)} och {dice.choice(THINGS)} i {where.name}. " * 3,
                municipality=where,
                city=where.name,
                joined_at=None if number % 10 == 9 else now,
            )

    _create(Company, companies())
    rows = list(Company.objects.select_related("municipality").order_by("pk"))

    def workplaces() -> Any:
        for number, company in enumerate(rows):
            where = company.municipality
            yield Workplace(
                public_id=f"w{number:011d}",
                company=company,
                name=company.name,
                city=company.city,
                municipality=where,
                lat=where.lat + dice.uniform(-0.2, 0.2) if number % 4 else None,
                lon=where.lon + dice.uniform(-0.3, 0.3) if number % 4 else None,
            )

    _create(Workplace, workplaces())
    _create(
        CompanyContact,
        (
            CompanyContact(public_id=f"k{n:011d}", company=c, name="Kim", email="kim@foretag.example")
            for n, c in enumerate(rows)
        ),
    )
    _create(
        InterestAnswer,
        (
            InterestAnswer(
                company=company,
                school_year=current_school_year(),
                level=dice.choice(["yes", "maybe", "no"]),
                kinds=dice.sample(InterestKind.values, 3),
            )
            for company in rows
        ),
    )


def _offers(dice: random.Random, count: int, now: datetime) -> None:
    from companies.models import Workplace
    from occupations.models import Occupation
    from visits.enums import VisitKind
    from visits.models import VisitOffer

    workplaces = list(Workplace.objects.select_related("company").order_by("pk"))
    contacts = dict(workplaces[0].company.contacts.model.objects.values_list("company_id", "pk"))

    def offers() -> Any:
        for number in range(count):
            workplace = workplaces[number % len(workplaces)]
            lowest = dice.randint(4, 9)
            yield VisitOffer(
                public_id=f"v{number:011d}",
                company_id=workplace.company_id,
                workplace=workplace,
                contact_id=contacts[workplace.company_id],
                kind=dice.choices(VisitKind.values, [70, 10, 5, 10, 5])[0],
                state="published" if number % 12 else "paused",
                title=f"{dice.choice(VERBS)} {dice.choice(THINGS)} {number}",
                summary=f"Två timmar om {dice.choice(THINGS)} hos {workplace.company.name}.",
                programme_of_day="\n".join(f"{dice.choice(VERBS)} {dice.choice(THINGS)}" for _ in range(5)),
                lowest_grade=lowest,
                highest_grade=dice.randint(lowest, 13),
                languages=dice.sample(["sv", "nb", "nn", "en"], dice.randint(1, 2)),
                group_min=5,
                group_max=dice.choice([15, 25, 30, 60]),
                published_at=now,
            )

    _create(VisitOffer, offers())
    keys = list(Occupation.objects.values_list("pk", flat=True))
    met = VisitOffer.occupations.through
    _create(
        met,
        (
            met(visitoffer_id=offer, occupation_id=key)
            for offer in VisitOffer.objects.order_by("pk").values_list("pk", flat=True)
            for key in dice.sample(keys, 2)
        ),
    )


def _slots(dice: random.Random, count: int, now: datetime) -> None:
    from visits.models import VisitOffer, VisitSlot

    offers = list(VisitOffer.objects.order_by("pk").values_list("pk", flat=True))

    def slots() -> Any:
        for number in range(count):
            starts = now + timedelta(days=dice.randint(-60, 240), hours=dice.randint(-4, 4))
            capacity = dice.choice([15, 25, 30, 60])
            full = number % 5 == 0
            yield VisitSlot(
                public_id=f"s{number:011d}",
                offer_id=offers[dice.randrange(len(offers))],
                starts_at=starts,
                ends_at=starts + timedelta(hours=2),
                pupils_capacity=capacity,
                groups_capacity=2,
                pupils_taken=capacity if full else dice.randint(0, capacity - 1),
                groups_taken=1,
                opens_at=starts - timedelta(days=200),
                closes_at=starts - timedelta(days=2),
                cancel_by=starts - timedelta(days=3),
            )

    _create(VisitSlot, slots())


def _create(model: Any, rows: Any) -> None:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        model.objects.bulk_create(batch)
