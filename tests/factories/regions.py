import factory
from factory.django import DjangoModelFactory

from regions.models import County, Municipality, Region


class CountyFactory(DjangoModelFactory):
    class Meta:
        model = County
        django_get_or_create = ("id",)

    id = "SE-04"
    country = factory.LazyAttribute(lambda o: o.id[:2])
    code = factory.LazyAttribute(lambda o: o.id[3:])
    name = "Södermanland"
    official_name = "Södermanlands län"
    lat = 58.75
    lon = 17.0


class MunicipalityFactory(DjangoModelFactory):
    """Municipalities of Sörmland, numbered from SE-0480."""

    class Meta:
        model = Municipality
        django_get_or_create = ("id",)

    id = factory.Sequence(lambda n: f"SE-{480 + n % 9000:04d}")
    county = factory.SubFactory(CountyFactory)
    country = factory.LazyAttribute(lambda o: o.id[:2])
    code = factory.LazyAttribute(lambda o: o.id[3:])
    name = factory.LazyAttribute(lambda o: f"Provköping {o.code}")
    official_name = factory.LazyAttribute(lambda o: f"{o.name} kommun")
    lat = 58.75
    lon = 17.0


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Region Prov {n}")
    country = "SE"

    @factory.post_generation
    def municipalities(self, create, extracted, **kwargs):
        if extracted:
            self.municipalities.add(*extracted)

    @factory.post_generation
    def coordinators(self, create, extracted, **kwargs):
        for user in extracted or []:
            self.memberships.create(user=user, role="coordinator")
