"""The timeline of a pair: what happened when, first as days, then as shapes of one drawing for each width.

Colours and dashes stand in the stylesheet; geometry alone stands in the attributes, so that neither the content
security policy nor the dark ground has anything against it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.utils.text import Truncator
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


# What happened when ----------------------------------------------------------------------------------------------


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

    dated = [event for event in events if event.outcome in HELD and event.started_on]
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
    shades = [
        (row.started_on_earliest, row.ended_on_latest or row.started_on_latest)
        for row in episodes
        if row.kind == "ARMED_CONFLICT"
    ]
    first_year = _first_year(pair, day, lanes)
    for lane in lanes:
        lane.rows = [row for row in lane.rows if _reaches(row, first_year)]
    lanes = [lane for lane in lanes if lane.rows]
    return Story(first_year, day.year, day, lanes, shades, _desc(kinds, dated, day, initiatives))


def _reaches(row: Row, first_year: int) -> bool:
    """Say whether anything of a line lies within the years drawn; one of which no day is on file says so."""
    days = [bar.last for bar in row.bars] + [mark.day for mark in row.marks]
    return not days or max(days).year >= first_year


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
        last = episode.ended_on_latest or episode.started_on_latest
        title = f"{episode}, {episode_span(episode)}"
        bar = Bar(episode.started_on_earliest, last, "b-tension")
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


# As shapes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """One element of the drawing."""

    tag: str
    look: str
    attributes: dict[str, Any]
    title: str = ""
    text: str = ""


@dataclass(frozen=True)
class Frame:
    """One width of the drawing: where names stand and where the years run."""

    key: str
    width: int
    left: int
    right: int
    step: int
    letters: int
    names_above: bool

    def x(self, day: date, story: Story) -> float:
        """Return where a day lies; days before the first year lie on the left edge, later ones on the right."""
        first, last = date(story.first_year, 1, 1), date(story.last_year, 12, 31)
        share = (min(max(day, first), last) - first).days / max((last - first).days, 1)
        return round(self.left + share * (self.right - self.left), 1)


WIDE = Frame("w", 1160, 440, 1150, 20, 53, False)
NARROW = Frame("n", 358, 2, 350, 34, 48, True)
TOP, NEAR = 34, 9


@dataclass
class Drawing:
    """One drawing: its size and its shapes, those behind first."""

    frame: Frame
    height: float
    shapes: list[Shape]


def draw(story: Story, frame: Frame) -> Drawing:
    """Turn a story into the shapes of one width."""
    y: float = TOP
    content: list[Shape] = []
    for lane in story.lanes:
        y += 8
        content.append(Shape("line", "rule-ink", {"x1": 0, "x2": frame.width, "y1": y - 6, "y2": y - 6}))
        content.append(Shape("text", "lane", {"x": 0, "y": y + 11}, text=lane.name))
        if lane.remark:
            at = 9 * len(lane.name) + 12
            content.append(Shape("text", "m", {"x": at, "y": y + 11}, text=Truncator(lane.remark).chars(44)))
        y += 32
        for row in lane.rows:
            placed = _stack(row.marks, frame, story)
            extra = max((abs(dy) for _mark, _x, dy in placed), default=0)
            content += _row(row, placed, frame, story, y + extra)
            y += frame.step + 2 * extra
        y -= 8
    return Drawing(frame, y + 18, [*_ground(story, frame, y), *content, *_today(story, frame, y)])


def _ground(story: Story, frame: Frame, bottom: float) -> list[Shape]:
    """Return the years and the shades, which lie behind everything."""
    shapes = []
    for first, last in story.shades:
        if last.year >= story.first_year and first <= story.today:
            x = frame.x(first, story)
            width = max(frame.x(last, story) - x, 1)
            shapes.append(
                Shape("rect", "shade", {"x": x, "y": TOP - 4, "width": round(width, 1), "height": bottom - TOP})
            )
    years = range(story.first_year, story.last_year + 1)
    room = (frame.right - frame.left) / len(years)
    every = next(step for step in count(1) if room * step >= (26 if frame.names_above else 34))
    for year in years:
        x = frame.x(date(year, 1, 1), story)
        shapes.append(Shape("line", "grid", {"x1": x, "x2": x, "y1": TOP - 4, "y2": bottom}))
        if (year - story.first_year) % every == 0:
            words = f"’{year % 100:02}" if frame.names_above else str(year)
            for at in (TOP - 10, bottom + 14):
                shapes.append(Shape("text", "m", {"x": x + 2, "y": at}, text=words))
    return shapes


def _today(story: Story, frame: Frame, bottom: float) -> list[Shape]:
    x = frame.x(story.today, story)
    words = dates.display_day(story.today)
    return [
        Shape("line", "today", {"x1": x, "x2": x, "y1": 14, "y2": bottom}),
        Shape("text", "today-t end", {"x": min(x + 8, frame.width), "y": 10}, text=words),
    ]


def _stack(marks: Sequence[Mark], frame: Frame, story: Story) -> list[tuple[Mark, float, float]]:
    """Return the marks within the years drawn with their places; those too near to each other are put apart."""
    placed: list[tuple[Mark, float, float]] = []
    heights = [0.0]
    for mark in sorted(marks, key=lambda mark: mark.day):
        if not story.first_year <= mark.day.year <= story.last_year and mark.look != "l-sign":
            continue
        x = frame.x(mark.day, story)
        near = sum(1 for other, at, _dy in placed if other.look != "l-sign" and x - at < NEAR)
        if mark.look == "l-sign":
            near = 0
        heights = [0.0, -8.5, 8.5, -17.0, 17.0]
        placed.append((mark, x, heights[min(near, 4)]))
    return placed


def _row(row: Row, placed: list[tuple[Mark, float, float]], frame: Frame, story: Story, y: float) -> list[Shape]:
    """Return the shapes of one line whose text stands at `y` and whose bars lie a little higher."""
    name = Truncator(row.name).chars(frame.letters)
    shapes = [Shape("text", "", {"x": 0, "y": y}, row.title, name)]
    line = y + 12 if frame.names_above else y - 4
    if row.year and not frame.names_above:
        shapes.append(Shape("text", "m end", {"x": frame.left - 16, "y": y}, text=row.year))
    if row.remark:
        shapes.append(Shape("text", "m", {"x": frame.left, "y": line + 4}, text=row.remark))
    for bar in row.bars:
        if bar.last.year < story.first_year or bar.first > date(story.last_year, 12, 31):
            continue
        shapes.append(_bar(bar, row.title, frame, story, line))
    for mark, x, dy in placed:
        shapes += _mark_shapes(mark, x, line + dy, frame, story)
    return shapes


def _bar(bar: Bar, title: str, frame: Frame, story: Story, line: float) -> Shape:
    x, end = frame.x(bar.first, story), frame.x(bar.last + timedelta(1) if bar.last < date.max else bar.last, story)
    width = round(max(end - x, 1.5), 1)
    if bar.look == "l-open":
        return Shape("line", "l-open", {"x1": x, "x2": end, "y1": line, "y2": line}, title)
    if bar.look == "lapsed":
        hatch = {"x": x, "y": line - 4.5, "width": width, "height": 9, "fill": f"url(#hatch-{frame.key})"}
        return Shape("rect", "b-dormant", hatch, title)
    height = {"b-plain": 3, "b-tension": 5}.get(bar.look, 6)
    return Shape("rect", bar.look, {"x": x, "y": line - height / 2, "width": width, "height": height}, title)


def _mark_shapes(mark: Mark, x: float, y: float, frame: Frame, story: Story) -> list[Shape]:
    if mark.look == "l-sign":
        return [Shape("line", "l-sign", {"x1": x, "x2": x, "y1": y - 5, "y2": y + 5}, mark.title)]
    if mark.look == "d-mile":
        return [Shape("path", "d-mile", {"d": f"M{x} {y - 5}l5 9h-10Z"}, mark.title)]
    if mark.look == "d-session":
        return [Shape("path", "d-held", {"d": f"M{x} {y - 7}l7 7-7 7-7-7Z"}, mark.title)]
    if mark.look == "d-ask":
        return [
            Shape("circle", "d-ask", {"cx": x, "cy": y, "r": 7}, mark.title),
            Shape("text", "q", {"x": x, "y": y + 3.6, "aria-hidden": "true"}, text="?"),
        ]
    shapes = []
    if mark.earliest and mark.earliest < mark.day:
        shapes.append(Shape("line", "l-span", {"x1": frame.x(mark.earliest, story), "x2": x, "y1": y, "y2": y}))
    return [*shapes, Shape("circle", "d-held", {"cx": x, "cy": y, "r": 4.6}, mark.title)]
