"""What needs care besides a change of state: the kinds of concern, each registered by the room that knows it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True)
class Worry:
    """One thing besides a change of state that needs care; `key`, which begins with the reference of the record
    behind it, makes it unique. `counted_from`: the first day of what has lasted too long, where that is told."""

    key: str
    pair_id: str
    initiative_id: int | None
    since: date
    record_id: int
    counted_from: date | None = None


@dataclass(frozen=True)
class Told:
    """How one worry is told in the language that is active: title and path of its record, and what has happened."""

    worry: Worry
    title: str
    path: str
    happened: str


@dataclass(frozen=True)
class Care:
    """One kind of concern.

    `find(day, refs)` yields what is worrying on a day, of the records with these references (None: of all): each
    sweep asks it, so it reads no more than it must. Only what is told reads `rows()`, and `happened(record, worry,
    day)` says it in a sentence or two. `gist` are a few words for subject and lists, `advice` what the reader can do.
    `look_ahead(today)` brings up to date what `find` goes by, where the clock alone moves it.
    """

    find: Callable[[date, Collection[str] | None], Iterable[Worry]]
    rows: Callable[[], QuerySet]
    happened: Callable[[Any, Worry, date], str]
    gist: Any
    advice: Any
    look_ahead: Callable[[date], None] = lambda today: None


CONCERNS: dict[str, Care] = {}
"""Kind of concern → how it is found and told."""


def register(kind: str, care: Care) -> None:
    """Make `kind` known as a concern; called in `AppConfig.ready`."""
    CONCERNS[kind] = care


def told(kind: str, worries: Collection[Worry], day: date) -> list[Told]:
    """Return how these worries of one kind are told on a day, without those whose record is gone meanwhile."""
    care = CONCERNS[kind]
    rows = care.rows().in_bulk([worry.record_id for worry in worries])
    there = [(worry, rows[worry.record_id]) for worry in worries if worry.record_id in rows]
    return [Told(worry, str(row), row.get_absolute_url(), care.happened(row, worry, day)) for worry, row in there]
