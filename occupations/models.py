from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from regions.enums import Country


class NamedInLanguages(models.Model):
    """A code-list row with a name in each of our languages; `name` is the one for the reader."""

    name_sv = models.CharField(_("Swedish name"), max_length=200)
    name_nb = models.CharField(_("Bokmål name"), max_length=200)
    name_nn = models.CharField(_("Nynorsk name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return str(getattr(self, f"name_{(get_language() or 'sv')[:2]}", "") or self.name_en or self.name_sv)

    @property
    def all_names(self) -> str:
        """Every name, for the search index: people search in the neighbour's language too."""
        return " ".join(dict.fromkeys([self.name_sv, self.name_nb, self.name_nn, self.name_en]))


class Industry(NamedInLanguages):
    """A two-digit division of SNI / SN / NACE. `edition` says which edition the code belongs to."""

    code = models.CharField(_("code"), max_length=2, primary_key=True)
    section = models.CharField(_("section"), max_length=1)
    edition = models.CharField(_("edition"), max_length=4, default="2007")
    name_sv_2025 = models.CharField(_("Swedish name in the 2025 edition"), max_length=200, blank=True)
    is_core = models.BooleanField(_("mining and manufacturing"), default=False)

    class Meta:
        ordering = ["code"]
        verbose_name = _("industry")
        verbose_name_plural = _("industries")


class Occupation(NamedInLanguages):
    """A job as people call it, with its codes in SSYK 2012, STYRK-08 and ISCO-08."""

    key = models.SlugField(_("key"), max_length=60, primary_key=True)
    ssyk2012 = models.CharField("SSYK 2012", max_length=4, blank=True)
    styrk08 = models.CharField("STYRK-08", max_length=4, blank=True)
    isco08 = models.CharField("ISCO-08", max_length=4, blank=True)

    class Meta:
        ordering = ["key"]
        verbose_name = _("occupation")
        verbose_name_plural = _("occupations")


class Programme(NamedInLanguages):
    """An upper secondary programme: national programme (SE), utdanningsprogram (NO)."""

    id = models.CharField(max_length=12, primary_key=True)  # SE-IN, NO-TP
    country = models.CharField(_("country"), max_length=2, choices=Country)
    code = models.CharField(_("code"), max_length=8)
    code_gy25 = models.CharField(_("code from 2025"), max_length=8, blank=True)
    is_vocational = models.BooleanField(_("vocational"))
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    replaced_by = models.CharField(_("replaced by"), max_length=8, blank=True)

    class Meta:
        ordering = ["country", "code"]
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")


class ProgrammeArea(NamedInLanguages):
    """An orientation (SE) or a programområde (NO) inside a programme."""

    id = models.CharField(max_length=80, primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="areas")
    level = models.CharField(_("level"), max_length=4, blank=True)  # Vg1, Vg2; blank in Sweden
    code = models.CharField(_("code"), max_length=12, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("programme area")
        verbose_name_plural = _("programme areas")


class Trade(NamedInLanguages):
    """A Norwegian lærefag. The id is its code, or a slug of its name where it has none (Automatiseringsfaget)."""

    id = models.CharField(max_length=60, primary_key=True)
    code = models.CharField(_("code"), max_length=12, blank=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="trades")
    area = models.ForeignKey(ProgrammeArea, on_delete=models.PROTECT, null=True, blank=True, related_name="trades")
    is_core = models.BooleanField(_("in industry"), default=False)

    class Meta:
        ordering = ["id"]
        verbose_name = _("trade")
        verbose_name_plural = _("trades")
