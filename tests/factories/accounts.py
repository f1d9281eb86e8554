import factory
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.actions import INVITATION_LIFETIME, token_hash
from accounts.models import Invitation, JoinRequest, Membership, User


class UserFactory(DjangoModelFactory):
    """A person with a verified address; `second_factor=True` gives them one."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@mail.example")
    name = factory.Sequence(lambda n: f"Person {n}")
    language = "en"

    @classmethod
    def _create(cls, model_class, *args, password="correct horse battery", **kwargs):
        return model_class.objects.create_user(*args, password=password, **kwargs)

    @factory.post_generation
    def verified(self, create, extracted, **kwargs):
        if extracted is not False:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)

    @factory.post_generation
    def second_factor(self, create, extracted, **kwargs):
        if extracted:
            TOTP.activate(self, generate_totp_secret())
            RecoveryCodes.activate(self)


class MembershipFactory(DjangoModelFactory):
    """An owner of a company; name another organisation and role to get them instead."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    company = factory.SubFactory("tests.factories.companies.CompanyFactory")
    role = "owner"


class InvitationFactory(DjangoModelFactory):
    """An open invitation to a company as contact person; `token` is what its mail held."""

    class Meta:
        model = Invitation
        exclude = ("token",)

    token = factory.Sequence(lambda n: f"token-{n}")
    email = factory.Sequence(lambda n: f"invited{n}@mail.example")
    company = factory.SubFactory("tests.factories.companies.CompanyFactory")
    role = "contact"
    invited_by = factory.SubFactory(UserFactory)
    token_hash = factory.LazyAttribute(lambda o: token_hash(o.token))
    expires_at = factory.LazyFunction(lambda: timezone.now() + INVITATION_LIFETIME)


class JoinRequestFactory(DjangoModelFactory):
    """Somebody asks a company to be let in as contact person."""

    class Meta:
        model = JoinRequest

    user = factory.SubFactory(UserFactory)
    company = factory.SubFactory("tests.factories.companies.CompanyFactory")
    role = "contact"
