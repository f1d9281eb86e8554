"""Regions, schools with their owners and classes, companies with their workplaces."""

from itertools import count

from django.utils import timezone

from companies.models import Company, Workplace
from coordination.demo import texts
from coordination.demo.calendar import closed_days
from coordination.demo.numbers import COMPANY_RANGES, OWNER_RANGES, org_numbers, unit_codes
from coordination.demo.people import AGDER, DOMAIN, JAMTLAND, NORD, SORMLAND
from coordination.demo.world import SOURCE, World
from regions.models import Municipality, Postcode, Region
from regions.school_year import current_school_year
from schools.enums import DaySource, Grade, OwnerKind
from schools.models import ClosedDay, School, SchoolClass, SchoolOwner
from visits.plans import begin_with_example

COUNTIES = {
    SORMLAND: ["SE-04"],
    JAMTLAND: ["SE-23"],
    AGDER: ["NO-42"],
    NORD: ["NO-55", "NO-56"],
}

# A few hundred metres between neighbours, so that no two workplaces lie on the same spot of the map.
_STEP_DEGREES = 0.004

_FACTS = {
    "sv": {
        "clothing": ["Oömma kläder och heltäckande skor", "Varma kläder: hallen är kall på vintern", ""],
        "equipment": ["Vi lånar ut hjälm, glasögon och hörselskydd", "Rock och hårnät finns i slussen"],
        "lunch": ["Matsal på plats, 95 kr", "Ta med matsäck, vi har mikro och bord", "Fika ingår"],
        "parking": ["Bussen kan stå på besöksparkeringen", "Bussen släpper av vid grinden och väntar på torget"],
        "public_transport": ["Hållplats 200 m från grinden", "Tio minuters promenad från stationen"],
        "photo_rules": ["Bara i entrén", "Ja, men fråga personerna först"],
        "confidentiality": ["Ritningar får inte fotograferas", ""],
    },
    "nb": {
        "clothing": ["Klær som tåler litt, og tette sko", "Varme klær: hallen er kald om vinteren", ""],
        "equipment": ["Vi låner ut hjelm, briller og hørselsvern", "Frakk og hårnett henger i slusa"],
        "lunch": ["Kantine på stedet, 80 kr", "Ta med niste, vi har bord og vannkoker", "Vi byr på boller"],
        "parking": ["Bussen kan stå på gjesteparkeringen", "Bussen slipper av ved porten og venter på torget"],
        "public_transport": ["Holdeplass 200 m fra porten", "Ti minutters gange fra sentrum"],
        "photo_rules": ["Bare ved inngangen", "Ja, men spør folk først"],
        "confidentiality": ["Tegninger kan ikke fotograferes", ""],
    },
}


_ABOUT_REGION = {
    "SE": "Vi för samman skolor och industri i länet: studiebesök, prao och praktik. Regionen är påhittad för demon.",
    "NO": "Vi bringer skole og industri sammen: besøk, arbeidsuke, læreplass. Regionen er oppdiktet for demoen.",
}


def make_regions(world: World) -> None:
    counties = [county for covered in COUNTIES.values() for county in covered]
    world.municipalities = {m.pk: m for m in Municipality.objects.filter(county__in=counties)}
    first_codes = Postcode.objects.filter(municipality__in=world.municipalities).order_by("municipality", "code")
    world.postcodes = dict(first_codes.distinct("municipality").values_list("municipality", "code"))
    for number, (name, covered) in enumerate(COUNTIES.items(), 1):
        country = covered[0][:2]
        region = Region.objects.create(
            public_id=world.public_id(),
            name=name,
            country=country,
            email=f"region{number}@{DOMAIN}",
            about=_ABOUT_REGION[country],
        )
        own = [m for m in world.municipalities.values() if m.county_id in covered]
        region.municipalities.set(own)
        world.regions[name] = region
        world.region_of.update({m.pk: region for m in own})


def make_schools(world: World) -> None:
    """The schools of schools.csv. One that a register import has brought already is used as it is."""
    _make_owners(world)
    codes = {country: unit_codes(country) for country in ("SE", "NO")}
    new = []
    for row in texts.rows("schools"):
        municipality = world.municipalities[row["municipality"]]
        known = School.objects.filter(country=municipality.country, unit_code=row["unit_code"]).first()
        if known:
            School.objects.filter(pk=known.pk).update(is_demo=True)
            world.schools[row["name"]] = known
            continue
        school = School(
            public_id=world.public_id(),
            country=municipality.country,
            unit_code=row["unit_code"] or next(codes[municipality.country]),
            name=row["name"],
            owner=world.owners[row["owner"]],
            stages=[row["stage"]],
            lowest_grade=int(row["lowest"]),
            highest_grade=int(row["highest"]),
            street=row["street"],
            postcode=world.postcodes.get(municipality.pk, ""),
            city=municipality.name,
            municipality=municipality,
            lat=float(row["lat"]) if row["lat"] else None,
            lon=float(row["lon"]) if row["lon"] else None,
            is_demo=True,
            source=SOURCE,
        )
        new.append(school)
        world.schools[school.name] = school
    world.store(new)
    _make_closed_days(world, new)
    _make_classes(world)


def _make_closed_days(world: World, schools: list[School]) -> None:
    """The holidays of the year, as the owners have told them for their schools."""
    today = timezone.localdate(world.now)
    days = {country: closed_days(country, today) for country in ("SE", "NO")}
    told = [(school, day, reason) for school in schools for day, reason in days[school.country]]
    world.store([ClosedDay(school=each, day=day, reason=reason, source=DaySource.OWNER) for each, day, reason in told])


def make_plans(world: World) -> None:
    """Every second school has begun with the example."""
    for school in list(world.schools.values())[::2]:
        if school.source == SOURCE:
            begin_with_example(school)


def _make_owners(world: World) -> None:
    numbers = {country: org_numbers(country, OWNER_RANGES[country]) for country in ("SE", "NO")}
    for row in texts.rows("schools"):
        name, country = row["owner"], row["municipality"][:2]
        if name not in world.owners:
            kind = OwnerKind.MUNICIPAL
            if "fylkeskommune" in name:
                kind = OwnerKind.COUNTY
            elif "Fristående" in name:
                kind = OwnerKind.PRIVATE
            world.owners[name] = SchoolOwner(
                public_id=world.public_id(), country=country, org_number=next(numbers[country]), name=name, kind=kind
            )
    world.store(list(world.owners.values()))


def _make_classes(world: World) -> None:
    """Two classes a year in the years that go on visits: the last three, at most."""
    saved = set(SchoolClass.objects.current().values_list("school", "name"))
    for row in texts.rows("schools"):
        school, highest = world.schools[row["name"]], int(row["highest"])
        for grade in range(max(int(row["lowest"]), highest - 2), highest + 1):
            for letter in ("A", "B"):
                name, pupils = _class_name(school.country, grade, letter), world.dice.randint(14, 28)
                if (school.pk, name) not in saved:
                    world.classes.append(
                        SchoolClass(
                            public_id=world.public_id(),
                            school=school,
                            name=name,
                            school_year=current_school_year(),
                            grade=grade,
                            pupil_count=pupils,
                        )
                    )
    world.store(world.classes)


def _class_name(country: str, grade: int, letter: str) -> str:
    if grade <= Grade.G10:
        return f"{grade}{letter}"
    year = grade - Grade.G10
    return f"TE{year}{letter}" if country == "SE" else f"{year}TIP{letter}"


def make_companies(world: World) -> None:
    numbers = {country: org_numbers(country, COMPANY_RANGES[country]) for country in ("SE", "NO")}
    for row in texts.rows("companies"):
        municipality = world.municipalities[row["municipality"]]
        world.trades[row["name"]] = row
        world.companies[row["name"]] = Company(
            public_id=world.public_id(),
            country=municipality.country,
            org_number=next(numbers[municipality.country]),
            name=row["name"],
            legal_form=row["name"].rsplit(" ", 1)[1],
            industry_id=row["industry"],
            industry_code=row["industry"],
            industry_edition="2007",
            employees=int(row["employees"]),
            about=row["about"],
            municipality=municipality,
            street=row["street"],
            postcode=world.postcodes.get(municipality.pk, ""),
            city=municipality.name,
            joined_at=world.now if row["joined"] == "yes" else None,
            is_demo=True,
            source=SOURCE,
        )
    world.store(list(world.companies.values()))
    neighbours: dict[str, count[int]] = {}
    workplaces = []
    for company in world.companies.values():
        assert company.municipality is not None
        municipality = company.municipality
        turn = next(neighbours.setdefault(municipality.pk, count(1)))
        facts = _FACTS["nb" if company.country == "NO" else "sv"]
        workplaces.append(
            Workplace(
                public_id=world.public_id(),
                company=company,
                name=company.name,
                street=company.street,
                postcode=company.postcode,
                city=company.city,
                municipality=municipality,
                lat=municipality.lat + _STEP_DEGREES * turn,
                lon=municipality.lon - _STEP_DEGREES * turn,
                step_free=world.chance(0.7),
                source=SOURCE,
                **{name: world.pick(choices) for name, choices in facts.items()},
            )
        )
    world.store(workplaces)


def language_of(world: World, company: Company) -> str:
    """The company's own language: nynorsk in Setesdal."""
    if company.country == "SE":
        return "sv"
    return "nn" if company.municipality_id in {"NO-4220", "NO-4221", "NO-4222"} else "nb"
