"""Figures of one initiative: its clock (what it counts from, when it is due, when it lapses), and its gaps."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from continuity.models import Initiative
from continuity.rules import LAPSED, Inference
from continuity.tables import in_days
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


HIGHEST = 5
"""How many gaps of about one length are stacked at most."""


@dataclass(frozen=True)
class Mark:
    """A length of time on the line of gaps, with its words."""

    x: float
    words: str

    @property
    def anchor(self) -> str:
        """On which side of the mark its words stand, that they stay within the drawing."""
        return "end" if self.x > WIDTH * 0.7 else "start"

    @property
    def text_x(self) -> float:
        return self.x - 6 if self.anchor == "end" else self.x + 6


@dataclass(frozen=True)
class Gaps:
    """What the template draws: a dot for each gap, those of about one length above each other."""

    desc: str
    dots: list[tuple[float, float]]
    median: Mark
    cadence: Mark
    silence: Mark


def gaps_figure(inference: Inference, silence: int) -> Gaps:
    """Return the gaps of an initiative by length, with their median, what is inferred from it, and the silence now."""
    longest = max(*inference.gaps, inference.days, silence)

    def x(days: float) -> float:
        return round(6 + days / longest * (WIDTH - 12), 1)

    median = in_days(inference.median)
    words = {
        "shortest": in_days(min(inference.gaps)),
        "longest": in_days(max(inference.gaps)),
        "median": median,
        "cadence": in_days(inference.days),
        "silence": in_days(silence),
    }
    return Gaps(
        _(
            "Shortest gap: %(shortest)s; longest: %(longest)s; median: %(median)s. Inferred interval: %(cadence)s. "
            "Silent now for: %(silence)s."
        )
        % words,
        stacked(x(gap) for gap in sorted(inference.gaps)),
        Mark(x(inference.median), _("median: %(days)s") % {"days": median}),
        Mark(x(inference.days), _("inferred interval: %(days)s") % {"days": words["cadence"]}),
        Mark(x(silence), _("silent now for: %(days)s") % {"days": words["silence"]}),
    )


def stacked(places: Iterable[float]) -> list[tuple[float, float]]:
    """Return (x, y) of dots at these places, in order: each at the lowest height at which it covers no other."""
    last = [-math.inf] * HIGHEST
    dots = []
    for place in places:
        height = next((level for level, x in enumerate(last) if place - x >= 10), HIGHEST - 1)
        last[height] = place
        dots.append((place, 66 - 10 * height))
    return dots
