"""Histories for the tests of the rule: the worked cases, random ones, and the rule once more, day by day."""

import calendar
import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from continuity.rules import Facts, Lapse, restarts, stops

PROPERTY = settings(max_examples=150, deadline=None, derandomize="CI" in os.environ)

# The worked cases ------------------------------------------------------------------------------------------------

CASES = json.loads((Path(__file__).parents[2] / "data" / "continuity_cases.json").read_text())


def day(text: str | None) -> date | None:
    """Read a day, or the last day of a month or a year: an uncertain day of activity counts by its latest."""
    if text is None:
        return None
    year, month, number = (*map(int, text.split("-")), None, None)[:3]
    month = month or 12
    return date(year, month, number or calendar.monthrange(year, month)[1])


def facts_of(case: dict[str, Any]) -> Facts:
    about = case["initiative"]
    return Facts(
        kind=about["kind"],
        start=day(about["start"]),
        end=day(about["end"]),
        tracked_from=day(about["tracked_from"]),
        tracked_until=day(about["tracked_until"]),
        rhythm=about["rhythm"],
        cadence=about["cadence_days"],
        clause=about["clause_cadence_days"],
        grace=about["grace_days"],
        activities=tuple((day(one["on"]), one["substantive"]) for one in about["activities"]),
        suspensions=tuple((day(one["from"]), day(one["to"])) for one in about["suspensions"]),
    )


# Random histories ------------------------------------------------------------------------------------------------

FIRST = date(2001, 1, 1)
days = st.integers(0, 120).map(lambda number: FIRST + timedelta(number * 11))
"""Few days, so that they meet: a suspension on the day of a session, an end on the first tracked day."""


def rarely(values: st.SearchStrategy, instead: object = None) -> st.SearchStrategy:
    """Draw from `values` once in five times: else most days would find no clock running."""
    return st.sampled_from(range(5)).flatmap(lambda drawn: values if drawn == 4 else st.just(instead))


@st.composite
def spans(draw: Any) -> tuple[date, date | None]:
    first = draw(days)
    return first, draw(rarely(st.none(), first + timedelta(draw(st.integers(0, 30)) * 11)))


histories = st.builds(
    Facts,
    kind=st.sampled_from(["agreement", "commission", "programme"]),
    start=rarely(st.none() | days, FIRST),
    end=rarely(days),
    stated=rarely(st.sampled_from(["negotiation", "ended"]), ""),
    tracked_from=rarely(st.none() | days, FIRST),
    tracked_until=rarely(days),
    rhythm=rarely(st.just("irregular"), "regular"),
    cadence=st.none() | st.integers(1, 200),
    clause=st.none() | st.integers(1, 200),
    grace=st.none() | st.integers(0, 90),
    activities=st.lists(st.tuples(days, st.sampled_from([True, True, True, False])), max_size=10).map(tuple),
    suspensions=rarely(st.lists(spans(), max_size=3).map(tuple), ()),
)


def edges(facts: Facts) -> set[date]:
    """Return the days around each move of the clock."""
    moves = restarts(facts) | stops(facts) | {on for on, _ in facts.activities} | {FIRST}
    return {move + timedelta(more) for move in moves for more in (-1, 0, 1)}


# The rule once more: slowly, in the words of docs/continuity.md, and sharing nothing with the twins ---------------


def slow_clock(facts: Facts, today: date) -> tuple[date, int, int]:
    """Return baseline, cadence and grace."""
    substantive = [on for on, counts in facts.activities if counts and on <= today]
    resumed = [last + timedelta(1) for _, last in facts.suspensions if last and last < today]
    baseline = max(one for one in [facts.start, facts.tracked_from, *substantive, *resumed] if one)
    distinct = sorted(set(substantive))
    if facts.cadence:
        cadence = facts.cadence
    elif facts.clause and facts.kind == "commission":
        cadence = facts.clause
    elif len(distinct) >= 4:
        gaps = sorted((distinct[at + 1] - distinct[at]).days for at in range(len(distinct) - 1))
        half = len(gaps) // 2
        quarters = 6 * gaps[half] if len(gaps) % 2 else 3 * (gaps[half - 1] + gaps[half])
        cadence = max(30, min(3650, quarters // 4 + (quarters % 4 > 0)))
    else:
        cadence = 730 if facts.kind == "agreement" else 365
    return baseline, cadence, max(cadence // 2, 30) if facts.grace is None else facts.grace


def slow_state(facts: Facts, today: date) -> str:
    if facts.start and today < facts.start or not facts.start and facts.stated == "negotiation":
        return "planned"
    if facts.end and facts.end < today or not facts.end and facts.stated == "ended":
        return "concluded"
    if any(first <= today <= (last or date.max) for first, last in facts.suspensions):
        return "suspended"
    if not facts.tracked_from or today < facts.tracked_from or facts.tracked_until and facts.tracked_until < today:
        return "untracked"
    if facts.rhythm == "irregular":
        return "episodic"
    baseline, cadence, grace = slow_clock(facts, today)
    silence = (today - baseline).days
    if silence <= cadence - cadence // 5:
        return "active"
    if silence <= cadence:
        return "due"
    if silence <= cadence + grace:
        return "overdue"
    symbolic = [(today - on).days for on, counts in facts.activities if not counts and on <= today]
    return "symbolic" if any(ago <= cadence + grace for ago in symbolic) else "dormant"


def slow_lapses(facts: Facts, until: date) -> tuple[Lapse, ...]:
    ends = {"suspended": "suspension", "concluded": "conclusion", "untracked": "end_of_tracking"}
    runs, began_on, today = [], None, min(edges(facts))
    while today <= until:
        state = slow_state(facts, today)
        lapsed = state in ("symbolic", "dormant")
        if lapsed and began_on is None:
            began_on = today
        if not lapsed and began_on is not None:
            runs.append(Lapse(began_on, today, ends.get(state, "activity")))
            began_on = None
        today += timedelta(1)
    return (*runs, Lapse(began_on)) if began_on else tuple(runs)
