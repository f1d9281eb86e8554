"""People: those who can sign in, those behind the other organisations, and those who wait at the door."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from accounts.enums import OrganisationKind, Role
from accounts.models import Invitation, JoinRequest, Membership, User
from companies.models import CompanyContact
from coordination.demo.organisations import language_of
from coordination.demo.people import COMPANY_NO, COMPANY_SE, DOMAIN, PEOPLE, SCHOOL_NO, SCHOOL_SE, DemoPerson
from coordination.demo.world import World
from core.text import fold
from schools.models import SchoolContact


def make_people(world: World) -> None:
    """Everybody's account, verified address and membership; a second factor for those who must have one."""
    hashed = make_password(world.password)
    memberships = []
    for person in PEOPLE:
        user = _user(world, person.email, person.name, person.language, hashed)
        user.is_staff = user.is_superuser = person.is_administrator
        if person.kind and person.role:
            organisation = _organisation(world, person)
            memberships.append(Membership(user=user, role=person.role, **{person.kind.value: organisation}))
            _remember(world, user, person.kind, organisation.name, person.role)
    memberships += _behind_schools(world, hashed) + _behind_companies(world, hashed)
    world.store(list(world.users.values()))
    world.store([EmailAddress(user=u, email=u.email, verified=True, primary=True) for u in world.users.values()])
    world.store(memberships)
    for person in PEOPLE:
        if person.needs_second_factor:
            user = world.users[person.email]
            TOTP.activate(user, generate_totp_secret())
            RecoveryCodes.activate(user)


def _user(world: World, email: str, name: str, language: str, hashed: str) -> User:
    user = User(email=email, name=name, language=language, password=hashed, date_joined=world.now)
    world.users[email] = user
    return user


def _organisation(world: World, person: DemoPerson) -> Any:
    by_kind: dict[str, dict[str, Any]] = {
        OrganisationKind.COMPANY: world.companies,
        OrganisationKind.SCHOOL: world.schools,
        OrganisationKind.SCHOOL_OWNER: world.owners,
        OrganisationKind.REGION: world.regions,
    }
    assert person.kind is not None
    return by_kind[person.kind][person.organisation]


def _remember(world: World, user: User, kind: OrganisationKind, organisation: str, role: Role) -> None:
    if kind == OrganisationKind.SCHOOL:
        world.school_users.setdefault(organisation, []).append(user)
    if kind == OrganisationKind.COMPANY and role != Role.SUPERVISOR:
        world.company_users.setdefault(organisation, []).append(user)


def _behind_schools(world: World, hashed: str) -> list[Membership]:
    """A counsellor for every other school. Nobody is made up at a real school: there the account is the function."""
    titles = {"SE": "Studie- och yrkesvägledare (demo)", "NO": "Rådgiver (demo)"}
    memberships = []
    for number, school in enumerate(world.schools.values(), 1):
        if school.name in world.school_users:
            continue
        invented = school.name.endswith("(demo)")
        user = _user(
            world,
            f"skola{number}@{DOMAIN}",
            world.person_name(school.country) if invented else titles[school.country],
            "nb" if school.country == "NO" else "sv",
            hashed,
        )
        world.school_users[school.name] = [user]
        memberships.append(Membership(user=user, school=school, role=Role.COUNSELLOR))
    return memberships


def _behind_companies(world: World, hashed: str) -> list[Membership]:
    """Two of three companies have an account; the others answer from the mail."""
    memberships = []
    for number, company in enumerate(world.companies.values(), 1):
        if company.name in world.company_users or company.joined_at is None or number % 3 == 0:
            continue
        user = _user(
            world,
            f"foretag{number}@{DOMAIN}",
            world.person_name(company.country),
            language_of(world, company),
            hashed,
        )
        world.company_users[company.name] = [user]
        memberships.append(Membership(user=user, company=company, role=Role.OWNER))
    return memberships


def make_contacts(world: World) -> None:
    """Who answers for each company and school, with or without an account."""
    company_contacts = []
    for company in world.companies.values():
        users: list[User | None] = list(world.company_users.get(company.name, [None]))
        for user in users[:2]:
            name = user.name if user else world.person_name(company.country)
            company_contacts.append(
                CompanyContact(
                    company=company,
                    user=user,
                    name=name,
                    email=user.email if user else _address(name, company.name),
                    phone=world.phone(company.country),
                    language=language_of(world, company),
                    is_substitute=user is not None and user is not users[0],
                )
            )
    world.store(company_contacts)
    world.store(
        [
            SchoolContact(
                school=school,
                user=user,
                name=user.name,
                email=user.email,
                phone=world.phone(school.country),
                language=user.language,
            )
            for school in world.schools.values()
            for user in world.school_users[school.name][:1]
        ]
    )


def _address(name: str, company: str) -> str:
    return f"{slugify(fold(name))}.{slugify(fold(company)).split('-')[0]}@{DOMAIN}"


def make_newcomers(world: World) -> None:
    """People who have asked to be let in, and invitations that nobody has accepted yet."""
    asked: list[tuple[str, OrganisationKind, Any, Role, str]] = [
        ("SE", OrganisationKind.SCHOOL, world.schools[SCHOOL_SE], Role.TEACHER, "Jag är ny tekniklärare i åttan."),
        ("SE", OrganisationKind.SCHOOL, world.schools[SCHOOL_SE], Role.COUNSELLOR, "Vikarierar för Karin i vår."),
        ("SE", OrganisationKind.SCHOOL, world.schools["Katrineskolan (demo)"], Role.TEACHER, ""),
        ("SE", OrganisationKind.COMPANY, world.companies[COMPANY_SE], Role.CONTACT, "Jag planerar lärlingarna."),
        ("NO", OrganisationKind.SCHOOL, world.schools[SCHOOL_NO], Role.TEACHER, "Ny faglærer i utdanningsvalg."),
        ("NO", OrganisationKind.SCHOOL, world.schools["Grim skole"], Role.COUNSELLOR, ""),
        ("NO", OrganisationKind.COMPANY, world.companies[COMPANY_NO], Role.CONTACT, "Jeg har ansvar for lærlingene."),
    ]
    hashed = make_password(None)
    newcomers = [
        User(
            email=f"vantar{number}@{DOMAIN}",
            name=world.person_name(country),
            language="nb" if country == "NO" else "sv",
            password=hashed,
            date_joined=world.now,
        )
        for number, (country, *_) in enumerate(asked, 1)
    ]
    world.store(newcomers)
    world.store([EmailAddress(user=u, email=u.email, verified=True, primary=True) for u in newcomers])
    requests = world.store(
        [
            JoinRequest(
                public_id=world.public_id(), user=user, role=role, message=message, **{kind.value: organisation}
            )
            for user, (_, kind, organisation, role, message) in zip(newcomers, asked, strict=True)
        ]
    )
    for number, request in enumerate(requests):  # auto_now_add has overwritten the days
        request.created_at = world.now - timedelta(days=number % 5, hours=3)
    JoinRequest.objects.bulk_update(requests, ["created_at"])
    world.store(
        [
            Invitation(
                public_id=world.public_id(),
                email=f"{address}@{DOMAIN}",
                role=role,
                invited_by=world.users[f"{by}@{DOMAIN}"],
                token_hash=f"{world.dice.getrandbits(256):064x}",
                expires_at=world.now + timedelta(days=10),
                **{kind.value: organisation},
            )
            for address, kind, organisation, role, by in [
                ("inbjuden1", OrganisationKind.SCHOOL, world.schools[SCHOOL_SE], Role.TEACHER, "rektor"),
                ("inbjuden2", OrganisationKind.COMPANY, world.companies[COMPANY_SE], Role.SUPERVISOR, "foretag"),
                ("invitert1", OrganisationKind.SCHOOL, world.schools[SCHOOL_NO], Role.TEACHER, "rektor.no"),
                ("invitert2", OrganisationKind.COMPANY, world.companies[COMPANY_NO], Role.SUPERVISOR, "bedrift"),
            ]
        ]
    )
