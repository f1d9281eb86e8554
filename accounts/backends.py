from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from django.db.models import QuerySet

from accounts.models import User
from core.ready_queries import ready


class AuthenticationBackend(AllauthBackend):
    """Allauth's, with a query that is ready for the person whom a session names: every page asks it."""

    def get_user(self, user_id: int) -> User | None:
        user = next(iter(_users(user_id)), None)
        return user if user and self.user_can_authenticate(user) else None


@ready
def _users(pk: int) -> QuerySet[User]:
    return User.objects.filter(pk=pk)
