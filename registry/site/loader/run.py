"""One call: files in the order in which they depend on each other, each checked as a whole, then written as a whole."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from continuity import door
from registry.core import write
from registry.core.models import Pair, Record
from registry.site.loader.catalogue import Catalogue, anything
from registry.site.loader.cells import parts
from registry.site.loader.drafts import Entry, Layout, explain, is_repeated, record, write_together
from registry.site.loader.files import Row, Table, Unreadable, files_in, kind_of, read
from registry.site.loader.layouts import LAYOUTS

Progress = Callable[[str, int, int], None]
"""Told the name of a file, how many of its rows are written, and how many there are to write."""


@dataclass(frozen=True)
class Refusal:
    """Why one line of one file cannot be accepted; no line where it is the file itself."""

    name: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"{self.name}{f' line {self.line}' if self.line else ''}: {self.reason}"


@dataclass
class FileReport:
    """What became of one file: rows read = written + left alone + refused."""

    name: str
    read: int = 0
    written: int = 0
    left_alone: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What became of all files."""

    files: list[FileReport] = field(default_factory=list)

    @property
    def refusals(self) -> list[Refusal]:
        return [refusal for one in self.files for refusal in one.refusals]

    def told(self, most: int = 20) -> list[str]:
        """Return the refusals as sentences, at most so many of one file: one bad row can make many others miss it."""
        sentences = []
        for one in self.files:
            sentences += [str(refusal) for refusal in one.refusals[:most]]
            if len(one.refusals) > most:
                sentences.append(f"{one.name}: … and {len(one.refusals) - most} more of the kind.")
        return sentences

    def total(self, what: str) -> int:
        """Return the sum of `read`, `written`, `left_alone` or `refused`."""
        return sum(getattr(one, what) for one in self.files)


class Unwritable(Exception):
    """The database or the write path has refused one row; nothing of its file is stored."""

    def __init__(self, entry: Entry, error: Exception) -> None:
        self.entry, self.error = entry, error
        super().__init__(str(error))


def load(paths: Iterable[Path], *, skip_bad: bool = False, progress: Progress | None = None) -> Report:
    """Load files and folders. Raises Unreadable for a path that does not exist or a folder without files."""
    report = Report()
    refused_refs: dict[str, str] = {}
    ranks = list(LAYOUTS)
    known: list[tuple[int, Path, str]] = []
    for path in files_in(paths):
        try:
            kind = kind_of(path.name, LAYOUTS)
            known.append((ranks.index(kind), path, kind))
        except Unreadable as error:
            report.files.append(_unreadable(path, error))
    for _rank, path, kind in sorted(known, key=lambda one: one[0]):
        report.files.append(_load_file(path, LAYOUTS[kind], refused_refs, skip_bad, progress))
    return report


def _unreadable(path: Path, error: Unreadable) -> FileReport:
    return FileReport(path.name, refusals=[Refusal(path.name, error.line, str(error))])


def _load_file(
    path: Path, layout: Layout, refused_refs: dict[str, str], skip_bad: bool, progress: Progress | None
) -> FileReport:
    try:
        table = read(path, layout.columns, layout.needed)
    except Unreadable as error:
        return _unreadable(path, error)
    report = FileReport(path.name, read=len(table.rows), remarks=table.remarks)
    unwritable: dict[int, list[str]] = {}
    while True:
        entries = plan(table, layout, Catalogue(refused_refs), unwritable)
        bad = [entry for entry in entries if entry.problems]
        good = [entry for entry in entries if not entry.problems]
        if bad and not skip_bad:
            break
        try:
            report.written = write_file([entry for entry in good if entry.says_something], path.name, progress)
            report.left_alone = len(good) - report.written
            break
        except Unwritable as error:
            # Once more, without this row and those that need it: what the objects hold now is not what is on file.
            unwritable[error.entry.row.line] = _reasons(error)
    report.refused = report.read - report.written - report.left_alone
    report.refusals = [Refusal(path.name, entry.row.line, reason) for entry in bad for reason in entry.problems]
    for entry in bad if skip_bad else entries:
        if bad and entry.row["ref"]:
            refused_refs[entry.row["ref"]] = f"{path.name} line {entry.row.line}"
    return report


# Checking ----------------------------------------------------------------------------------------------------------


def plan(table: Table, layout: Layout, catalogue: Catalogue, unwritable: dict[int, list[str]]) -> list[Entry]:
    """Return what every row would write, those that others need first; `unwritable` are lines known to fail."""
    warm(table, layout, catalogue)
    seed(table, layout, catalogue)
    entries = [_entry(row, layout, catalogue, unwritable.get(row.line, [])) for row in table.rows]
    return in_order(entries)


def warm(table: Table, layout: Layout, catalogue: Catalogue) -> None:
    """Read the records that the rows name, all of a kind at once."""
    targets = dict(layout.refs)
    if layout.ref and layout.model is not Pair:
        targets[layout.ref] = layout.model
    for column, name in layout.fields.items():
        model_field = layout.model._meta.get_field(name)
        if model_field.is_relation and issubclass(model_field.related_model, Record):
            targets[column] = model_field.related_model
    targets = {column: model for column, model in targets.items() if model is not Pair}
    for column, model in targets.items():
        refs = {part for row in table.rows for part in parts(row[column])}
        for kind in anything() if model is None else (model,):
            catalogue.warm(kind, refs)


def seed(table: Table, layout: Layout, catalogue: Catalogue) -> None:
    """Make the records that are not on file yet, so that rows can name each other whatever their order."""
    if layout.ref != "ref":
        return
    for row in table.rows:
        ref = row["ref"]
        if ref and catalogue.stored(layout.model, ref) is None:
            catalogue.pending.setdefault(ref, layout.model(ref=ref))


def _entry(row: Row, layout: Layout, catalogue: Catalogue, known_to_fail: list[str]) -> Entry:
    own = Row(row.line, dict(row.cells), [*row.problems, *known_to_fail])  # a second plan reads the row as it came
    entry = Entry(own, layout, catalogue, problems=own.problems)
    if entry.problems:
        return entry
    if layout.ref and row[layout.ref] and is_repeated(entry, row[layout.ref]):
        return entry
    (layout.build or record)(entry)
    return entry


def in_order(entries: list[Entry]) -> list[Entry]:
    """Return the entries with those first that others need; refuse what needs a refused one, or itself."""
    by_owner = {id(entry.owner): entry for entry in entries if entry.owner is not None and entry.layout.ref}
    ordered: dict[int, Entry] = {}
    open_ones: set[int] = set()

    def visit(entry: Entry) -> None:
        if id(entry) in ordered:
            return
        open_ones.add(id(entry))
        for column, owner in _needs(entry):
            other = by_owner.get(id(owner))
            if other is None or other is entry and not owner._state.adding:
                continue
            if id(other) in open_ones:
                if not entry.problems:
                    entry.refuse(column, f"“{owner.ref}” stands under itself. Break the circle.")
                continue
            visit(other)
            if other.problems and owner._state.adding:
                entry.refuse(column, f"“{owner.ref}” stands in line {other.row.line}, which is refused.")
        open_ones.discard(id(entry))
        ordered[id(entry)] = entry

    for entry in entries:
        visit(entry)
    return list(ordered.values())


def _needs(entry: Entry) -> list[tuple[str, Record]]:
    """Return (column, record) of the records of the same file that this one points to."""
    if entry.owner is None or not entry.layout.ref:
        return []
    return [
        (column, model_field.get_cached_value(entry.owner))
        for column, name in entry.layout.fields.items()
        for model_field in (entry.layout.model._meta.get_field(name),)
        if model_field.many_to_one and model_field.get_cached_value(entry.owner, default=None) is not None
    ]


# Writing -----------------------------------------------------------------------------------------------------------


def write_file(entries: list[Entry], name: str, progress: Progress | None) -> int:
    """Write all entries in one transaction, results refreshed once at its end; return how many."""
    if not entries:
        return 0
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(id(entry.owner), []).append(entry)
    at = entries[0]

    def begun(entry: Entry) -> None:
        nonlocal at
        at = entry

    done = 0
    try:
        with transaction.atomic(), door.deferred():
            for group in groups.values():
                write_together(group, f"loaded from {name}", begun)
                done += len(group)
                if progress is not None:
                    progress(name, done, len(entries))
    except (DatabaseError, ValidationError, write.Conflict) as error:
        raise Unwritable(at, error) from error
    return done


def _reasons(failure: Unwritable) -> list[str]:
    """Return why a row could not be written, in the words of its model where it knows them."""
    entry, error = failure.entry, failure.error
    told = Entry(entry.row, entry.layout, entry.catalogue)
    if isinstance(error, DatabaseError):
        for row in [entry.owner, *entry.children]:
            try:
                row.validate_unique()
                row.validate_constraints()
            except ValidationError as invalid:
                explain(told, invalid)
    elif isinstance(error, ValidationError):
        explain(told, error)
    return told.problems or [f"It cannot be stored: {error}. Correct the row and load again."]
