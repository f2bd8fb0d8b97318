"""A period, a figure, and how a figure is made of what is counted and what it is counted among."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from events.indices.definitions import BY_CODE, DAYS, FIELDS
from events.indices.material import Run

FEW = 10
"""A share of fewer records than this is told to be one of few."""

Counts = dict[str, int]
"""Reference of a record → how much it counts: 1 for itself, or its days."""


@dataclass(frozen=True)
class Period:
    """Days that have come, by the first and the last. It is empty where the last lies before the first."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return max((self.last - self.first).days + 1, 0)

    def has(self, day: date) -> bool:
        return self.first <= day <= self.last

    def years(self) -> list["Period"]:
        """Return its years; the first and the last may be parts of one."""
        numbers = range(self.first.year, self.last.year + 1)
        return [Period(max(self.first, date(n, 1, 1)), min(self.last, date(n, 12, 31))) for n in numbers]

    def days_of(self, runs: Iterable[Run]) -> int:
        """Return how many of its days lie in runs that do not overlap each other."""
        return sum(max((min(last, self.last) - max(first, self.first)).days + 1, 0) for first, last in runs)


@dataclass(frozen=True)
class Figure:
    """One index of one pair in one period, or one part of it.

    `counted` and `among` are the records behind numerator and denominator with what each counts. The denominator is
    None where nothing divides, the numerator where there is no day to count on. `notes` say what a reader must know.
    """

    code: str
    numerator: int | None
    denominator: int | None
    counted: Counts = field(default_factory=dict)
    among: Counts = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    part: str = ""

    @property
    def value(self) -> float | None:
        """The numerator by the denominator; of what is counted only (a denominator of None) the count."""
        if self.denominator is None or self.numerator is None:
            return self.numerator
        return round(self.numerator / self.denominator, 6) if self.denominator else None


def share(code: str, counted: Counts, among: Counts, *notes: str, part: str = "") -> Figure:
    """Return what is counted divided by what it is counted among."""
    numerator, denominator = sum(counted.values()), sum(among.values())
    small = 0 < denominator < FEW and BY_CODE[code].unit not in (DAYS, FIELDS)
    few = (_("Few: read the counts, not the percentage."),) if small else ()
    return Figure(code, numerator, denominator, counted, among, (*filter(None, notes), *few), part)


def ones(records: Iterable[Any]) -> Counts:
    """Return records that count once each."""
    return dict.fromkeys((record.ref for record in records), 1)


def runs_on(runs: Iterable[Run], day: date) -> bool:
    """Say whether a day lies in one of the runs."""
    return any(first <= day <= last for first, last in runs)


def told(number: int, words: str) -> str:
    """Return `words` with the number in them; "" where there is none to tell of."""
    return words % {"n": number} if number else ""
