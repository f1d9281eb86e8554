import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companies.models import CompanyText
from core.search import _FOLDED, ReaderQuery, words_of
from core.text import fold

pytestmark = pytest.mark.django_db
ALPHABET = "abcdefghijklmnopqrstuvwxyzåäöæøÅÄÖÆØéèüÉÜđŋŧŠšáÁß 0123456789"


def test_words_are_letters_and_digits():
    assert words_of("svets, robot's | !CNC:* (&) ab_cd 5 o\u0308l") == ["svets", "robot", "CNC", "ab", "cd", "5", "öl"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(text=st.text(max_size=80), language=st.sampled_from(["sv", "nb", "nn", "en", "xx"]))
def test_no_text_breaks_the_query(db, text, language):
    text = text.replace("\x00", "")  # forms refuse it
    assert list(CompanyText.objects.filter(words=ReaderQuery(text, language=language))) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(text=st.text(alphabet=ALPHABET, max_size=40))
def test_the_database_folds_as_python_does(db, text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + _FOLDED.format(text="%s"), [text])
        assert cursor.fetchone()[0] == fold(text)


def test_stop_words_ask_for_nothing_unless_alone():
    def as_tsquery(text):
        sql, params = ReaderQuery(text, language="sv").as_sql(None, connection)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {sql}", params)
            return cursor.fetchone()[0]

    assert as_tsquery("svetsning och robotar") == as_tsquery("svetsning robotar")
    assert as_tsquery("och") == "'och':*"
    assert as_tsquery("i svetsning") == as_tsquery("svetsning")
