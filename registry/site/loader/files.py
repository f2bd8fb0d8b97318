"""Finding and reading the files: what their names and their first lines must be."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

NOT_TEXT = {b"PK\x03\x04": "a spreadsheet", b"\xff\xfe": "UTF-16 text", b"\xfe\xff": "UTF-16 text"}
"""First bytes of what people send instead of comma-separated text."""
BOM = b"\xef\xbb\xbf"
SAVE_AS = "Save it as comma-separated text in UTF-8 (CSV)."


class Unreadable(Exception):
    """A file of which no row can be read, or a path where there is none; `line` where it goes wrong."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


@dataclass
class Row:
    """One line of a table: its number in the file, its filled cells, and why it cannot be read, if so."""

    line: int
    cells: dict[str, str]
    problems: list[str] = field(default_factory=list)

    def __getitem__(self, column: str) -> str:
        """Return the cell, "" where it is empty or the file has no such column."""
        return self.cells.get(column, "")


@dataclass
class Table:
    """One file: the names of its columns, its rows, and what a reader of the report should know of it."""

    columns: list[str]
    rows: list[Row]
    remarks: list[str] = field(default_factory=list)


def suggest(value: str, options: Iterable[str]) -> str:
    """Return a sentence that says what may have been meant, or what there is where that is little."""
    known = list(options)
    near = get_close_matches(value, known, n=1, cutoff=0.6) or get_close_matches(value.upper(), known, n=1, cutoff=0.6)
    if near:
        return f" Did you mean {near[0]}?"
    return f" Write one of {', '.join(known)}." if 0 < len(known) <= 12 else ""


def kind_of(name: str, kinds: Iterable[str]) -> str:
    """Return the kind that a file name tells: the kind itself, or something before it and an underscore."""
    stem = Path(name).stem
    found = [kind for kind in kinds if stem == kind or stem.endswith(f"_{kind}")]
    if found and Path(name).suffix.lower() == ".csv":
        return max(found, key=len)
    if stem in ("countries", "vocabularies", "aliases"):
        raise Unreadable(f"Run manage.py load_{'vocabularies' if stem == 'vocabularies' else 'countries'} for it.")
    raise Unreadable(
        f"What it holds is told by its name, and “{name}” tells nothing."
        + (suggest(stem, kinds) or " Rename it")
        + f" The names are {', '.join(f'{kind}.csv' for kind in kinds)}, with or without a word_ before."
    )


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are meant: of a folder, all its .csv files by name. Raise Unreadable for no such path."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob("*.csv"))
            if not inside:
                raise Unreadable(f"The folder {path} holds no .csv file. Name the folder in which they lie.")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise Unreadable(f"There is no file or folder {path}. Check the path.")
    return list(dict.fromkeys(found))


def decode(data: bytes) -> tuple[str, list[str]]:
    """Return the text of a file and remarks on it."""
    if not data.strip():
        raise Unreadable("The file is empty. It should begin with a line of column names.")
    for start, what in NOT_TEXT.items():
        if data.startswith(start):
            raise Unreadable(f"The file is {what}. {SAVE_AS}")
    remarks = []
    if data.startswith(BOM):
        data = data.removeprefix(BOM)
        remarks.append("It begins with a byte order mark, which was left out.")
    try:
        return data.decode("utf-8"), remarks
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"Byte 0x{data[error.start]:02X} is not UTF-8. {SAVE_AS}", line) from error


def read(path: Path, allowed: list[str], needed: Iterable[str]) -> Table:
    """Read a file whose columns are among `allowed` and include those `needed` (“a|b|c”: one of them at least)."""
    try:
        text, remarks = decode(path.read_bytes())
    except OSError as error:
        raise Unreadable(f"It cannot be read: {error.strerror}. Check its permissions.") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    try:
        columns = [name.strip() for name in next(reader, [])]
        check_columns(columns, allowed, needed)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(line, columns, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(
            f"The quotation marks do not pair up ({error}). Double those inside a cell.", reader.line_num
        ) from error
    return Table(columns, rows, remarks)


def check_columns(columns: list[str], allowed: list[str], needed: Iterable[str]) -> None:
    """Raise Unreadable unless the first line names columns that are known, once each, and all that are needed."""
    if len(columns) == 1:
        for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if sign in columns[0]:
                raise Unreadable(f"The cells are parted by {name}. Save it with commas instead.", 1)
    reasons = []
    for name in columns:
        if not name:
            reasons.append("A column has no name. Name it or remove it.")
        elif name not in allowed:
            reasons.append(f"There is no column “{name}” in this kind of file.{suggest(name, allowed)}")
    reasons += [f"The column “{name}” stands twice." for name in sorted(set(columns)) if columns.count(name) > 1]
    for names in needed:
        if not set(names.split("|")) & set(columns):
            reasons.append(f"The column “{names.replace('|', '” or “')}” is missing. Add it.")
    if reasons:
        raise Unreadable(" ".join(reasons), 1)


def _row(line: int, columns: list[str], cells: list[str]) -> Row:
    row = Row(line, {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()})
    if len(cells) != len(columns):
        row.problems.append(
            f"It has {len(cells)} cells where the first line names {len(columns)} columns. "
            "Put a cell that contains a comma between quotation marks."
        )
    return row
