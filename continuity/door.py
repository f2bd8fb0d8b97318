"""The one door between the records and the rule.

Other apps report activity through `record_activity` and `forget_activity`; the door keeps the ledger, and refreshes
the stored results and lapses of exactly the initiatives concerned, locked in id order so that two writers of one
family wait for each other and never deadlock. Only what everyone may see counts: an activity of a draft, or of a
draft initiative, is not in the ledger, and a draft initiative passes nothing on to those above it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from continuity import rules, sets
from continuity.models import Activity, ActivityEntry, Initiative, Lapse, Suspension
from registry.core import clock
from registry.core.access import PUBLISHED
from registry.core.models import Pair, Record, Source


@dataclass(frozen=True)
class Report:
    """One activity: of which initiative, on which day, whether substantive, and the number of the record behind it."""

    initiative_id: int
    day: date
    substantive: bool
    evidence_id: int


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
class Evidence:
    """One kind of record that shows activity: how to find what it shows, the path to its initiative, its model."""

    activities: Callable[..., Iterable[Report]]
    of: str
    model: type[Record]


EVIDENCE: dict[str, Evidence] = {}
"""Kind of evidence → where its activity is read from. The list is closed: session, event, agreement, entry."""


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


@dataclass
class Waiting:
    """What was reported while it is deferred: evidence by kind, initiatives written, initiatives to be refreshed."""

    evidence: dict[str, set[int]] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)
    concerned: set[int] = field(default_factory=set)


Run = TypeVar("Run", Lapse, rules.Lapse)

_deferred: ContextVar[Waiting | None] = ContextVar("deferred", default=None)


def register(kind: str, activities: Callable[..., Iterable[Report]], of: str, model: type[Record]) -> None:
    """Make `kind` known as evidence; called in `AppConfig.ready`.

    `activities(**where)` yields what each such record shows, `where` narrowing the records as a filter does; `of` is
    the path from the record to the initiative it is an activity of; `model` is the kind of record itself.
    """
    EVIDENCE[kind] = Evidence(activities, of, model)


def register_concern(kind: str, care: Care) -> None:
    """Make `kind` known as a concern; called in `AppConfig.ready`."""
    CONCERNS[kind] = care


def told(kind: str, worries: Collection[Worry], day: date) -> list[Told]:
    """Return how these worries of one kind are told on a day, without those whose record is gone meanwhile."""
    care = CONCERNS[kind]
    rows = care.rows().in_bulk([worry.record_id for worry in worries])
    there = [(worry, rows[worry.record_id]) for worry in worries if worry.record_id in rows]
    return [Told(worry, str(row), row.get_absolute_url(), care.happened(row, worry, day)) for worry, row in there]


# What the other rooms call -----------------------------------------------------------------------------------------


def record_activity(kind: str, evidence_id: int) -> None:
    """Take up what the record now shows, which may be nothing any more."""
    waiting = _deferred.get()
    if waiting is not None:
        waiting.evidence.setdefault(kind, set()).add(evidence_id)
        return
    _take_up_evidence(kind, [evidence_id])


def _take_up_evidence(kind: str, evidence_ids: Collection[int]) -> None:
    with transaction.atomic():
        rows = Activity.objects.filter(evidence_kind=kind, evidence_id__in=evidence_ids)
        reports = list(EVIDENCE[kind].activities(pk__in=evidence_ids))
        hold([*(report.initiative_id for report in reports), *rows.values_list("initiative_id", flat=True)])
        refresh(_enter(kind, reports, rows))


def forget_activity(kind: str, evidence_id: int) -> None:
    """The opposite of `record_activity`: the record is gone."""
    with transaction.atomic():
        rows = Activity.objects.filter(evidence_kind=kind, evidence_id=evidence_id)
        hold(rows.values_list("initiative_id", flat=True))
        refresh(_enter(kind, (), rows))


def initiative_written(initiative: Initiative) -> None:
    """Take up whatever was changed on an initiative: dates, rhythm, parent, visibility, tracking."""
    waiting = _deferred.get()
    if waiting is not None:
        waiting.written.add(initiative.pk)
        return
    _take_up_initiatives([initiative.pk])


def _take_up_initiatives(ids: Collection[int]) -> None:
    family = {*ids, *below(ids)}
    with transaction.atomic():
        moved = _enter_all(family)
        refresh(family | moved)


def source_written(source: Source) -> None:
    """Take up a source that may have become public or ceased to be: of the entries by hand that rest on it."""
    with transaction.atomic():
        entries = dict(source.activity_entries.values_list("pk", "initiative_id"))
        hold(entries.values())
        rows = Activity.objects.filter(evidence_kind="entry", evidence_id__in=entries)
        refresh(_enter("entry", entry_activities(source=source), rows))


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
        lock(ids)
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


def above(ids: Iterable[int]) -> set[int]:
    """Return the initiatives that stand over these, at any distance."""
    found: set[int] = set()
    level = set(ids)
    while level:
        parents = Initiative.objects.filter(children__in=level).values_list("pk", flat=True)
        level = set(parents) - found
        found |= level
    return found


def counts_for(initiative_id: int) -> list[int]:
    """Return the initiatives for which an activity of this one counts: itself and those above, as far as public."""
    counted: list[int] = []
    step: int | None = initiative_id
    while step is not None and step not in counted:
        parent, visibility = Initiative.objects.values_list("parent_id", "visibility").get(pk=step)
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


def _enter(kind: str, reports: Iterable[Report], rows: Any) -> set[int]:
    """Make the ledger rows `rows` what `reports` say. Return the initiatives for which something has changed."""
    counted: dict[int, list[int]] = {}
    wanted: dict[tuple[int, int], tuple[int, bool, int]] = {}
    for report in reports:
        origin = report.initiative_id
        if origin not in counted:
            counted[origin] = counts_for(origin)
        for initiative_id in counted[origin]:
            wanted[initiative_id, report.evidence_id] = (report.day.toordinal(), report.substantive, origin)
    stored = {(row.initiative_id, row.evidence_id): (row.pk, (row.day, row.substantive, row.origin_id)) for row in rows}
    stale = [pk for key, (pk, entry) in stored.items() if wanted.get(key) != entry]
    fresh = {key: entry for key, entry in wanted.items() if key not in stored or stored[key][1] != entry}
    gone = {key[0] for key, (pk, _entry) in stored.items() if pk in set(stale)}
    changed = gone | {key[0] for key in fresh}
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


def lock(ids: Iterable[int]) -> None:
    """Hold these initiatives, in id order, until the transaction ends (SQLite holds the whole database anyway).

    Not against foreign keys (`no_key`): they are checked at commit, and two writers of initiatives that name each other
    would each wait for the other.
    """
    held = Initiative.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    list(held.values_list("pk", flat=True))


def hold(ids: Iterable[int]) -> None:
    """Lock these initiatives and all above them before anything is read of them: what is public may be changing."""
    ids = set(ids)
    lock(ids | above(ids))


def hold_family(initiative: Initiative) -> None:
    """Lock an initiative with all above and below it: its own row first would cross those who come from above.

    First its pair, whose tracking days it may inherit.
    """
    list(Pair.objects.select_for_update(no_key=True).filter(pk=initiative.pair_id).values_list("pk", flat=True))
    stored = Initiative.objects.filter(pk=initiative.pk).values_list("parent_id", flat=True)
    tops = {pk for pk in (initiative.pk, initiative.parent_id, *stored) if pk is not None}
    lock({*tops, *above(tops), *below(tops)})


# The stored results ------------------------------------------------------------------------------------------------


def facts_of(initiatives: Iterable[Initiative]) -> dict[int, rules.Facts]:
    """Return what the rule reads of each initiative, by its id. Two queries, however many there are."""
    rows = {initiative.pk: initiative for initiative in initiatives}
    activities: dict[int, list] = {pk: [] for pk in rows}
    for pk, day, substantive in Activity.objects.filter(initiative__in=rows).values_list(
        "initiative_id", "day", "substantive"
    ):
        activities[pk].append((date.fromordinal(day), substantive))
    suspensions: dict[int, list] = {pk: [] for pk in rows}
    for pk, first, last in Suspension.objects.filter(initiative__in=rows).values_list(
        "initiative_id", "first_day", "last_day"
    ):
        suspensions[pk].append((date.fromordinal(first), last and date.fromordinal(last)))
    return {
        pk: rules.Facts(
            kind=row.kind,
            start=_day(row.rule_start),
            end=_day(row.rule_end),
            stated=row.stated,
            tracked_from=_day(row.rule_tracked_from),
            tracked_until=_day(row.rule_tracked_until),
            rhythm=row.rhythm,
            cadence=row.cadence,
            clause=row.rule_clause,
            grace=row.grace,
            activities=tuple(activities[pk]),
            suspensions=tuple(suspensions[pk]),
            start_text=row.started_on,
            end_text=row.ended_on,
        )
        for pk, row in rows.items()
    }


def _day(number: int | None) -> date | None:
    return None if number is None else date.fromordinal(number)


def _number(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def read_for_rule(row: Initiative) -> dict[str, int | None]:
    """Return the `rule_` columns: what the rule reads of the record, its parent and its pair."""
    own, pair, parent = row.tracking == "own", row.pair, row.parent
    tracked_from = row.tracked_from if own else pair.tracked_from if row.tracking == "inherit" else None
    tracked_until = row.tracked_until if own else pair.tracked_until if row.tracking == "inherit" else None
    clause = None
    if row.kind == "commission" and parent is not None and parent.visibility == PUBLISHED:
        clause = parent.meeting_clause_days
    return {
        "rule_start": _number(row.started_on_earliest),
        "rule_end": _number(row.ended_on_latest),
        "rule_tracked_from": _number(tracked_from),
        "rule_tracked_until": _number(tracked_until),
        "rule_clause": clause,
    }


_KEPT = sorted(Initiative.RULE | Initiative.STORED)


def refresh(ids: Iterable[int]) -> set[int]:
    """Bring the stored results and lapses of these initiatives up to today. Return those that had to be changed."""
    ids = set(ids)
    waiting = _deferred.get()
    if waiting is not None:
        waiting.concerned |= ids
        return set()
    changed: set[int] = set()
    today = clock.today()
    with transaction.atomic(savepoint=False):
        lock(ids)
        for some in _slices(ids):
            changed |= _refresh(some, today)
    return changed


def _refresh(ids: list[int], today: date) -> set[int]:
    rows = list(Initiative.objects.filter(pk__in=ids).select_related("pair", "parent"))
    before = {row.pk: {name: getattr(row, name) for name in _KEPT} for row in rows}
    for row in rows:
        for name, value in read_for_rule(row).items():
            setattr(row, name, value)
    facts = facts_of(rows)
    lapses = {row.pk: rules.lapses(facts[row.pk], today) for row in rows}
    changed = set()
    for row in rows:
        answer = rules.as_of(facts[row.pk], today)
        for name in Initiative.STORED - {"cadence_source", "lapsed_since"}:
            setattr(row, name, getattr(answer, name))
        row.cadence_source = answer.cadence_source or ""
        row.lapsed_since = next((lapse.began_on for lapse in lapses[row.pk] if lapse.ended_on is None), None)
        moved = {name: value for name in _KEPT if (value := getattr(row, name)) != before[row.pk][name]}
        if moved:
            Initiative.objects.filter(pk=row.pk).update(**moved)
            changed.add(row.pk)
    return changed | store_lapses(lapses)


def store_lapses(found: dict[int, tuple[rules.Lapse, ...]]) -> set[int]:
    """Keep the lapses of these initiatives as found. What people have added to one survives.

    A stored lapse is the same as a found one that begins on its day, else as one that overlaps it. One that has
    vanished is removed, or, where somebody has written on it, set aside as void until it comes back.
    """
    changed: set[int] = set()
    moved: list[Lapse] = []
    stored: dict[int, list[Lapse]] = {pk: [] for pk in found}
    for lapse in Lapse.objects.filter(initiative__in=found).order_by("began_on"):
        stored[lapse.initiative_id].append(lapse)
    for pk, runs in found.items():
        left = stored[pk]
        for run in runs:
            row = same(run, left)
            values = {"began_on": run.began_on, "ended_on": run.ended_on, "ended_by": run.ended_by, "void": False}
            if row is None:
                Lapse(initiative_id=pk, **values).save()
                changed.add(pk)
                continue
            left.remove(row)
            if any(getattr(row, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(row, name, value)
                moved.append(row)
                changed.add(pk)
        for row in left:
            bare, _by_kind = Lapse.objects.filter(pk=row.pk, cause="", note="", source=None).delete()
            if not bare and not row.void:
                Lapse.objects.filter(pk=row.pk).update(void=True)
            if bare or not row.void:
                changed.add(pk)
    # only these columns: somebody may be writing the cause at this moment
    sets.update(Lapse, _DAYS_OF_LAPSE, [(row.pk, *(getattr(row, name) for name in _DAYS_OF_LAPSE)) for row in moved])
    return changed


_DAYS_OF_LAPSE = ("began_on", "ended_on", "ended_by", "void")


def same(run: rules.Lapse, rows: Sequence[Run]) -> Run | None:
    """Return the lapse among `rows` that `run` is now, if any."""
    exact = next((row for row in rows if row.began_on == run.began_on), None)
    overlapping = (
        row for row in rows if row.began_on < (run.ended_on or date.max) and run.began_on < (row.ended_on or date.max)
    )
    return exact or next(overlapping, None)
