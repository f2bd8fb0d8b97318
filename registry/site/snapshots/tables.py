"""Reads what everyone may see into one CSV and one Parquet file for each kind, and re-reads what was written.

A table's **digest** is taken over its rows, each value in one way of writing (`Column.text`): once as the database
gave them, once from the CSV file, once from the Parquet file. All three must be the same.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import Any

import duckdb
from django.db import connection, models, transaction
from django.http import HttpRequest, QueryDict
from django.urls import get_resolver
from django.utils import translation
from rest_framework.request import Request

from registry.core import access, days, paging
from registry.core.api import ReadViewSet, router
from registry.core.export import as_csv
from registry.site.snapshots.columns import Column, columns_of

GROWING = {"lapses": ("days",)}
"""Kind → columns that grow by themselves with each day and say nothing new: no reason for a new snapshot."""

SQL_TYPES = {"boolean": "BOOLEAN", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE"}
"""Type of a column → its type in Parquet; text where there is none."""

AT_ONCE = 500
LONGEST_LINE = 16 * 2**20
"""Bytes that one row of a CSV file may have. One that has more stops the build."""


class Broken(Exception):
    """What was written is not what was read; the text says where."""


@dataclass
class Table:
    """One kind of record as it was read: its columns, how many rows, and the digest of them."""

    kind: str
    about: str
    columns: list[Column]
    model: type[models.Model]
    rows: int = 0
    digest: str = ""
    content: str = ""
    """The digest without the columns that grow by themselves."""
    sums: dict[str, str] = field(default_factory=dict)
    """Name of each file to its SHA-256."""
    has_key: bool = False
    """Whether each row has a reference of its own."""
    leads_to: dict[str, str] = field(default_factory=dict)
    """Column → kind in whose `ref` every one of its values stands."""

    @property
    def csv(self) -> str:
        return f"data/{self.kind}.csv"

    @property
    def parquet(self) -> str:
        return f"data/{self.kind}.parquet"


# Reading the registry ------------------------------------------------------------------------------------------------


@contextmanager
def one_moment() -> Iterator[None]:
    """Let everything in the body of a `with` be read as of one moment, without stopping anybody who writes."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()  # only then the mode is known
        mode = connection.transaction_mode
        connection.transaction_mode = "DEFERRED"  # only reads: IMMEDIATE would keep every writer waiting
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = mode
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def write(folder: Path) -> list[Table]:
    """Write every kind of the API as CSV into `folder`, as everyone may see it, in English. Return what was written.

    Raises Broken where fewer or more rows were read than the database counts.
    """
    get_resolver().url_patterns  # noqa: B018 - each room registers its kinds when addresses are read
    (folder / "data").mkdir()
    with one_moment(), translation.override("en"), days.keeping(None):
        return [write_kind(folder, kind, viewset) for kind, viewset, _name in router.registry]


def write_kind(folder: Path, kind: str, viewset: type[ReadViewSet]) -> Table:
    """Write one kind. Memory stays flat: rows are read page by page."""
    view = of_everyone(viewset)
    columns = columns_of(view.serializer_class)
    table = Table(kind, about(viewset), columns, view.model)
    digest, content = hashlib.sha256(), hashlib.sha256()
    lasting = [column.name not in GROWING.get(kind, ()) for column in columns]

    def told() -> Iterator[dict[str, Any]]:
        for row in view.every_row(paging.Order("id", view.columns["id"])):
            texts = [column.text(column.cell(row)) for column in columns]
            digest.update(line(texts))
            content.update(line(compress(texts, lasting)))
            table.rows += 1
            yield row

    whole = hashlib.sha256()
    with (folder / table.csv).open("wb") as file:
        for part in as_csv({column.name: column.cell for column in columns}, told()):
            whole.update(part)
            file.write(part)
    table.sums[table.csv] = whole.hexdigest()
    table.digest, table.content = digest.hexdigest(), content.hexdigest()
    counted = view.filterset.qs.order_by().count()
    if counted != table.rows:
        raise Broken(f"{kind}: {table.rows} rows were read where the database counts {counted}.")
    return table


def of_everyone(viewset: type[ReadViewSet]) -> ReadViewSet:
    """Return the list of a kind as somebody who has not signed in is answered, without any filter."""
    request = Request(HttpRequest())
    request.user = access.NOBODY
    view = viewset(action="list", request=request, format_kwarg=None, args=(), kwargs={})
    view.filterset = viewset.filterset_class(QueryDict(), view.get_queryset(), request=request)
    return view


def about(viewset: type[ReadViewSet]) -> str:
    """Return what a kind is, as the API's description begins."""
    return " ".join((viewset.__doc__ or "").split("\n\n")[0].split())


def line(texts: Iterable[str]) -> bytes:
    """Return the values of one row as bytes that no other row has."""
    return json.dumps(list(texts)).encode()


# Parquet, and re-reading ----------------------------------------------------------------------------------------------


@contextmanager
def database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return DuckDB, which writes Parquet and asks questions of it. It takes 256 MB at most, then goes to disk.

    Raises Broken where it cannot read what it is given.
    """
    config = {
        "threads": 1,
        "memory_limit": "256MB",
        "temp_directory": str(folder / "duckdb"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(config=config) as db:
            yield db
    except duckdb.Error as error:
        raise Broken(str(error)) from error


def reread_csv(folder: Path, table: Table) -> None:
    """Read the CSV file of a table anew. Raises Broken where it is not what the database gave."""
    if (found := file_sum(folder / table.csv)) != table.sums[table.csv]:
        raise Broken(f"{table.csv}: its SHA-256 is {found}, and what was written has {table.sums[table.csv]}.")
    compare(table, table.csv, rows_of_csv(folder / table.csv))


def write_parquet(db: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> None:
    """Write the Parquet file of a table, with the types of its columns, from its CSV file."""
    types = {column.name: SQL_TYPES.get(column.type, "VARCHAR") for column in table.columns}
    db.execute(
        "COPY (SELECT * FROM read_csv(?, header = true, columns = ?, delim = ',', quote = '\"', escape = '\"', "
        "auto_detect = false, parallel = false, max_line_size = ?)) "
        "TO ? (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480, WRITE_BLOOM_FILTER false)",
        [str(folder / table.csv), types, LONGEST_LINE, str(folder / table.parquet)],
    )


def reread_parquet(db: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> None:
    """Read the Parquet file of a table anew. Raises Broken where it is not what the database gave."""
    path = str(folder / table.parquet)
    table.sums[table.parquet] = file_sum(folder / table.parquet)
    rows = db.execute("SELECT * FROM read_parquet(?)", [path])
    heads = [described[0] for described in rows.description or ()]
    if heads != [column.name for column in table.columns]:
        raise Broken(f"{table.parquet}: its columns are {', '.join(heads)}.")
    compare(table, table.parquet, fetched(rows))


def compare(table: Table, name: str, rows: Iterable[Iterable[Any]]) -> None:
    """Raise Broken where the rows of a file are not those that the database gave."""
    number, digest = digest_of(table.columns, rows)
    if (number, digest) != (table.rows, table.digest):
        raise Broken(
            f"{name}: {number} rows with the digest {digest} were read again, and the registry gave {table.rows} "
            f"with {table.digest}."
        )


def rows_of_csv(path: Path) -> Iterator[Iterable[Any]]:
    """Yield the rows of a CSV file, without its heads."""
    csv.field_size_limit(LONGEST_LINE)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows


def fetched(rows: duckdb.DuckDBPyConnection) -> Iterator[Iterable[Any]]:
    """Yield the rows of an answer of DuckDB, some at a time."""
    while some := rows.fetchmany(AT_ONCE):
        yield from some


def digest_of(columns: list[Column], rows: Iterable[Iterable[Any]]) -> tuple[int, str]:
    """Return how many rows there are, and their digest."""
    number, digest = 0, hashlib.sha256()
    for row in rows:
        digest.update(line(column.text(value) for column, value in zip(columns, row, strict=True)))
        number += 1
    return number, digest.hexdigest()


def file_sum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_keys(db: duckdb.DuckDBPyConnection, folder: Path, tables: list[Table]) -> None:
    """Note which keys hold in this snapshot.

    `ref` is one where each row has its own: a lapse that began today has none until the sweep has stored it. A column
    is a foreign key where each of its values is the `ref` of a row that everyone sees.
    """
    kinds = {table.model: table for table in tables}
    for table in tables:
        path = str(folder / table.parquet)
        distinct = db.execute("SELECT count(DISTINCT ref) FROM read_parquet(?)", [path]).fetchall()
        table.has_key = distinct == [(table.rows,)]
        for column in table.columns:
            target = kinds.get(column.leads_to)  # type: ignore[arg-type]
            if target is None:
                continue
            missing = db.execute(
                f'SELECT count(*) FROM (SELECT "{column.name}" AS ref FROM read_parquet(?)) '  # noqa: S608 - a name of ours
                "ANTI JOIN read_parquet(?) USING (ref) WHERE ref IS NOT NULL",
                [path, str(folder / target.parquet)],
            ).fetchall()
            if missing == [(0,)]:
                table.leads_to[column.name] = target.kind
