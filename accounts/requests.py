from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request behind a rule that lets nobody in without signing in: its user is a user."""

    user: User
