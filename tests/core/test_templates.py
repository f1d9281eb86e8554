"""What must hold for every page's source: the content policy, forms, titles, icons."""

import re

import pytest
from django.conf import settings

from core.icons import ICONS

FOLDER = settings.BASE_DIR / "templates"
SOURCES = {
    path.relative_to(FOLDER).as_posix(): path.read_text()
    for path in sorted(FOLDER.rglob("*.html"))
    if "emails" not in path.parts and "email" not in path.parts
}
# Pages that stand directly on the base; `base…` ones hand the title on.
PAGES = {
    name: source
    for name, source in SOURCES.items()
    if '{% extends "base.html" %}' in source and not name.rpartition("/")[2].startswith("base")
}


@pytest.mark.parametrize(
    "forbidden",
    [
        r"\sstyle=",
        r"<style",
        r"<script(?![^>]*(?:\bsrc=|application/json))",
        r"\son[a-z]+=",
        r"hx-on",
        r"js:",
        r"javascript:",
        r"https?://[^\s\"']+\.(?:js|css|woff2)",
    ],
)
def test_no_page_needs_what_the_content_policy_forbids(forbidden):
    assert [name for name, source in SOURCES.items() if re.search(forbidden, source)] == []


def test_every_posting_form_carries_its_token():
    forms = {
        (name, form)
        for name, source in SOURCES.items()
        for form in re.findall(r'<form[^>]*method="post".*?</form>', source, re.DOTALL)
    }
    assert [name for name, form in forms if "{% csrf_token %}" not in form] == []


def test_every_page_has_a_title():
    assert [name for name, source in PAGES.items() if not re.search(r"{% block (?:head_)?title %}", source)] == []


def test_every_icon_that_is_named_exists():
    named = {
        (name, icon) for name, source in SOURCES.items() for icon in re.findall(r"{% icon [\"']([^\"']+)[\"']", source)
    }
    assert {(name, icon) for name, icon in named if icon not in ICONS} == set()


def test_every_form_that_is_drawn_says_what_to_mend():
    drawn = r"{{ form }}|as_field_group"
    posting = [name for name, source in SOURCES.items() if 'method="post"' in source and re.search(drawn, source)]
    # The form behind a passkey holds hidden fields only.
    assert [name for name in posting if "_error_summary" not in SOURCES[name] and "webauthn" not in name] == []
