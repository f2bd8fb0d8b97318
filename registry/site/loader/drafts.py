"""One row into what is to be written: a record with its links and child rows, or child rows of another record."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from registry.core import write
from registry.core.access import PUBLISHED
from registry.core.models import Citation, Pair, Record
from registry.core.models.record import Visible
from registry.site.loader import cells
from registry.site.loader.catalogue import Catalogue, Wrong
from registry.site.loader.files import Row

MUST_BE_FILLED = "The cell is empty, and it must not be. Fill it in."


@dataclass(frozen=True)
class Layout:
    """How one kind of file is read.

    `fields` says of each column which field of `model` it fills; `extras` are columns that `finish` reads by itself;
    `needed` are columns without which the file cannot be read (“a|b”: one of them); `refs` are columns of `extras`
    that name records. A kind whose rows hang on other records has a `build` of its own.
    """

    model: type[models.Model]
    fields: dict[str, str]
    needed: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    refs: dict[str, type[models.Model] | None] = field(default_factory=dict)
    ref: str = "ref"
    finish: Callable[["Entry"], None] | None = None
    build: Callable[["Entry"], None] | None = None

    @property
    def columns(self) -> list[str]:
        """All columns that such a file may have."""
        return list(dict.fromkeys([self.ref, *self.fields, *self.extras] if self.ref else [*self.fields, *self.extras]))

    def column_of(self, name: str) -> str:
        """Return the column that fills the field `name`."""
        return next((column for column, target in self.fields.items() if target == name), name)


@dataclass
class Entry:
    """One row on its way: what it reads, what it will write, and what is wrong with it."""

    row: Row
    layout: Layout
    catalogue: Catalogue
    problems: list[str] = field(default_factory=list)
    owner: Any = None
    """The record that is written, or on which the child rows of this row hang."""
    saves_owner: bool = False
    links: dict[str, list] = field(default_factory=dict)
    children: list[models.Model] = field(default_factory=list)
    after: list[Callable[[str], Any]] = field(default_factory=list)
    """Writes of other records that follow: functions of the reason."""

    @property
    def says_something(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.saves_owner or self.links or self.children or self.after)

    def refuse(self, column: str, reason: str) -> None:
        """Note what is wrong with a cell, or with the row where `column` is empty."""
        self.problems.append(f"{column}: {reason}" if column else reason)

    def read(self, column: str, reader: Callable[[str], Any]) -> Any:
        """Return what `reader` makes of a filled cell; None where it is empty or cannot be accepted."""
        text = self.row[column]
        if not text:
            return None
        try:
            return reader(text)
        except Wrong as wrong:
            self.refuse(column, str(wrong))
            return None

    def must(self, column: str, reader: Callable[[str], Any]) -> Any:
        """Return what `reader` makes of a cell that must be filled."""
        if not self.row[column]:
            self.refuse(column, MUST_BE_FILLED)
        return self.read(column, reader)

    def fill(self, model_field: models.Field, column: str) -> Any:
        """Return the value of a filled cell for a field, or None."""
        return self.read(column, lambda text: cells.value(model_field, text, self.catalogue))

    def write(self) -> None:
        """Save this row inside the change of its owner."""
        is_new = self.owner._state.adding
        if self.saves_owner:
            self.owner.save()
        for name, values in self.links.items():
            manager = getattr(self.owner, name)
            manager.add(*values) if is_new else manager.set(values)
        for child in self.children:
            if isinstance(child, Citation):
                child.record = self.owner  # again: it may have had no number when the row was read
            child.save()


# A row that is a record --------------------------------------------------------------------------------------------


def record(entry: Entry) -> None:
    """Make the record of a row what its filled cells say."""
    layout, row, catalogue = entry.layout, entry.row, entry.catalogue
    if not row[layout.ref]:
        entry.refuse(layout.ref, "The cell is empty. Give the record a permanent reference.")
        return
    if entry.owner is None:
        entry.owner = catalogue.pending.get(row[layout.ref]) or catalogue.need(layout.model, row[layout.ref])
    _fill(entry)
    if layout.finish is not None:
        layout.finish(entry)
    _complete(entry)
    if not entry.problems and entry.saves_owner:
        clean(entry, entry.owner)


def _fill(entry: Entry) -> None:
    for column, name in entry.layout.fields.items():
        model_field = entry.layout.model._meta.get_field(name)
        found = entry.fill(model_field, column)
        if found is None:
            continue
        if model_field.many_to_many:
            link(entry, name, found)
        else:
            put(entry, name, found)


def put(entry: Entry, name: str, value: Any) -> None:
    """Set a field of the record; the record is to be saved if that changes it."""
    model_field = entry.owner._meta.get_field(name)
    told = value.pk if isinstance(value, models.Model) else value
    if entry.owner._state.adding or told is None or getattr(entry.owner, model_field.attname) != told:
        setattr(entry.owner, name, value)
        entry.saves_owner = True


def link(entry: Entry, name: str, values: list) -> None:
    """Set a link of the record to these rows and no others."""
    stored = set() if entry.owner._state.adding else {row.pk for row in getattr(entry.owner, name).all()}
    if stored != {row.pk for row in values}:
        entry.links[name] = values


def _complete(entry: Entry) -> None:
    """Give a new record what its row leaves open, and say what must be filled in."""
    owner = entry.owner
    if not owner._state.adding:
        return
    entry.saves_owner = True
    if isinstance(owner, Visible) and not entry.row["visibility"]:
        owner.visibility = PUBLISHED
    if entry.problems:
        return
    for model_field in owner._meta.fields:
        must_be_filled = model_field.editable and not model_field.null and not model_field.blank
        if must_be_filled and getattr(owner, model_field.attname) in (None, ""):
            linked = model_field.is_relation and model_field.is_cached(owner)
            if not linked and not getattr(model_field.remote_field, "parent_link", False):
                entry.refuse(entry.layout.column_of(model_field.name), MUST_BE_FILLED)


def clean(entry: Entry, row: models.Model, told: dict[str, str] | None = None) -> None:
    """Check everything about a row of the database that needs no write; `told` maps its fields to columns."""
    # What is linked has been looked up already, and may not be stored yet.
    links = [model_field.name for model_field in row._meta.fields if model_field.is_relation]
    try:
        row.full_clean(exclude=links, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        explain(entry, error, told)


def explain(entry: Entry, error: ValidationError, told: dict[str, str] | None = None) -> None:
    """Note what a model says is wrong, under the names of the file's columns and with the value."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    for name, errors in by_field.items():
        column = (told or {}).get(name) or entry.layout.column_of(name)
        text = entry.row[column]
        for one in errors:
            message = MUST_BE_FILLED if one.code in ("blank", "null") else one.messages[0]
            shown = f"“{text[:60]}{'…' if len(text) > 60 else ''}”: " if text and text not in message else ""
            entry.refuse("" if name == NON_FIELD_ERRORS else column, shown + message)


# A row that hangs on a record --------------------------------------------------------------------------------------


def attach(entry: Entry, owner: Record, row: models.Model, corrects: tuple[str, ...] = (), stored: Any = None) -> None:
    """Hang `row` on `owner`, unless `stored`, the row on file that is known by the same words, says all it says.

    `corrects` are the fields that may differ between the two.
    """
    entry.owner = owner
    if entry.problems:
        return
    if stored is None:
        entry.children.append(row)
    else:
        columns = [row._meta.get_field(name).attname for name in corrects]
        told = {name: getattr(row, name) for name in columns if getattr(row, name)}
        differing = {name: value for name, value in told.items() if getattr(stored, name) != value}
        for name, value in differing.items():
            setattr(stored, name, value)
        if differing:
            entry.children.append(stored)
    for child in entry.children:
        clean(entry, child)


def is_repeated(entry: Entry, key: Any) -> bool:
    """Refuse a row that says what another row of the file has said."""
    line = entry.catalogue.first_said_in(key, entry.row.line)
    if line is not None:
        entry.refuse("", f"It says the same as line {line}. Remove one of them.")
    return line is not None


def cite(entry: Entry, owner: Record, source: Any, locator: str = "") -> None:
    """Cite a source for a record as a whole, unless it is cited there with this locator already."""
    rows = Citation.objects.none() if owner._state.adding else Citation.objects.about(owner)
    if not rows.filter(source=source, locator=locator).exists():
        entry.children.append(Citation(record=owner, source=source, locator=locator))


def new_pairs(entry: Entry) -> list[Pair]:
    """Return the pairs that come into being with this row."""
    pairs = [getattr(entry.owner, "pair", None), *entry.links.get("border_of", [])]
    return [pair for pair in pairs if isinstance(pair, Pair) and pair._state.adding]


def write_together(entries: list[Entry], why: str, begun: Callable[[Entry], None]) -> None:
    """Write rows that have one owner, as one change of it; `begun` is told of each row as its turn comes."""
    owner = entries[0].owner
    for pair in (pair for entry in entries for pair in new_pairs(entry)):
        if pair._state.adding and pair is not owner:
            write.save(pair, by=write.SYSTEM, why=why)
    begun(entries[0])
    if any(entry.saves_owner or entry.links or entry.children for entry in entries):
        with write.change(owner, by=write.SYSTEM, why=why):
            for entry in entries:
                begun(entry)
                entry.write()
    for entry in entries:
        begun(entry)
        for follow in entry.after:
            follow(why)
