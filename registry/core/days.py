"""The day that a reader asks about (`?as_of=`), and the addresses of pages, which keep it.

As the language, the day belongs to the request: whatever writes a link reads it here and need not be handed it. A day
that was asked for stays in every link to a page that understands one; without it links are plain permalinks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

PARAMETER = "as_of"

_asked: ContextVar[date | None] = ContextVar("day asked", default=None)


def keep(day: date | None) -> None:
    """Let the links that are written from now on, until the request ends, keep this day; None: none is asked for."""
    _asked.set(day)


def asked() -> date | None:
    """Return the day that this request names; None where it names none."""
    return _asked.get()


@contextmanager
def keeping(day: date | None) -> Iterator[None]:
    """Let the links that are written in the body of a `with` keep this day, also when the request is over."""
    token = _asked.set(day)
    try:
        yield
    finally:
        _asked.reset(token)


def page(name: str, /, *args: Any, **query: Any) -> str:
    """Return the address of a page or of a row of the API, with its parameters and the day that the reader asks about.

    Raises NoReverseMatch where there is no such page.
    """
    day = asked()
    if day is not None and name in _on_any_day():
        query = {PARAMETER: day.isoformat()} | query
    return reverse(name, args=args, query=query or None)


@cache
def _on_any_day() -> frozenset[str]:
    """Return the names of the addresses that answer for the day asked: their views say `any_day`."""
    return frozenset(
        pattern.name
        for pattern in _patterns(get_resolver().url_patterns)
        if pattern.name and getattr(_view(pattern.callback), "any_day", False)
    )


def _view(callback: Any) -> Any:
    """Return the class of a view, of Django's or of the API's kind, or the function that it is."""
    return getattr(callback, "view_class", None) or getattr(callback, "cls", None) or callback


def _patterns(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern
