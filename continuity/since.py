"""Since when an initiative has been in the state it is in: for one from its facts, for many from the stored results."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Case, DateField, F, Q, Value, When

from continuity import rules
from continuity.rules import Facts, State
from continuity.sets import DayAfter


def changed_on(facts: Facts, today: date) -> date:
    """Return the first of the days up to `today` on which the state has been what it is today without a break.

    That is `today` where no day on file says since when, as for an agreement that is merely stated to have ended.
    Between two moves of the clock its limits stand still, so only the day of a move, or the day after a limit, can be
    the one: they are asked from the latest back.
    """
    answer = rules.as_of(facts, today)
    if answer.state == State.CONCLUDED and facts.end is None:
        return today
    for day in _turning_points(facts, today):
        if rules.as_of(facts, day - timedelta(days=1)).state != answer.state:
            return day
    return today


def _turning_points(facts: Facts, today: date) -> Iterator[date]:
    """Yield the days up to `today` on which the state can have changed, the latest first."""
    moves = rules.restarts(facts) | rules.stops(facts) | {on for on, _substantive in facts.activities}
    last = today
    for move in sorted((move for move in moves if date.min < move <= today), reverse=True):
        answer = rules.as_of(facts, last)
        limits = (answer.active_until, answer.due_on, answer.lapses_on, answer.symbolic_until)
        yield from sorted(
            {limit + timedelta(days=1) for limit in limits if limit and move <= limit < last}, reverse=True
        )
        yield move
        last = move - timedelta(days=1)


def since_when(today: date) -> Case:
    """Return the expression of `changed_on` where the stored results say it, which must hold today; elsewhere null.

    They do for what comes by the clock alone: nothing has set it going since the state began, so the limit before it
    tells. What was lapsed and symbolic is dormant from the day after the last symbolic one. `state_now` must be there.
    """
    lapsed = Case(When(symbolic_until__gt=F("lapses_on"), then=F("symbolic_until")), default=F("lapses_on"))
    ended = Q(state_now=State.CONCLUDED)
    return Case(
        When(state_now=State.DUE, then=DayAfter("active_until")),
        When(state_now=State.OVERDUE, then=DayAfter("due_on")),
        When(state_now=State.DORMANT, then=DayAfter(lapsed)),
        When(ended & Q(ended_on_latest=None), then=Value(today)),
        When(ended & Q(started_on_earliest__gt=F("ended_on_latest")), then=F("started_on_earliest")),
        When(ended, then=DayAfter("ended_on_latest")),
        default=None,
        output_field=DateField(null=True),
    )
