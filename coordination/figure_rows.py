"""How the rows behind a figure are listed, searched and exported: organisations and times, never persons."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from coordination.figures import HIDDEN_BELOW, Cell, Figure, Scope
from core.search import Folded
from core.text import fold
from visits.enums import BookingState


@dataclass(frozen=True)
class Column:
    label: str | Promise
    value: Callable[[Any], Any]
    url: Callable[[Any], str] | None = None
    is_number: bool = False
    is_time: bool = False


@dataclass(frozen=True)
class Shown:
    """One cell on the page."""

    value: Any
    url: str
    column: Column


@dataclass(frozen=True)
class RowsKind:
    """What one row shows, and in which of its fields a search looks."""

    columns: list[Column]
    search: list[str]
    order: list[str]
    related: list[str]


def _offer_url(offer: Any) -> str:
    return reverse("visits:offer_detail", args=[offer.public_id])


def _company_url(company: Any) -> str:
    return reverse("companies:company_detail", args=[company.public_id])


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i")


def _pupils(count: int) -> int | str:
    return f"<{HIDDEN_BELOW}" if count < HIDDEN_BELOW else count


def _rows_kinds() -> dict[str, RowsKind]:
    return {
        "company": RowsKind(
            [
                Column(_("Company"), lambda row: row.name, _company_url),
                Column(_("Municipality"), lambda row: row.municipality),
                Column(_("Kind of host"), lambda row: capfirst(row.get_kind_display())),
                Column(_("Industry"), lambda row: row.industry or ""),
                Column(_("Joined"), lambda row: date_format(timezone.localdate(row.joined_at), "Y-m-d")),
            ],
            search=["name"],
            order=["name", "pk"],
            related=["municipality", "industry"],
        ),
        "interest": RowsKind(
            [
                Column(_("Company"), lambda row: row.company.name),
                Column(_("Municipality"), lambda row: row.company.municipality),
                Column(_("Answer"), lambda row: row.get_level_display()),
                Column(_("Has joined"), lambda row: _("yes") if row.company.joined_at else _("not yet")),
            ],
            search=["company__name"],
            order=["company__name", "pk"],
            related=["company__municipality"],
        ),
        "offer": RowsKind(
            [
                Column(_("Visit"), lambda row: row.title, _offer_url),
                Column(_("Company"), lambda row: row.company.name, lambda row: _company_url(row.company)),
                Column(_("Municipality"), lambda row: row.workplace.municipality),
                Column(_("Kind"), lambda row: capfirst(row.get_kind_display())),
            ],
            search=["title", "company__name"],
            order=["title", "pk"],
            related=["company", "workplace__municipality"],
        ),
        "slot": RowsKind(
            [
                Column(_("When"), lambda row: _moment(row.starts_at), is_time=True),
                Column(_("Visit"), lambda row: row.offer.title, lambda row: _offer_url(row.offer)),
                Column(_("Company"), lambda row: row.offer.company.name),
                Column(_("Municipality"), lambda row: row.offer.workplace.municipality),
                Column(_("Places"), lambda row: row.pupils_capacity, is_number=True),
            ],
            search=["offer__title", "offer__company__name"],
            order=["starts_at", "pk"],
            related=["offer__company", "offer__workplace__municipality"],
        ),
        "booking": RowsKind(
            [
                Column(_("When"), lambda row: _moment(row.slot.starts_at), is_time=True),
                Column(_("Visit"), lambda row: row.slot.offer.title, lambda row: _offer_url(row.slot.offer)),
                Column(_("Company"), lambda row: row.slot.offer.company.name),
                Column(_("Municipality of the workplace"), lambda row: row.slot.offer.workplace.municipality),
                Column(_("School"), lambda row: row.school.name),
                Column(_("Municipality of the school"), lambda row: row.school.municipality or ""),
                Column(_("Pupils"), lambda row: _pupils(getattr(row, "pupils_there", row.pupil_count)), is_number=True),
                Column(_("Status"), lambda row: BookingState(row.state).label),
            ],
            search=["slot__offer__title", "slot__offer__company__name", "school__name"],
            order=["slot__starts_at", "pk"],
            related=["slot__offer__company", "slot__offer__workplace__municipality", "school__municipality"],
        ),
        "school": RowsKind(
            [
                Column(_("School"), lambda row: row.name),
                Column(_("Municipality"), lambda row: row.municipality),
                Column(_("Owner"), lambda row: row.owner or ""),
                Column(_("Confirmed visits"), lambda row: row.visits, is_number=True),
            ],
            search=["name"],
            order=["name", "pk"],
            related=["municipality", "owner"],
        ),
    }


ROWS_KINDS = _rows_kinds()


def rows_of(figure: Figure, scope: Scope, municipality: str, words: str) -> QuerySet[Any]:
    """The rows of the figure, of one municipality or all, that hold the words."""
    kind = ROWS_KINDS[figure.rows_kind]
    rows = figure.rows_in(scope).select_related(*kind.related).order_by(*kind.order)
    if figure.rows_kind == "school":
        confirmed = Q(
            visit_bookings__state=BookingState.CONFIRMED,
            visit_bookings__slot__starts_at__gte=scope.begins_at,
            visit_bookings__slot__starts_at__lt=scope.ends_at,
        )
        rows = rows.annotate(visits=Count("visit_bookings", filter=confirmed))
    if municipality:
        rows = rows.filter(**{figure.place: municipality})
    if words.strip():
        parts = [part for name in kind.search for part in (F(name), Value(" "))]
        rows = rows.alias(known=Folded(Concat(*parts, output_field=TextField())))
        for word in fold(words).split():
            rows = rows.filter(known__contains=word)
    return rows


def sum_of(figure: Figure, rows: QuerySet[Any]) -> Cell | None:
    """What the rows add up to, where the figure is a sum: the figure again, or the part that was chosen."""
    if not figure.amount:
        return None
    return figure.of(rows)


def shown(figure: Figure, row: Any) -> list[Shown]:
    """The row's cells for the page."""
    return [
        Shown(column.value(row), column.url(row) if column.url else "", column)
        for column in ROWS_KINDS[figure.rows_kind].columns
    ]


def exported(figure: Figure, row: Any) -> list[Any]:
    """The row's cells for a file."""
    return [column.value(row) for column in ROWS_KINDS[figure.rows_kind].columns]
