"""Every message there is, walked through: nothing left out, in no form and in no language."""

import re
from dataclasses import replace

import polib
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import get_template
from django.utils.translation import gettext_lazy
from django.utils.translation.template import templatize

from accounts.enums import OrganisationKind
from config.translations import LANGUAGES, LOCALE
from notifications.enums import Channel
from notifications.listing import PATH, document
from notifications.registry import KINDS, NOTICES, MailKind, Notice, announce
from visits import emails

CALL = re.compile(r"\b(?:gettext|_|ngettext)\(u?(?P<quote>'|\")(?P<text>.*?)(?<!\\)(?P=quote)", re.DOTALL)
walk = pytest.mark.parametrize("notice", [*NOTICES.values()], ids=[*NOTICES])


@pytest.fixture(scope="module")
def translated():
    """By language: the sentences that are ready in it."""
    return {
        language: {
            entry.msgid
            for entry in polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))
            if entry.translated()
        }
        for language in LANGUAGES
    }


def sentences_of(template):
    """What a template and those around it (the frame, the facts) say."""
    source = get_template(template).template.source
    for each in re.findall(r"{%\s*(?:include|extends)\s+\"([^\"]+)\"", source):
        yield from sentences_of(each)
    for found in CALL.finditer(templatize(source)):
        yield (
            found["text"].encode().decode("unicode_escape").encode("latin-1", "ignore").decode("utf-8", "ignore")
            if ("\\" in found["text"])
            else found["text"]
        )


@walk
def test_a_notice_says_who_gets_it_by_which_rule_and_how(notice):
    assert isinstance(notice, Notice)
    for words in (notice.title, notice.to, notice.rule):
        assert str(words).strip()
    assert str(notice.rule).endswith(".")
    assert set(notice.audience) <= set(OrganisationKind)
    assert Channel.MAIL in notice.channels or notice.necessary
    assert notice.necessary is None or str(notice.necessary).strip()
    assert isinstance(notice, MailKind) == (notice.name in KINDS)


@walk
def test_a_notice_has_a_template_in_each_form(notice):
    for template in notice.templates:
        get_template(template)


@walk
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_has_words_in_every_language(notice, language, translated):
    said = {str(words) for words in (notice.title, notice.to, notice.rule, notice.necessary) if words}
    for template in notice.templates:
        said |= set(sentences_of(template))
    assert len(said) > 3
    assert {sentence for sentence in said if sentence.strip()} - translated[language] == set()


def test_every_subject_in_the_templates_is_a_notice():
    """A mail whose templates lie there but which nobody has announced would be in no list."""
    known = {notice.template for notice in NOTICES.values()}
    folder = settings.BASE_DIR / "templates"
    subjects = [*folder.rglob("*.subject.txt"), *folder.rglob("*_subject.txt")]
    found = {re.sub(r"[._]subject\.txt$", "", str(path.relative_to(folder))) for path in subjects}
    assert len(found) > 20
    # allauth falls back on the first of the two when somebody signs up.
    assert found - known == set()


def test_docs_notices_is_current():
    assert PATH.read_text(encoding="utf-8") == document(), "Run: manage.py list_notices --write"


def test_a_notice_that_leaves_something_out_stops_the_start():
    with pytest.raises(TypeError, match=r"'rule'.*'context'"):
        MailKind("half", "half", title=gettext_lazy("Start"), to=gettext_lazy("Start"))
    with pytest.raises(ImproperlyConfigured, match=r"'half' lacks: rule, channels, necessary"):
        announce(replace(emails.REMINDER, name="half", rule="", channels=(), necessary=""))
    with pytest.raises(ImproperlyConfigured, match="title as gettext_lazy"):
        announce(replace(emails.REMINDER, name="half", title="Not translated"))
    with pytest.raises(ImproperlyConfigured, match="by mail"):
        announce(replace(emails.REMINDER, name="half", channels=(Channel.PAGE,)))
    with pytest.raises(ImproperlyConfigured, match="Two kinds"):
        announce(replace(emails.REMINDER, template="elsewhere"))
    assert "half" not in NOTICES
