"""Writing many rows by one statement, for the sweep: what a query finds goes into a table without passing through here.

The text is the same on SQLite and PostgreSQL, but for the two functions that reckon with dates.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from django.db.models.sql.compiler import SQLCompiler


class DayAfter(models.Func):
    """The day after a date, in SQL. Never of a column that may hold the last day of the calendar."""

    template = "(%(expressions)s + 1)"
    output_field = models.DateField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="date(%(expressions)s, '+1 day')", **context)


class NumberOf(models.Func):
    """The number of a day (1 = 1 January of the year 1), in SQL; the opposite of `date_of`."""

    template = "(%(expressions)s - DATE '0001-01-01' + 1)"
    output_field = models.IntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> tuple[str, Any]:
        template = "CAST(julianday(%(expressions)s) - 1721424.5 AS integer)"
        return self.as_sql(compiler, connection, template=template, **context)


def date_of(number: str) -> str:
    """Return SQL for the date of a day number (1 = 1 January of the year 1); null of null."""
    return (
        f"date({number} + 1721424.5)"
        if connection.vendor == "sqlite"
        else f"(DATE '0001-01-01' + ({number} - 1)::integer)"
    )


def query_of(rows: models.QuerySet) -> tuple[str, list[Any]]:
    """Return SQL and parameters of a query set."""
    sql, params = rows.query.sql_with_params()
    return sql, list(params)


def execute(sql: str, params: Sequence[Any] = ()) -> int:
    """Execute one statement and return how many rows it has written."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def read(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows that one statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@contextmanager
def table(name: str, sql: str, params: Sequence[Any] = (), key: str = "") -> Iterator[None]:
    """Keep what a query finds in a temporary table, which only this connection sees, for the body of a `with`.

    It is counted, or the database takes what this transaction has written for a handful of rows. `key` is looked up.
    """
    execute(f"CREATE TEMPORARY TABLE {name} AS {sql}", params)
    if key:
        execute(f"CREATE UNIQUE INDEX {name}_{key} ON {name} ({key})")
    execute(f"ANALYZE {name}")
    yield
    execute(f"DROP TABLE {name}")


def insert(model: type[models.Model], columns: Sequence[str], sql: str, params: Sequence[Any], **same: Any) -> int:
    """Insert the rows that a query yields, unless one stands there already. Return how many were inserted.

    `same` is what all of them have in common; every other column holds the default of its field.
    """
    fields = [field for field in model._meta.local_concrete_fields if field.column not in ("id", *columns)]
    values = [field.get_db_prep_save(same.get(field.name, field.get_default()), connection) for field in fields]
    names, given = ", ".join([*columns, *(str(field.column) for field in fields)]), ", ".join(columns)
    holes = "".join(", %s" for _field in fields)
    # "WHERE TRUE", or SQLite takes ON CONFLICT for the condition of a join
    return execute(
        f"INSERT INTO {model._meta.db_table} ({names}) WITH told({given}) AS ({sql}) "  # noqa: S608 - values are apart
        f"SELECT {given}{holes} FROM told WHERE TRUE ON CONFLICT DO NOTHING",
        [*params, *values],
    )


def given(fields: Sequence[Any], rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """Return SQL and parameters for these rows, whose values are those of these fields."""
    # a column of nulls has no type on PostgreSQL; to SQLite a cast to a date would mean its number
    holes = [f"%s::{field.db_type(connection)}" if connection.vendor == "postgresql" else "%s" for field in fields]
    one = f"({', '.join(holes)})"
    return f"VALUES {', '.join([one] * len(rows))}", [value for row in rows for value in row]


def update(model: type[models.Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Set these fields of the rows with these keys: (key, value…), by one statement for a thousand of them.

    `bulk_update` takes many times longer to write its statement than the database to execute it.
    """
    fields: list[Any] = [model._meta.pk, *(model._meta.get_field(name) for name in names)]
    table, told = model._meta.db_table, [f"v{place}" for place in range(len(fields))]
    values = ", ".join(f"{field.column} = {value}" for field, value in zip(fields[1:], told[1:], strict=True))
    for at in range(0, len(rows), 1000):
        sql, params = given(fields, rows[at : at + 1000])
        execute(
            f"WITH told({', '.join(told)}) AS ({sql}) "  # noqa: S608 - values are apart
            f"UPDATE {table} SET {values} FROM told WHERE {table}.{fields[0].column} = told.v0",
            params,
        )


def hold(rows: models.QuerySet) -> None:
    """Lock rows in id order until the transaction ends, and fetch none (SQLite holds the whole database anyway).

    Not against foreign keys, as in the door.
    """
    sql, params = query_of(rows.order_by("pk").select_for_update(of=("self",), no_key=True).values("id"))
    execute(f"SELECT count(*) FROM ({sql}) AS held", params)  # noqa: S608 - values are apart
