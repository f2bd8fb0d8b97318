"""What each index is: the one table that page, API and docs/indices.md read."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

GROUPS = {
    "continuity": _("Continuity and coordination"),
    "actors": _("Who leads"),
    "structure": _("Structure"),
    "scope": _("Breadth and stock"),
    "events": _("What the events are like"),
    "series": _("Series, silence, ties"),
}


@dataclass(frozen=True)
class Definition:
    """One index. `formula` is what is divided by what, in words; `choices` what else a reader must know to use it.

    `unit` is what the numerator and the denominator count. `by_sector`: it differs between the two bases. `adds_up`:
    numerators and denominators of the years of a period add up to those of the period. `yearly`: it is told by year.
    `parts`: what it is broken down into, each with a figure of its own.
    """

    code: str
    group: str
    name: Any
    formula: Any
    choices: Any
    unit: Any
    by_sector: bool = False
    adds_up: bool = True
    yearly: bool = True
    parts: tuple[tuple[str, Any], ...] = ()


RUNGS = (
    ("stand_alone", _("stand-alone")),
    ("recurring", _("recurring: in a series")),
    ("programme", _("under a programme")),
    ("agreement_or_commission", _("under an agreement or a commission, not both")),
    ("agreement_and_commission", _("under an agreement with a commission")),
)
"""From the lowest to the highest; each event stands on one."""

EVENTS, SESSIONS, DAYS, FIELDS = _("events"), _("sessions"), _("days"), _("fields")
HELD_EVENTS = _("Held means held, held downgraded or moved online; an event belongs to the day it counts from.")

DEFINITIONS = (
    Definition(
        "continuity",
        "continuity",
        _("Continuity"),
        _("Days of all initiatives that were active, due or overdue ÷ those plus the lapsed days."),
        _(
            "Each initiative counts each of its days on which its clock runs, so days without a clock (planned, "
            "concluded, suspended, untracked, episodic) are on neither side."
        ),
        DAYS,
    ),
    Definition(
        "sessions",
        "continuity",
        _("Sessions held"),
        _("Sessions held ÷ sessions expected."),
        _(
            "Expected: for each commission the whole cadences, as in force on the period’s last day, that fit into "
            "its tracked, unsuspended days. Only sessions on such days are on the other side. A broken cadence expects "
            "nothing, so the years do not add up; more may be held than expected."
        ),
        SESSIONS,
        adds_up=False,
    ),
    Definition(
        "commitments",
        "continuity",
        _("Commitments on time"),
        _("Commitments done on time ÷ commitments due."),
        _(
            "Due: the latest day meant by the due date lies in the period and is over; what was dropped or carried "
            "over since was due all the same. On time: done, and first fulfilled not later than that day."
        ),
        _("commitments"),
    ),
    Definition(
        "non_state",
        "actors",
        _("Non-state involvement"),
        _("Held events with a non-state actor in a leading role ÷ held events with any leading actor on file."),
        _(
            "Leading: initiator, organiser, co-organiser, coordinator. Mixed and international actors are no "
            "non-state ones."
        ),
        EVENTS,
        by_sector=True,
    ),
    Definition(
        "actor_diversity",
        "actors",
        _("Actor diversity"),
        _("1 − Σ share², over leading participations, each actor with its share of them."),
        _(
            "0: one actor leads everything; near 1: many lead equally often. In whole numbers: (N² − Σ n²) ÷ N², with "
            "N participations, n of them of one actor."
        ),
        _("N² − Σ n², N²"),
        adds_up=False,
    ),
    Definition(
        "sector_diversity",
        "actors",
        _("Diversity of sectors"),
        _("1 − Σ share², over leading participations, each sector with its share of them."),
        _("As actor diversity, with the four sectors in place of actors; at most 0.75."),
        _("N² − Σ n², N²"),
        by_sector=True,
        adds_up=False,
    ),
    Definition(
        "structure",
        "structure",
        _("Structure"),
        _("Held events that belong to an initiative ÷ held events."),
        HELD_EVENTS,
        EVENTS,
    ),
    Definition(
        "ladder",
        "structure",
        _("Ladder"),
        _("Held events on each rung ÷ held events."),
        _(
            "The highest rung that its initiative or one above it reaches. A series is days of culture, a festival "
            "series, a summer school or an exchange scheme; any other programme is a programme."
        ),
        EVENTS,
        parts=RUNGS,
    ),
    Definition(
        "ladder_continuity",
        "structure",
        _("Continuity by rung"),
        _("As continuity, over the initiatives of each rung."),
        _("What stands alone has no initiative, and so no clock."),
        DAYS,
        parts=RUNGS[1:],
    ),
    Definition(
        "long_term",
        "structure",
        _("Long term"),
        _("Held events under a programme of three years or more ÷ held events."),
        _(
            "From the first day the programme’s start can mean to the last its end can mean; where no end is on file, "
            "to the day of the event."
        ),
        EVENTS,
    ),
    Definition(
        "breadth",
        "scope",
        _("Breadth"),
        _("Cultural fields of held events that are also fields of agreements in force ÷ those of agreements in force."),
        _(
            "GENERAL and ALL count in neither. In force: on any day of the period, by the days on file of entry into "
            "force and end."
        ),
        FIELDS,
        adds_up=False,
    ),
    Definition(
        "stock",
        "scope",
        _("Stock of agreements"),
        _("Agreements in force each 31 December, all and cultural."),
        _(
            "A count, divided by nothing. In force: the day of entry into force is on file and over, and the end is "
            "not; one that has ended on a day not on file is left out. Cultural: it has a cultural field. Of a period "
            "its last 31 December is told."
        ),
        _("agreements"),
        adds_up=False,
        parts=(("all", _("all")), ("cultural", _("cultural"))),
    ),
    Definition(
        "digital",
        "events",
        _("Digital"),
        _("Held events that were online or hybrid ÷ held events."),
        _("What was moved online was online. A broadcast is not."),
        EVENTS,
    ),
    Definition(
        "youth",
        "events",
        _("For young people"),
        _("Held events for youth, students or children ÷ held events."),
        _("By the audiences on file."),
        EVENTS,
    ),
    Definition(
        "border",
        "events",
        _("In the border region"),
        _("Held events in a border region of the pair ÷ held events."),
        _("As the event says it."),
        EVENTS,
    ),
    Definition(
        "beyond_cycles",
        "events",
        _("Beyond official cycles"),
        _("Held events with no official occasion ÷ held events with their occasion on file."),
        _("Official occasions: anniversary, state visit, session, holiday."),
        EVENTS,
    ),
    Definition(
        "agenda",
        "continuity",
        _("Culture on the agenda"),
        _("Held sessions with a cultural item ÷ held sessions with an agenda on file."),
        _("All commissions of the pair. An agenda of which no item is coded counts as one without a cultural item."),
        SESSIONS,
    ),
    Definition(
        "recurrence",
        "series",
        _("Recurrence"),
        _("Series with a second edition within two cadences ÷ series."),
        _(
            "The series whose first edition on file lies in the period. Only those whose clock ran through all of the "
            "two cadences after it, which are over; the second edition may lie after the period."
        ),
        _("series"),
    ),
    Definition(
        "without_sessions",
        "series",
        _("Without sessions"),
        _("Held events on days when a commission of the pair was lapsed ÷ held events."),
        _("A commission whose clock does not run is not lapsed: of such days nothing is claimed."),
        EVENTS,
    ),
    Definition(
        "lasting_ties",
        "series",
        _("Lasting ties"),
        _(
            "Pairs of actors working together both before and after an episode ÷ pairs of actors working together "
            "before one."
        ),
        _(
            "Working together: taking part in one held event of the period, in whatever role. Of the episodes of "
            "tension that overlap the period and whose end is on file and over."
        ),
        _("pairs of actors"),
        adds_up=False,
        yearly=False,
    ),
)

RESILIENCE = Definition(
    "resilience",
    "series",
    _("Resilience"),
    _(
        "For each episode: held events per 30 days before, during and after it, by who led them; survival: initiatives "
        "not lapsed at its start that never lapsed during it ÷ initiatives not lapsed at its start; recovery: days "
        "from its end to the first held event."
    ),
    _(
        "Before and after are windows of the episode’s length, or of the days asked for. Days after today, outside "
        "tracked days or within another episode are cut out of a window, and it says so. State-led: every leading "
        "actor is a state one; unknown: none is on file; non-state-led: the rest. An end that is not on file is "
        "neither today nor still going on, so there is no during and no after."
    ),
    EVENTS,
    by_sector=True,
    adds_up=False,
    yearly=False,
)

BY_CODE = {definition.code: definition for definition in (*DEFINITIONS, RESILIENCE)}
