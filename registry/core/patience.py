"""How long the database may take over one statement of somebody who only reads.

A question without an index would hold a thread of the server for minutes, and a reader who asks it again would hold
another. Whoever reads by GET is told after five seconds to ask for less. Workers, commands and whatever writes take the
time they need.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic
from typing import Any

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status

SECONDS = 5.0
IN_ERROR = 3
"""What psycopg calls a transaction in which something failed: the server takes nothing but its end."""
STEPS = 10_000
"""Steps of SQLite's machine, a fraction of a millisecond, after which it looks at the clock."""

SENTENCE = gettext_lazy(
    "The registry took longer than five seconds over this question and gave up. Ask for less: name a pair, a country "
    "or a range of days, search for longer words, or take the whole registry as a snapshot."
)


class TooSlow(exceptions.APIException):
    """The database was told to give up."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = SENTENCE


def ran_out(error: BaseException) -> bool:
    """Say whether a statement was ended because it took too long."""
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    names = getattr(cause, "pgcode", None), getattr(cause, "sqlite_errorname", None)
    return names[0] == "57014" or names[1] == "SQLITE_INTERRUPT"


_SECONDS: ContextVar[float | None] = ContextVar("seconds", default=None)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End each statement within that takes longer, with an error that `ran_out` knows."""
    before = _SECONDS.set(seconds)
    try:
        yield
    finally:
        _SECONDS.reset(before)
        if connection.vendor == "sqlite" and connection.connection is not None:
            with suppress(sqlite3.ProgrammingError):  # it was closed meanwhile
                connection.connection.set_progress_handler(None, 0)


def watch(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Let every statement of a new connection pass here first."""
    guard = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, guard)  # whoever adds one for a while takes away the last


def _on_postgresql(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Let the server end it, and note when it has answered (`registry.middleware.trust_the_database`)."""
    tell(context["connection"])
    answer = execute(sql, params, many, context)
    context["connection"].answered_at = monotonic()
    return answer


def tell(ours: Any) -> None:
    """Tell a server of PostgreSQL how long it may take, where what it was told last is something else, so seldom.

    Every statement comes with it but COPY, which passes no guard: whoever copies calls this before.
    """
    wanted = _SECONDS.get()
    within = tuple(ours.savepoint_ids) if ours.in_atomic_block else None
    session, told, told_within = getattr(ours, "told", (None, None, None))
    # what was told within a transaction is forgotten where that is rolled back; what was told before it stands
    stands = session is ours.connection and told == wanted and told_within in (None, within)
    if not stands and ours.connection.info.transaction_status != IN_ERROR:
        with ours.wrap_database_errors, ours.connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout TO {'DEFAULT' if wanted is None else int(wanted * 1000)}")
        ours.told = (ours.connection, wanted, within)


def _on_sqlite(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Look at the clock every now and then: SQLite runs within this thread and knows no time limit."""
    if (seconds := _SECONDS.get()) is not None:
        end = monotonic() + seconds
        context["connection"].connection.set_progress_handler(lambda: monotonic() > end, STEPS)
    return execute(sql, params, many, context)
