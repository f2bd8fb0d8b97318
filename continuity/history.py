"""What an initiative was on all its days: the rule asked at every day on which its answer can change."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import zip_longest

from continuity import rules

MOST_MOVES = 200
"""How many moves of the clock are walked through at most: the latest; a page shows no more."""


BY_CLOCK = (rules.State.DUE, rules.State.OVERDUE, *rules.LAPSED)
"""The states that come by waiting."""


@dataclass(frozen=True)
class Stretch:
    """A run of days in one state, from its first to its last day; `by`: what began it, activity, clock or record."""

    state: str
    first: date
    last: date
    by: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def stretches(facts: rules.Facts, until: date) -> list[Stretch]:
    """Return the states of an initiative from its first day on file to `until`, the oldest first."""
    days = {on for on, substantive in facts.activities if substantive}
    found: list[Stretch] = []
    for first, last, state in _steps(facts, until):
        if found and found[-1].state == state:
            found[-1] = Stretch(state, found[-1].first, last, found[-1].by)
        elif state != rules.State.PLANNED or found:  # what is on file begins with its start
            by = "activity" if first in days else "clock" if state in BY_CLOCK else "record"
            found.append(Stretch(state, first, last, by))
    return found


def _steps(facts: rules.Facts, until: date) -> Iterator[tuple[date, date, str]]:
    """Yield (first day, last day, state) with no gap between; neighbours may be in the same state."""
    moves = sorted({*rules.restarts(facts), *rules.stops(facts)})[-MOST_MOVES:]
    if not moves:
        return
    first = moves[0]
    while first <= until:
        answer = rules.as_of(facts, first)
        limits = (answer.active_until, answer.due_on, answer.lapses_on, answer.symbolic_until, answer.good_until)
        last = min((limit for limit in limits if limit and limit >= first), default=until)
        yield first, min(last, until), str(answer.state)
        if last >= until:
            return
        first = last + timedelta(1)


def running(facts: rules.Facts, until: date) -> list[tuple[date, date]]:
    """Return the runs of days up to `until` on which the clock runs, each as its first and last day, the oldest first.

    Between two days on which the clock is set going or stopped by anything but an activity, either no day is in one
    of the fixed states or all are in the same; so it is enough to ask at each of these days.
    """
    bare = replace(facts, activities=())
    edges = sorted(day for day in rules.restarts(bare) | rules.stops(bare) if day <= until)
    found: list[tuple[date, date]] = []
    for first, after in zip_longest(edges, edges[1:]):
        if rules.fixed_state(facts, first) is not None:
            continue
        last = after - timedelta(1) if after else until
        joins = found and rules.day_after(found[-1][1]) == first
        found.append((found.pop()[0] if joins else first, last))
    return found
