"""What stands on the page of an initiative: the evidence, the steps of its clock, its history and relations."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from continuity import door, rules, tables
from continuity.models import Activity, ActivityEntry, Initiative, Relation
from registry.core import clock, dates
from registry.core.models import Record
from registry.core.tables import Column, has_page, named
from registry.core.templatetags.concord import chip, label, linked, number, span_of

MOST_EVIDENCE = 100
"""How many activities a page lists at most."""


def evidence_of(row: Initiative, user: Any, until: date) -> list[Record]:
    """Return the records that show activity of an initiative up to a day, the latest first, each with its `activity`.

    One query for the ledger and one for each kind of evidence in it.
    """
    ledger = row.activities.filter(day__lte=until.toordinal()).select_related("origin").order_by("-day", "-pk")
    return shown_by(ledger[:MOST_EVIDENCE], user)


def shown_by(activities: Iterable[Activity], user: Any) -> list[Any]:
    """Return the records that show these activities, as far as `user` may see them, each with its `activity`.

    In the order of the activities; one query for each kind of evidence.
    """
    activities = list(activities)
    records: dict[tuple[str, int], Any] = {}
    for kind in sorted({activity.evidence_kind for activity in activities}):
        known = door.EVIDENCE[kind]
        ids = [activity.evidence_id for activity in activities if activity.evidence_kind == kind]
        rows = known.model.objects.visible_to(user).select_related(known.of).filter(pk__in=ids)
        records |= {(kind, record.pk): record for record in rows}
    found = []
    for activity in activities:
        record = records.get((activity.evidence_kind, activity.evidence_id))
        if record is not None:
            record = copy(record)  # the same session may show an activity of several initiatives
            record.activity = activity
            found.append(record)
    return found


def uncounted(row: Initiative, user: Any) -> QuerySet:
    """Return the activities entered by hand that are not in the ledger of an initiative, as `user` may see them."""
    counted = row.activities.filter(evidence_kind="entry").values("evidence_id")
    return ActivityEntry.objects.visible_to(user).filter(initiative=row.pk).exclude(pk__in=counted)


def counts_as(record: Any) -> str:
    """Write what an activity does to the clock."""
    return _("restarts the clock") if record.activity.substantive else _("symbolic: does not restart it")


def shown_under(record: Any) -> str:
    """Write the initiative whose own activity it is, where that is not the one of the page."""
    activity = record.activity
    return linked(activity.origin) if activity.origin_id != activity.initiative_id else _("this one")


EVIDENCE = (
    Column(gettext_lazy("Day"), lambda record: dates.display_day(record.activity.on), css="nowrap"),
    Column(gettext_lazy("Evidence"), lambda record: named(record) if has_page(record) else str(record), head=True),
    Column(gettext_lazy("Of"), shown_under),
    Column(gettext_lazy("Effect"), counts_as),
)
UNCOUNTED = (
    Column(gettext_lazy("Day"), lambda entry: dates.display(entry.started_on), css="nowrap"),
    Column(gettext_lazy("Activity entered by hand"), named, head=True),
)
PUBLIC_ALONE = gettext_lazy("An activity counts once everyone may see its initiative and its source.")
BY = {
    "activity": gettext_lazy("activity"),
    "clock": gettext_lazy("clock"),
    "record": gettext_lazy("what is on file"),
}
HISTORY = (
    Column(gettext_lazy("From"), lambda row: dates.display_day(row.first), css="nowrap"),
    Column(gettext_lazy("State"), lambda row: chip(row.state)),
    Column(gettext_lazy("By"), lambda row: BY[row.by]),
    Column(gettext_lazy("Days"), lambda row: number(row.days), css="n"),
)
SUSPENSIONS = (
    Column(gettext_lazy("When"), lambda row: span_of(row.started_on, row.ended_on), head=True),
    Column(
        gettext_lazy("Ended"),
        lambda row: dates.display(row.ended_on),
        empty=gettext_lazy("still holds, as far as known"),
    ),
    Column(gettext_lazy("Why"), lambda row: row.why),
)
RELATIONS = (
    Column(gettext_lazy("This one"), lambda row: row.words),
    Column(gettext_lazy("Initiative"), lambda row: named(row.other, row.other.get_kind_display()), head=True),
    Column(gettext_lazy("Remark"), lambda row: row.note, empty=""),
)
PASSIVE = {
    "AMENDS": gettext_lazy("Is amended by"),
    "SUPERSEDES": gettext_lazy("Is superseded by"),
    "IMPLEMENTS": gettext_lazy("Is implemented by"),
    "FRAMEWORK_OF": gettext_lazy("Has as its framework"),
}


def related(row: Initiative, user: Any) -> list[Relation]:
    """Return the relations of an initiative in both directions, each with the `other` one and its `words`."""
    found = []
    rows = Relation.objects.visible_to(user).filter(Q(source=row.pk) | Q(target=row.pk))
    for relation in rows.select_related("source", "target"):
        active = relation.source_id == row.pk
        relation.other = relation.target if active else relation.source
        relation.words = relation.get_kind_display() if active else PASSIVE.get(relation.kind, relation.kind)
        found.append(relation)
    return found


@dataclass(frozen=True)
class Step:
    """One step of the clock: what, when, and how that comes about."""

    state: str
    name: str
    day: date | None
    remark: str = ""


def steps(row: Any) -> list[Step]:
    """Return the steps of the clock of an initiative, from what it counts from to the day asked; [] without a clock."""
    answer, today = row.answer, row.asked_on
    if answer.due_on is None:
        return []
    cadence = _("%(days)s on, %(source)s") % {
        "days": tables.in_days(answer.cadence_days),
        "source": label(answer.cadence_source, "cadence_source").lower(),
    }
    grace = _("grace of %(days)s") % {"days": tables.in_days(answer.grace_days)}
    is_active = answer.last_activity_on == answer.baseline
    lapsed = answer.state in rules.LAPSED
    first = rules.day_after(answer.lapses_on)
    asked = _("Today") if today == clock.today() else _("Day asked")
    found = [
        Step("active", _("Last activity") if is_active else _("Clock runs from"), answer.baseline),
        Step("overdue", _("Next was due by") if answer.due_on < today else _("Next is due by"), answer.due_on, cadence),
    ]
    if lapsed:
        ago = _("day %(n)s of the lapse") % {"n": number((today - first).days + 1)}
        found.append(Step("dormant", _("Lapsed since"), first, _("%(grace)s over") % {"grace": grace}))
        found.append(Step("plain", asked, today, ago))
    else:
        left = tables.in_days((answer.lapses_on - today).days)
        found.append(Step("dormant", _("Lapses after"), answer.lapses_on, grace))
        found.append(Step("plain", asked, today, _("%(days)s before it lapses") % {"days": left}))
    return found
