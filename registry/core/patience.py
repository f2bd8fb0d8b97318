"""How long the database may take over one statement of somebody who only reads.

A question without an index would hold a thread of the server for minutes, and a reader who asks it again would hold
another. Whoever reads by GET is told after five seconds to ask for less. Workers, commands and whatever writes take the
time they need.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic
from typing import Any

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status

SECONDS = 5.0
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


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """End each statement within that takes longer, with an error that `ran_out` knows. None: let them take their time.

    Nothing is said to the database before its first statement: a page that asks nothing is told even without one.
    """
    guard = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    with connection.execute_wrapper(partial(guard, seconds)):
        try:
            yield
        finally:
            if connection.vendor == "sqlite" and connection.connection is not None:
                with suppress(sqlite3.ProgrammingError):  # it was closed meanwhile
                    connection.connection.set_progress_handler(None, 0)


def _on_postgresql(
    seconds: float | None, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Let the server end it. What was said last holds until something else is said, also while a file is sent."""
    ours: Any = context["connection"]
    if getattr(ours, "limit_said", None) != (ours.connection, seconds):
        with ours.wrap_database_errors, ours.connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout TO {'DEFAULT' if seconds is None else int(seconds * 1000)}")
        # a rollback would take it back, and nobody would know
        ours.limit_said = None if ours.in_atomic_block else (ours.connection, seconds)
    return execute(sql, params, many, context)


def _on_sqlite(
    seconds: float | None, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Look at the clock every now and then: SQLite runs within this thread and knows no time limit."""
    if seconds is not None:
        end = monotonic() + seconds
        context["connection"].connection.set_progress_handler(lambda: monotonic() > end, STEPS)
    return execute(sql, params, many, context)
