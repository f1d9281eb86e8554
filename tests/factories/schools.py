import factory
from factory.django import DjangoModelFactory

from schools.models import ClosedDay, School, SchoolClass, SchoolContact, SchoolOwner
from tests.factories.companies import swedish_number
from tests.factories.regions import MunicipalityFactory


class SchoolOwnerFactory(DjangoModelFactory):
    class Meta:
        model = SchoolOwner

    country = "SE"
    org_number = factory.Sequence(swedish_number)
    name = factory.Sequence(lambda n: f"Provköpings kommun {n}")
    kind = "municipal"


class SchoolFactory(DjangoModelFactory):
    """An active compulsory school; `members=[user]` makes them counsellors, `teachers=[user]` teachers."""

    class Meta:
        model = School
        skip_postgeneration_save = True

    country = "SE"
    unit_code = factory.Sequence(lambda n: f"{10_000_000 + n}")
    name = factory.Sequence(lambda n: f"Provskolan {n}")
    owner = factory.SubFactory(SchoolOwnerFactory)
    stages = ["compulsory"]
    lowest_grade = 1
    highest_grade = 9
    municipality = factory.SubFactory(MunicipalityFactory)
    lat = 58.75
    lon = 17.0

    @factory.post_generation
    def members(self, create, extracted, **kwargs):
        for user in extracted or []:
            self.memberships.create(user=user, role="counsellor")

    @factory.post_generation
    def teachers(self, create, extracted, **kwargs):
        for user in extracted or []:
            self.memberships.create(user=user, role="teacher")


class SchoolClassFactory(DjangoModelFactory):
    class Meta:
        model = SchoolClass

    school = factory.SubFactory(SchoolFactory)
    # Never 9B: a test that gives this name to a class of the same school has one such class.
    name = factory.Sequence(lambda n: f"9{chr(65 + n % 26)}{n // 26 + 1}")
    grade = 9
    pupil_count = 25


class SchoolContactFactory(DjangoModelFactory):
    class Meta:
        model = SchoolContact

    school = factory.SubFactory(SchoolFactory)
    name = "Sam Syv"
    email = factory.Sequence(lambda n: f"syv{n}@skola.example")
    phone = "+46701234567"
    language = "en"


class ClosedDayFactory(DjangoModelFactory):
    class Meta:
        model = ClosedDay

    school = factory.SubFactory(SchoolFactory)
    reason = "Höstlov"
    source = "school"
