from django.db import models
from django.utils.translation import gettext_lazy as _


class RegisterKind(models.TextChoices):
    """The register shapes we read; each has its reader in coordination/registers/."""

    SE_SCHOOLS = "se_schools", _("Skolverket: school units (JSON)")
    NO_SCHOOLS_NSR = "no_schools_nsr", _("NSR: Norwegian school register (JSON)")
    NO_SCHOOLS_GRUNNSKOLE = "no_schools_grunnskole", _("Norwegian compulsory schools (CSV)")
    NO_COMPANIES = "no_companies", _("Enhetsregisteret: main units (CSV)")
    NO_WORKPLACES = "no_workplaces", _("Enhetsregisteret: sub units (CSV)")
    SE_COMPANIES = "se_companies", _("Bolagsverket: bulk file")
    NO_SCHOOL_DAYS = "no_school_days", _("Norwegian school days (CSV)")


class ImportState(models.TextChoices):
    QUEUED = "queued", _("waiting for its turn")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("could not be read")
    STALLED = "stalled", _("stopped on the way")


IMPORT_MOVES = {
    ImportState.QUEUED: {ImportState.RUNNING},
    ImportState.RUNNING: {ImportState.DONE, ImportState.FAILED, ImportState.STALLED},
    ImportState.STALLED: {ImportState.QUEUED},
    ImportState.DONE: set(),
    ImportState.FAILED: set(),
}


class Verdict(models.TextChoices):
    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    REFUSED = "refused", _("refused")
    FLAGGED = "flagged", _("to be looked at")


class GoalFigure(models.TextChoices):
    """What a goal may be set for: keys of coordination/figures.py that say something over any period."""

    VISITS_HELD = "visits-held", _("visits held")
    PUPILS_REACHED = "pupils-reached", _("pupils reached")
    SCHOOLS_WITH_VISIT = "schools-with-visit", _("schools with a visit")
    PLACES_OFFERED = "places-offered", _("places offered")
    COMPANIES_JOINED = "companies-joined", _("companies joined")
