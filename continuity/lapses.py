"""Lapses as of any day: which there are, how long they last, what they overlap, and what ended them.

Up to today they are read off the stored rows. Where those are behind (nothing has swept) and for a day to come the
set-based rule tells them, and what people wrote on a stored one stays with it. Either way the rows are an ordinary
queryset of `Lapse`, so that filters, pages and counts are the same for every day.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, F, IntegerField, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.sql.datastructures import BaseTable

from continuity import rules
from continuity.models import Activity, Initiative, Lapse, TensionEpisode
from continuity.states import stale, uncalm, unlapsed
from registry.core import clock
from registry.core.dates import DayNumber, day_of_number

# Which there are -----------------------------------------------------------------------------------------------------


def as_of(rows: QuerySet, day: date, of: QuerySet | None = None) -> QuerySet:
    """Return the lapses `rows` as they are on `day`, each with its `days`: begun by then, open if they end later.

    `of`: the initiatives they are of, where that is known; it spares asking the rule of all others.
    """
    rows = rows.all()
    if (relation := _relation(day, of)) is not None:
        alias = rows.query.get_initial_alias()
        rows.query.alias_map[alias] = Relation(alias, *relation)
    return rows.annotate(days=length(day))


def length(day: date) -> Any:
    """Return the expression for the days that a lapse has lasted by `day`, which counts where it is open."""
    days = Coalesce(DayNumber("ended_on"), Value(day.toordinal() + 1)) - DayNumber(F("began_on"))
    days.output_field = IntegerField()
    return days


def stored_lapses_hold(day: date) -> bool:
    """Say whether the stored lapses are those of `day`: no clock has moved by itself since, and no lapse begun."""
    if day > clock.today():
        return False
    behind = Initiative.objects.filter(stale(day) | unlapsed(day))
    if day == clock.today():
        behind = behind.filter(uncalm(day))  # says nothing new, but lets the database look into two indexes alone
    return not behind.exists()


class Relation(BaseTable):
    """What stands in FROM instead of a table, under its name: a statement with the same columns."""

    def __init__(self, alias: str, sql: str, params: Sequence[Any]) -> None:
        super().__init__(Lapse._meta.db_table, alias)
        self.sql, self.params = sql, params

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return f"({self.sql}) {compiler.quote_name_unless_alias(self.table_alias)}", [*self.params]

    def relabeled_clone(self, change_map: Any) -> "Relation":
        return Relation(change_map.get(self.table_alias, self.table_alias), self.sql, self.params)


def _relation(day: date, of: QuerySet | None) -> tuple[str, list[Any]] | None:
    """Return SQL and parameters for the lapses of `day` with all columns of the table; None: it is the table itself."""
    if stored_lapses_hold(day):
        return None if day == clock.today() else (_stored(day), [])
    return _told(day, of)


def _stored(day: date) -> str:
    then = f"'{day.isoformat()}'"
    changed = {
        "ended_on": f"CASE WHEN ended_on <= {then} THEN ended_on END",
        "ended_by": f"CASE WHEN ended_on <= {then} THEN ended_by ELSE '' END",
    }
    columns = ", ".join(f"{changed.get(name, name)} AS {name}" for name in _columns())
    return f"SELECT {columns} FROM continuity_lapse WHERE began_on <= {then}"  # noqa: S608 - a day and our own names


def _told(day: date, of: QuerySet | None) -> tuple[str, list[Any]]:
    """What the rule says, and what is on file of it. What is not yet on file has no reference, and an id below 0."""
    began, ended = (day_of_number(f"t.{name}", connection.vendor) for name in ("began", "ended"))
    empty = {"ref": "''", "version": "1", "folded": "''", "note": "''", "cause": "''", "source_id": "NULL"}
    told = {
        "id": f"coalesce(l.id, -t.initiative_id * {rules.LAST_DAY} - t.began)",
        "initiative_id": "t.initiative_id",
        "began_on": began,
        "ended_on": ended,
        "ended_by": "t.ended_by",
        "void": "FALSE",
        **{name: f"coalesce(l.{name}, {instead})" for name, instead in empty.items()},
    }
    columns = ", ".join(f"{told[name]} AS {name}" for name in _columns())
    chosen, values = of.order_by().values("pk").query.sql_with_params() if of is not None else ("", ())
    sql, params = rules.lapses_sql(day, f"i.id IN ({chosen})" if chosen else "TRUE", values)
    return (
        f"WITH told(initiative_id, began, ended, ended_by) AS ({sql}) SELECT {columns} FROM told t "  # noqa: S608 - our own
        f"LEFT JOIN continuity_lapse l ON l.initiative_id = t.initiative_id AND l.began_on = {began}"
    ), params


def _columns() -> list[str]:
    return [str(field.column) for field in Lapse._meta.concrete_fields]


# What they overlap ---------------------------------------------------------------------------------------------------


def overlapping(lapse: Lapse, episodes: Iterable[TensionEpisode], day: date) -> list[TensionEpisode]:
    """Return the episodes of its pair that share a day with a lapse, which lasts up to `day` where it is open."""
    end = _end(day) if lapse.ended_on is None else lapse.ended_on
    return [
        episode for episode in episodes if episode.started_on_earliest < end and lapse.began_on <= episode.last_known
    ]


def overlapped_by(episodes: QuerySet, day: date) -> Exists:
    """Return the condition for lapses that share a day with one of `episodes` of their pair; as `overlapping`."""
    of_pair = episodes.filter(pair=OuterRef("initiative__pair")).order_by()
    begun = of_pair.filter(started_on_earliest__lt=Coalesce(OuterRef("ended_on"), Value(_end(day))))
    return Exists(begun.alias(last=TensionEpisode.LAST_KNOWN).filter(last__gte=OuterRef("began_on")))


def _end(day: date) -> date:
    """Return the first day that a lapse open on `day` is not said to last."""
    return rules.day_after(day) or date.max


def with_episodes(lapses: Iterable[Any], user: Any, day: date) -> list[Any]:
    """Give each lapse the `episodes` it overlaps, as far as `user` may see them. One query, however many there are."""
    lapses = list(lapses)
    pairs = {lapse.initiative.pair_id for lapse in lapses}
    of_pair: dict[str, list[TensionEpisode]] = {}
    for episode in TensionEpisode.objects.visible_to(user).filter(pair__in=pairs).order_by("sort_day", "pk"):
        of_pair.setdefault(episode.pair_id, []).append(episode)
    for lapse in lapses:
        lapse.episodes = overlapping(lapse, of_pair.get(lapse.initiative.pair_id, ()), day)
    return lapses


# What ended them -----------------------------------------------------------------------------------------------------


def revivals(lapses: Iterable[Lapse]) -> dict[int, list[Activity]]:
    """Return by the id of each lapse that activity has ended the activities of its first day after. One query."""
    ended = {(row.initiative_id, row.ended_on.toordinal()): row.pk for row in lapses if row.ended_on and row.is_revival}
    if not ended:
        return {}
    rows = Activity.objects.filter(
        initiative__in={pk for pk, _day in ended}, day__in={day for _pk, day in ended}, substantive=True
    )
    found: dict[int, list[Activity]] = {}
    for activity in rows.select_related("origin").order_by("pk"):
        if (key := (activity.initiative_id, activity.day)) in ended:
            found.setdefault(ended[key], []).append(activity)
    return found
