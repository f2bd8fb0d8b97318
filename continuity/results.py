"""What the rule reads of initiatives on file, and what is stored of what it says: its last answer, and the lapses.

The door stores, after it has locked the initiatives; whoever asks the rule reads the facts here.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import partial
from operator import attrgetter
from typing import TypeVar

from django.db import models

from continuity import rules, sets
from continuity.models import Activity, Initiative, Lapse, Suspension
from registry.core.access import PUBLISHED
from registry.core.kept import KEYS, Rows, rows_of
from registry.core.reading import bare

Run = TypeVar("Run", Lapse, rules.Lapse)


def lock(ids: Collection[int]) -> None:
    """Hold these initiatives, in id order, until the transaction ends (SQLite holds the whole database anyway).

    Not against foreign keys (`no_key`): they are checked at commit, and two writers of initiatives that name each other
    would each wait for the other.
    """
    if not ids:  # as at most writes, which hold them already; Django would write a query first
        return
    held = Initiative.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    list(held.values_list("pk", flat=True))


def facts_of(initiatives: Iterable[Initiative]) -> dict[int, rules.Facts]:
    """Return what the rule reads of each initiative, by its id. Two queries, however many there are."""
    rows = {initiative.pk: initiative for initiative in initiatives}
    activities: dict[int, list] = {pk: [] for pk in rows}
    for pk, day, substantive in _of_initiatives(Activity, ("initiative_id", "day", "substantive"), rows):
        activities[pk].append((date.fromordinal(day), substantive))
    suspensions: dict[int, list] = {pk: [] for pk in rows}
    for pk, first, last in _of_initiatives(Suspension, ("initiative_id", "first_day", "last_day"), rows):
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


def _of_initiatives(
    model: type[models.Model], names: Sequence[str], ids: Iterable[int], path: str = "initiative_id"
) -> Rows:
    """Return these columns of the rows of a kind that belong to initiatives."""
    made = partial(model._base_manager.filter, **{f"{path}__among": KEYS})
    return rows_of(lambda: made().order_by(), names, list(ids), kept_as=("of initiatives", model))


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
_READ = (
    *("id", "kind", "stated", "rhythm", "cadence", "grace", "started_on", "started_on_earliest", "ended_on"),
    *("ended_on_latest", "tracking", "tracked_from", "tracked_until", *_KEPT),
)
_JOINED = {"pair": ("ref", "tracked_from", "tracked_until"), "parent": ("id", "visibility", "meeting_clause_days")}
"""What `read_for_rule` and `facts_of` read of an initiative, and what is stored of what they say."""


def refresh(ids: list[int], today: date) -> set[int]:
    """Store what the rule says today of these initiatives, and their lapses. Return those that had to be changed."""
    rows = bare(Initiative, lambda names: _of_initiatives(Initiative, names, ids, "id"), _READ, _JOINED)
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
    columns = ("id", "initiative_id", *_DAYS_OF_LAPSE)
    lapses = bare(Lapse, lambda names: _of_initiatives(Lapse, names, found), columns)
    for lapse in sorted(lapses, key=attrgetter("began_on")):
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
            unwritten, _by_kind = Lapse.objects.filter(pk=row.pk, cause="", note="", source=None).delete()
            if not unwritten and not row.void:
                Lapse.objects.filter(pk=row.pk).update(void=True)
            if unwritten or not row.void:
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
