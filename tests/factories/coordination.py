import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from coordination.models import Goal, ImportFinding, ImportRun
from regions.school_year import current_school_year, first_day, last_day
from tests.factories.accounts import UserFactory
from tests.factories.regions import RegionFactory


class GoalFactory(DjangoModelFactory):
    """A hundred visits in this school year."""

    class Meta:
        model = Goal

    region = factory.SubFactory(RegionFactory)
    figure = "visits-held"
    target = 100
    begins_on = factory.LazyFunction(lambda: first_day(current_school_year()))
    ends_on = factory.LazyFunction(lambda: last_day(current_school_year()))


class ImportRunFactory(DjangoModelFactory):
    """A waiting dry run of a small register; `content=b"…"` is its file."""

    class Meta:
        model = ImportRun

    class Params:
        content = b"skolenavn;organisasjonsnummer;kommunenummer\nAbel skole;975283046;4211\n"

    kind = "no_schools_grunnskole"
    file = factory.LazyAttribute(lambda o: ContentFile(o.content, name=o.file_name))
    file_name = "skoler.csv"
    bytes_total = factory.LazyAttribute(lambda o: len(o.content))
    region = factory.SubFactory(RegionFactory)
    started_by = factory.SubFactory(UserFactory)


class ImportFindingFactory(DjangoModelFactory):
    class Meta:
        model = ImportFinding

    run = factory.SubFactory(ImportRunFactory)
    line = factory.Sequence(lambda n: n + 2)
    verdict = "refused"
    code = "975283046"
    name = "Abel skole"
    reason = "The organisation number fails its check digit."
