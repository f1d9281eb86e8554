"""The form field for files that somebody sends along."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from visits.files import ACCEPT, FileRefused, kind_of


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Any number of files up to `most`, each of a kind that may be sent along."""

    def __init__(self, *, most: int, **kwargs: Any):
        super().__init__(widget=FilesInput(attrs={"accept": ACCEPT}), **kwargs)
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        uploads = [super(FilesField, self).clean(each) for each in data or []]
        if len(uploads) > self.most:
            raise forms.ValidationError(_("Send at most %(most)d files at a time."), params={"most": self.most})
        for upload in uploads:
            try:
                kind_of(upload, upload.size)
            except FileRefused as refusal:
                raise forms.ValidationError(f"{upload.name}: {refusal}") from refusal
        return uploads
