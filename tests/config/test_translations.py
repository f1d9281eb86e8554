"""What compiles and checks the translations, tried on a small folder."""

import gettext

import pytest

from config.translations import compile_translations, faults

HEAD = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
READY = f"""{HEAD}
msgid "Book"
msgstr "Boka"

msgid "%(n)d place"
msgid_plural "%(n)d places"
msgstr[0] "%(n)d plats"
msgstr[1] "%(n)d platser"
"""


@pytest.fixture
def locale(tmp_path):
    for language in ("nb", "nn", "sv"):
        (tmp_path / language / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / language / "LC_MESSAGES" / "django.po").write_text(READY)
    return tmp_path


def write(locale, text):
    (locale / "sv" / "LC_MESSAGES" / "django.po").write_text(HEAD + text)


def test_translations_are_compiled_once_for_gettext_to_read(locale):
    assert len(compile_translations(locale)) == 3
    assert compile_translations(locale) == []
    swedish = gettext.translation("django", locale, ["sv"])
    assert swedish.gettext("Book") == "Boka"
    assert swedish.ngettext("%(n)d place", "%(n)d places", 2) == "%(n)d platser"


def test_complete_translations_have_no_faults(locale):
    assert list(faults(locale)) == []


def test_a_language_that_is_missing_is_named(locale):
    (locale / "nn" / "LC_MESSAGES" / "django.po").unlink()
    assert list(faults(locale)) == ["nn: no translations"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('msgid "Book"\nmsgstr ""\n', "sv: not translated: 'Book'"),
        (
            'msgid "%(n)d place"\nmsgid_plural "%(n)d places"\nmsgstr[0] "%(n)d plats"\nmsgstr[1] ""\n',
            "sv: not translated: '%(n)d place'",
        ),
        ('#, fuzzy\nmsgid "Book"\nmsgstr "Bok"\n', "sv: only a guess: 'Book'"),
        (
            '#, python-format\nmsgid "%(n)d left"\nmsgstr "%(m)d kvar"\n',
            "sv: unknown named placeholder 'm': '%(n)d left'",
        ),
    ],
)
def test_an_unready_sentence_is_named(locale, text, fault):
    write(locale, text)
    assert list(faults(locale)) == [fault]
