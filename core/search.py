"""Full text in three languages at once, with PostgreSQL's built-in dictionaries.

A search vector holds each text stemmed as Swedish, Norwegian and English, and once folded (å as a, ø as o) for
people who type what their keyboard has. A query asks for every word either stemmed in the reader's language or as
the beginning of a folded word.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Func, QuerySet, TextField

from core.text import fold

CONFIGURATIONS = {"sv": "swedish", "nb": "norwegian", "nn": "norwegian", "en": "english"}
MAX_WORDS = 12
MAX_WORD_LENGTH = 60

# core.text.fold in SQL. Punctuation becomes space first: the parser would keep "E-post" or "x/y" in one piece.
_FOLDED = (
    "regexp_replace(normalize(translate(replace(lower({text}), 'ß', 'ss'), 'åäæöøđŋŧ-/._:@+&', 'aaaoodnt        '),"
    " NFKD), '[\u0300-\u036f]', '', 'g')"
)
# A stop word among others ("och", "the") asks for nothing: an empty query leaves the rest as it is.
_WORD = "(plainto_tsquery('{configuration}', %s) || to_tsquery('simple', %s))"
_WORD_AMONG_OTHERS = (
    "CASE WHEN numnode(plainto_tsquery('{configuration}', %s)) = 0 THEN ''::tsquery ELSE " + _WORD + " END"
)


class Folded(Func):
    """A text as search compares it, in the database."""

    template = _FOLDED.format(text="%(expressions)s")
    output_field = TextField()


def words_of(text: str) -> list[str]:
    """The words of what somebody typed: letters and digits only, so they carry no query syntax.

    A single letter begins half of all words: it finds nothing in particular and is left out.
    """
    words = re.findall(r"[^\W_]{2,}|\d", unicodedata.normalize("NFC", text))
    return [word[:MAX_WORD_LENGTH] for word in words[:MAX_WORDS]]


def bare_vector_sql(expression: str) -> str:
    """SQL of a small vector: which words a text has, not where they stand."""
    return f"strip({' || '.join(_vectors(expression))})"


def _vectors(expression: str) -> list[str]:
    """SQL of the text's words: as stems in each language, and folded."""
    text = f"coalesce({expression}, '')"
    stemmed = [f"to_tsvector('{name}', {text})" for name in dict.fromkeys(CONFIGURATIONS.values())]
    return [*stemmed, f"to_tsvector('simple', {_FOLDED.format(text=text)})"]


class ReaderQuery(SearchQuery):
    """What somebody typed, as a query in their language: every word, stemmed or as a folded beginning."""

    def __init__(self, text: str, *, language: str) -> None:
        super().__init__(text)
        self.words = words_of(text)
        self.configuration = CONFIGURATIONS.get(language, "swedish")

    def as_sql(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, list[str]]:  # type: ignore[override]
        template = (_WORD if len(self.words) == 1 else _WORD_AMONG_OTHERS).format(configuration=self.configuration)
        params: list[str] = []
        for word in self.words:
            params += [word] * (template.count("%s") - 1)
            params.append(_beginning(word))
        return "(" + (" && ".join([template] * len(self.words)) or "''::tsquery") + ")", params


def _beginning(word: str) -> str:
    """The word as `to_tsquery` reads "begins with"; folding may leave marks behind, which go too."""
    folded = re.sub(r"[\W_]+", "", fold(word))
    return f"'{folded}':*" if folded else ""


def in_chunks(rows: "QuerySet[Any]", size: int = 1000) -> Iterator[list[int]]:
    """The rows' keys in order, some at a time: long updates hold few locks at once."""
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), size):
        yield pks[start : start + size]
