"""The clock of one initiative as a figure: what it counts from, when the next activity is due, when it lapses."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from continuity.models import Initiative
from continuity.rules import LAPSED
from registry.core import clock

WIDTH = 1160


@dataclass(frozen=True)
class Part:
    """A stretch of the bar; `look` is its class in the stylesheet."""

    look: str
    x: float
    width: float


@dataclass(frozen=True)
class Flag:
    """A day with its words, above or below the bar; the words stand on the side where there is room."""

    x: float
    y: int
    day: date
    words: str
    before: bool

    @property
    def text_x(self) -> float:
        return self.x - 6 if self.before else self.x + 6

    @property
    def path(self) -> str:
        return f"M{self.x} {66 if self.y < 66 else 80}V{self.y - 10 if self.y < 66 else self.y}"


@dataclass(frozen=True)
class Clock:
    """What the template draws; `desc` says it in words."""

    desc: str
    parts: list[Part]
    flags: list[Flag]
    years: list[tuple[float, int]]
    today: Flag


def clock_figure(row: Initiative) -> Clock | None:
    """Return the figure of an answered and explained initiative; None where no clock runs."""
    answer, asked = row.answer, row.asked_on
    if answer.lapses_on is None:
        return None
    first, last = answer.baseline, max(asked, answer.lapses_on)
    if last.year - first.year > 100:
        return None  # a cadence of a hundred years leaves nothing to see

    def x(day: date) -> float:
        return round(2 + (day - first).days / max((last - first).days, 1) * (WIDTH - 4), 1)

    def flag(day: date, y: int, words: Any) -> Flag:
        return Flag(x(day), y, day, str(words), x(day) > WIDTH * 0.7)

    limits = [
        ("b-active", answer.active_until),
        ("b-due", answer.due_on),
        ("b-overdue", answer.lapses_on),
        ("b-dormant", asked),
    ]
    parts, begun = [], first
    for look, until in limits:
        if until > begun:
            parts.append(Part(look, x(begun), round(x(until) - x(begun), 1)))
            begun = until
    counted = _("last activity") if answer.last_activity_on == first else _("the clock runs from here")
    lapsed = answer.state in LAPSED
    flags = [
        flag(first, 36, counted),
        flag(answer.due_on, 54, _("due")),
        flag(answer.lapses_on, 124, _("last day before it lapsed") if lapsed else _("last day before it lapses")),
    ]
    years = [(x(date(year, 1, 1)), year) for year in range(first.year + 1, last.year + 1)]
    every = len(years) // 14 + 1
    return Clock(
        row.explanation,
        parts,
        flags,
        years[::every],
        flag(asked, 14, _("today") if asked == clock.today() else _("day asked")),
    )
