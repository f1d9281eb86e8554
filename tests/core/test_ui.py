import pytest
from django.core.paginator import Paginator

from core.templatetags.ui import icon, pages_around, pattern


def test_an_icon_is_decoration_unless_it_has_a_label():
    assert icon("search") == (
        '<svg class="icon" aria-hidden="true"><use href="/static/img/icons.svg#search"></use></svg>'
    )
    assert icon("check", "done & <dusted>", "xl") == (
        '<svg class="icon icon-xl" role="img" aria-label="done &amp; &lt;dusted&gt;">'
        '<use href="/static/img/icons.svg#check"></use></svg>'
    )


def test_an_unknown_icon_says_how_to_add_it():
    with pytest.raises(ValueError, match=r"core/icons\.py"):
        icon("unicorn")


def test_a_pattern_is_fixed_by_its_seed():
    assert pattern("nordverk") == pattern("nordverk")
    assert pattern("nordverk") != pattern("haldenfoss")
    assert 'viewBox="0 0 192 24"' in pattern("nordverk", 24, 3)


def test_nothing_of_the_seed_is_printed():
    assert "script" not in pattern("<script>alert(1)</script>")


def test_long_lists_of_pages_have_gaps():
    assert [str(number) for number in pages_around(Paginator(range(200), 10), 10)] == [
        "1", "…", "9", "10", "11", "…", "20",
    ]  # fmt: skip
