"""The sweep: find what has changed or needs care since it was last announced, and queue the news of it.

The stored state is the one announced; the state itself is derived. Edits move the second, the sweep alone moves the
first, and what lies between the two is news. Where nothing is new a sweep writes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from logging import getLogger
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, DateField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from continuity import care, door, escalation, notices, results, rules, sets
from continuity.models import Concern, Initiative, Lapse, Transition
from continuity.notices import flag
from continuity.rules import State
from continuity.since import changed_on, since_when
from continuity.states import stale, stored_state, unannounced, uncalm, unlapsed
from registry.core import clock
from registry.core.access import PUBLISHED
from registry.core.models.record import new_ref

log = getLogger(__name__)

AT_ONCE = {"postgresql": 100_000, "sqlite": 10_000}
"""So many initiatives are brought up to date in one transaction: on PostgreSQL all that a sweep finds, but when a whole
register was loaded. On SQLite all other writers wait meanwhile, so it must not take more than about two seconds."""

IN_MEMORY = 1000
"""So many rows are held in memory where each must be looked at by itself."""

LATE_AFTER = timedelta(days=30)
"""What truly changed longer ago than this came from a correction, or nobody swept: it waits for the next digest."""


@dataclass(frozen=True)
class Swept:
    """What one sweep has written."""

    transitions: int
    concerns: int
    notices: int

    def __str__(self) -> str:
        return (
            f"{self.transitions} changes of state announced, {self.concerns} concerns raised, "
            f"{self.notices} notices queued"
        )


def sweep() -> Swept:
    """Bring every initiative up to today and queue the news. A second sweep finds nothing to do.

    1. Find, by two indexes, what may need anything: mostly nothing.
    2. Refresh the stored results that hold no longer, and open the lapses that have begun.
    3. Announce each public initiative that is in another state than the one announced: a transition with the day it
       truly changed, and a notice for each who asked.
    4. Raise the concerns that are new, with their notices, and settle those that are gone.
    5. Tell deputies and leads of desks of what has stayed unanswered for long.
    """
    today = clock.today()
    transitions = concerns = queued = 0
    # found without a lock, so that nobody waits for it; whatever is done asks again under a lock
    found, params = sets.query_of(Initiative.objects.filter(uncalm(today)).order_by().values("id"))
    with sets.table("sweep_found", found, params):
        for some in _slices_of_found():
            announced = _bring_up(some, today)
            transitions += announced.transitions
            queued += announced.notices
    for kind in sorted(care.CONCERNS):
        raised = _raise(kind, today)
        concerns += raised.concerns
        queued += raised.notices
    queued += escalation.escalate()
    return Swept(transitions, concerns, queued)


# What needs anything -----------------------------------------------------------------------------------------------


def _slices_of_found() -> Iterator[tuple[int, int]]:
    """Yield the first and the last id of each part of what was found that is taken in one transaction."""
    part = "SELECT id FROM sweep_found WHERE id > %s ORDER BY id LIMIT %s"
    last = 0
    while True:
        ends = f"SELECT min(id), max(id) FROM ({part}) AS part"  # noqa: S608 - values are apart
        [(first, last)] = sets.read(ends, [last, AT_ONCE[connection.vendor]])
        if first is None:
            return
        yield first, last


def _bring_up(some: tuple[int, int], today: date) -> Swept:
    """Bring what was found between two ids up to today and announce it, in one transaction.

    The rows are held, in id order, until it ends. A second sweep waits for them, and then finds nothing to do.
    """
    found = "SELECT id FROM sweep_found WHERE id BETWEEN %s AND %s"
    rows = Initiative.objects.filter(pk__in=RawSQL(found, some)).order_by()  # noqa: S611
    with transaction.atomic():
        sets.hold(rows)
        with _moved(rows.filter(stale(today))):
            _refresh(today)
            changes, params = _changes(rows, today)
            with sets.table("sweep_changes", changes, params):
                _open_lapses("SELECT id FROM sweep_changes WHERE lapsed = 1")
                announced = _announce(today)
                queued = notices.queue("transition", *_news_of_changes(today)) if announced else 0
        _note(rows, today)
    return Swept(announced, 0, queued)


def _note(rows: QuerySet[Initiative], today: date) -> None:
    """Store of each initiative what is announced of it from now on, and since when it has lapsed.

    Both by one statement, since every update of a row writes it anew with its indexes. A lapse that is open has begun
    on the day after the last one before it: since then nothing has set the clock going.
    """
    rows.filter(unannounced(today) | unlapsed(today)).update(
        announced_number=F("announced_number") + flag(unannounced(today)),
        announced_state=Case(When(visibility=PUBLISHED, then=stored_state(today)), default=F("announced_state")),
        lapsed_since=Case(When(fixed_state="", lapses_on__lt=today, then=sets.DayAfter("lapses_on")), default=None),
    )


# Stored results ----------------------------------------------------------------------------------------------------


@contextmanager
def _moved(rows: QuerySet[Initiative]) -> Iterator[None]:
    """Keep in `sweep_moved` what the rule says of each of these initiatives on the day after its stored results end.

    On that day the clock has moved: `day` is its number, `was` the state on the day before, `good_until` tells whether
    it was the only move. A lapse that had begun by then and is not on file is opened first.
    """
    lapsed = Q(fixed_state="", lapses_on__lt=F("good_until"), lapsed_since=None)
    ended = rows.annotate(
        day=sets.NumberOf("good_until") + 1, was=stored_state(F("good_until")), lapsed=flag(lapsed)
    ).values("id", "day", "was", "lapsed")
    answers = rules.answers_of_sql("SELECT id, day FROM sweep_ended")
    told = f"SELECT told.*, was FROM ({answers}) AS told JOIN sweep_ended e ON e.id = told.id"  # noqa: S608 - values are apart
    with sets.table("sweep_ended", *sets.query_of(ended)):
        _open_lapses("SELECT id FROM sweep_ended WHERE lapsed = 1")
        with sets.table("sweep_moved", told, key="id"):
            yield


def _refresh(today: date) -> None:
    """Store what the rule says today of initiatives on which nobody has written anything: the clock has moved them.

    Where it has moved once, what was said on that day holds today, and a lapse that was open has ended on that day
    unless the clock ran on. Where it has moved more often, the door asks the whole history.
    """
    once = f"told.good_until >= {today.toordinal()}"
    halted = "told.baseline IS NULL OR told.baseline = told.day"  # no clock runs any more, or it runs anew
    days = ", ".join(f"{name} = {sets.date_of(f'told.{name}')}" for name in _DAYS)
    sets.execute(_STORE.format(days=days, once=once, halted=halted))
    ended_by = " ".join(f"WHEN '{state}' THEN '{ender}'" for state, ender in rules.STOPPED_BY.items())
    sets.execute(_CLOSE.format(day=sets.date_of("told.day"), ended_by=ended_by, once=once, halted=halted))
    often = sets.read(f"SELECT id FROM sweep_moved AS told WHERE NOT {once}")  # noqa: S608 - a number
    for ids in _slices(pk for (pk,) in often):
        door.refresh(ids)


_DAYS = sorted(Initiative.STORED - {"fixed_state", "cadence_days", "cadence_source", "lapsed_since"})
_STORE = """
UPDATE continuity_initiative SET {days}, cadence_days = told.cadence_days,
    cadence_source = coalesce(told.cadence_source, ''),
    fixed_state = CASE WHEN told.baseline IS NULL THEN told.state ELSE '' END,
    lapsed_since = CASE WHEN NOT ({halted}) THEN lapsed_since END
FROM sweep_moved AS told WHERE told.id = continuity_initiative.id AND {once}"""
_CLOSE = """
UPDATE continuity_lapse SET ended_on = {day}, ended_by = CASE told.state {ended_by} ELSE 'activity' END
FROM sweep_moved AS told WHERE told.id = continuity_lapse.initiative_id AND {once}
    AND ({halted})
    AND continuity_lapse.ended_on IS NULL AND NOT continuity_lapse.void"""


# Lapses ------------------------------------------------------------------------------------------------------------


def _open_lapses(lapsed: str) -> None:
    """Open the lapse of each initiative that this query names: on the day after the last one before it had lapsed.

    Since then nothing on file has moved the clock. Only where a stored lapse reaches that day, as one that somebody
    has written on and that is void, the door must say whether it is the same.
    """
    rows = Initiative.objects.filter(pk__in=RawSQL(lapsed, ()))  # noqa: S611
    reaching = Lapse.objects.filter(initiative=OuterRef("pk")).filter(
        Q(ended_on=None) | Q(ended_on__gt=OuterRef("lapses_on"))
    )
    for ids in _slices(rows.filter(Exists(reaching)).values_list("pk", flat=True)):
        door.refresh(ids)
    for some in _slices(rows.filter(~Exists(reaching)).values_list("pk", "lapses_on")):
        # a reference in small letters is what it folds to
        named = [(pk, last + timedelta(days=1), ref := new_ref(), ref.lower()) for pk, last in some]
        columns = ("initiative_id", "began_on", "ref", "folded")
        sets.insert(Lapse, columns, *sets.given([Lapse._meta.get_field(name) for name in columns], named))


# Changes of state --------------------------------------------------------------------------------------------------


def _changes(rows: QuerySet[Initiative], today: date) -> tuple[str, list[Any]]:
    """Return the query, with parameters, of what is new of these initiatives: a change of state, a lapse, or both.

    `since` is the day of the change where the stored results or the clock's one move say it.
    """
    rows = rows.filter(unannounced(today) | unlapsed(today)).annotate(state_now=stored_state(today))
    return sets.query_of(
        rows.annotate(
            number=F("announced_number") + 1,
            since=Coalesce(since_when(today), _moved_on(today)),
            changed=flag(unannounced(today)),
            lapsed=flag(unlapsed(today)),
        ).values("id", "pair_id", "number", "announced_state", "state_now", "since", "changed", "lapsed")
    )


def _announce(today: date) -> int:
    """Write a transition for each change in `sweep_changes` and return how many: by one statement where it says since
    when, and one by one, from the ledger, where it does not."""
    columns = ("initiative_id", "number", "from_state", "to_state", "changed_on")
    change = "SELECT id, number, announced_state, state_now, since FROM sweep_changes WHERE changed = 1 AND since IS"
    written = sets.insert(Transition, columns, f"{change} NOT NULL", (), swept_on=today)
    for some in _slices(sets.read(f"{change} NULL")):
        facts = results.facts_of(Initiative.objects.filter(pk__in=[pk for pk, *_change in some]))
        found = [(pk, *states, changed_on(facts[pk], today)) for pk, *states, _since in some]
        rows = sets.given([Transition._meta.get_field(name) for name in columns], found)
        written += sets.insert(Transition, columns, *rows, swept_on=today)
    return written


def _moved_on(today: date) -> Case:
    """Return the expression of the day on which the clock's only move has changed the state; elsewhere null.

    What is symbolic today need not have been so on the day of the move.
    """
    day = sets.date_of("day")
    moved = (
        f"SELECT {day} FROM sweep_moved WHERE id = continuity_initiative.id "  # noqa: S608 - a number
        f"AND was <> state AND good_until >= {today.toordinal()}"
    )
    return Case(When(~Q(state_now=State.SYMBOLIC), then=RawSQL(moved, (), DateField(null=True))), default=None)  # noqa: S611


def _news_of_changes(today: date) -> tuple[str, list[Any]]:
    """Return the query of the transitions just written, as `notices.queue` reads them.

    The first one of an initiative is late by nature: somebody has entered it.
    """
    return (
        "SELECT t.id, c.pair_id, c.id, t.to_state, "
        "CASE WHEN t.from_state = '' OR t.changed_on < %s THEN 1 ELSE 0 END "
        "FROM sweep_changes c JOIN continuity_transition t ON t.initiative_id = c.id AND t.number = c.number",
        [today - LATE_AFTER],
    )


# Concerns ----------------------------------------------------------------------------------------------------------


def _raise(kind: str, today: date) -> Swept:
    """Raise the concerns of one kind that are new and settle those that are gone, in one transaction.

    A kind that fails is logged and holds up no other. One that comes back is open again but raised only once.
    """
    try:
        with transaction.atomic():
            care.CONCERNS[kind].look_ahead(today)
            worries = {worry.key: worry for worry in care.CONCERNS[kind].find(today, None)}
            open_keys = set(Concern.objects.filter(kind=kind, settled_on=None).values_list("key", flat=True))
            for some in _slices(sorted(open_keys - worries.keys())):
                _settle(kind, some, today)
            fresh = sorted(worries.keys() - open_keys)
            queued = sum(_open(kind, [worries[key] for key in some], today) for some in _slices(fresh))
            return Swept(0, len(fresh), queued)
    except Exception:
        log.exception("The concerns of kind %r could not be found; the other kinds are not affected.", kind)
        return Swept(0, 0, 0)


def _settle(kind: str, keys: Sequence[str], today: date) -> None:
    gone = Concern.objects.filter(kind=kind, key__in=keys)
    gone.update(settled_on=today)
    notices.withdraw(concern__in=gone)


def _open(kind: str, worries: Sequence[care.Worry], today: date) -> int:
    """Store these concerns and queue their notices. Return how many."""
    concerns = Concern.objects.filter(kind=kind, key__in=[worry.key for worry in worries])
    concerns.update(settled_on=None)
    Concern.objects.bulk_create(
        [
            Concern(
                kind=kind,
                key=told.worry.key,
                pair_id=told.worry.pair_id,
                initiative_id=told.worry.initiative_id,
                title=told.title[:600],
                path=told.path,
                since=told.worry.since,
                raised_on=today,
            )
            for told in care.told(kind, worries, today)
        ],
        ignore_conflicts=True,  # a sweep at the same moment may have been first
    )
    late = Q(since__lt=today - LATE_AFTER)
    news = concerns.order_by().values_list("pk", "pair", "initiative", Value(""), flag(late))
    return notices.queue("concern", *sets.query_of(news))


def _slices(many: Iterable[Any]) -> Iterator[list[Any]]:
    rows = list(many)  # read to the end first: what is done with a slice may write the table it comes from
    for at in range(0, len(rows), IN_MEMORY):
        yield rows[at : at + IN_MEMORY]
