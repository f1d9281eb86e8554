import factory
from django.utils import timezone
from factory.django import DjangoModelFactory
from stdnum import luhn

from companies.models import Company, CompanyContact, InterestAnswer, InterestInvitation, Workplace
from regions.school_year import current_school_year
from tests.factories.regions import MunicipalityFactory, RegionFactory


def swedish_number(n):
    """A number of the made-up range 559999-xxxx with a right check digit."""
    base = f"559{n % 1_000_000:06d}"
    return base + luhn.calc_check_digit(base)


class CompanyFactory(DjangoModelFactory):
    """A joined company; `members=[user]` makes them owners, `contacts_of=[user]` contact persons."""

    class Meta:
        model = Company
        skip_postgeneration_save = True

    country = "SE"
    org_number = factory.Sequence(swedish_number)
    name = factory.Sequence(lambda n: f"Provverkstaden {n} AB")
    municipality = factory.SubFactory(MunicipalityFactory)
    joined_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def members(self, create, extracted, **kwargs):
        for user in extracted or []:
            self.memberships.create(user=user, role="owner")

    @factory.post_generation
    def contacts_of(self, create, extracted, **kwargs):
        for user in extracted or []:
            self.memberships.create(user=user, role="contact")

    @factory.post_generation
    def supervisors(self, create, extracted, **kwargs):
        for user in extracted or []:
            self.memberships.create(user=user, role="supervisor")


class WorkplaceFactory(DjangoModelFactory):
    class Meta:
        model = Workplace

    company = factory.SubFactory(CompanyFactory)
    name = factory.LazyAttribute(lambda o: o.company.name)
    street = "Verkstadsgatan 1"
    postcode = "61130"
    city = "Provköping"
    municipality = factory.LazyAttribute(lambda o: o.company.municipality)
    lat = 58.75
    lon = 17.0


class CompanyContactFactory(DjangoModelFactory):
    class Meta:
        model = CompanyContact

    company = factory.SubFactory(CompanyFactory)
    name = "Kim Kontakt"
    email = factory.Sequence(lambda n: f"kontakt{n}@foretag.example")
    phone = "0701234567"
    language = "en"


class InterestInvitationFactory(DjangoModelFactory):
    class Meta:
        model = InterestInvitation

    company = factory.SubFactory(CompanyFactory, joined_at=None)
    school_year = factory.LazyFunction(current_school_year)
    email = factory.Sequence(lambda n: f"fraga{n}@foretag.example")
    language = "en"
    region = factory.SubFactory(RegionFactory)


class InterestAnswerFactory(DjangoModelFactory):
    """A company that says yes to visits in March; without an invitation, as its own people answer."""

    class Meta:
        model = InterestAnswer

    company = factory.SubFactory(CompanyFactory)
    school_year = factory.LazyFunction(current_school_year)
    level = "yes"
    kinds = ["visit"]
    months = [3]
