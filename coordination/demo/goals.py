"""What the invented regions have set out to reach."""

from datetime import date

from coordination.demo.world import World
from coordination.enums import GoalFigure
from coordination.models import Goal
from regions.enums import Country
from regions.school_year import current_school_year, first_day, last_day

WORDS = {
    Country.SE: ("Fler till industrin", "Regional handlingsplan, beslut i våras"),
    Country.NO: ("Flere til industrien", "Regional handlingsplan, vedtatt i vår"),
}


def make_goals(world: World) -> None:
    """One goal that is near, one that is behind and one over the next calendar year, in each region."""
    year = current_school_year()
    this_year = {"begins_on": first_day(year), "ends_on": last_day(year)}
    for region in world.regions.values():
        name, source = WORDS[Country(region.country)]
        for figure, target, period in [
            (GoalFigure.VISITS_HELD, 40, this_year),
            (GoalFigure.PUPILS_REACHED, 2000, this_year),
            (GoalFigure.SCHOOLS_WITH_VISIT, 12, {"begins_on": date(year + 1, 1, 1), "ends_on": date(year + 1, 12, 31)}),
        ]:
            Goal.objects.create(
                public_id=world.public_id(),
                region=region,
                figure=figure,
                target=target,
                name=name,
                source=source,
                **period,
            )
