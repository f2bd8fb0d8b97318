"""The changes feed: every write of what everyone may see, in the order of commits, with tombstones for what is gone.

A row is entered by the write path, in the transaction of the write, and has no place in the feed yet: ids are drawn
before a commit, so that of two writers the one with the higher id may well be seen first, and a reader who had gone on
behind it would never meet the other. `number` gives places once the write is committed, under a lock of its own and in
a transaction that does nothing else: no writer waits for another's work, and what is committed later always stands
further behind. Where a process dies in between, the next write or the next tick makes it good.

A record may appear or vanish without being written, as a session does with its commission: `follow` looks at those
that are seen with what has just appeared or vanished (`Record.SEEN_WITH`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from registry.core.access import NOBODY, PUBLISHED
from registry.core.kept import KEY, rows_of
from registry.core.models import Change, Document, Pair, Record, Revision
from registry.core.models.about import record_models

What = Change.What
AT_ONCE = 500
ONE_AT_A_TIME = 0x636F6E63
"""Number of the lock under which PostgreSQL gives places; SQLite has one writer anyway."""

NUMBER = """
UPDATE core_change SET sequence = placed.place, at = placed.moment
FROM (
    SELECT waiting.id, last.place + row_number() OVER (ORDER BY waiting.id) AS place,
        CASE WHEN last.moment > %s THEN last.moment ELSE %s END AS moment
    FROM core_change AS waiting
    CROSS JOIN (
        SELECT coalesce((SELECT max(sequence) FROM core_change), 0) AS place,
            (SELECT max(at) FROM core_change) AS moment
    ) AS last
    WHERE waiting.sequence IS NULL
) AS placed
WHERE core_change.id = placed.id
"""
"""Each greatest is asked for by itself: SQLite finds one in an index, and two at once only by reading all rows.
Moments never go back, though the clocks of two machines may differ: who asks `since` one misses nothing."""


def fed_kinds() -> list[type[Record]]:
    """Return the kinds of record that the feed tells of."""
    kinds: list[type[Record]] = [*record_models(), Document]
    return [kind for kind in kinds if not kind.COMPUTED]


# Entering ----------------------------------------------------------------------------------------------------------


def note(record: Record, revision: Revision, into: Record | None = None) -> None:
    """Enter what a write of `record`, of which this is the revision, means to the public.

    Called by the write path when all else is written, in its transaction. `into`: the record was merged into that.
    """
    kind, write = type(record), revision.kind
    if kind.COMPUTED:
        return
    is_new = write == Revision.Kind.CREATED
    last: Any = None if is_new else latest(kind, record.ref)
    was_public = last is not None and not last.is_gone
    public = write != Revision.Kind.DELETED and is_public(record)
    if public:
        moved = was_public and (last.pair, last.country) != _where(record)
        if moved:  # whoever reads the feed of where it was is told as well, and finds in the record where it is
            enter(record, _written(write), (last.pair, last.country))
        enter(record, _written(write) if was_public else _appeared(last, write))
        if moved:
            compare(Pair, Pair.objects.filter(pk__in=[last.pair, _where(record)[0]]))
    elif was_public:
        _enter_gone(last, _vanished(write, into), into)
    if was_public != public:
        follow(record, appeared=public, is_new=is_new)
    _compare_linked(record, revision)


def _appeared(last: Change | None, write: str) -> str:
    if last is not None and last.what != What.WITHDRAWN:
        return What.RESTORED
    return What.CREATED if write == Revision.Kind.CREATED else What.PUBLISHED


def _written(write: str) -> str:
    return What.RESTORED if write == Revision.Kind.RESTORED else What.CHANGED


def _vanished(write: str, into: Record | None) -> str:
    if write != Revision.Kind.DELETED:
        return What.WITHDRAWN
    return What.MERGED if into is not None and is_public(into) else What.DELETED


def is_public(record: Record) -> bool:
    """Say whether everyone may see a stored record."""
    if getattr(record, "visibility", PUBLISHED) != PUBLISHED:
        return False
    if not record.SEEN_WITH and not isinstance(record, (Document, Pair)):
        return True  # nothing but its own visibility decides
    rows: Any = type(record)._default_manager.filter(pk=record.pk)
    return rows.visible_to(NOBODY).exists()


def enter(record: Record, what: str, where: tuple[str, str] | None = None) -> None:
    """Enter that something happened to a record that everyone sees; `where`, if not where it is now."""
    pair, country = where or _where(record)
    _store(
        Change(kind=record.url_name(), ref=record.ref, version=record.version, what=what, pair=pair, country=country)
    )


def _enter_gone(last: Any, what: str, into: Record | None = None) -> None:
    """Enter that a record is gone: nothing of it but what the feed has said of it before."""
    told = {"kind": last.kind, "ref": last.ref, "pair": last.pair, "country": last.country}
    _store(Change(**told, what=what, into=into.ref if into else ""))


def _store(change: Change) -> None:
    change.save(force_insert=True)
    transaction.on_commit(number, robust=True)


def _where(record: Record) -> tuple[str, str]:
    """Return the codes of the pair of a record and, where it has none, of its country; "" for none."""
    if isinstance(record, Pair):
        return record.ref, ""
    if isinstance(record, Document):
        return _where(record.record) if record.record else ("", "")
    owner: Any = record
    for step in filter(None, record.PAIR.split("__")):
        owner = getattr(owner, f"{step}_id") if step == "pair" else getattr(owner, step)
    return (owner, "") if record.PAIR else ("", getattr(record, "country_id", "") or "")


# What appears and vanishes with it ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Follower:
    """One kind of record that is seen with another one: which, at the end of which of its paths."""

    kind: type[Record]
    path: str
    leader: type[models.Model]
    link: str
    """Field of the leader that links to it, where it is not the follower that points."""


@cache
def followers() -> tuple[Follower, ...]:
    """Return every path of every `SEEN_WITH`."""
    found = []
    for kind in record_models():
        for path in kind.SEEN_WITH:
            model: Any = kind
            for step in path.split("__"):
                field = model._meta.get_field(step)
                model = field.related_model
            found.append(Follower(kind, path, model, field.field.name if field.many_to_many else ""))
    return tuple(found)


def follow(record: Record, *, appeared: bool, is_new: bool = False) -> None:
    """Look at what is seen with a record that has appeared or vanished, and at its pair.

    Nothing points to a new one yet, and to a deleted one nothing may.
    """
    if record.pk is not None and not is_new:
        for each in followers():
            if isinstance(record, each.leader) and not each.link:
                compare(each.kind, each.kind._base_manager.filter(**{each.path: record.pk}))
        compare(Document, Document.objects.about(record))
    pair = _where(record)[0]
    if not pair or isinstance(record, Pair):
        return
    last = latest(Pair, pair)
    if last is None or last.is_gone or not appeared:  # else it is public already, and stays so
        compare(Pair, Pair.objects.filter(pk=pair))


def _compare_linked(record: Record, revision: Revision) -> None:
    """Look at what a record links to, or did before it was written, and what is seen with it."""
    for each in followers():
        if each.link and isinstance(record, each.leader):
            keys = set(revision.content.get(each.link) or ())
            if revision.version > 1:
                earlier = Revision.objects.filter(model=revision.model, ref=revision.ref, pk__lt=revision.pk)
                keys |= set(earlier.order_by("-id").values_list(f"content__{each.link}", flat=True).first() or ())
            if keys:
                compare(each.kind, each.kind._base_manager.filter(pk__in=keys))


def compare(kind: type[Record], rows: models.QuerySet, *, alone: bool = False) -> int:
    """Enter which of `rows` have appeared or vanished since the feed last spoke of them. Return how many.

    `alone`: do not look at what is seen with them.
    """
    refs = set(rows.order_by().values_list("ref", flat=True))
    if not refs:
        return 0
    visible: Any = kind._default_manager.filter(pk__in=rows.order_by().values("pk"))
    shown = set(visible.visible_to(NOBODY).order_by().values_list("ref", flat=True))
    told = {change.ref: change for change in latest_of(kind, refs)}
    known = {ref for ref, change in told.items() if not change.is_gone}
    for record in _records(kind, shown - known):
        last = told.get(record.ref)
        enter(record, What.RESTORED if last and last.what != What.WITHDRAWN else What.PUBLISHED)
        if not alone:
            follow(record, appeared=True)
    for record in _records(kind, known - shown):
        _enter_gone(told[record.ref], What.WITHDRAWN)
        if not alone:
            follow(record, appeared=False)
    return len(shown ^ known)


def _records(kind: type[Record], refs: Iterable[str]) -> Iterator[Any]:
    for some in _slices(refs):
        yield from kind._base_manager.filter(ref__in=some).order_by("pk")


def _slices(refs: Iterable[str]) -> Iterator[Sequence[str]]:
    ordered = sorted(refs)
    return (ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE))


def rebuild() -> int:
    """Enter whatever the feed has missed, as what was on file before there was one. Return how much that was."""
    missed = 0
    for kind in fed_kinds():
        missed += compare(kind, kind._base_manager.all(), alone=True)
        there = set(kind._base_manager.values_list("ref", flat=True))
        told = set(Change.objects.filter(kind=kind.url_name()).order_by().values_list("ref", flat=True))
        for last in latest_of(kind, told - there):
            if not last.is_gone:
                _enter_gone(last, What.DELETED)
                missed += 1
    return missed


# Reading -----------------------------------------------------------------------------------------------------------


def latest(kind: type[Record], ref: str) -> Change | None:
    """Return what the feed said last of a record; None where it was never public."""
    last = partial(Change.objects.filter(kind__in=_names(kind), ref__among=KEY).order_by, "-id")
    names = [field.attname for field in Change._meta.concrete_fields]
    found = rows_of(lambda: last()[:1], names, [ref], kept_as=("latest", kind))
    return next((Change(*values) for values in found), None)


def latest_of(kind: type[Record], refs: Iterable[str]) -> Iterator[Change]:
    """Yield what the feed said last of each of these records that were ever public."""
    for some in _slices(refs):
        rows = Change.objects.filter(kind=kind.url_name(), ref__in=some).order_by("id")
        yield from {change.ref: change for change in rows}.values()


@cache
def _names(kind: type[Record]) -> list[str]:
    """Return the kinds in the feed of the records of a model: three of the common table of initiatives."""
    return [each.url_name() for each in fed_kinds() if issubclass(each, kind)]


def number() -> None:
    """Give what has been committed its place in the feed, and the moment of that."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # one message with two statements is one transaction, in which the second sees what the first waited for
            cursor.execute(f"SELECT pg_advisory_xact_lock(%s); {NUMBER}", [ONE_AT_A_TIME, now, now])
        else:
            cursor.execute(NUMBER, [now, now])
