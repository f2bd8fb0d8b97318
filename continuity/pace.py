"""What an initiative's own gaps say of it, for its page and the API: the cadence they make, and what they foretell."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from continuity import forecast, rules
from continuity.figures import gaps_figure
from continuity.tables import in_days
from registry.core.dates import display_day
from registry.core.tables import Column, Table, has_page, named
from registry.core.templatetags.concord import label, number


@dataclass(frozen=True)
class Pace:
    """The days of activity of an initiative up to the day asked, and what follows from them.

    `inference`: None from fewer than four days. `in_force`: the rule goes by it.
    """

    days: list[date]
    inference: rules.Inference | None
    in_force: bool
    forecast: forecast.Forecast


def pace_of(facts: rules.Facts, answer: rules.Answer, day: date) -> Pace:
    """Return what an initiative's own gaps say of it on a day for which this is the rule's answer."""
    days = rules.activity_days(facts, day)
    in_force = answer.cadence_source == rules.CadenceSource.INFERRED
    return Pace(days, rules.inferred_cadence(days), in_force, forecast.forecast(facts, answer, day))


# What is to be expected --------------------------------------------------------------------------------------------

NO_CLOCK = {
    "planned": gettext_lazy("No forecast: it has not begun."),
    "concluded": gettext_lazy("No forecast: it has ended."),
    "suspended": gettext_lazy("No forecast: a suspension has been declared."),
    "untracked": gettext_lazy("No forecast: outside tracked days nothing is claimed."),
    "episodic": gettext_lazy("No forecast: no rhythm is expected."),
}


def expectations(pace: Pace, answer: rules.Answer, day: date) -> list[str]:
    """Return sentences on when the next activity is to be expected."""
    found = []
    if answer.due_on:
        by_rule = _("By the rule the next one is due by %(day)s.")
        if answer.due_on < day:
            by_rule = _("By the rule the next one was due by %(day)s.")
        found.append(by_rule % {"day": display_day(answer.due_on)})
    if window := pace.forecast.window:
        by_gaps = _(
            "By its own gaps it comes between %(first)s and %(last)s, around %(middle)s: half of the gaps are like "
            "that, a quarter shorter and a quarter longer."
        )
        if window[-1] < day:
            by_gaps = _("By its own gaps it was to come between %(first)s and %(last)s, around %(middle)s.")
        first, middle, last = map(display_day, window)
        found.append(by_gaps % {"first": first, "middle": middle, "last": last})
    return found


def absence(told: forecast.Forecast, state: rules.State) -> str:
    """Say why nothing is foretold of whether another activity follows; "" where something is."""
    if told.absence == forecast.Absence.NO_CLOCK:
        return str(NO_CLOCK[state])
    if told.absence == forecast.Absence.TOO_FEW:
        few = _(
            "Too few activities for a forecast of whether another follows. Needed on different tracked days: "
            "%(needed)s; on file: %(n)s."
        )
        found = number(told.past.number if told.past else 0)
        return few % {"needed": forecast.ENOUGH_FOR_ALIVE, "n": found}
    if told.absence == forecast.Absence.TOO_IRREGULAR:
        return _(
            "Too irregular for a forecast of whether another follows: with gaps like these it has not been shown to be "
            "better than the state itself."
        )
    return ""


TOO_HOPEFUL = 0.2, 0.6
"""Between these the model has proved too hopeful (docs/forecast.md, "What was foretold, and what came")."""


def in_percent(chance: float) -> str:
    """Write a chance as it may be taken: in whole percent, never a certainty, with a warning where one is due."""
    percent = round(chance * 100)
    if percent < 1:
        return _("under 1 %%") % {}
    if percent > 99:
        return _("over 99 %%") % {}
    low, high = TOO_HOPEFUL
    if low <= chance < high:
        return _("in doubt, about %(n)s %%; in this middle range it has proved too hopeful") % {"n": percent}
    return _("about %(n)s %%") % {"n": percent}


# Where it comes from -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step from the gaps to the cadence."""

    name: str
    value: str
    remark: str = ""


def steps(pace: Pace, answer: rules.Answer) -> list[Step]:
    """Return how a cadence follows from the gaps, and which one is in force; [] where none can be inferred."""
    inference = pace.inference
    if inference is None:
        return []
    bounded = _("bounds: 30 to 3,650 days") if inference.days != inference.unbounded else ""
    found = [
        Step(
            _("Days of activity"),
            number(len(pace.days)),
            _("gaps between them: %(n)s") % {"n": number(len(inference.gaps))},
        ),
        Step(_("Median gap"), in_days(inference.median), _("half are shorter, half longer")),
        Step(_("Times 1.5, rounded up"), in_days(inference.unbounded), bounded),
    ]
    if pace.in_force:
        return [*found, Step(_("So one is expected every"), in_days(inference.days), _("in force"))]
    if answer.cadence_days is None:
        return [*found, Step(_("Would be inferred"), in_days(inference.days), _("not in force: no clock runs"))]
    source = label(str(answer.cadence_source), "cadence_source").lower()
    instead = _("in force: %(days)s, %(source)s") % {"days": in_days(answer.cadence_days), "source": source}
    return [*found, Step(_("Would be inferred"), in_days(inference.days), instead)]


@dataclass(frozen=True)
class Day:
    """A day of activity, the records that show it, and the days since the one before it."""

    on: date
    shown_by: list[Any]
    gap: int | None


def day_by_day(pace: Pace, evidence: Iterable[Any]) -> list[Day]:
    """Return the days of activity, the latest first, each with those of these records that show it."""
    shown_by: dict[date, list[Any]] = {}
    for record in evidence:
        if record.activity.substantive:
            shown_by.setdefault(record.activity.on, []).append(record)
    gaps = (None, *pace.inference.gaps) if pace.inference else ()
    days = [Day(on, shown_by.get(on, []), gap) for on, gap in zip(pace.days, gaps, strict=False)]
    return days[::-1]


def _evidence(day: Day) -> SafeString:
    records = (named(record) if has_page(record) else str(record) for record in day.shown_by)
    return format_html_join(", ", "{}", ((record,) for record in records))


DAYS = (
    Column(gettext_lazy("Day"), lambda day: display_day(day.on), css="nowrap", head=True),
    Column(gettext_lazy("Evidence"), _evidence, empty=gettext_lazy("further back than is listed here")),
    Column(
        gettext_lazy("Days since the one before"), lambda day: number(day.gap), css="n", empty=gettext_lazy("the first")
    ),
)


FEW_ENOUGH = 12
"""So many days stand open on the page; more are folded."""


def page_of(row: Any, evidence: Iterable[Any]) -> dict[str, Any]:
    """Return what the page of an initiative says of its pace: it is answered and explained, with its evidence."""
    pace = pace_of(row.facts, row.answer, row.asked_on)
    told, inference = pace.forecast, pace.inference
    return {
        "expectations": expectations(pace, row.answer, row.asked_on),
        "absence": absence(told, row.answer.state),
        "chance": in_percent(told.alive) if told.alive is not None else "",
        "past": told.past,
        "steps": steps(pace, row.answer),
        "figure": gaps_figure(inference, (row.asked_on - pace.days[-1]).days) if inference else None,
        "table": Table(_("The latest first"), DAYS, day_by_day(pace, evidence) if inference else []),
        "folded": len(pace.days) > FEW_ENOUGH,
    }
