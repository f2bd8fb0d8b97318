"""The one door between the records and the rule.

Other apps report activity through `record_activity` and `forget_activity`; the door keeps the ledger, and refreshes
the stored results and lapses of exactly the initiatives concerned, locked in id order so that two writers of one
family wait for each other and never deadlock. Only what everyone may see counts: an activity of a draft, or of a
draft initiative, is not in the ledger, and a draft initiative passes nothing on to those above it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from continuity import results
from continuity.models import Activity, ActivityEntry, Initiative
from registry.core import clock
from registry.core.access import PUBLISHED
from registry.core.kept import KEYS, rows_by
from registry.core.models import Pair, Record, Source


@dataclass(frozen=True)
class Report:
    """One activity: of which initiative, on which day, whether substantive, and the number of the record behind it."""

    initiative_id: int
    day: date
    substantive: bool
    evidence_id: int


@dataclass(frozen=True)
class Evidence:
    """One kind of record that shows activity: how to find what it shows, the path to its initiative, its model."""

    activities: Callable[..., Iterable[Report]]
    of: str
    model: type[Record]


EVIDENCE: dict[str, Evidence] = {}
"""Kind of evidence → where its activity is read from. The list is closed: session, event, agreement, entry."""


@dataclass
class Waiting:
    """What was reported while it is deferred: evidence by kind, initiatives written, initiatives to be refreshed."""

    evidence: dict[str, set[int]] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)
    concerned: set[int] = field(default_factory=set)


_deferred: ContextVar[Waiting | None] = ContextVar("deferred", default=None)


def register(kind: str, activities: Callable[..., Iterable[Report]], of: str, model: type[Record]) -> None:
    """Make `kind` known as evidence; called in `AppConfig.ready`.

    `activities(**where)` yields what each such record shows, `where` narrowing the records as a filter does; `of` is
    the path from the record to the initiative it is an activity of; `model` is the kind of record itself.
    """
    EVIDENCE[kind] = Evidence(activities, of, model)


# What the other rooms call -----------------------------------------------------------------------------------------


def record_activity(kind: str, evidence_id: int) -> None:
    """Take up what the record now shows, which may be nothing any more."""
    waiting = _deferred.get()
    if waiting is not None:
        waiting.evidence.setdefault(kind, set()).add(evidence_id)
        return
    _take_up_evidence(kind, [evidence_id])


def record_first(kind: str, evidence_id: int, shown: Iterable[Report]) -> None:
    """Take up what a record shows that has just been entered: nothing in the ledger rests on it yet, or it is in there
    twice."""
    waiting = _deferred.get()
    if waiting is not None:
        waiting.evidence.setdefault(kind, set()).add(evidence_id)
        return
    with transaction.atomic(savepoint=False):
        held = hold(report.initiative_id for report in shown)
        refresh(_enter(kind, shown, (), held), held)


def _take_up_evidence(kind: str, evidence_ids: Collection[int]) -> None:
    with transaction.atomic(savepoint=False):
        rows = Activity.objects.filter(evidence_kind=kind, evidence_id__in=evidence_ids)
        reports = list(EVIDENCE[kind].activities(pk__in=evidence_ids))
        held = hold([*(report.initiative_id for report in reports), *_whose(rows)])
        refresh(_enter(kind, reports, rows, held), held)


def forget_activity(kind: str, evidence_id: int) -> None:
    """The opposite of `record_activity`: the record is gone."""
    with transaction.atomic(savepoint=False):
        rows = Activity.objects.filter(evidence_kind=kind, evidence_id=evidence_id)
        held = hold(_whose(rows))
        refresh(_enter(kind, (), rows, held), held)


def _whose(rows: QuerySet) -> Iterable[int]:
    """Return the initiatives for which these activities count."""
    return rows.order_by().values_list("initiative_id", flat=True)


def initiative_written(initiative: Initiative) -> None:
    """Take up whatever was changed on an initiative: dates, rhythm, parent, visibility, tracking."""
    waiting = _deferred.get()
    if waiting is not None:
        waiting.written.add(initiative.pk)
        return
    _take_up_initiatives([initiative.pk])


def _take_up_initiatives(ids: Collection[int]) -> None:
    family = {*ids, *below(ids)}
    with transaction.atomic(savepoint=False):
        moved = _enter_all(family)
        refresh(family | moved)


def source_written(source: Source) -> None:
    """Take up a source that may have become public or ceased to be: of the entries by hand that rest on it."""
    with transaction.atomic(savepoint=False):
        entries = dict(source.activity_entries.values_list("pk", "initiative_id"))
        held = hold(entries.values())
        rows = Activity.objects.filter(evidence_kind="entry", evidence_id__in=entries)
        refresh(_enter("entry", entry_activities(source=source), rows, held), held)


def pair_written(pair: Pair) -> None:
    """Take up changed tracking days: of everything that inherits them."""
    refresh(Initiative.objects.filter(pair=pair, tracking="inherit").values_list("pk", flat=True))


@contextmanager
def deferred() -> Iterator[None]:
    """Take up everything once at the end instead of after every report, in one transaction.

    For loading many records; and for one that reports twice, so that no lapse is found of facts that never were.
    """
    if _deferred.get() is not None:
        yield
        return
    waiting = Waiting()
    token = _deferred.set(waiting)
    try:
        yield
        hold(waiting.written)
        for kind, evidence_ids in waiting.evidence.items():
            for some in _slices(evidence_ids):
                _take_up_evidence(kind, some)
        for some in _slices(waiting.written):
            _take_up_initiatives(some)
    finally:
        _deferred.reset(token)
    refresh(waiting.concerned)


def _slices(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    return (ordered[at : at + 500] for at in range(0, len(ordered), 500))


def rebuild() -> int:
    """Compute ledger, stored results and lapses anew from the records. Return how many initiatives had drifted."""
    drifted: set[int] = set()
    with transaction.atomic():
        ids = list(Initiative.objects.order_by("pk").values_list("pk", flat=True))
        results.lock(ids)
        unknown = Activity.objects.exclude(evidence_kind__in=EVIDENCE)
        drifted |= set(unknown.values_list("initiative_id", flat=True))
        unknown.delete()
        drifted |= _enter_all(None)
        drifted |= refresh(ids)
    return len(drifted)


# The ledger --------------------------------------------------------------------------------------------------------


def below(ids: Iterable[int]) -> set[int]:
    """Return the initiatives that stand under these, at any depth."""
    found: set[int] = set()
    level = set(ids)
    while level:
        level = set(Initiative.objects.filter(parent__in=level).values_list("pk", flat=True)) - found
        found |= level
    return found


LINES = """
WITH RECURSIVE line(id, parent_id) AS (
    SELECT id, parent_id FROM continuity_initiative WHERE id {keys}
    UNION
    SELECT upper.id, upper.parent_id FROM line JOIN continuity_initiative AS upper ON upper.id = line.parent_id
)
SELECT id, parent_id, visibility FROM continuity_initiative WHERE id {found} ORDER BY id {lock}
"""
AMONG = {
    "postgresql": {"keys": "= ANY (%s)", "found": "= ANY (ARRAY(SELECT id FROM line))"},
    "sqlite": {"keys": "IN (SELECT value FROM json_each(%s))", "found": "IN (SELECT id FROM line)"},
}
"""How those asked for, and those found, are looked up: PostgreSQL would rather read the whole table for an IN."""

Lines = dict[int, tuple[int | None, str]]
"""Initiative → the one above it, and who sees it."""


def lines(ids: Iterable[int], lock: str = "") -> Lines:
    """Return these initiatives and those that stand over them, at any distance."""
    found = rows_by(lambda: (LINES.format(**AMONG[connection.vendor], lock=lock), [KEYS]), set(ids), ("lines", lock))
    return {pk: (parent, visibility) for pk, parent, visibility in found}


def counts_for(initiative_id: int, known: Lines) -> list[int]:
    """Return the initiatives for which an activity of this one counts: itself and those above, as far as public.

    What is not `known` is looked for: while others were waited for, an initiative may have come under another.
    """
    counted: list[int] = []
    step: int | None = initiative_id
    while step is not None and step not in counted:
        parent, visibility = known[step] if step in known else lines([step])[step]
        if visibility != PUBLISHED:
            break
        counted.append(step)
        step = parent
    return counted


def _enter_all(initiatives: set[int] | None) -> set[int]:
    """Enter every activity that originates in `initiatives` (None: in any). Return whose ledger has changed."""
    changed: set[int] = set()
    for kind, evidence in EVIDENCE.items():
        rows = Activity.objects.filter(evidence_kind=kind)
        where = {}
        if initiatives is not None:
            rows = rows.filter(origin__in=initiatives)
            where = {f"{evidence.of}__in": initiatives}
        changed |= _enter(kind, evidence.activities(**where), rows)
    return changed


def _enter(kind: str, reports: Iterable[Report], rows: Any, held: Lines | None = None) -> set[int]:
    """Make the ledger rows `rows` what `reports` say. Return the initiatives for which something has changed."""
    reports = list(reports)
    origins = {report.initiative_id for report in reports}
    known = held or {pk: one for some in _slices(origins) for pk, one in lines(some).items()}
    counted = {origin: counts_for(origin, known) for origin in origins}
    wanted: dict[tuple[int, int], tuple[int, bool, int]] = {}
    for report in reports:
        origin = report.initiative_id
        for initiative_id in counted[origin]:
            wanted[initiative_id, report.evidence_id] = (report.day.toordinal(), report.substantive, origin)
    stored = {(row.initiative_id, row.evidence_id): (row.pk, (row.day, row.substantive, row.origin_id)) for row in rows}
    stale = [pk for key, (pk, entry) in stored.items() if wanted.get(key) != entry]
    fresh = {key: entry for key, entry in wanted.items() if key not in stored or stored[key][1] != entry}
    gone = {key[0] for key, (pk, _entry) in stored.items() if pk in set(stale)}
    changed = gone | {key[0] for key in fresh}
    if stale:
        Activity.objects.filter(pk__in=stale).delete()
    Activity.objects.bulk_create(
        [
            Activity(
                initiative_id=initiative_id,
                evidence_kind=kind,
                evidence_id=evidence_id,
                day=day,
                substantive=substantive,
                origin_id=origin,
            )
            for (initiative_id, evidence_id), (day, substantive, origin) in fresh.items()
        ],
        batch_size=1000,
    )
    return changed


def entry_activities(**where: Any) -> Iterator[Report]:
    """Yield what each entry by hand shows."""
    for entry in ActivityEntry.objects.filter(source__visibility=PUBLISHED, **where):
        day = min(filter(None, (entry.started_on_latest, entry.reported_on)))
        yield Report(entry.initiative_id, day, entry.substantive, entry.pk)


register("entry", entry_activities, of="initiative", model=ActivityEntry)


def hold(ids: Iterable[int]) -> Lines:
    """Lock these initiatives and all above them, as `results.lock`, before anything is read of them: what is public may
    be changing. Return what is locked."""
    can_lock = connection.features.has_select_for_no_key_update
    return lines(ids, "FOR NO KEY UPDATE OF continuity_initiative" if can_lock else "")


def hold_family(initiative: Initiative) -> None:
    """Lock an initiative with all above and below it: its own row first would cross those who come from above.

    First its pair, whose tracking days it may inherit.
    """
    list(Pair.objects.select_for_update(no_key=True).filter(pk=initiative.pair_id).values_list("pk", flat=True))
    stored = Initiative.objects.filter(pk=initiative.pk).values_list("parent_id", flat=True)
    tops = {pk for pk in (initiative.pk, initiative.parent_id, *stored) if pk is not None}
    results.lock({*lines(tops), *below(tops)})


# The stored results --------------------------------------------------------------------------------------------------


def refresh(ids: Iterable[int], held: Collection[int] = ()) -> set[int]:
    """Bring the stored results and lapses of these initiatives up to today. Return those that had to be changed.

    `held` are locked already.
    """
    ids = set(ids)
    waiting = _deferred.get()
    if waiting is not None:
        waiting.concerned |= ids
        return set()
    changed: set[int] = set()
    today = clock.today()
    with transaction.atomic(savepoint=False):
        results.lock(ids.difference(held))
        for some in _slices(ids):
            changed |= results.refresh(some, today)
    return changed
