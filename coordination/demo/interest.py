"""The yearly question about interest and its answers, and an import whose rows need a look."""

from datetime import timedelta

from companies.enums import InterestKind, InterestLevel, NoReason
from companies.models import CompanyContact, InterestAnswer, InterestInvitation
from coordination.demo.people import AGDER, DOMAIN, SORMLAND
from coordination.demo.world import World
from coordination.enums import ImportState, RegisterKind, Verdict
from coordination.models import ImportFinding, ImportRun
from regions.school_year import current_school_year

_LEVELS = [InterestLevel.YES, InterestLevel.YES, None, InterestLevel.MAYBE, InterestLevel.YES, None, InterestLevel.NO]
_NOT_ASKED_EVERY = 9
# Recent, so that no reminder is due the moment the demo is loaded.
_ASKED_DAYS_AGO = 9
_MONTHS = [9, 10, 11, 1, 2, 3, 4, 5]
_COMMENTS = {
    "SE": ["Ring gärna före åtta.", "", "Bäst på torsdagar.", ""],
    "NO": ["Ring gjerne før åtte.", "", "Torsdager passer best.", ""],
}
_AMOUNTS = {
    "SE": ["två klasser", "4 praoplatser", "en klass i mars"],
    "NO": ["to klasser", "3 plasser", "én klasse i mars"],
}
_COORDINATORS = {"SE": f"samordnare@{DOMAIN}", "NO": f"koordinator@{DOMAIN}"}


def make_interest(world: World) -> None:
    """Most companies were asked; some said yes, maybe or not this year, some have not answered."""
    contacts = {c.company_id: c for c in CompanyContact.objects.filter(company__is_demo=True).order_by("-pk")}
    invitations, answers = [], []
    for number, company in enumerate(world.companies.values(), 1):
        if number % _NOT_ASKED_EVERY == 0:
            continue
        contact = contacts[company.pk]
        invitation = InterestInvitation(
            public_id=world.public_id(),
            company=company,
            school_year=current_school_year(),
            email=contact.email,
            language=contact.language,
            region=world.region_of[str(company.municipality_id)],
            asked_by=world.users[_COORDINATORS[company.country]],
            sent_at=world.now - timedelta(days=_ASKED_DAYS_AGO),
        )
        invitations.append(invitation)
        if level := _LEVELS[number % len(_LEVELS)]:
            answers.append(_answer(world, invitation, level, contact))
    world.store(invitations)
    world.store(answers)


def _answer(
    world: World, invitation: InterestInvitation, level: InterestLevel, contact: CompanyContact
) -> InterestAnswer:
    company, willing = invitation.company, level != InterestLevel.NO
    return InterestAnswer(
        invitation=invitation,
        company=company,
        school_year=invitation.school_year,
        level=level,
        kinds=world.dice.sample(InterestKind.values, world.dice.randint(1, 3)) if willing else [],
        months=sorted(world.dice.sample(_MONTHS, 3)) if willing else [],
        amount=world.pick(_AMOUNTS[company.country]) if willing else "",
        reason="" if willing else world.pick(NoReason.values[:4]),
        comment=world.pick(_COMMENTS[company.country]),
        ask_again_on=None if willing else (world.now + timedelta(days=270)).date(),
        contact_name=contact.name,
        contact_email=contact.email,
        contact_phone=contact.phone,
        answered_at=invitation.sent_at + timedelta(days=world.dice.randint(0, 6), hours=world.dice.randint(1, 9)),
    )


def make_imports(world: World) -> None:
    """One import per country with rows to be looked at."""
    found = [
        (SORMLAND, RegisterKind.SE_SCHOOLS, "skolenheter.json", "Skepparvikens skola", "36460979"),
        (AGDER, RegisterKind.NO_WORKPLACES, "underenheter.csv", "RUNDSTYKKET AVD GRIMSTAD", "399500001"),
    ]
    for region, kind, file_name, name, code in found:
        run = ImportRun.objects.create(
            public_id=world.public_id(),
            kind=kind,
            file_name=file_name,
            region=world.regions[region],
            started_by=world.users[_COORDINATORS[world.regions[region].country]],
            dry_run=False,
            state=ImportState.DONE,
            encoding="utf-8",
            rows_unchanged=58,
            rows_refused=1,
            rows_flagged=1,
            finished_at=world.now,
        )
        ImportFinding.objects.create(
            run=run,
            line=17,
            verdict=Verdict.FLAGGED,
            code=code,
            name=name,
            reason="The point lies more than 50 km outside the municipality. It is not used.",
        )
