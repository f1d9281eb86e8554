from datetime import date, datetime, time

import pytest
from django import forms
from django.apps import apps
from django.db.models import Field
from django.db.models.fields import NOT_PROVIDED
from django.template.loader import render_to_string
from django.utils.translation import override
from pytest_django.asserts import assertHTMLEqual, assertInHTML


class ExampleForm(forms.Form):
    name = forms.CharField(help_text="As on the badge")
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3, "class": "wide"}))
    day = forms.DateField()
    at = forms.TimeField()
    moment = forms.DateTimeField()
    size = forms.ChoiceField(choices=[("s", "Small"), ("l", "Large")], widget=forms.RadioSelect, help_text="Pick one")
    kind = forms.ChoiceField(choices=[("a", "A")])
    agreed = forms.BooleanField(label="I have read the rules")
    key = forms.CharField(widget=forms.HiddenInput)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def test_a_field_has_label_help_and_control_in_that_order():
    assertHTMLEqual(
        ExampleForm()["name"].as_field_group(),
        '<div class="ds-field"><label class="ds-label" for="id_name">Name</label>'
        '<p data-field="description" id="id_name_helptext">As on the badge</p>'
        '<input type="text" name="name" required aria-describedby="id_name_helptext" class="ds-input" id="id_name">'
        "</div>",
    )


def test_an_error_stands_beside_its_field():
    form = ExampleForm({})
    assertInHTML(
        '<div class="field-errors" id="id_name_error">'
        '<p class="ds-validation-message">This field is required.</p></div>',
        form["name"].as_field_group(),
    )
    assert 'aria-invalid="true"' in str(form["name"])
    assert 'aria-describedby="id_name_helptext id_name_error"' in str(form["name"])


def test_optional_fields_say_so_except_in_a_form_of_filters():
    form = ExampleForm()
    assert "(optional)" in form["note"].as_field_group()
    assert "(optional)" not in form["name"].as_field_group()
    form.marks_optional = False
    assert "(optional)" not in form["note"].as_field_group()


def test_a_group_of_radios_is_a_fieldset_with_a_legend():
    assertHTMLEqual(
        ExampleForm()["size"].as_field_group(),
        '<fieldset class="ds-fieldset" id="id_size_group" tabindex="-1" aria-describedby="id_size_helptext">'
        '<legend class="ds-label">Size</legend>'
        '<p data-field="description" id="id_size_helptext">Pick one</p>'
        '<div class="ds-field"><input type="radio" name="size" value="s" required id="id_size_0" class="ds-input">'
        '<label class="ds-label" data-weight="regular" for="id_size_0">Small</label></div>'
        '<div class="ds-field"><input type="radio" name="size" value="l" required id="id_size_1" class="ds-input">'
        '<label class="ds-label" data-weight="regular" for="id_size_1">Large</label></div>'
        "</fieldset>",
    )


def test_a_checkbox_comes_before_its_label():
    assertHTMLEqual(
        ExampleForm()["agreed"].as_field_group(),
        '<div class="ds-field"><input type="checkbox" name="agreed" required class="ds-input" id="id_agreed">'
        '<label class="ds-label" data-weight="regular" for="id_agreed">I have read the rules</label></div>',
    )


def test_every_control_gets_its_class_and_hidden_ones_do_not():
    form = ExampleForm()
    assert 'class="ds-input wide"' in str(form["note"])
    assert '<select name="kind" id="id_kind" class="ds-input">' in str(form["kind"])
    assert "class" not in str(form["key"])


def test_dates_and_times_use_the_browsers_pickers():
    initial = {"day": date(2026, 3, 9), "at": time(9, 30), "moment": datetime(2026, 3, 9, 9, 30)}  # noqa: DTZ001
    form = ExampleForm(initial=initial)
    for language in ["sv", "nb", "nn", "en"]:
        with override(language):
            assert 'type="date" name="day" value="2026-03-09"' in str(form["day"])
            assert 'type="time" name="at" value="09:30:00"' in str(form["at"])
            assert 'type="datetime-local" name="moment" value="2026-03-09 09:30:00"' in str(form["moment"])


def test_what_the_pickers_send_is_understood():
    form = ExampleForm({"day": "2026-03-09", "at": "09:30", "moment": "2026-03-09T09:30"})
    assert not {"day", "at", "moment"} & set(form.errors)


def test_the_summary_links_to_every_field_and_names_other_errors():
    form = ExampleForm({"name": "Kim", "day": "2026-03-09", "at": "09:30", "moment": "2026-03-09T09:30", "kind": "a"})
    form.add_error(None, "Too few places left: 3.")
    summary = render_to_string("components/_error_summary.html", {"form": form})
    assert "<li>Too few places left: 3.</li>" in summary
    assert '<a class="ds-link" href="#id_size_group">Size: This field is required.</a>' in summary
    assert '<a class="ds-link" href="#id_agreed">I have read the rules: This field is required.</a>' in summary
    assert "<li>This field is required.</li>" in summary  # the hidden field


def test_a_form_without_errors_has_no_summary():
    assert render_to_string("components/_error_summary.html", {"form": ExampleForm()}).strip() == ""


def test_the_summary_sets_no_colon_after_a_question():
    class WhyForm(forms.Form):
        why = forms.CharField(label="Why?")
        where = forms.CharField(label="Where")

    summary = render_to_string("components/_error_summary.html", {"form": WhyForm({})})
    assert "Why? This field is required." in summary
    assert "Where: This field is required." in summary


def test_what_the_database_fills_in_has_a_value_in_a_new_form_too():
    """A form for a new row asks the model: without a default of Python's it would show the database's expression."""
    fields = [field for model in apps.get_models() for field in model._meta.get_fields() if isinstance(field, Field)]
    left_to_the_database = [field for field in fields if field.db_default is not NOT_PROVIDED]
    assert left_to_the_database
    assert [str(field) for field in left_to_the_database if field.editable and not field.has_default()] == []
