"""The page of a pair: what is alive, what is lapsing, what has lapsed; then the evidence."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from agreements import tables as agreement_tables
from agreements.models.commission import HELD
from agreements.tables import is_unreported
from continuity import results, rules
from continuity import tables as continuity_tables
from continuity.models import Initiative
from continuity.tables import answered, explained, initiatives
from events import tables as event_tables
from registry.core import access, clock, dates, gone, pages
from registry.core.dates import NOT_ON_FILE
from registry.core.days import page
from registry.core.models import Pair
from registry.core.notes import Notes
from registry.core.tables import Column, Table, named
from registry.core.templatetags.concord import label
from registry.core.views import any_day
from registry.site import timeline
from registry.site.drawing import NARROW, WIDE, draw

ALIVE, LAPSING = ("active",), ("due", "overdue")


@require_safe
@any_day
def pair_page(request: HttpRequest, ref: str, day: date) -> HttpResponse:
    """Lead to the page of a pair whichever country is named first."""
    code = "-".join(sorted(ref.upper().split("-")))
    pair = Pair.objects.visible_to(request.user).select_related("a", "b").filter(ref=code).first()
    if pair is None:
        return gone.page_answer(Pair, code, request)
    if code != ref:
        return redirect(pair)
    return render(request, "site/pair.html", pair_context(pair, request.user, day))


def pair_context(pair: Pair, user: Any, day: date) -> dict[str, Any]:
    """Return what stands on the page of a pair: what is alive, what is lapsing, what has lapsed; then the evidence."""
    rows = explained(answered(initiatives(user).filter(pair=pair), day))
    sessions = list(agreement_tables.sessions(user).filter(commission__pair=pair))
    events = list(event_tables.events(user).filter(pair=pair))
    episodes = list(continuity_tables.episodes(user).filter(pair=pair))
    milestones = list(continuity_tables.milestones(user).filter(pair=pair))
    promises = list(agreement_tables.commitments(user).filter(pair=pair))
    figures = list(pages.indicators(user).filter(pair=pair))
    notes = Notes(user, rows, sessions, events, episodes, milestones, promises, figures)
    held = [event for event in events if event.outcome in HELD]
    asked = [event for event in events if is_unreported(event, min(day, clock.today()))]
    story = timeline.tell(pair, day, rows, results.facts_of(rows), sessions, events, episodes, milestones)
    more = page("event-list", pair=pair.ref, outcome=",".join(HELD))
    latest = _("The latest %(n)s") % {"n": min(len(held), 7)}
    later = sorted((row for row in rows if row.answer.state == "active"), key=lambda row: (row.answer.due_on, row.pk))

    def some(title: Any, columns: Any, of: list[Any], caption: Any = "", **more_of: Any) -> Table:
        return Table(caption, columns, of, title=title, sourced=True, notes=notes, **more_of)

    return {
        "pair": pair,
        "may_edit": access.may_edit(user, pair),
        "begins": [(title, page(name, pair=pair.ref)) for title, name in BEGINS],
        "day": day,
        "rows": rows,
        "bearings": bearings(rows),
        "next": later[0] if later else None,
        "states": dict(Counter(str(row.answer.state) for row in rows if row.answer.state in rules.FIXED)),
        "unreported": asked,
        "notes": notes,
        "drawings": [draw(story, frame) for frame in (WIDE, NARROW)] if story.lanes else [],
        "story": story,
        "drawn": some("", DRAWN, drawn(rows, sessions, events, episodes, milestones)),
        "tables": [
            table
            for table in (
                some(_("Events held"), event_tables.EVENTS_OF_ONE, held[:7], latest, more=more, count=len(held)),
                some(_("Commitments"), agreement_tables.COMMITMENTS, promises),
                some(_("Tension episodes"), continuity_tables.EPISODES, episodes, about=NO_LABEL),
                some(_("Milestones"), continuity_tables.MILESTONES, milestones),
                some(_("Indicators"), pages.INDICATORS, figures, _("Two figures for the same may disagree; both stay")),
            )
            if table.rows
        ],
        "disagreements": notes.disagreements(),
        "lists": [
            (title, page(f"{name}-list", pair=pair.ref))
            for title, name in (
                (_("Initiatives"), "initiative"),
                (_("Lapses"), "lapse"),
                (_("Sessions"), "session"),
                (_("Events"), "event"),
                (_("Outputs"), "output"),
            )
        ],
    }


BEGINS = (
    (gettext_lazy("New tension episode"), "episode-create"),
    (gettext_lazy("New milestone"), "milestone-create"),
    (gettext_lazy("New indicator"), "indicator-create"),
)
"""What a desk enters on the page of a pair: (what it does, name of the form's address)."""
NO_LABEL = gettext_lazy("An episode belongs to a pair and a time; no country is labelled.")


@dataclass(frozen=True)
class Bearing:
    """One of the three things a pair's page says first."""

    state: str
    name: str
    rows: list[Initiative]


def bearings(rows: Iterable[Initiative]) -> list[Bearing]:
    """Return what is alive, what is lapsing and what has lapsed; of each the most pressing first."""
    rows = sorted((row for row in rows if row.answer.lapses_on), key=lambda row: (row.answer.lapses_on, row.pk))
    return [
        Bearing("active", _("Alive"), [row for row in rows if row.answer.state in ALIVE]),
        Bearing("due", _("Lapsing"), [row for row in rows if row.answer.state in LAPSING]),
        Bearing("dormant", _("Lapsed"), [row for row in rows if row.answer.state in rules.LAPSED]),
    ]


def drawn(*groups: Iterable[Any]) -> list[Any]:
    """Return all records of a timeline by their first day; those without a day stand last."""
    rows = [row for group in groups for row in group]
    return sorted(rows, key=lambda row: (row.sort_day == NOT_ON_FILE, row.sort_day, row.ref))


def state_or_outcome(row: Any) -> str:
    """Write the state of an initiative, the outcome of an event; "" for what has neither."""
    if isinstance(row, Initiative):
        return label(row.answer.state, "continuity_state")
    return agreement_tables.outcome_cell(row) if hasattr(row, "outcome") else ""


def kind_of(row: Any) -> str:
    """Write what sort of record a row is."""
    words = row.get_kind_display() if isinstance(row, Initiative) else str(row._meta.verbose_name)
    return words[:1].upper() + words[1:]


DRAWN = (
    Column(gettext_lazy("Record"), kind_of),
    Column(gettext_lazy("Name"), named, head=True),
    Column(gettext_lazy("From"), lambda row: dates.display(row.started_on or getattr(row, "planned_on", ""))),
    Column(gettext_lazy("To"), lambda row: dates.display(row.ended_on), empty=""),
    Column(gettext_lazy("State or outcome"), state_or_outcome, empty=""),
)
