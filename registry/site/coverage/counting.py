"""What is tracked and how much is on file, by pair and year.

Only what everyone may see is counted, whoever asks. However many pairs, they are counted by one statement for some of
them at a time, so that memory stays flat.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from agreements.models import Agreement, Session
from continuity.models import Activity, ActivityEntry, Initiative
from events.models import Event
from registry.core import access, clock
from registry.core.grouping import Year
from registry.core.models import Citation, Pair, Source

MOST_YEARS = 200
FIRST_BATCH, MOST_AT_ONCE = 3, 200
"""Pairs that are counted at once, four times as many each time: three fill a page where each has twenty years."""

RECORDS = ("agreements", "sessions", "events", "entries")
"""What is on file of a year; the rest is counted beside it."""
COUNTED = (*RECORDS, "activities", "sources")

SAYS = {
    "not_tracked": _("not tracked"),
    "none_on_file": _("tracked, none on file"),
    "on_file": _("on file, tracked"),
    "on_file_not_tracked": _("on file, though not tracked"),
}
"""What a pair's year says, by code."""

Counts = dict[str, dict[int | None, dict[str, int]]]
"""Pair → year, None for what has no day → what → how many."""


@dataclass(frozen=True)
class Cell:
    """One year of one pair: its days, how many of them are tracked, and how much is on file."""

    pair: Pair
    year: int
    days_tracked: int
    counts: dict[str, int] = field(default_factory=dict)
    undated: int = 0
    """Records of the pair without a day, which are in no year."""

    @property
    def days(self) -> int:
        return (date(self.year, 12, 31) - date(self.year, 1, 1)).days + 1

    @property
    def on_file(self) -> int:
        return sum(self.counts.get(what, 0) for what in RECORDS)

    @property
    def says(self) -> str:
        """What it says, as a code of `SAYS`."""
        return says(self.days_tracked, self.on_file)


def says(days_tracked: int, on_file: int) -> str:
    """Return what so many tracked days and so much on file say, as a code of `SAYS`."""
    if days_tracked:
        return "on_file" if on_file else "none_on_file"
    return "on_file_not_tracked" if on_file else "not_tracked"


def cells(pairs: QuerySet, first: int | None, last: int | None, after: tuple[str, int] | None = None) -> Iterator[Cell]:
    """Yield the cells of `pairs`, by pair and year, from those behind `after` (pair, year) on.

    Without `first` a pair begins with the first year of which anything is tracked or on file; without `last` it ends
    with this year, or with `first` where that lies later. Each pair has a cell at least and 200 at most.
    """
    pair, year = after or ("", 0)
    rows, at_once = pairs.select_related("a", "b").order_by("ref"), FIRST_BATCH
    some = list(rows.filter(ref__gte=pair)[:at_once])
    while some:
        counted = counts([one.ref for one in some])
        for one in some:
            for cell in of_pair(one, counted.get(one.ref, {}), first, last):
                if (one.ref, cell.year) > (pair, year):
                    yield cell
        at_once = min(at_once * 4, MOST_AT_ONCE)
        some = list(rows.filter(ref__gt=some[-1].ref)[:at_once])


def of_pair(pair: Pair, counted: dict[int | None, dict[str, int]], first: int | None, last: int | None) -> list[Cell]:
    """Return the cells of one pair."""
    today = clock.today()
    end = last or max(today.year, first or 0)
    known = [year for year in counted if year is not None]
    known += [pair.tracked_from.year] if pair.tracked_from else []
    begin = max(first or min([end, *known]), end - MOST_YEARS + 1)
    undated = sum(counted.get(None, {}).get(what, 0) for what in RECORDS)
    return [
        Cell(pair, year, days_tracked(pair, year, today), counted.get(year, {}), undated)
        for year in range(begin, end + 1)
    ]


def days_tracked(pair: Pair, year: int, today: date) -> int:
    """Return how many days of a year are tracked up to today: a day to come cannot be on file yet."""
    if pair.tracked_from is None:
        return 0
    first = max(pair.tracked_from, date(year, 1, 1))
    last = min(pair.tracked_until or today, date(year, 12, 31), today)
    return max((last - first).days + 1, 0)


# Counting ----------------------------------------------------------------------------------------------------------


def counts(pairs: Sequence[str]) -> Counts:
    """Return how much of each kind is on file of these pairs, by year: one statement, however much it is."""
    sql, params = statement(pairs)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    found: Counts = {}
    for what, pair, year, count in rows:
        found.setdefault(pair, {}).setdefault(year, {})[what] = count
    return found


def public(model: Any) -> QuerySet:
    return model.objects.visible_to(access.NOBODY).order_by()


def statement(pairs: Sequence[str]) -> tuple[str, list[Any]]:
    """Return the statement for (what, pair, year, count)."""
    # a row that is the origin's own: those of initiatives above it show the same evidence again
    activities = Activity.objects.order_by().filter(
        initiative=F("origin"), initiative__in=public(Initiative).values("pk")
    )
    kinds = {
        "agreements": dated(public(Agreement), "pair", "signed_on_earliest", pairs),
        "sessions": dated(public(Session), "commission__pair", "sort_day", pairs),
        "events": dated(public(Event), "pair", "sort_day", pairs),
        "entries": dated(public(ActivityEntry), "initiative__pair", "started_on_latest", pairs, source_key=F("source")),
        "activities": dated(activities, "initiative__pair", "day", pairs),
    }
    tables, params = [], []
    for what, rows in kinds.items():
        sql, held = rows.query.sql_with_params()
        tables.append(f"{what} AS ({sql})")
        params += held
    cited = ["SELECT pair_key, year_told, source_key FROM entries"]
    for what, model in (("agreements", Agreement), ("sessions", Session), ("events", Event)):
        cited.append(
            f"SELECT pair_key, year_told, c.source_id FROM {what} JOIN {Citation._meta.db_table} c "  # noqa: S608 - our own names
            f"ON c.content_type_id = %s AND c.object_id = {what}.row_key"
        )
        params.append(ContentType.objects.get_for_model(model).pk)
    seen, held = public(Source).values("pk").query.sql_with_params()
    params += held
    each = [
        f"SELECT '{what}', pair_key, year_told, count(*) FROM {what} GROUP BY pair_key, year_told"  # noqa: S608 - so are these
        for what in kinds
    ]
    each.append(
        "SELECT 'sources', pair_key, year_told, count(DISTINCT source_key) "  # noqa: S608 - and these
        f"FROM ({' UNION ALL '.join(cited)}) AS cited WHERE source_key IN ({seen}) GROUP BY pair_key, year_told"
    )
    return f"WITH {', '.join(tables)} {' UNION ALL '.join(each)}", params


def dated(rows: QuerySet, pair: str, day: str, pairs: Sequence[str], **more: Any) -> QuerySet:
    """Return key, pair and year of the rows of these pairs; the year is null where there is no day."""
    (year,) = Year(day).values(rows.model)
    said = {"row_key": F("pk"), "pair_key": F(pair), "year_told": year, **more}
    return rows.filter(**{f"{pair}__in": pairs}).annotate(**said).values(*said)
