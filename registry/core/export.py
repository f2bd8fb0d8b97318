"""Lists as files: CSV, JSON Lines, XLSX. All rows that a list finds, sent page by page, so that memory stays flat.

JSON Lines holds the rows as JSON does. In the other two a row is flat: another record becomes its reference and its
title (`initiative_ref`, `initiative_title`), several codes or references stand in one cell parted by semicolons, and
what has fields of its own, as who takes part, is written as JSON. Columns follow from the serializer and not from the
rows, so that a file without rows has its heads too.
"""

import codecs
import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from rest_framework import serializers
from rest_framework.utils.encoders import JSONEncoder

from registry.core.serializers import GivenLinkField, GivenLinksField, LinkField, LinksField, PartSerializer
from registry.core.wanted import ALL, Wanted, fields_of

AT_ONCE = 500
"""So many rows are read at a time."""
MOST_IN_A_WORKBOOK = 50_000
"""So many take half a minute before the first byte goes out, and a proxy waits for it no longer than a whole one."""

Rows = Iterable[dict[str, Any]]
Columns = dict[str, Callable[[dict[str, Any]], Any]]
"""Head of a column → what stands under it, read off a row."""


def columns_of(serializer: type[PartSerializer], wanted: Wanted) -> Columns:
    """Return the columns of a flat row of what is wanted of these rows."""
    found: Columns = {}
    for name, field in fields_of(serializer).items():
        if name in wanted.expanded and name in wanted:
            found[name] = partial(plain, name)
        elif name in wanted:
            found |= columns_of_field(name, field, wanted.of(name))
    return found


def columns_of_field(name: str, field: serializers.Field, wanted: Wanted = ALL) -> Columns:
    """Return the columns in which one field of a row is laid flat."""
    if isinstance(field, (LinksField, GivenLinksField)) and "ref" in wanted:
        return {f"{name}_refs": partial(refs, name)}
    if isinstance(field, (LinkField, GivenLinkField)):
        return {f"{name}_{part}": partial(of_link, name, part) for part in wanted.names or ("ref", "title")}
    return {name: partial(plain, name)}


def refs(name: str, row: dict[str, Any]) -> str:
    return ";".join(link["ref"] for link in row[name] or ())


def of_link(name: str, part: str, row: dict[str, Any]) -> str | None:
    return row[name] and row[name][part]


def plain(name: str, row: dict[str, Any]) -> Any:
    """Return a value as one cell can hold it."""
    value = row[name]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ";".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, cls=JSONEncoder) if isinstance(value, (list, dict)) else value


# Formats -----------------------------------------------------------------------------------------------------------


class Line:
    """A file for the csv module that hands back what was written last."""

    def write(self, text: str) -> str:
        return text


def as_csv(columns: Columns, rows: Rows) -> Iterator[bytes]:
    """Yield the lines of a CSV file (RFC 4180, UTF-8)."""
    writer = csv.writer(Line())
    yield writer.writerow(columns).encode()
    cells = list(columns.values())
    yield from in_blocks(writer.writerow([cell(row) for cell in cells]).encode() for row in rows)


def under_heads(columns: Columns, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a CSV file whose lines the database has written."""
    yield from as_csv(columns, ())
    yield from lines


def in_blocks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield lines some hundred at a time: the server sends each part by itself."""
    while some := list(islice(lines, AT_ONCE)):
        yield b"".join(some)


def as_safe_csv(columns: Columns, rows: Rows) -> Iterator[bytes]:
    """Yield a CSV file for spreadsheets: marked as UTF-8, and with “'” before text that could be a formula."""

    def guarded(cell: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        return lambda row: f"'{value}" if could_be_formula(value := cell(row)) else value

    yield codecs.BOM_UTF8
    yield from as_csv({name: guarded(cell) for name, cell in columns.items()}, rows)


def could_be_formula(value: Any) -> bool:
    """Say whether a spreadsheet may take a text for a formula."""
    return isinstance(value, str) and value.lstrip().startswith(("=", "+", "-", "@"))


def as_json_lines(columns: Columns, rows: Rows) -> Iterator[bytes]:
    """Yield each row as one line of JSON."""
    yield from in_blocks(orjson.dumps(row, default=str) + b"\n" for row in rows)


def as_xlsx(columns: Columns, rows: Rows) -> Iterator[bytes]:
    """Yield a workbook of one sheet. It is a packed file, so that the first byte goes out after the last row is read.

    Text is stored as text, whatever it begins with; days are days; what a workbook cannot hold is left out of a text.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Concord")
    sheet.freeze_panes = "B2"
    sheet.append(list(columns))
    for row in rows:
        sheet.append([cell_of(sheet, cell(row)) for cell in columns.values()])
    with TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while part := file.read(65536):
            yield part


def cell_of(sheet: Any, value: Any) -> Any:
    """Return a typed cell of a workbook."""
    if not isinstance(value, str):
        return value
    if len(value) == 10 and value[4:5] == value[7:8] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    cell = WriteOnlyCell(sheet, value=None)
    cell.value = "".join(sign for sign in value if sign in "\t\n" or sign >= " ")[:32_767]
    cell.data_type = "s"  # else "=1+1" is taken for a formula
    return cell


Format = tuple[str, Callable[[Columns, Rows], Iterator[bytes]]]
FORMATS: dict[str, Format] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/jsonl; charset=utf-8", as_json_lines),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
}
"""Value of `format` → media type and how it is written."""
