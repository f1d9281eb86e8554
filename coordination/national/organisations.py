"""Regions, schools with their classes and teachers, companies with their people."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.enums import OrganisationKind, Role
from accounts.models import Membership, User
from companies.enums import InterestKind
from companies.models import Company, CompanyContact, InterestAnswer, Workplace
from coordination.national.copying import escaped, written
from coordination.national.plan import DOMAIN, MARK, YEARS_BACK, Plan, public_id
from occupations.models import Industry
from regions.models import County, Region
from regions.school_year import current_school_year
from schools.models import School, SchoolClass, SchoolOwner

CLASSES_A_SCHOOL = 8
GRADES = {"SE": (7, 8, 9, 9, 11, 12, 13, 8), "NO": (8, 9, 10, 10, 11, 12, 13, 9)}
SCHOOL_NAMES = {"SE": ["skolan", "Norra skola", "Södra skola", "gymnasium"], "NO": ["skole", "ungdomsskole", "vgs"]}
MAKES = ["Svets", "Mekaniska", "Verktyg", "Plast", "Stål", "Kraft", "Trä", "Betong", "Robot", "Elektro", "Livsmedel"]
SAW = ["Sveis", "Mekaniske", "Støperi", "Plast", "Stål", "Kraft", "Tre", "Betong", "Robot", "Elektro", "Sjømat"]
THINGS = ["svetsning", "robotar", "sveising", "CNC", "laserskärning", "limträ", "batterier", "fisk", "härdning"]
# Every so manieth company has somebody who signs in.
COMPANIES_A_USER = 5


def regions(plan: Plan) -> int:
    """One coordinating body a county, over all its municipalities."""
    counties = list(County.objects.order_by("pk"))
    number_of = {county.pk: number for number, county in enumerate(counties, 1)}
    rows = (
        (number, public_id(number), escaped(f"Region {county.name} ({MARK})"), county.country, f"{number}@{DOMAIN}")
        for number, county in enumerate(counties, 1)
    )
    copied = plan.copier.copy(Region, ["id", "public_id", "name", "country", "email"], rows)
    covered = ((number_of[place.county_id], place.pk) for place in plan.places)
    plan.copier.copy(Region.municipalities.through, ["region", "municipality"], covered)
    return copied


def schools(plan: Plan) -> int:
    """Schools where people live, a school owner a municipality."""
    owner_of = {place.pk: number for number, place in enumerate(plan.places, 1)}
    plan.copier.copy(
        SchoolOwner,
        ["id", "public_id", "country", "org_number", "name"],
        (
            (number, public_id(number), place.country, f"0{number:09d}", escaped(place.official_name))
            for number, place in enumerate(plan.places, 1)
        ),
        kind="municipal",
    )
    places = plan.somewhere(plan.size.schools)

    def rows() -> Iterator[tuple[Any, ...]]:
        for number, place in enumerate(places, 1):
            name = f"{place.name} {plan.dice.choice(SCHOOL_NAMES[place.country])} {number}"
            yield (
                *(number, public_id(number), place.country, f"0{number:09d}", name),
                *(owner_of[place.pk], place.name, place.pk),
                *_near(plan, place),
            )

    columns = ["id", "public_id", "country", "unit_code", "name", "owner", "city", "municipality", "lat", "lon"]
    copied = plan.copier.copy(
        School, columns, rows(), source=MARK, lowest_grade=7, highest_grade=13, stages=["compulsory"]
    )
    _classes(plan, places)
    return copied


def _classes(plan: Plan, places: list[Any]) -> None:
    this_year = current_school_year()
    for year in range(this_year - YEARS_BACK, this_year + 1):
        turns = plan.classes.setdefault(year, {})

        def rows(year: int = year, turns: Any = turns) -> Iterator[tuple[Any, ...]]:
            # The schools one after another, so that a class's turn comes again after all others of its county.
            for place_in_school in range(CLASSES_A_SCHOOL):
                for school, place in enumerate(places, 1):
                    grade = GRADES[place.country][place_in_school]
                    name, pupils = f"{grade}{'ABCDEFGH'[place_in_school]}", plan.dice.randint(14, 30)
                    plan.class_facts.append((school, name, grade, pupils))
                    number = len(plan.class_facts)
                    turns.setdefault(place.county_id, []).append(number)
                    yield number, public_id(number), school, name, grade, pupils

        columns = ["id", "public_id", "school", "name", "grade", "pupil_count"]
        plan.copier.copy(SchoolClass, columns, rows(), school_year=year)


def companies(plan: Plan) -> int:
    """Companies where people live, each with a workplace, a contact and this year's answer."""
    plan.place_of_company = places = plan.somewhere(plan.size.companies)
    industries = list(Industry.objects.order_by("pk").values_list("pk", flat=True))
    dice = plan.dice
    joined = written(plan.now)
    names: list[str] = []

    def rows() -> Iterator[tuple[Any, ...]]:
        for number, place in enumerate(places, 1):
            norwegian = place.country == "NO"
            name = f"{place.name} {dice.choice(SAW if norwegian else MAKES)} {number} {'AS' if norwegian else 'AB'}"
            names.append(name)
            about = f"Vi arbetar med {dice.choice(THINGS)} och {dice.choice(THINGS)} i {place.name}. " * 3
            # One in ten is in the register only.
            yield (
                *(number, public_id(number), place.country, f"0{number:09d}", name, dice.choice(industries)),
                *(dice.randint(2, 900), about, place.pk, place.name, r"\N" if number % 10 == 0 else joined),
            )

    columns = ["id", "public_id", "country", "org_number", "name", "industry", "employees", "about", "municipality"]
    copied = plan.copier.copy(Company, [*columns, "city", "joined_at"], rows(), source=MARK)
    workplaces = (
        (number, public_id(number), number, names[number - 1], place.name, place.pk, *_near(plan, place))
        for number, place in enumerate(places, 1)
    )
    columns = ["id", "public_id", "company", "name", "city", "municipality", "lat", "lon"]
    plan.copier.copy(Workplace, columns, workplaces, source=MARK, clothing="Hela skor", lunch="Matsäck")
    contacts = ((number, public_id(number), number, f"kontakt-{number}@{DOMAIN}") for number in range(1, copied + 1))
    plan.copier.copy(CompanyContact, ["id", "public_id", "company", "email"], contacts, name="Kim Andersson")
    levels, kinds = ["yes", "yes", "maybe", "no"], list(InterestKind.values)
    answers = (
        (number, dice.choice(levels), "{" + ",".join(dice.sample(kinds, 3)) + "}") for number in range(1, copied + 1)
    )
    plan.copier.copy(InterestAnswer, ["company", "level", "kinds"], answers, school_year=current_school_year())
    return copied


def people(plan: Plan) -> int:
    """A teacher at each school, an owner at every fifth company, a coordinator a region. Nobody has a password."""
    counts = {
        (OrganisationKind.SCHOOL, Role.TEACHER): range(1, plan.size.schools + 1),
        (OrganisationKind.COMPANY, Role.OWNER): range(1, plan.size.companies + 1, COMPANIES_A_USER),
        (OrganisationKind.REGION, Role.COORDINATOR): range(1, Region.objects.count() + 1),
    }
    made = 0
    for (kind, role), organisations in counts.items():
        first = made + 1
        users = (
            (first + at, f"{role}-{number}@{DOMAIN}", f"{role.title()} {number}")
            for at, number in enumerate(organisations)
        )
        made += plan.copier.copy(
            User, ["id", "email", "name"], users, password=make_password(None), phone="+46701234567"
        )
        members = ((first + at, public_id(first + at), first + at, number) for at, number in enumerate(organisations))
        plan.copier.copy(Membership, ["id", "public_id", "user", kind.value], members, role=role)
    return made


def _near(plan: Plan, place: Any) -> tuple[Any, Any]:
    """A point around the municipality's seat; one in five has none."""
    if plan.dice.random() < 0.2:
        return r"\N", r"\N"
    return round(place.lat + plan.dice.gauss(0, 0.06), 5), round(place.lon + plan.dice.gauss(0, 0.12), 5)
