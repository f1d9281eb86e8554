import io
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from coordination.enums import RegisterKind
from coordination.registers.rows import UnreadableFile
from coordination.registers.shapes import guess_kind
from coordination.registers.source import RegisterFile
from regions.models import Region

LARGEST_UPLOAD_MB = 20  # below what deploy/Caddyfile lets through; whole registers go through manage.py import_register
LOOK_AT_BYTES = 256 * 1024


class ImportForm(forms.Form):
    """A register file. Which register it is shows from its beginning; nothing in it is run."""

    region = forms.ModelChoiceField(Region.objects.none(), label=_("Region"))
    kind = forms.ChoiceField(
        label=_("Register"),
        choices=[("", _("Recognise it from the file")), *RegisterKind.choices],
        required=False,
    )
    file = forms.FileField(
        label=_("File"),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.json"}),
        help_text=_("CSV or JSON as the register gives it, at most %(size)d MB. It is deleted after 30 days.")
        % {"size": LARGEST_UPLOAD_MB},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = Region.objects.filter(memberships__user=user, memberships__role=Role.COORDINATOR)
        self.fields["region"] = forms.ModelChoiceField(regions, label=_("Region"))
        if len(mine := list(regions[:2])) == 1:
            self.fields["region"].initial = mine[0]
            self.fields["region"].widget = forms.HiddenInput()

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_UPLOAD_MB * 1024 * 1024:
            raise forms.ValidationError(
                gettext("The file is larger than %(size)d MB. Ask whoever runs Industriporten to import it.")
                % {"size": LARGEST_UPLOAD_MB},
                code="too_large",
            )
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "file" in data:
            try:
                data["kind"] = self._recognise(data["file"], data.get("kind", ""))
            except UnreadableFile as problem:
                self.add_error("file", str(problem))
        return data

    def _recognise(self, file: UploadedFile, chosen: str) -> RegisterKind:
        """The register the file comes from. Raises UnreadableFile when it is none, or another than was chosen."""
        file.seek(0)
        likely = guess_kind(RegisterFile(io.BytesIO(file.read(LOOK_AT_BYTES))))
        file.seek(0)
        if likely is None:
            raise UnreadableFile(
                gettext("This does not look like a file of any register we read. The header may be missing.")
            )
        if chosen and chosen != likely:
            raise UnreadableFile(
                gettext("This looks like “%(register)s”: choose that one.") % {"register": likely.label}
            )
        return likely
