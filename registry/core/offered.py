"""What one user may choose from in a form: only what he may see, each list read once however many rows ask for it."""

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from registry.core import languages
from registry.core.fold import fold
from registry.core.models import Country, Pair, Record
from registry.core.reading import known

CANDIDATES = 5
"""How many records a name that means several is said to mean."""
LISTED = 200
"""How many names are looked at where several begin alike, and given to a browser to complete what is typed."""


class Options:
    """What one field offers, read whole where it is drawn; where it is not, only the row that was chosen is read."""

    def __init__(self, read: Callable[[], Iterable[Any]]) -> None:
        self._read = read
        self._found: dict[tuple[str, str], Any] = {}

    @cached_property
    def _offer(self) -> Iterable[Any]:
        return self._read()

    @cached_property
    def rows(self) -> list[Any]:
        """All of it."""
        return list(self._offer)

    def read_whole(self) -> None:
        """Read all of it: for one who is about to find several, each by itself would be two queries."""
        _rows = self.rows

    def find(self, column: str, value: str) -> Any:
        """Return the row on offer with this value in a column, or None."""
        if "rows" in self.__dict__ or not isinstance(self._offer, models.QuerySet):
            return next((row for row in self.rows if str(getattr(row, column)) == value), None)
        if (column, value) not in self._found:
            row = self._found[column, value] = _one_of(self._offer, column, value)
            if row is not None:
                self._found["pk", str(row.pk)] = row
        return self._found[column, value]


def _one_of(offer: models.QuerySet, column: str, value: str) -> Any:
    """Return the row of an offer with this value in a column, or None.

    First it is asked whether it is offered, then what it is: Django would take long to write both in one statement.
    """
    if not _may_hold(offer.model, column, value):
        return None
    keys = list(offer.filter(**{column: value}).order_by().values_list("pk", flat=True))
    return next(iter(known(offer.model, "pk", keys)), None)


def _may_hold(model: type[models.Model], column: str, value: str) -> bool:
    """Say whether a column may hold a text that somebody has sent: of other texts a database does not even ask."""
    field: Any = model._meta.pk if column == "pk" else model._meta.get_field(column)
    field = getattr(field, "target_field", field)  # of a child table, the key of its parent
    return whole_number(value) is not None if isinstance(field, models.IntegerField) else value.isprintable()


def whole_number(text: str) -> int | None:
    """Return the number that a hidden field or an address holds; None where it is none that a table can hold.

    `str.isdigit` alone lets pass what `int` refuses: “²”, and thousands of digits.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class Offered:
    """What one user may choose from in the forms of one page; each list is read once, however many rows ask for it."""

    def __init__(self, user: Any, pair: Pair | None = None) -> None:
        self.user, self.pair = user, pair
        self.also: list[Country] = []
        """Countries beside the pair that its rows may name."""
        self._known: dict[type, dict[Any, Any]] = {}
        self._kept: dict[Any, Any] = {}
        self.completed: dict[type[models.Model], None] = {}
        """The kinds whose names the fields of this page complete."""

    def once(self, key: Any, read: Callable[[], Any]) -> Any:
        """Return what `read` gives, asking it only once for `key`."""
        if key not in self._kept:
            self._kept[key] = read()
        return self._kept[key]

    def visible(self, model: type[models.Model]) -> models.QuerySet:
        """Return the rows of `model` that the user may see."""
        rows: Any = model._default_manager.all()
        return rows.visible_to(self.user) if issubclass(model, Record) else rows

    def known(self, model: type[models.Model], keys: Iterable[Any]) -> dict[Any, Any]:
        """Return, by key, those of the rows that the user may see. One query for all that are asked for anew."""
        cache = self._known.setdefault(model, {})
        keys = list(keys)
        missing = {key for key in keys if key not in cache}
        if missing:
            cache |= dict.fromkeys(missing) | {row.pk: row for row in self.visible(model).filter(pk__in=missing)}
        return {key: cache[key] for key in keys if cache[key] is not None}

    def countries(self) -> list[Country]:
        """Return the two countries of the pair and those beside it, in the reader's order."""
        both = [self.pair.a, self.pair.b] if self.pair else []
        return sorted({*both, *self.also}, key=lambda country: languages.sort_key(country.name))

    def all_countries(self) -> list[Country]:
        """Return every country, in the reader's order."""
        return self.once(
            "countries", lambda: sorted(Country.objects.all(), key=lambda country: languages.sort_key(country.name))
        )

    def find(self, model: type[models.Model], text: str) -> Any:
        """Return the one record that `text` means. Raise ValidationError that names what it could mean."""
        return self.once((model, text), lambda: self._find(model, text))

    def _find(self, model: type[models.Model], text: str) -> Any:
        rows = self._countries_called(text) if model is Country else self._records_called(model, text)
        if len(rows) == 1:
            return rows[0]
        if not rows:
            raise ValidationError(
                _("“%(value)s” is not on file. Check the spelling, or enter it on a page of its own first."),
                params={"value": text},
            )
        named = "; ".join(label_of(row) for row in rows[:CANDIDATES])
        raise ValidationError(
            _("“%(value)s” may be %(named)s. Write the reference in brackets."), params={"value": text, "named": named}
        )

    def _countries_called(self, text: str) -> list[Country]:
        wanted = fold(text)
        return [
            country
            for country in self.all_countries()
            if wanted in {country.pk.lower(), fold(country.name), *map(fold, languages.country_names(country.pk))}
        ]

    def _records_called(self, model: type[models.Model], text: str) -> list[Any]:
        rows: Any = self.visible(model)
        ref = re.search(r"\[([A-Za-z0-9-]+)\]$", text)
        by_ref = list(rows.filter(ref=ref[1] if ref else text))
        if by_ref or ref:
            return by_ref
        if "://" in text and any(field.name == "address" for field in model._meta.fields):
            return list(rows.filter(address=text)[:LISTED])
        found = list(rows.search(text)[:LISTED]) if fold(text) else []
        return [row for row in found if fold(str(row)) == fold(text)] or found

    def completions(self, model: type[models.Model]) -> list[str]:
        """Return names that a browser may complete: of the pair's countries first of all."""
        rows = self.visible(model)
        if self.pair and any(field.name == "country" for field in model._meta.fields):
            rows = rows.filter(models.Q(country__in=[self.pair.a_id, self.pair.b_id]) | models.Q(country=None))
        return [label_of(row) for row in rows.order_by("-pk")[:LISTED]]

    @property
    def lists(self) -> dict[str, list[str]]:
        """The names that the fields of this page complete, by the id of their list; read when they are drawn."""
        return {list_id(model): self.completions(model) for model in self.completed}


def list_id(model: type[models.Model]) -> str:
    """Return the id under which the names of `model` stand on a page."""
    return f"names-{model._meta.model_name}"


def label_of(row: Any) -> str:
    """Write a record so that it can be read and, typed back in, found again: “Ministry of Culture [A-MK-KG]”."""
    return f"{row} [{row.ref}]" if isinstance(row, Record) else str(row)
