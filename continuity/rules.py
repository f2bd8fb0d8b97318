"""The rule of continuity: is an initiative alive on a day, and when was it not? docs/continuity.md says it in words.

It stands here twice. First for one initiative, as pure functions on dates; then for any number of them, as one SQL
statement of the same text on SQLite and PostgreSQL. A property test holds the two together: change both or neither.
All ends are last days; a sum that runs past the last day of the calendar is that day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import islice, pairwise, zip_longest
from typing import Any

from django.db import connection, models


class State(models.TextChoices):
    """What an initiative is on a day; the first that applies, in this order."""

    PLANNED = "planned"
    CONCLUDED = "concluded"
    SUSPENDED = "suspended"
    UNTRACKED = "untracked"
    EPISODIC = "episodic"
    ACTIVE = "active"
    DUE = "due"
    OVERDUE = "overdue"
    SYMBOLIC = "symbolic"
    DORMANT = "dormant"


FIXED = (State.PLANNED, State.CONCLUDED, State.SUSPENDED, State.UNTRACKED, State.EPISODIC)
"""No clock runs: nothing is due."""
TICKING = (State.ACTIVE, State.DUE, State.OVERDUE, State.SYMBOLIC, State.DORMANT)
LAPSED = (State.SYMBOLIC, State.DORMANT)


class CadenceSource(models.TextChoices):
    """Where the expected interval comes from; the first that is on file, in this order."""

    DECLARED = "declared"
    CLAUSE = "clause"
    INFERRED = "inferred"
    DEFAULT = "default"


DEFAULT_CADENCE = {"agreement": 730, "commission": 365, "programme": 365}
ENOUGH_TO_INFER = 4
INFERRED_FROM, INFERRED_TO = 30, 3650
SHORTEST_GRACE = 30
STOPPED_BY = {
    State.CONCLUDED: "conclusion",
    State.SUSPENDED: "suspension",
    State.UNTRACKED: "end_of_tracking",
}
LAST_DAY = date.max.toordinal()
AT_ONCE = 10_000
"""So many initiatives are asked for in one statement (SQLite takes 32,766 parameters) and held in memory."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule reads of one initiative. An activity is its day and whether it is substantive (else symbolic).

    `start_text` and `end_text` are start and end as the source gives them, for the explanation alone.
    """

    kind: str
    start: date | None = None
    end: date | None = None
    stated: str = ""
    tracked_from: date | None = None
    tracked_until: date | None = None
    rhythm: str = "regular"
    cadence: int | None = None
    clause: int | None = None
    grace: int | None = None
    activities: tuple[tuple[date, bool], ...] = ()
    suspensions: tuple[tuple[date, date | None], ...] = ()
    start_text: str = ""
    end_text: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rule says of one initiative on one day.

    `last_activity_on` is substantive and not later than that day. `good_until` is the last day on which the answer
    still gives the right state by itself, through `state_from_stored`. All else is None where no clock runs.
    """

    state: State
    good_until: date
    last_activity_on: date | None = None
    baseline: date | None = None
    cadence_days: int | None = None
    cadence_source: CadenceSource | None = None
    grace_days: int | None = None
    active_until: date | None = None
    due_on: date | None = None
    lapses_on: date | None = None
    symbolic_until: date | None = None

    @property
    def fixed_state(self) -> str:
        """The state to store where no clock runs, else "" (then the state follows from the day and the limits)."""
        return self.state if self.state in FIXED else ""


@dataclass(frozen=True, slots=True)
class Inference:
    """A cadence read off the past: the gaps in days, their median, that times 1.5 and rounded up, and within bounds.

    Of an even number of gaps the median may be half a day more than a whole one.
    """

    gaps: tuple[int, ...]
    median: float
    unbounded: int
    days: int


@dataclass(frozen=True, slots=True)
class Lapse:
    """A maximal run of lapsed days: its first, the first day after it (None while open), and what ended it.

    That is activity (then it is a revival), suspension, conclusion or end_of_tracking; "" while open.
    """

    began_on: date
    ended_on: date | None = None
    ended_by: str = ""


# One initiative --------------------------------------------------------------------------------------------------


def as_of(facts: Facts, day: date) -> Answer:
    """Answer for any day, from the facts as they are known now."""
    fixed, last, good = fixed_state(facts, day), last_activity_on(facts, day), good_until(facts, day)
    if fixed:
        return Answer(fixed, good, last)
    cadence, source = cadence_of(facts, day)
    grace, since = grace_of(facts, cadence), baseline(facts, day)
    lead = cadence // 5
    symbolic = max((on for on, substantive in facts.activities if not substantive and on <= day), default=None)
    limits = (
        plus(since, cadence - lead),
        plus(since, cadence),
        plus(since, cadence + grace),
        symbolic and plus(symbolic, cadence + grace),
    )
    return Answer(state_from_stored(day, "", *limits), good, last, since, cadence, source, grace, *limits)


def state_from_stored(
    day: date,
    fixed_state: str,
    active_until: date | None,
    due_on: date | None,
    lapses_on: date | None,
    symbolic_until: date | None,
) -> State:
    """Read the state off an answer's limits, on its own day and on any later one up to its `good_until`."""
    if fixed_state:
        return State(fixed_state)
    limits = (active_until, State.ACTIVE), (due_on, State.DUE), (lapses_on, State.OVERDUE), (symbolic_until, "symbolic")
    return State(next((state for limit, state in limits if limit and day <= limit), State.DORMANT))


def fixed_state(facts: Facts, day: date) -> State | None:
    """Return the state in which no clock runs, or None where it does."""
    if facts.stated == "negotiation" if facts.start is None else day < facts.start:
        return State.PLANNED
    if facts.stated == "ended" if facts.end is None else facts.end < day:
        return State.CONCLUDED
    if any(first <= day and (last is None or day <= last) for first, last in facts.suspensions):
        return State.SUSPENDED
    if facts.tracked_from is None or not facts.tracked_from <= day <= (facts.tracked_until or date.max):
        return State.UNTRACKED
    return State.EPISODIC if facts.rhythm == "irregular" else None


def restarts(facts: Facts) -> set[date]:
    """Return the days that start the clock anew. A symbolic activity does not."""
    days = {facts.start, facts.tracked_from}
    days |= {on for on, substantive in facts.activities if substantive}
    days |= {day_after(last) for _, last in facts.suspensions}
    return {day for day in days if day}


def stops(facts: Facts) -> set[date]:
    """Return the first days on which the clock no longer runs."""
    days = {day_after(facts.end), day_after(facts.tracked_until), *(first for first, _ in facts.suspensions)}
    return {day for day in days if day}


def baseline(facts: Facts, day: date) -> date:
    """Return the day from which the clock counts. One is on file wherever the clock runs: tracking has begun."""
    return max(restart for restart in restarts(facts) if restart <= day)


def last_activity_on(facts: Facts, day: date) -> date | None:
    """Return the latest day of substantive activity up to `day`."""
    return max(_substantive(facts, day), default=None)


def activity_days(facts: Facts, day: date) -> list[date]:
    """Return the distinct days of substantive activity up to `day`, the oldest first."""
    return sorted(set(_substantive(facts, day)))


def _substantive(facts: Facts, day: date) -> Iterator[date]:
    return (on for on, substantive in facts.activities if substantive and on <= day)


def good_until(facts: Facts, day: date) -> date:
    """Return the day before the next day already on file on which the clock will move by itself."""
    moves = restarts(facts) | stops(facts) | {on for on, _ in facts.activities}
    return min((move - timedelta(1) for move in moves if move > day), default=date.max)


def cadence_of(facts: Facts, day: date) -> tuple[int, CadenceSource]:
    """Return the days from one activity to the next as expected on `day`, and where that number comes from."""
    if written := written_cadence(facts):
        return written
    inferred = inferred_cadence(activity_days(facts, day))
    if inferred is not None:
        return inferred.days, CadenceSource.INFERRED
    return DEFAULT_CADENCE[facts.kind], CadenceSource.DEFAULT


def written_cadence(facts: Facts) -> tuple[int, CadenceSource] | None:
    """Return the cadence that somebody wrote down, on the record or in the clause it meets under."""
    if facts.cadence is not None:
        return facts.cadence, CadenceSource.DECLARED
    if facts.clause is not None and facts.kind == "commission":
        return facts.clause, CadenceSource.CLAUSE
    return None


def inferred_cadence(days: Sequence[date]) -> Inference | None:
    """Infer a cadence from distinct days in order: the median gap times 1.5, rounded up, within its bounds.

    None from fewer than four days.
    """
    if len(days) < ENOUGH_TO_INFER:
        return None
    gaps = tuple((later - earlier).days for earlier, later in pairwise(days))
    ranked = sorted(gaps)
    middle_two = ranked[(len(gaps) - 1) // 2] + ranked[len(gaps) // 2]  # of an odd number the middle one, twice
    unbounded = (3 * middle_two + 3) // 4
    median = middle_two / 2 if middle_two % 2 else middle_two // 2
    return Inference(gaps, median, unbounded, min(max(unbounded, INFERRED_FROM), INFERRED_TO))


def grace_of(facts: Facts, cadence: int) -> int:
    """Return the days from due to lapsed."""
    return max(cadence // 2, SHORTEST_GRACE) if facts.grace is None else facts.grace


def lapses(facts: Facts, until: date) -> tuple[Lapse, ...]:
    """Return every lapse up to `until`, the oldest first; one that reaches `until` is open.

    Between two moves of the clock all limits stand still, and only a restart sets it going. So each restart is asked
    once, and its run of lapsed days goes from the day after `lapses_on` to the day before the clock's next move.
    """
    begins = restarts(facts)
    moves = sorted(day for day in begins | stops(facts) if day <= until)
    shortest, _ = written_cadence(facts) or (INFERRED_FROM, None)  # spares a busy ledger most of its medians
    found = []
    for begin, move in zip_longest(moves, moves[1:]):
        last = move - timedelta(1) if move else until
        if begin not in begins or (last - begin).days <= shortest:
            continue
        lapses_on = as_of(facts, begin).lapses_on
        if lapses_on and lapses_on < last:
            found.append(Lapse(lapses_on + timedelta(1), move, ended_by(facts, move) if move else ""))
    return tuple(found)


def ended_by(facts: Facts, day: date) -> str:
    """Say what ended a lapse whose first day after is `day`. Of two on that day the order of the states decides."""
    fixed = fixed_state(facts, day)
    return STOPPED_BY[fixed] if fixed else "activity"


def plus(day: date, days: int) -> date:
    return date.fromordinal(min(day.toordinal() + days, LAST_DAY))


def day_after(day: date | None) -> date | None:
    """Return the next day; None after None and after the last day of the calendar."""
    return None if day is None or day == date.max else day + timedelta(1)


# All initiatives: the twin. Days are ordinals (`date.toordinal`): dates add differently on the two databases --------


def _pick(better: str, *columns: object) -> str:
    """Return SQL for the least ("<=") or greatest (">=") of its columns; of two with a null, the second."""
    *cases, last = columns
    tests = (" AND ".join(f"{one} {better} {other}" for other in columns[at + 1 :]) for at, one in enumerate(cases))
    return f"CASE {' '.join(f'WHEN {test} THEN {one}' for test, one in zip(tests, cases, strict=True))} ELSE {last} END"


_least, _greatest = partial(_pick, "<="), partial(_pick, ">=")
_capped = partial(_least, LAST_DAY)
_NEVER = LAST_DAY + 1
_BEGUN = ("l.last_activity_on", "i.rule_start", "i.rule_tracked_from", "p.resumed_on")
_FENCE = f"LIMIT {2**63 - 1}"  # PostgreSQL writes a column out wherever it is used, and reckons it each time
# Not materialized: of all initiatives the database then reads ledger and initiatives side by side, in the order of
# their indexes, and of a few it looks up those.
_ANSWER = f"""
asked AS NOT MATERIALIZED ({{asked}}), ledger AS (
    SELECT i.id, i.on_day, min(a.day) FILTER (WHERE a.day > i.on_day) AS next_on,
        max(a.day) FILTER (WHERE a.day <= i.on_day AND a.substantive) AS last_activity_on,
        max(a.day) FILTER (WHERE a.day <= i.on_day AND NOT a.substantive) AS last_symbolic_on
    FROM asked i JOIN continuity_activity a ON a.initiative_id = i.id GROUP BY i.id, i.on_day
), pause AS (
    SELECT i.id, i.on_day, max(s.last_day + 1) FILTER (WHERE s.last_day < i.on_day) AS resumed_on,
        count(*) FILTER (WHERE s.first_day <= i.on_day AND (s.last_day IS NULL OR i.on_day <= s.last_day)) AS covering,
        min(CASE WHEN s.first_day > i.on_day THEN s.first_day WHEN s.last_day >= i.on_day THEN s.last_day + 1 END)
            AS next_on
    FROM asked i JOIN continuity_suspension s ON s.initiative_id = i.id GROUP BY i.id, i.on_day
), gap AS (  -- of those that may have to infer; two activities on one day leave a gap of nought, which is none
    SELECT i.id, i.on_day, a.day - lag(a.day) OVER (PARTITION BY i.id, i.on_day ORDER BY a.day) AS days
    FROM asked i JOIN continuity_activity a ON a.initiative_id = i.id AND a.day <= i.on_day
    WHERE a.substantive AND i.cadence IS NULL AND (i.kind <> 'commission' OR i.rule_clause IS NULL)
        AND i.rhythm <> 'irregular' AND i.rule_tracked_from <= i.on_day
), ranked AS (
    SELECT id, on_day, days, count(*) OVER (PARTITION BY id, on_day) AS number,
        row_number() OVER (PARTITION BY id, on_day ORDER BY days) AS place
    FROM gap WHERE days > 0
), inferred AS (
    SELECT id, on_day,
        {_least(INFERRED_TO, _greatest(INFERRED_FROM, "(3 * (min(days) + max(days)) + 3) / 4"))} AS days
    FROM ranked WHERE number >= {ENOUGH_TO_INFER - 1} AND place IN ((number + 1) / 2, (number + 2) / 2)
    GROUP BY id, on_day
), fact AS (
    SELECT i.id, i.on_day AS day, l.last_activity_on, l.last_symbolic_on, i.grace,
        CASE WHEN i.on_day < i.rule_start OR i.rule_start IS NULL AND i.stated = 'negotiation' THEN 'planned'
            WHEN i.rule_end < i.on_day OR i.rule_end IS NULL AND i.stated = 'ended' THEN 'concluded'
            WHEN p.covering > 0 THEN 'suspended'
            WHEN i.rule_tracked_from IS NULL OR i.on_day < i.rule_tracked_from OR i.rule_tracked_until < i.on_day
                THEN 'untracked'
            WHEN i.rhythm = 'irregular' THEN 'episodic' END AS fixed_state,
        {_greatest(*(f"coalesce({day}, 0)" for day in _BEGUN))} AS begun_on,
        CASE WHEN i.cadence IS NOT NULL THEN 'declared' WHEN i.kind = 'commission' AND i.rule_clause IS NOT NULL
            THEN 'clause' WHEN n.days IS NOT NULL THEN 'inferred' ELSE 'default' END AS source,
        CAST(coalesce(i.cadence, CASE WHEN i.kind = 'commission' THEN i.rule_clause END, n.days,
            CASE i.kind {" ".join(f"WHEN '{kind}' THEN {days}" for kind, days in DEFAULT_CADENCE.items())} END
            ) AS bigint) AS pace,
        coalesce(l.next_on, {_NEVER}) AS next_activity, coalesce(p.next_on, {_NEVER}) AS next_pause,
        CASE WHEN i.rule_start > i.on_day THEN i.rule_start ELSE {_NEVER} END AS next_start,
        CASE WHEN i.rule_end >= i.on_day THEN i.rule_end + 1 ELSE {_NEVER} END AS next_end,
        CASE WHEN i.rule_tracked_from > i.on_day THEN i.rule_tracked_from ELSE {_NEVER} END AS next_tracked,
        CASE WHEN i.rule_tracked_until >= i.on_day THEN i.rule_tracked_until + 1 ELSE {_NEVER} END AS next_untracked
    FROM asked i LEFT JOIN ledger l ON l.id = i.id AND l.on_day = i.on_day
        LEFT JOIN pause p ON p.id = i.id AND p.on_day = i.on_day
        LEFT JOIN inferred n ON n.id = i.id AND n.on_day = i.on_day
    {_FENCE}
), clock AS (
    SELECT f.*, CASE WHEN fixed_state IS NULL THEN begun_on END AS baseline,
        CASE WHEN fixed_state IS NULL THEN pace END AS cadence_days,
        CASE WHEN fixed_state IS NULL THEN source END AS cadence_source,
        CASE WHEN fixed_state IS NULL THEN coalesce(grace, {_greatest(SHORTEST_GRACE, "pace / 2")}) END AS grace_days
    FROM fact f
    {_FENCE}
), answer AS (
    SELECT id, day, fixed_state, last_activity_on, baseline, cadence_days, cadence_source, grace_days,
        {_capped("baseline + cadence_days - cadence_days / 5")} AS active_until,
        {_capped("baseline + cadence_days")} AS due_on, {_capped("baseline + cadence_days + grace_days")} AS lapses_on,
        {_capped("last_symbolic_on + cadence_days + grace_days")} AS symbolic_until,
        {_least("next_activity", "next_pause", "next_start", "next_end", "next_tracked", "next_untracked")} - 1
            AS good_until
    FROM clock
)"""
_ON_DAYS = "SELECT i.*, q.day AS on_day FROM question q JOIN continuity_initiative i ON i.id = q.id"
_STATE = """CASE WHEN fixed_state IS NOT NULL THEN fixed_state WHEN day <= active_until THEN 'active'
    WHEN day <= due_on THEN 'due' WHEN day <= lapses_on THEN 'overdue' WHEN day <= symbolic_until THEN 'symbolic'
    ELSE 'dormant' END AS state"""
_LAPSES = """
WITH regular AS (
    SELECT i.* FROM continuity_initiative i
    WHERE i.rhythm <> 'irregular' AND i.rule_tracked_from IS NOT NULL AND ({where})
), move(id, day, restarts) AS (
    SELECT a.initiative_id, a.day, 1 FROM regular i JOIN continuity_activity a ON a.initiative_id = i.id
        WHERE a.substantive
    UNION ALL SELECT id, rule_start, 1 FROM regular UNION ALL SELECT id, rule_tracked_from, 1 FROM regular
    UNION ALL SELECT id, rule_end + 1, 0 FROM regular UNION ALL SELECT id, rule_tracked_until + 1, 0 FROM regular
    UNION ALL SELECT s.initiative_id, s.first_day, 0
        FROM regular i JOIN continuity_suspension s ON s.initiative_id = i.id
    UNION ALL SELECT s.initiative_id, s.last_day + 1, 1
        FROM regular i JOIN continuity_suspension s ON s.initiative_id = i.id
), stretch AS (
    SELECT id, day, restarts, lead(day) OVER (PARTITION BY id ORDER BY day) AS next_on
    FROM (SELECT id, day, max(restarts) AS restarts FROM move WHERE day <= {until} GROUP BY id, day) days
), question(id, day) AS (
    SELECT s.id, s.day FROM stretch s JOIN regular i ON i.id = s.id
    WHERE s.restarts = 1 AND coalesce(s.next_on, {until} + 1) - s.day - 1
        > coalesce(i.cadence, CASE WHEN i.kind = 'commission' THEN i.rule_clause END, {shortest})
), {answer}
SELECT s.id, a.lapses_on + 1, s.next_on, CASE WHEN s.next_on IS NULL THEN '' WHEN i.rule_end < s.next_on
    THEN 'conclusion' WHEN EXISTS (SELECT 1 FROM continuity_suspension p WHERE p.initiative_id = s.id
        AND p.first_day <= s.next_on AND (p.last_day IS NULL OR s.next_on <= p.last_day))
    THEN 'suspension' WHEN i.rule_tracked_until < s.next_on THEN 'end_of_tracking' ELSE 'activity' END
FROM answer a JOIN stretch s ON s.id = a.id AND s.day = a.day JOIN regular i ON i.id = a.id
WHERE a.lapses_on < coalesce(s.next_on - 1, {until}) ORDER BY s.id, s.day"""


def states_sql(day: date, where: str = "TRUE", params: Sequence[Any] = ()) -> tuple[str, list[Any]]:
    """Return SQL and parameters for `id` and `state` of each initiative `i` that fulfils `where`."""
    return _one_day(day, where, f"id, {_STATE}"), [*params]


def answers_sql(day: date, where: str = "TRUE", params: Sequence[Any] = ()) -> tuple[str, list[Any]]:
    """Return SQL and parameters for `id` and the columns of Answer, days as ordinals, of each such initiative."""
    return _one_day(day, where, _COLUMNS), [*params]


def as_of_all(day: date, ids: Iterable[int] | None = None) -> dict[int, Answer]:
    """Answer `as_of` by id, for these initiatives or for all (then think of `each_as_of`, which holds a few)."""
    return dict(each_as_of(day) if ids is None else _answers(day, _choices(ids)))


def each_as_of(day: date) -> Iterator[tuple[int, Answer]]:
    """Yield id and answer of every initiative in id order, some thousands at a time in memory."""
    return _answers(day, _ranges())


def _answers(day: date, choices: Iterable[tuple[str, list[int]]]) -> Iterator[tuple[int, Answer]]:
    for where, params in choices:
        for pk, _day, *row in _rows(*answers_sql(day, where, params)):
            yield pk, _answer(*row)


def answers_of(questions: Iterable[tuple[int, date]]) -> dict[tuple[int, date], Answer]:
    """Answer `as_of` for any pairs of an initiative's id and a day."""
    answers: dict[tuple[int, date], Answer] = {}
    for some in _slices(questions):
        values = ", ".join(f"({int(pk)}, {day.toordinal()})" for pk, day in some)
        rows = _rows(answers_of_sql(f"VALUES {values}"))
        answers |= {(pk, date.fromordinal(day)): _answer(*row) for pk, day, *row in rows}
    return answers


def answers_of_sql(questions: str) -> str:
    """Return SQL for `id`, `day` and the columns of Answer, days as ordinals, for a query of ids and days."""
    answer = _ANSWER.format(asked=_ON_DAYS)
    return f"WITH question(id, day) AS ({questions}), {answer} SELECT {_COLUMNS} FROM answer"  # noqa: S608 - values are apart


def lapses_sql(until: date, where: str = "TRUE", params: Sequence[Any] = ()) -> tuple[str, list[Any]]:
    """Return SQL and parameters for id, first day, first day after and ender of each lapse, days as ordinals."""
    answer = _ANSWER.format(asked=_ON_DAYS)
    return _LAPSES.format(where=where, until=until.toordinal(), shortest=INFERRED_FROM, answer=answer), [*params]


def lapses_all(until: date, ids: Iterable[int] | None = None) -> dict[int, tuple[Lapse, ...]]:
    """Answer `lapses` by id, for these initiatives or for all. One that never lapsed is absent."""
    found: dict[int, tuple[Lapse, ...]] = {}
    for choice in _choices(ids):
        for pk, began_on, ended_on, by in _rows(*lapses_sql(until, *choice)):
            found[pk] = (*found.get(pk, ()), Lapse(date.fromordinal(began_on), _date(ended_on), by))
    return found


_COLUMNS = ", ".join(["id", "day", _STATE, *(name for name in Answer.__dataclass_fields__ if name != "state")])


def _one_day(day: date, where: str, columns: str) -> str:
    asked = f"SELECT i.*, {day.toordinal()} AS on_day FROM continuity_initiative i WHERE {where}"
    return f"WITH {_ANSWER.format(asked=asked)} SELECT {columns} FROM answer"


def _choices(ids: Iterable[int] | None) -> Iterator[tuple[str, list[int]]]:
    """Yield conditions that together choose these initiatives, or the one that chooses all, with parameters."""
    if ids is None:
        yield "TRUE", []
        return
    for some in _slices(set(ids)):
        yield f"i.id IN ({', '.join(['%s'] * len(some))})", some


def _ranges() -> Iterator[tuple[str, list[int]]]:
    """Yield conditions that choose all initiatives, a range of ids each, with parameters."""
    part = f"SELECT id FROM continuity_initiative WHERE id > %s ORDER BY id LIMIT {AT_ONCE}"
    last = 0
    while True:
        [(first, last)] = _rows(f"SELECT min(id), max(id) FROM ({part}) AS part", [last])
        if first is None:
            return
        yield "i.id BETWEEN %s AND %s", [first, last]


def _slices(many: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield `many` in parts that either database takes in one statement."""
    rest = iter(many)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _rows(sql: str, params: Sequence[Any] = ()) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _date(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def _answer(state: str, good_until: int, last_on: int, since: int, cadence: int, source: str, *rest: int) -> Answer:
    """Return the answer that stands in a row of `_COLUMNS`; where no clock runs all from `since` on is None."""
    grace, *limits = rest
    return Answer(
        State(state),
        date.fromordinal(good_until),
        _date(last_on),
        _date(since),
        cadence,
        CadenceSource(source) if source else None,
        grace,
        *map(_date, limits),
    )
