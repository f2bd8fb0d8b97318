"""A timeline as shapes of one drawing, for a wide screen and for a phone.

Colours and dashes stand in the stylesheet; geometry alone stands in the attributes, so that neither the content
security policy nor the dark ground has anything against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.utils.text import Truncator

from registry.core import dates
from registry.site.timeline import Bar, Mark, Row, Story


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
