from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class OwnerKind(models.TextChoices):
    MUNICIPAL = "municipal", _("municipality")
    COUNTY = "county", _("county authority")
    PRIVATE = "private", _("private")
    STATE = "state", _("state")


class Stage(models.TextChoices):
    """What a school teaches; one school may teach several."""

    COMPULSORY = "compulsory", _("compulsory school")
    ADAPTED_COMPULSORY = "adapted_compulsory", _("adapted compulsory school")
    UPPER_SECONDARY = "upper_secondary", _("upper secondary school")
    ADAPTED_UPPER_SECONDARY = "adapted_upper_secondary", _("adapted upper secondary school")
    ADULT = "adult", _("adult education")


class Grade(models.IntegerChoices):
    """One ladder for both countries: 11–13 are the years of upper secondary school, 14 adults.

    Norway's grade 10 is the last of compulsory school; Sweden has no grade 10.
    """

    G1 = 1, _("grade 1")
    G2 = 2, _("grade 2")
    G3 = 3, _("grade 3")
    G4 = 4, _("grade 4")
    G5 = 5, _("grade 5")
    G6 = 6, _("grade 6")
    G7 = 7, _("grade 7")
    G8 = 8, _("grade 8")
    G9 = 9, _("grade 9")
    G10 = 10, _("grade 10")
    U1 = 11, _("upper secondary, year 1")
    U2 = 12, _("upper secondary, year 2")
    U3 = 13, _("upper secondary, year 3")
    ADULT = 14, _("adult education")


def grades_in_words(lowest: int, highest: int) -> str:
    """Grades 6 to 9, the word once."""
    first, last = Grade(lowest), Grade(highest)
    if first == last:
        return str(first.label)
    if last <= Grade.G10:
        return gettext("grades %(from)d to %(to)d") % {"from": first, "to": last}
    if first >= Grade.U1 and last <= Grade.U3:
        years = {"from": first - Grade.G10, "to": last - Grade.G10}
        return gettext("upper secondary, years %(from)d to %(to)d") % years
    return gettext("%(from)s to %(to)s") % {"from": first.label, "to": last.label}


def grades_of(lowest: int | None, highest: int | None) -> list[tuple[int, str]]:
    """The grades that a school has, to choose from; all of them when the register does not say."""
    first, last = lowest or Grade.G1, highest or Grade.ADULT
    return [(grade.value, str(grade.label)) for grade in Grade if first <= grade <= last]


class DaySource(models.TextChoices):
    """Who says that a school has no lessons that day. A register changes only what a register has said."""

    REGISTER = "register", _("the municipality’s school calendar")
    SCHOOL = "school", _("the school")
    OWNER = "owner", _("the school owner")
