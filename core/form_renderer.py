from typing import Any

from django.forms.renderers import TemplatesSetting

# The browser's own pickers: the fields accept what these send, and show ISO dates in all our languages.
_PICKERS = {
    "django/forms/widgets/date.html": "date",
    "django/forms/widgets/time.html": "time",
    "django/forms/widgets/datetime.html": "datetime-local",
}


class FormRenderer(TemplatesSetting):
    """Django's own forms in the design system's clothes: templates/forms/, and a class for every control."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if widget := context.get("widget"):
            _dress(widget, template_name)
        return super().render(template_name, context, request)


def _dress(widget: dict[str, Any], template_name: str) -> None:
    """Give controls the class that the design system draws, so that form authors need not think of it."""
    parts = widget.get("subwidgets", [])
    for part in parts:
        _dress(part, part["template_name"])
    if parts or widget.get("is_hidden") or widget.get("type") == "hidden":
        return
    if template_name in _PICKERS and widget.get("type") == "text":
        widget["type"] = _PICKERS[template_name]
    classes = widget["attrs"].get("class", "").split()
    if "ds-input" not in classes:
        widget["attrs"]["class"] = " ".join(["ds-input", *classes])
