"""How the figures stand on a page: in words with the counts first, as cards and in tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from continuity.tables import in_days
from events.indices.answer import Line, OfPair
from events.indices.asking import Question
from events.indices.definitions import BY_CODE, GROUPS, RUNGS
from events.indices.figures import Figure, Period
from events.indices.resilience import LEADS, Around, Cut, Window
from registry.core import dates
from registry.core.models import Pair
from registry.core.tables import Column, Table
from registry.core.templatetags.concord import linked, number

NOTHING = gettext_lazy("nothing to divide")
NO_DAY = gettext_lazy("no such day")
LADDERS = ("ladder", "ladder_continuity")
"""These stand in one table, by rung."""


# Figures in words --------------------------------------------------------------------------------------------------


def percent(figure: Figure) -> str:
    """Write a share in percent; "" where there is none."""
    share = figure.value is not None and figure.denominator is not None
    return _("%(n)s%%") % {"n": number_format(round(100 * (figure.value or 0)), use_l10n=True)} if share else ""


def decimal(value: float) -> str:
    """Write a number with two places; `number_format` alone would cut off the rest instead of rounding it."""
    return number_format(round(value, 2), 2, use_l10n=True)


def is_diversity(figure: Figure) -> bool:
    return figure.code.endswith("_diversity")


def cell(figure: Figure) -> str:
    """Write a figure for a table, counts first: “5 of 9 (56%)”; "" where there is no day to count on."""
    if figure.numerator is None:
        return ""
    if figure.denominator is None:
        return number(figure.numerator)
    if is_diversity(figure):
        return str(NOTHING) if figure.value is None else decimal(figure.value)
    if not figure.denominator:
        return (
            _("%(n)s of 0: nothing to divide") % {"n": number(figure.numerator)} if figure.numerator else str(NOTHING)
        )
    counts = {"n": number(figure.numerator), "all": number(figure.denominator), "share": percent(figure)}
    return _("%(n)s of %(all)s (%(share)s)") % counts


@dataclass(frozen=True)
class Stat:
    """One figure as a card of the page; `more` is the list behind it."""

    line: Line
    more: str

    @property
    def figure(self) -> Figure:
        return self.line.figure

    @property
    def big(self) -> str:
        """What is read first: the count, or of a diversity the index itself; "" where there is none."""
        figure = self.figure
        if figure.value is None:
            return ""
        if is_diversity(figure):
            return decimal(figure.value)
        return number(figure.numerator)

    @property
    def of(self) -> str:
        """What it is counted among, with the unit."""
        figure, unit = self.figure, self.line.definition.unit
        if is_diversity(figure):
            return _("on a scale from 0 to 1")
        if figure.denominator is None:
            return str(unit)
        return _("of %(n)s %(unit)s") % {"n": number(figure.denominator), "unit": unit}

    @property
    def nothing(self) -> str:
        """Say that there is nothing to divide, and what was counted all the same."""
        if self.figure.numerator:
            return _("Nothing to divide: %(n)s of 0") % {"n": number(self.figure.numerator)}
        return _("Nothing to divide")

    @property
    def width(self) -> str:
        """The length of the bar in hundredths; "" where a bar says nothing."""
        if self.figure.value is None or self.figure.denominator is None:
            return ""
        return f"{min(100 * self.figure.value, 100):.2f}"

    @property
    def share(self) -> str:
        return "" if is_diversity(self.figure) else percent(self.figure)


# One pair ------------------------------------------------------------------------------------------------------------


def ladder_table(lines: list[Line]) -> Table:
    """Return the rungs of the ladder, each with its events and the continuity of its initiatives."""
    by = {(line.definition.code, line.figure.part): line.figure for line in lines}

    def continuity(rung: str) -> str:
        figure = by.get(("ladder_continuity", rung))
        return cell(figure) if figure and figure.denominator else ""

    columns = (
        Column(_("Rung"), lambda rung: str(dict(RUNGS)[rung]).capitalize(), head=True),
        Column(_("Held events"), lambda rung: cell(by["ladder", rung]), css="n"),
        Column(_("Continuity of its initiatives, days"), continuity, css="n", empty=NOTHING),
    )
    caption = _("The ladder: each held event stands on the highest rung that its initiative or one above it reaches")
    return Table(caption, columns, [rung for rung, _name in RUNGS])


def apart(lines: Iterable[Line]) -> list[list[Line]]:
    """Return lines in the groups that make a table by year: each ladder by itself, and all the rest."""
    groups: dict[str, list[Line]] = {"": []}
    for line in lines:
        code = line.definition.code
        groups.setdefault(code if code in LADDERS else "", []).append(line)
    return [group for group in groups.values() if group]


def by_year(lines: list[Line]) -> Table:
    """Return some indices, year by year."""
    years = [year for year, _figure in lines[0].years]

    def column(line: Line) -> Column:
        figures = dict(line.years)
        return Column(line.name, lambda year: cell(figures[year]), css="n", empty=NO_DAY)

    caption = _("By year: what is counted, among how many")
    return Table(caption, [Column(_("Year"), year_cell, head=True), *map(column, lines)], years)


def year_cell(year: Period) -> str:
    """Write a year; of a part of one also its days."""
    whole = (year.first.month, year.first.day, year.last.month, year.last.day) == (1, 1, 12, 31)
    return (
        str(year.first.year)
        if whole
        else _("%(year)s, %(days)s") % {"year": year.first.year, "days": in_days(year.days)}
    )


# Resilience ----------------------------------------------------------------------------------------------------------

WINDOWS = {"before": gettext_lazy("Before"), "during": gettext_lazy("During"), "after": gettext_lazy("After")}
LED = {
    "state": gettext_lazy("State-led"),
    "non_state": gettext_lazy("Non-state-led"),
    "unknown": gettext_lazy("Not on file"),
}


def episode_shown(one: Around) -> dict[str, Any]:
    """Return one episode with its table and its sentences."""
    columns = (
        Column(_("Window"), lambda window: WINDOWS[window.name], head=True),
        Column(_("Days counted"), days_cell, css="n"),
        *(Column(LED[lead], lambda window, lead=lead: held_cell(window, lead), css="n") for lead in LEADS),
        Column(_("All"), held_cell, css="n"),
        Column(_("Cut out"), cuts_cell, empty=""),
    )
    return {
        "one": one,
        "table": Table(_("Held events by who led them: how many, and in brackets per 30 days"), columns, one.windows),
        "survival": one.survival and cell(one.survival),
        "ties": one.ties and cell(one.ties),
    }


def days_cell(window: Window) -> str:
    asked = (window.last - window.first).days + 1
    if asked == window.days:
        return number(window.days)
    return _("%(n)s of %(all)s") % {"n": number(window.days), "all": number(asked)}


def held_cell(window: Window, lead: str = "") -> str:
    """Write how many events were held, and how many that is per 30 days: “2 (0.12)”."""
    rate = window.per_30_days(lead)
    if rate is None:
        return _("%(n)s (nothing to divide)") % {"n": number(window.held(lead))}
    return _("%(n)s (%(rate)s)") % {"n": number(window.held(lead)), "rate": decimal(rate)}


def cuts_cell(window: Window) -> str:
    """Write what is cut out of a window, or, of the episode itself, what else happened on its days."""
    cuts = [cut_words(cut) for cut in window.cuts]
    cuts += [
        format_html(_("not cut: {} lies on some of these days"), linked(other.record)) for other in window.overlaps
    ]
    return format_html("{}" + "; {}" * (len(cuts) - 1), *cuts) if cuts else ""


def cut_words(cut: Cut) -> str:
    days = in_days(cut.days)
    if cut.episode is not None:
        return format_html(_("{}: another episode, {}"), days, linked(cut.episode.record))
    if cut.by == "today":
        return _("%(days)s: not come yet") % {"days": days}
    return _("%(days)s: not tracked") % {"days": days}


# Several pairs -------------------------------------------------------------------------------------------------------


def side_by_side(found: list[OfPair], asked: Question) -> dict[str, Any]:
    """Return the tables of several pairs: one for each group of indices, and by year one for each index."""
    rows = list(zip(*(of.lines for of in found), strict=True))
    by_group = {key: [row for row in rows if row[0].definition.group == key] for key in GROUPS}
    pairs = [of.pair for of in found]
    return {
        "several": found,
        "tables": [group_table(GROUPS[key], pairs, some) for key, some in by_group.items() if some],
        "year_tables": [years_table(pairs, row) for row in rows if asked.by_year and row[0].years],
        "episodes": episodes_table(found),
        "definitions": [one for code, one in BY_CODE.items() if code in asked.codes],
        "tracked": Table(_("For how much of the period the record is claimed to be complete"), TRACKED, found),
    }


def group_table(title: Any, pairs: list[Pair], rows: list[tuple[Line, ...]]) -> Table:
    """Return some indices, one in a row, with a column for each pair."""

    def column(at: int, pair: Pair) -> Column:
        return Column(str(pair), lambda row: cell(row[at].figure), css="n", empty=NO_DAY)

    first = Column(_("Index"), lambda row: row[0].name, head=True)
    return Table("", [first, *(column(at, pair) for at, pair in enumerate(pairs))], rows, title=title)


def years_table(pairs: list[Pair], row: tuple[Line, ...]) -> Table:
    """Return one index, year by year, with a column for each pair."""

    def column(pair: Pair, line: Line) -> Column:
        figures = dict(line.years)
        return Column(str(pair), lambda year: cell(figures[year]), css="n", empty=NO_DAY)

    columns = [Column(_("Year"), year_cell, head=True), *map(column, pairs, row)]
    return Table("", columns, [year for year, _figure in row[0].years], title=row[0].name)


def episodes_table(found: list[OfPair]) -> Table:
    """Return the episodes of all pairs, one in a row."""

    def around(name: str) -> Column:
        return Column(WINDOWS[name], lambda row: window_cell(row[1], name), css="n", empty=NOTHING)

    columns = (
        Column(_("Episode"), lambda row: linked(row[1].episode.record), head=True),
        Column(_("Pair"), lambda row: row[0]),
        *map(around, WINDOWS),
        Column(_("Survival"), lambda row: row[1].survival and cell(row[1].survival), css="n", empty=NOTHING),
        Column(_("Recovery"), lambda row: in_days(row[1].recovery), css="n", empty=_("no event on file since")),
    )
    caption = _("Held events before, during and after each episode: a coincidence of dates, not a cause")
    return Table(caption, columns, [(of.pair, one) for of in found for one in of.episodes or ()])


def window_cell(one: Around, name: str) -> str:
    """Write how much was held in one window of an episode; "" where no day of it is counted."""
    window = next((window for window in one.windows if window.name == name), None)
    if window is None or not window.days:
        return ""
    return _("%(n)s in %(days)s") % {"n": number(window.held()), "days": in_days(window.days)}


def basis_cell(of: OfPair) -> str:
    pair = of.pair
    return f"{pair.get_tracking_basis_display()}, {dates.display_day(pair.tracked_from)}" if pair.tracked_from else ""


TRACKED = (
    Column(
        gettext_lazy("Pair"),
        lambda of: format_html('<a href="{}">{}</a>', reverse("pair-indices", args=[of.pair.ref]), of.pair),
        head=True,
    ),
    Column(gettext_lazy("Tracked from"), basis_cell, empty=gettext_lazy("not tracked")),
    Column(
        gettext_lazy("Tracked days"),
        lambda of: _("%(n)s of %(all)s") % {"n": number(of.tracked_days), "all": number(of.days)},
        css="n",
    ),
    Column(
        gettext_lazy("To be known"),
        lambda of: " ".join(of.notes),
        empty="",
    ),
)
