from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Django's own forms in the design system's clothes: templates/forms/."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
