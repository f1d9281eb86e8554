import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from config.translations import compile_translations

# A busy machine is no reason to fail: what hypothesis looks for are wrong answers.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("patient")


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # once, not in every process that runs tests
        compile_translations()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test's database. In the end nobody keeps it from going: not a web process that is still on its way out."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _media_in_a_temporary_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _language_of_message_ids():
    """A request leaves its language behind in the thread; the next test begins with the message ids."""
    translation.activate("en")


@pytest.fixture
def no_limits():
    """Forget the rate limits counted so far (they live in the database cache)."""
    cache.clear()
