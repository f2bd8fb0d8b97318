"""Tables and facts: how records stand on a page, said once for lists and for the pages of what they belong to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import DateField, Model, Prefetch, QuerySet
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy

from registry.core import dates
from registry.core.dates import FuzzyDateField
from registry.core.days import page
from registry.core.templatetags.concord import badge, linked, linked_all, marks, number

NOT_ON_FILE = gettext_lazy("not on file")


@dataclass(frozen=True)
class Column:
    """One column: its heading and how the cell of a record is written; an empty cell says `empty`."""

    title: Any
    cell: Callable[[Any], Any]
    css: str = ""
    head: bool = False
    empty: Any = NOT_ON_FILE


@dataclass
class Table:
    """Some records in rows. With `sourced` a last column holds the source marks of each."""

    caption: Any
    columns: Iterable[Column]
    rows: Iterable[Any]
    title: Any = ""
    anchor: str = ""
    about: Any = ""
    sourced: bool = False
    notes: Any = None
    """The sources of the page, set by it before the table is written."""
    empty: Any = ""
    """What is said where there is no row; with "" the table is then absent."""
    more: str = ""
    """Address of the list that holds all of them."""
    count: int | None = None

    def __post_init__(self) -> None:
        self.rows = list(self.rows)
        self.columns = [*self.columns]
        if self.sourced:
            self.columns.append(Column(gettext("Sources"), self._marks, "src", empty=gettext("none on file")))

    def _marks(self, record: Any) -> str:
        return marks(self.notes, record) if self.notes is not None else ""

    @property
    def total(self) -> int:
        """How many there are, of which the rows may be the first."""
        return len(list(self.rows)) if self.count is None else self.count

    @cached_property
    def filled(self) -> list[Column]:
        """The columns that are shown: those of remarks and the like only where some row has one."""
        return [column for column in self.columns if column.empty or any(column.cell(row) for row in self.rows)]

    def cells(self) -> Iterable[list[tuple[Column, str]]]:
        """Yield each row as (column, cell written)."""
        for record in self.rows:
            yield [(column, written(column, record)) for column in self.filled]


def written(column: Column, record: Any) -> str:
    """Write one cell."""
    value = column.cell(record)
    if value in ("", None):
        return format_html('<span class="muted">{}</span>', column.empty) if column.empty else ""
    return conditional_escape(value)


def named(record: Any, under: str = "", text: str = "") -> SafeString:
    """Write a record (as `text`) as a link, with its badge where not everyone sees it and a muted line under it."""
    parts = [format_html('<a href="{}">{}</a>', record.get_absolute_url(), text or record)]
    if sign := badge(record):
        parts.append(mark_safe(" " + sign))  # noqa: S308 - written by format_html
    if under:
        parts.append(format_html('<div class="small muted fw-normal">{}</div>', under))
    return mark_safe("".join(parts))  # noqa: S308 - parts are escaped


def seen(user: Any, path: str, model: Any, *more: str) -> Prefetch:
    """Return the prefetch of what `user` may see at `path`: a link to an invisible record is absent."""
    return Prefetch(path, model.objects.visible_to(user).select_related(*more))


MOST = 50
"""How many rows of one kind stand on the page of what they name: thousands may name one subject."""


def first(rows: QuerySet, listed: str, **asked: str) -> tuple[QuerySet, dict[str, Any]]:
    """Return the first of many rows, and what their `Table` says of all: how many, and the list that holds them."""
    count = rows.count()
    return rows[:MOST], {"count": count, "more": page(listed, **asked) if count > MOST else ""}


# Facts -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """One line of what is on file about a record: a name, a value, and the fields whose sources stand beside it."""

    name: Any
    value: Any
    fields: tuple[str, ...] = field(default_factory=tuple)

    @property
    def title(self) -> str:
        """The name with a capital letter."""
        words = str(self.name)
        return words[:1].upper() + words[1:]


def fact(record: Model, name: str, user: Any) -> Fact:
    """Return the fact of one field of a record, as `user` may see it."""
    described = record._meta.get_field(name)
    return Fact(described.verbose_name, shown(record, name, user), (name, f"{name}_ref", f"{name}_refs"))


def shown(record: Model, name: str, user: Any) -> Any:
    """Write the value of one field for a reader; "" for what is not on file."""
    described = record._meta.get_field(name)
    value = getattr(record, name)
    if described.many_to_many:
        rows = value.visible_to(user) if hasattr(value, "visible_to") else value.all()
        return several(rows)
    if described.is_relation:
        return one(value, user)
    if value in (None, "", "UNKNOWN"):
        return ""
    if isinstance(described, FuzzyDateField):
        return dates.display(value)
    if isinstance(described, DateField) or isinstance(value, date):
        return dates.display_day(value)
    if described.choices:
        return getattr(record, f"get_{name}_display")()
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return number(value) if isinstance(value, int) else value


def one(related: Any, user: Any) -> Any:
    """Write what a foreign key leads to: a link where there is a page, nothing where `user` may not see it."""
    if related is None:
        return ""
    if not hasattr(related, "get_absolute_url"):
        return str(related)
    if not type(related).objects.visible_to(user).filter(pk=related.pk).exists():
        return ""
    return linked(related)


def several(rows: Iterable[Any]) -> Any:
    """Write many related rows, parted by commas."""
    rows = list(rows)
    if rows and has_page(rows[0]):
        return linked_all(rows)
    return ", ".join(map(str, rows))


def has_page(record: Any) -> bool:
    """Say whether a record has a page of its own: relations have none."""
    from registry.core.templatetags.concord import address

    return hasattr(record, "url_name") and bool(address(f"{record.url_name()}-detail", record.ref))
