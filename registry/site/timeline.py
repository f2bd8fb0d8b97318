"""The timeline of a pair: what happened when, as days; `registry.site.drawing` makes shapes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from agreements.models.commission import HELD
from agreements.tables import is_unreported
from continuity import history, rules
from continuity.models import Initiative
from continuity.tables import episode_span
from registry.core import dates
from registry.core.models import Pair
from registry.core.templatetags.concord import held_on

MOST_YEARS = 30
MOST_ROWS = 40
"""So many rows a lane draws at most; the table beside the figure holds all."""
LAPSED = frozenset(map(str, rules.LAPSED))
RUNNING = frozenset(map(str, rules.TICKING)) - LAPSED


@dataclass(frozen=True)
class Bar:
    """Something that lasts, from its first to its last day; `look` is its class in the stylesheet."""

    first: date
    last: date
    look: str


@dataclass(frozen=True)
class Mark:
    """Something on one day, with the days on which it may have been."""

    day: date
    look: str
    title: str
    earliest: date | None = None


@dataclass
class Row:
    """One line of the drawing."""

    name: str
    title: str
    year: str = ""
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    remark: str = ""


@dataclass
class Lane:
    """Some lines under one heading."""

    name: str
    remark: str
    rows: list[Row]


@dataclass
class Story:
    """All of it: the lanes, the years drawn, and the days shaded."""

    first_year: int
    last_year: int
    today: date
    lanes: list[Lane]
    shades: list[tuple[date, date]]
    desc: str


def tell(
    pair: Pair,
    day: date,
    initiatives: Sequence[Initiative],
    facts: dict[int, rules.Facts],
    sessions: Sequence[Any],
    events: Sequence[Any],
    episodes: Sequence[Any],
    milestones: Sequence[Any],
) -> Story:
    """Gather what a pair's timeline shows on `day`. The initiatives are answered and explained."""
    kinds = {
        kind: sorted((row for row in initiatives if row.kind == kind), key=lambda row: (row.sort_day, row.pk))
        for kind in ("agreement", "commission", "programme")
    }
    met: dict[int, list[Any]] = {}
    for session in sessions:
        met.setdefault(session.commission_id, []).append(session)
    for event in events:
        if event.initiative is not None:
            met.setdefault(event.initiative.pk, []).append(event)

    def rows(kind: str) -> list[Row]:
        return [_initiative(row, facts[row.pk], met.get(row.pk, []), pair, day) for row in kinds[kind][-MOST_ROWS:]]

    dated = [
        event for event in events if event.outcome in HELD and event.started_on and event.started_on_earliest <= day
    ]
    undated = sum(1 for event in events if event.outcome in HELD and not event.started_on)
    held = _("%(dated)s dated, %(undated)s without a date; by who led them") % {"dated": len(dated), "undated": undated}
    lanes = [
        Lane(_("Context"), "", _context(episodes, milestones)),
        Lane(_("Agreements"), str(len(kinds["agreement"])), rows("agreement")),
        Lane(_("Commissions"), _("and their sessions"), rows("commission")),
        Lane(_("Programmes"), _("and their editions"), rows("programme")),
        Lane(_("Events held"), held, _by_leader(dated)),
    ]
    lanes = [lane for lane in lanes if lane.rows]
    shades = [(row.started_on_earliest, row.last_known) for row in episodes if row.kind == "ARMED_CONFLICT"]
    first_year = _first_year(pair, day, lanes)
    for lane in lanes:
        lane.rows = [row for row in lane.rows if _reaches(row, first_year, day.year)]
        for row in lane.rows:
            row.bars = [bar for bar in row.bars if bar.first.year <= day.year]
            row.marks = [mark for mark in row.marks if mark.day.year <= day.year]
    lanes = [lane for lane in lanes if lane.rows]
    return Story(first_year, day.year, day, lanes, shades, _desc(kinds, dated, day, initiatives))


def _reaches(row: Row, first_year: int, last_year: int) -> bool:
    """Say whether anything of a line lies within the years drawn; one of which no day is on file says so."""
    spans = [(bar.first, bar.last) for bar in row.bars] + [(mark.day, mark.day) for mark in row.marks]
    return not spans or any(first.year <= last_year and last.year >= first_year for first, last in spans)


def _first_year(pair: Pair, day: date, lanes: Iterable[Lane]) -> int:
    """Return the first year drawn: of tracking, else of the earliest thing on file, and never too long ago."""
    if pair.tracked_from and pair.tracked_from < day:
        first = pair.tracked_from.year
    else:
        days = [bar.first for lane in lanes for row in lane.rows for bar in row.bars]
        days += [mark.day for lane in lanes for row in lane.rows for mark in row.marks]
        first = min((found.year for found in days), default=day.year)
    return max(min(first, day.year), day.year - MOST_YEARS + 1)


def _desc(kinds: dict[str, list[Initiative]], dated: list[Any], day: date, rows: Sequence[Initiative]) -> str:
    """Say in words what the drawing shows, for those who do not see it."""
    counted = _("Agreements %(a)s, commissions %(c)s, programmes %(p)s, dated events held %(e)s, up to %(day)s.") % {
        "a": len(kinds["agreement"]),
        "c": len(kinds["commission"]),
        "p": len(kinds["programme"]),
        "e": len(dated),
        "day": dates.display_day(day),
    }
    said = [f"{row}: {row.explanation}" for row in rows if row.answer.state in rules.TICKING]
    return " ".join([counted, *said, _("The table below holds the same records.")])


def _context(episodes: Sequence[Any], milestones: Sequence[Any]) -> list[Row]:
    rows = []
    for episode in reversed(episodes):
        title = f"{episode}, {episode_span(episode)}"
        bar = Bar(episode.started_on_earliest, episode.last_known, "b-tension")
        rows.append(Row(str(episode), title, str(episode.started_on_earliest.year), [bar]))
    if milestones:
        marks = [
            Mark(step.started_on_latest, "d-mile", f"{dates.display(step.started_on)}: {step}") for step in milestones
        ]
        rows.append(Row(_("Visits, reopenings and other steps"), "", str(len(marks)), [], marks))
    return rows


def _initiative(row: Initiative, facts: rules.Facts, met: Iterable[Any], pair: Pair, day: date) -> Row:
    """Return the line of one initiative: its states where it has a clock, else how long it runs."""
    bars = []
    ticking = [part for part in history.stretches(facts, day) if part.state in RUNNING | LAPSED]
    if ticking:
        bars = [Bar(p.first, p.last, "lapsed" if p.state in LAPSED else f"b-{p.state}") for p in ticking]
    elif row.started_on_earliest and row.ended_on_latest:
        bars = [Bar(row.started_on_earliest, row.ended_on_latest, "b-plain")]
    elif row.started_on_earliest and row.started_on_earliest <= day:
        bars = [Bar(row.started_on_earliest, day, "l-open")]
    marks = [mark for record in met if (mark := _mark(record, day))]
    if row.kind == "agreement" and row.started_on_latest:
        signed = _("signed %(day)s") % {"day": dates.display(row.started_on)}
        marks.append(Mark(row.started_on_latest, "l-sign", f"{row}, {signed}"))
    known = row.started_on_earliest is not None
    return Row(
        _short(row, pair),
        f"{row}: {row.explanation}",
        str(row.started_on_earliest.year) if known else "",
        bars,
        marks,
        "" if known or bars or marks else _("start not on file"),
    )


def _short(row: Initiative, pair: Pair) -> str:
    """Return the name of an initiative without the names of the two countries, which head the page."""
    name = row.short_title or str(row)
    for one, other in (pair.countries, pair.countries[::-1]):
        name = name.replace(f" of {one.name} and {other.name}", "")
    return name


def _mark(record: Any, day: date) -> Mark | None:
    """Return the mark of a session or an event; None for what has no day or has not been held."""
    title = f"{record}, {held_on(record)}"
    if record.outcome in HELD and record.started_on:
        look = "d-session" if hasattr(record, "commission_id") else "d-held"
        return Mark(record.started_on_latest, look, title, record.started_on_earliest)
    if is_unreported(record, day):
        return Mark(record.planned_on_latest, "d-ask", _("%(title)s: unreported") % {"title": title})
    return None


def _by_leader(events: Sequence[Any]) -> list[Row]:
    """Return the held events in three lines, by the sector of those who led them."""
    names = {
        "state": _("Every organiser on file a state body"),
        "other": _("A non-state, mixed or international organiser"),
        "": _("Organisers not on file"),
    }
    marks: dict[str, list[Mark]] = {key: [] for key in names}
    for event in events:
        sectors = {part.actor.sector for part in event.leading}
        key = "" if not sectors else "state" if sectors == {"STATE"} else "other"
        marks[key].append(
            Mark(event.started_on_latest, "d-held", f"{held_on(event)}: {event}", event.started_on_earliest)
        )
    return [Row(name, name, str(len(marks[key])), [], marks[key]) for key, name in names.items() if marks[key]]
