"""Statements that are written once: of what rows lead to, for other keys each time, and of the first page of a list,
for other values of the same filters.

Django takes several times as long to write such a statement as the database to answer it. So what was written is kept,
with one place for all keys, or a slot for each value; what only some may see, once for all who see the same
(`access.eyes`). docs/decisions.md says what is prepared, too.
"""

import json
from collections.abc import Callable, Collection, Hashable, Sequence
from itertools import count
from typing import Any, NamedTuple, Self

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import QuerySet
from psycopg2.extensions import AsIs

KEYS: Any = object()
"""Stands in a query where the keys go: `id__among=KEYS`."""
KEY: Any = object()
"""Stands in a query where one key goes: the first rows of one are found in the order of an index, of several not."""


class Slot(NamedTuple):
    """Stands in a query where one of several values goes: which."""

    at: int


@models.Field.register_lookup
@models.ForeignObject.register_lookup
class Among(models.Lookup):
    """`column__among=KEYS`: has one of the keys; `=KEY`: has the key; `=[Slot(0), …]`: has one of these values.

    For `KEYS` there is one parameter, however many they are.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any, several: str = "{} = ANY(%s)") -> Any:
        column, params = self.process_lhs(compiler, connection)
        if isinstance(self.rhs, list):
            return f"{column} IN ({', '.join(['%s'] * len(self.rhs))})", (*params, *self.rhs)
        return (several if self.rhs is KEYS else "{} = %s").format(column), (*params, self.rhs)

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        return self.as_sql(compiler, connection, "{} IN (SELECT value FROM json_each(%s))")


Rows = Sequence[Sequence[Any]]


class Statement:
    """A text, its parameters, and how values of the database are read."""

    def __init__(self, sql: str, params: Sequence[Any] = (), converters: Sequence[Any] = ()) -> None:
        self.sql, self.params, self.converters = sql, params, converters

    @classmethod
    def of(cls, query: Any) -> Self:
        """Return what Django writes for a query."""
        compiler = query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return cls("")
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return cls(sql, params, [(at, one, by) for at, (every, by) in converters.items() for one in every])

    def for_values(self, values: Sequence[Any]) -> Rows:
        """Return what the database answers with these values in the slots."""
        if not self.sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [values[one.at] if isinstance(one, Slot) else one for one in self.params])
            return self.converted(cursor.fetchall())

    def for_keys(self, keys: Collection[Any]) -> Rows:
        """Return what the database answers for these keys."""
        keys = list(keys)
        if not keys or not self.sql:
            return []
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(self.sql, self.given(json.dumps(keys), keys[0]))
            else:
                self.ask_postgresql(cursor, keys)
            return self.converted(cursor.fetchall())

    def converted(self, found: Rows) -> Rows:
        """Return rows with their values as fields read them."""
        if not self.converters:
            return found
        rows = [*map(list, found)]
        for at, convert, expression in self.converters:
            for values in rows:
                values[at] = convert(values[at], expression, connection)
        return rows

    def given(self, keys: Any, key: Any) -> list[Any]:
        """Return the parameters with `keys` and `key` in their places."""
        return [keys if one is KEYS else key if one is KEY else one for one in self.params]

    def ask_postgresql(self, cursor: Any, keys: list[Any]) -> None:
        """Let it answer by what is prepared on this connection, or is now: reading and planning take it as long again.

        One plan serves all keys: for rows that have one of a few there is none better. Where rows are ordered and cut
        off it matters how many have a key, which a plan for all cannot know: so such a query takes one `KEY` only.
        """
        names = prepared_on(connection)
        numbers = all(type(key) is int for key in keys)
        # in one literal: as an expression for each, the server would take longer to read them than to find their rows
        some: Any = f"{{{','.join(map(str, keys))}}}" if numbers else keys
        to_fill = some if any(one is KEYS for one in self.params) else keys[0]
        if self in names:
            cursor.execute(f"EXECUTE {names[self]} (%s)", [to_fill])
        elif len(names) >= MOST_PREPARED or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            cursor.execute(self.sql, self.given(some, keys[0]))
        else:
            name = f"kept_{next(NUMBERS)}"  # never one again: after an error it may be there or not
            text = cursor.mogrify(self.sql, self.given(AsIs("$1"), AsIs("$1"))).decode()
            first = cursor.mogrify(f"EXECUTE {name} (%s)", [to_fill]).decode()
            cursor.execute(f"SET plan_cache_mode TO force_generic_plan; PREPARE {name} AS {text}; {first}")
            names[self] = name


MOST_PREPARED = 200
"""Statements that are prepared on one connection, each some kilobytes of the server's memory."""
NUMBERS = count(1)


def prepared_on(ours: Any) -> dict[Statement, str]:
    """Return what is prepared on an open connection, with its names; a new session of the server knows none."""
    session, names = getattr(ours, "prepared", (None, {}))
    if session is not ours.connection:
        session, names = ours.prepared = ours.connection, {}
    return names


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


def rows_of(make: Callable[[], QuerySet], names: Sequence[str], keys: Collection[Any], kept_as: Hashable) -> Rows:
    """Return these columns of the rows of the query that `make` makes, for keys. `kept_as`: what tells it apart."""
    return _query(make, names, kept_as).for_keys(keys)


def rows_with(make: Callable[[], QuerySet], names: Sequence[str], values: Sequence[Any], kept_as: Hashable) -> Rows:
    """As `rows_of`, with a value in each `Slot` of the query. Not prepared: its plan depends on how common they are."""
    return _query(make, names, kept_as).for_values(values)


def rows_by(write: Callable[[], tuple[str, Sequence[Any]]], keys: Collection[Any], kept_as: Hashable) -> Rows:
    """As `rows_of`, of a statement that `write` gives: text and parameters, with `KEY` or `KEYS` among them."""
    return _kept(lambda: Statement(*write()), kept_as).for_keys(keys)


def _query(make: Callable[[], QuerySet], names: Sequence[str], kept_as: Hashable) -> Statement:
    return _kept(lambda: Statement.of(make().values_list(*names).query), (kept_as, tuple(names)))


def _kept(write: Callable[[], Statement], kept_as: Hashable) -> Statement:
    if (statement := _STATEMENTS.get(kept_as)) is None:
        if len(_STATEMENTS) >= MOST:
            _STATEMENTS.clear()
        statement = _STATEMENTS[kept_as] = write()
    return statement
