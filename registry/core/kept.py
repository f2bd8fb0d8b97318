"""Statements that are written once. What rows lead to is asked for with each answer, for other keys each time.

Django takes several times as long to write such a statement as the database to answer it. So what was written is kept,
with one place for all keys; what only some may see, once for all who see the same (`access.eyes`).
"""

import json
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import QuerySet

KEYS: Any = object()
"""Stands in a query where the keys go: `id__among=KEYS`."""


@models.Field.register_lookup
@models.ForeignObject.register_lookup
class Among(models.Lookup):
    """`column__among=KEYS`: has one of the keys. One parameter, however many they are."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*params, self.rhs)

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", (*params, self.rhs)  # noqa: S608 - a column


class Statement:
    """What Django has written for a query: the text, its parameters, and how values of the database are read."""

    def __init__(self, query: Any) -> None:
        compiler = query.get_compiler(connection=connection)
        try:
            self.sql, self.params = compiler.as_sql()
        except EmptyResultSet:
            self.sql, self.params = "", ()
            return
        converters = compiler.get_converters([column[0] for column in compiler.select])
        self.converters = [(at, each, expression) for at, (every, expression) in converters.items() for each in every]

    def rows(self, keys: Collection[Any]) -> Iterator[Sequence[Any]]:
        """Yield what the database answers for these keys."""
        if not keys or not self.sql:
            return
        given = json.dumps(list(keys)) if connection.vendor == "sqlite" else list(keys)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [given if one is KEYS else one for one in self.params])
            found = cursor.fetchall()
        if not self.converters:
            yield from found
            return
        for values in map(list, found):
            for at, convert, expression in self.converters:
                values[at] = convert(values[at], expression, connection)
            yield values


MOST = 2000
"""Statements that are kept by a process; then it begins anew."""
_STATEMENTS: dict[Hashable, Statement] = {}
_QUERIES: dict[Hashable, QuerySet] = {}


def forget(**_kwargs: Any) -> None:
    """Let every statement be written anew: after a migration, content types may have other numbers."""
    _STATEMENTS.clear()
    _QUERIES.clear()


def query_of(make: Callable[[], QuerySet], kept_as: Hashable) -> QuerySet:
    """Return the query that `make` makes, to be narrowed down: each filter makes a copy; this one is never asked."""
    if kept_as not in _QUERIES:
        if len(_QUERIES) >= MOST:
            _QUERIES.clear()
        _QUERIES[kept_as] = make()
    return _QUERIES[kept_as].all()


def rows_of(
    make: Callable[[], QuerySet], names: Sequence[str], keys: Collection[Any], kept_as: Hashable
) -> Iterator[Sequence[Any]]:
    """Yield these columns of the rows of the query that `make` makes, for keys. `kept_as`: what tells it apart."""
    at = (kept_as, tuple(names))
    if (statement := _STATEMENTS.get(at)) is None:
        if len(_STATEMENTS) >= MOST:
            _STATEMENTS.clear()
        statement = _STATEMENTS[at] = Statement(make().values_list(*names).query)
    return statement.rows(keys)
