"""Compares rows of a register with what is stored, and writes what differs.

Which fields belong to the register:
- a school's facts do; its website and telephone are only filled in where they are empty;
- a company's facts do until it joins. From then on its people keep name, address, website and industry, and the
  register keeps legal form, industry code, employees and whether the company still exists;
- a workplace's facts do as long as its company has not joined. After that a closed workplace is pointed out.
Nothing is ever deleted: a row that vanishes from the register keeps the day it was last seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from companies.models import Company, Workplace
from companies.search import refresh_companies
from coordination.enums import Verdict
from coordination.registers.points import TOO_FAR_KM, kilometres_outside
from coordination.registers.rows import CompanyRow, Owner, OwnerRow, Row, RowRefused, SchoolRow, WorkplaceRow
from occupations.models import Industry
from regions.models import Municipality, Postcode
from schools.models import School, SchoolOwner

# A dry run writes no owner, so that a school's new owner has no number yet: this one equals none.
NOT_YET_STORED = -1


@dataclass
class Outcome:
    """What became of one row."""

    line: int
    verdict: Verdict
    code: str = ""
    name: str = ""
    reason: str = ""
    flags: list[str] = field(default_factory=list)


class Writer:
    """Takes batches of rows of one register. One is made per run: it remembers the code lists."""

    model: type[models.Model]

    def __init__(self, *, source: str, dry_run: bool) -> None:
        self.source, self.dry_run = source, dry_run
        self.seen_at = timezone.now()
        self.municipalities = Municipality.objects.in_bulk()

    def write(self, rows: list[Any]) -> list[Outcome]:
        """What became of each row; in a dry run, what would."""
        known = self.known(rows)
        self._new: list[Any] = []
        self._changed: list[Any] = []
        self._changed_fields: set[str] = set()
        self._unchanged: list[Any] = []
        outcomes = [self._take(row, known.get(row.code)) for row in rows]
        if not self.dry_run:
            self._store()
        return outcomes

    def known(self, rows: list[Any]) -> dict[str, Any]:
        """The stored instances by the code of their row, locked so that nobody's edit is lost in between."""
        raise NotImplementedError

    def begin(self, row: Any) -> Any:
        """A new instance that is named by the row and empty otherwise."""
        raise NotImplementedError

    def wanted(self, row: Any, instance: Any) -> dict[str, Any]:
        """What the register says of the fields that are its to say. May add flags to the row, or refuse it."""
        raise NotImplementedError

    def stored(self, instances: list[Any]) -> None:
        """Called with the changed instances once they are written."""

    def _take(self, row: Any, instance: Any) -> Outcome:
        try:
            is_new = instance is None
            if is_new:
                if row.refuse_if_new:
                    raise RowRefused(row.refuse_if_new, code=row.code, name=row.name)
                instance = self.begin(row)
            wanted = self.wanted(row, instance)
        except RowRefused as refusal:
            return Outcome(row.line, Verdict.REFUSED, refusal.code, refusal.name, refusal.reason)
        changed = [name for name, value in wanted.items() if getattr(instance, name) != value]
        for name in changed:
            setattr(instance, name, wanted[name])
        # Once each: a batch that the database refuses is gone through again row by row.
        flags = list(dict.fromkeys(row.flags))
        outcome = Outcome(row.line, Verdict.UNCHANGED, row.code, row.name, flags=flags)
        if is_new:
            outcome.verdict = Verdict.NEW
            self._new.append(instance)
        elif changed:
            outcome.verdict = Verdict.CHANGED
            outcome.reason = ", ".join(str(_verbose(instance, name)) for name in changed)
            self._changed.append(instance)
            self._changed_fields.update(changed)
        else:
            self._unchanged.append(instance)
        return outcome

    def _store(self) -> None:
        for instance in [*self._new, *self._changed]:
            instance.seen_in_source_at = self.seen_at
        self.model._default_manager.bulk_create(self._new)
        if self._changed:
            update(self.model, self._changed, [*self._changed_fields, "seen_in_source_at"])
            self.stored(self._changed)
        self._mark_as_seen()

    def _mark_as_seen(self) -> None:
        """Unchanged rows are marked once a day, and without a line in their history: nothing about them changed."""
        today = timezone.localtime(self.seen_at).replace(hour=0, minute=0, second=0, microsecond=0)
        stale = [row.pk for row in self._unchanged if not row.seen_in_source_at or row.seen_in_source_at < today]
        if stale:
            with pgtrigger.ignore(*HISTORY_OF_UPDATES.get(self.model, [])):
                self.model._default_manager.filter(pk__in=stale).update(seen_in_source_at=self.seen_at)

    def municipality_id(self, row: Row) -> str | None:
        """The municipality the row names, if our list has it. One that is not in it is flagged."""
        key = f"{row.country}-{row.municipality}"
        if key in self.municipalities:
            return key
        if row.municipality:
            row.flags.append(
                _("Municipality %(code)s is not in our list: stored without one.") % {"code": row.municipality}
            )
        else:
            row.flags.append(_("The register does not say in which municipality it lies."))
        return None


HISTORY_OF_UPDATES: dict[type[models.Model], list[str]] = {
    School: ["schools.School:update_update"],
    Company: ["companies.Company:update_update"],
}


def update(model: type[models.Model], instances: list[Any], fields: Iterable[str]) -> None:
    """Write the fields of stored instances in one statement (a tenth of what `bulk_update` takes)."""
    names = sorted({model._meta.get_field(name).name for name in fields})
    model._default_manager.bulk_create(instances, update_conflicts=True, unique_fields=["id"], update_fields=names)


def _verbose(instance: models.Model, name: str) -> Any:
    return getattr(instance._meta.get_field(name), "verbose_name", name)


class SchoolWriter(Writer):
    """Schools, and the owners that the school registers name."""

    model = School

    def write(self, rows: list[SchoolRow | OwnerRow]) -> list[Outcome]:
        owner_rows = [row for row in rows if isinstance(row, OwnerRow)]
        school_rows = [row for row in rows if isinstance(row, SchoolRow)]
        self._owners = self._known_owners(owner_rows, school_rows)
        outcomes = [self._take_owner(row) for row in owner_rows]
        self._begin_owners(school_rows)
        return sorted(outcomes + super().write(school_rows), key=lambda outcome: outcome.line)

    def known(self, rows: list[SchoolRow]) -> dict[str, School]:
        schools = School.objects.filter(unit_code__in=[row.code for row in rows]).order_by("pk")
        if not self.dry_run:
            schools = schools.select_for_update(no_key=True, of=("self",))
        countries = {row.country for row in rows}
        return {school.unit_code: school for school in schools if school.country in countries}

    def begin(self, row: SchoolRow) -> School:
        return School(country=row.country, unit_code=row.code, source=self.source)

    def wanted(self, row: SchoolRow, instance: School) -> dict[str, Any]:
        wanted = {"name": row.name, **row.fields}
        for name in ("website", "phone"):
            if getattr(instance, name):
                wanted.pop(name, None)
        if row.owner and row.owner.code in self._owners:
            wanted["owner_id"] = self._owners[row.owner.code].pk or NOT_YET_STORED
        if row.municipality is not None or not instance.municipality_id:
            wanted["municipality_id"] = self.municipality_id(row) or instance.municipality_id
        if wanted.get("lat") is None or wanted.get("lon") is None:
            wanted.pop("lat", None)
            wanted.pop("lon", None)
        return wanted | self._point(row, instance, wanted)

    def _point(self, row: SchoolRow, instance: School, wanted: dict[str, Any]) -> dict[str, bool]:
        """Whether the point can be believed. A doubtful one is kept for a person to look at, and never used."""
        lat, lon = wanted.get("lat", instance.lat), wanted.get("lon", instance.lon)
        if lat is None or lon is None:
            return {"point_is_doubtful": False}
        municipality = self.municipalities.get(wanted.get("municipality_id", instance.municipality_id) or "")
        if not municipality:
            return {"point_is_doubtful": not (54 <= lat <= 82 and 3 <= lon <= 35)}
        distance = kilometres_outside(municipality, lat, lon)
        if distance > TOO_FAR_KM:
            row.flags.append(
                _("The point lies %(km)d km outside %(municipality)s: it is not used.")
                % {"km": distance, "municipality": municipality.name}
            )
        return {"point_is_doubtful": distance > TOO_FAR_KM}

    def _known_owners(self, owner_rows: list[OwnerRow], school_rows: list[SchoolRow]) -> dict[str, SchoolOwner]:
        codes = {row.code for row in owner_rows} | {row.owner.code for row in school_rows if row.owner}
        country = next((row.country for row in [*owner_rows, *school_rows]), "")
        return {owner.org_number: owner for owner in SchoolOwner.objects.filter(country=country, org_number__in=codes)}

    def _take_owner(self, row: OwnerRow) -> Outcome:
        """Begin or rename an owner that has a row of its own."""
        outcome = Outcome(row.line, Verdict.UNCHANGED, row.code, row.name)
        owner = self._owners.get(row.code)
        if owner is None:
            if row.refuse_if_new:
                return Outcome(row.line, Verdict.REFUSED, row.code, row.name, row.refuse_if_new)
            outcome.verdict = Verdict.NEW
            self._begin_owner(Owner(row.country, row.code, row.name, row.kind))
        elif owner.name != row.name:
            outcome.verdict, outcome.reason = Verdict.CHANGED, str(_verbose(owner, "name"))
            owner.name = row.name
            if not self.dry_run:
                owner.save(update_fields=["name"])
        return outcome

    def _begin_owners(self, rows: list[SchoolRow]) -> None:
        """Owners that schools name, and that are new. Their names are not changed from here: schools spell them."""
        for row in rows:
            if row.owner and row.owner.code not in self._owners and not row.refuse_if_new:
                self._begin_owner(row.owner)

    def _begin_owner(self, owner: Owner) -> None:
        stored = SchoolOwner(country=owner.country, org_number=owner.code, name=owner.name, kind=owner.kind)
        if not self.dry_run:
            stored.save()
        self._owners[owner.code] = stored


class CompanyWriter(Writer):
    """Legal units."""

    model = Company

    # What people keep once their company has joined.
    OF_ITS_PEOPLE = ("name", "street", "postcode", "city", "municipality_id", "website")

    def __init__(self, *, source: str, dry_run: bool) -> None:
        super().__init__(source=source, dry_run=dry_run)
        self.divisions = set(Industry.objects.values_list("pk", flat=True))

    def known(self, rows: list[CompanyRow]) -> dict[str, Company]:
        self._by_postcode = self._municipalities_by_postcode(rows)
        companies = Company.objects.filter(org_number__in=[row.code for row in rows]).order_by("pk")
        if not self.dry_run:
            companies = companies.select_for_update(no_key=True, of=("self",))
        countries = {row.country for row in rows}
        return {company.org_number: company for company in companies if company.country in countries}

    def begin(self, row: CompanyRow) -> Company:
        return Company(country=row.country, org_number=row.code, source=self.source)

    def wanted(self, row: CompanyRow, instance: Company) -> dict[str, Any]:
        wanted = {"name": row.name, **row.fields}
        has_ended, ended_at = wanted.pop("has_ended"), wanted.pop("ended_at")
        wanted["ceased_at"] = self._ceased_at(row, instance, ended_at) if has_ended else None
        if instance.joined_at:
            wanted = {name: value for name, value in wanted.items() if name not in self.OF_ITS_PEOPLE}
        else:
            if instance.website:
                wanted.pop("website", None)
            wanted["municipality_id"] = (
                self._by_postcode.get(wanted["postcode"]) if row.municipality is None else self.municipality_id(row)
            )
        if "industry_code" in wanted and not (instance.joined_at and instance.industry_id):
            division = wanted["industry_code"][:2]
            wanted["industry_id"] = division if division in self.divisions else None
        return wanted

    def stored(self, instances: list[Company]) -> None:
        refresh_companies(Company.objects.filter(pk__in=[one.pk for one in instances if one.joined_at]))

    def _ceased_at(self, row: CompanyRow, instance: Company, ended_at: datetime | None) -> datetime:
        if instance.joined_at and not instance.ceased_at:
            row.flags.append(_("This company has joined and has now ceased: see to its visits."))
        return ended_at or instance.ceased_at or self.seen_at

    def _municipalities_by_postcode(self, rows: list[CompanyRow]) -> dict[str, str]:
        """For registers without municipalities. Four of five Swedish postcodes are known; the rest stay without."""
        codes = {row.fields["postcode"] for row in rows if row.municipality is None}
        if not codes:
            return {}
        country = rows[0].country
        return dict(Postcode.objects.filter(country=country, code__in=codes).values_list("code", "municipality_id"))


class WorkplaceWriter(Writer):
    """Workplaces of companies that are here already."""

    model = Workplace

    def known(self, rows: list[WorkplaceRow]) -> dict[str, Workplace]:
        country = next((row.country for row in rows), "")
        companies = Company.objects.filter(country=country, org_number__in={row.parent for row in rows})
        self._companies = {company.org_number: company for company in companies}
        workplaces = (
            Workplace.objects.filter(company__country=country, org_number__in=[row.code for row in rows])
            .select_related("company")
            .order_by("pk")
        )
        if not self.dry_run:
            workplaces = workplaces.select_for_update(no_key=True, of=("self",))
        return {workplace.org_number: workplace for workplace in workplaces}

    def begin(self, row: WorkplaceRow) -> Workplace:
        company = self._company(row)
        if company.ceased_at:
            raise RowRefused(_("Its company has ceased."), code=row.code)
        if company.joined_at:
            raise RowRefused(
                _("Its company has joined and keeps its own list of workplaces."), code=row.code, name=row.name
            )
        return Workplace(company=company, org_number=row.code, source=self.source)

    def wanted(self, row: WorkplaceRow, instance: Workplace) -> dict[str, Any]:
        if instance.company.joined_at:
            if instance.is_active and not row.fields["is_active"]:
                row.flags.append(_("The register says this workplace is closed; its company has joined: ask there."))
            return {}
        company = self._company(row)
        return {
            "name": row.name,
            **row.fields,
            "company_id": company.pk,
            "municipality_id": self._municipality_of(row, company),
        }

    def _company(self, row: WorkplaceRow) -> Company:
        # No name: without its main unit a sub unit may well be a sole proprietor's, named after the person.
        if row.parent not in self._companies:
            raise RowRefused(
                _("Its main unit %(number)s is not here. Import the main units first.") % {"number": row.parent},
                code=row.code,
            )
        return self._companies[row.parent]

    def _municipality_of(self, row: WorkplaceRow, company: Company) -> str:
        """The municipality of the visiting address, or the company's where the register gives no address."""
        municipality = (company.municipality_id or "") if not row.municipality else self.municipality_id(row)
        if not municipality:
            raise RowRefused(_("No municipality we know is given for it or its company."), code=row.code)
        if not row.municipality:
            row.flags.append(_("No visiting address: the company's municipality is used."))
        return municipality
