"""What one more public activity would make of the state of an initiative: asked before a draft is published."""

from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from continuity import door, rules
from continuity.models import Initiative
from registry.core import clock, vocabularies
from registry.core.access import PUBLISHED
from registry.core.dates import display_day

LIMITS = {"active": "active_until", "due": "due_on", "overdue": "lapses_on", "symbolic": "symbolic_until"}


def of_activity(initiative: Initiative | None, held: bool, day: date | None, substantive: bool) -> list[str]:
    """Return sentences on what publishing an activity would change, for its initiative and each above it.

    `day` is the day on which it would count, None where none is on file.
    """
    if initiative is None:
        return [_("It belongs to no initiative, so publishing it moves no clock.")]
    if not held:
        return [_("It is not on file as held, so publishing it moves no clock.")]
    if day is None:
        return [_("The day it began is not on file: published, it stands undated and moves no clock.")]
    if initiative.visibility != PUBLISHED:
        draft = _("“%(initiative)s” is not published itself, so publishing this moves no clock yet.")
        return [draft % {"initiative": initiative}]
    today = clock.today()
    rows = Initiative.objects.in_bulk(door.counts_for(initiative.pk))
    facts = door.facts_of(rows.values())
    found = []
    for pk, row in rows.items():
        now = rules.as_of(facts[pk], today)
        then = rules.as_of(replace(facts[pk], activities=(*facts[pk].activities, (day, substantive))), today)
        said = {"initiative": row, "now": in_words(now), "then": in_words(then)}
        if said["now"] == said["then"]:
            found.append(_("Publishing this would leave “%(initiative)s” as it is: %(now)s.") % said)
        else:
            found.append(_("Publishing this would change “%(initiative)s”: %(now)s → %(then)s.") % said)
    return found


def in_words(answer: rules.Answer) -> str:
    """Write a state and the last day on which it holds if nothing happens: “active until 3 March 2027”."""
    state = vocabularies.label("continuity_state", answer.state).lower()
    limit = getattr(answer, LIMITS.get(answer.state, ""), None)
    return _("%(state)s until %(day)s") % {"state": state, "day": display_day(limit)} if limit else state
