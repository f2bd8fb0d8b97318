"""Pages of initiatives of all kinds, and of episodes and milestones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from actors import tables as actor_tables
from actors.models import Actor
from continuity import door, history, rules, states, tables
from continuity.figures import clock_figure
from continuity.filters import EpisodeFilterSet, InitiativeFilterSet, MilestoneFilterSet
from continuity.models import ActivityEntry, Initiative, Lapse, Milestone, Relation, TensionEpisode
from registry.core import clock, dates
from registry.core.models import Place, Record, Source
from registry.core.tables import Column, Table, has_page, named, seen
from registry.core.templatetags.concord import chip, label, linked, number, span_of
from registry.core.views import RecordList, RecordPage, day_asked, section

EVIDENCE_MODELS: dict[str, type[Record]] = {"entry": ActivityEntry}
"""Kind of evidence → the records it consists of; rooms below add theirs."""
EVIDENCE_NEEDS: dict[str, tuple[str, ...]] = {}
"""Kind of evidence → what its records need to be named."""
MOST_EVIDENCE = 100
"""How many activities a page lists at most."""


# Lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """How many initiatives are in one state, and the address of the list of them."""

    state: str
    count: int
    address: str


def tallies(rows: QuerySet, day: date, address: str) -> list[Tally]:
    """Return the counts of states that occur among `rows`, lapsed first."""
    found = states.counts(rows, day)
    joint = "&" if "?" in address else "?"
    order = (*reversed(rules.TICKING), *reversed(rules.FIXED))
    return [Tally(state, found[state], f"{address}{joint}state={state}") for state in order if found[state]]


class InitiativeList(RecordList):
    """All initiatives, or those of one kind."""

    model = Initiative
    template_name = "continuity/list.html"
    filterset_class = InitiativeFilterSet
    filters = ("q", "state", "kind", "pair", "field", "level", "as_of")
    columns = tables.INITIATIVES
    title = gettext_lazy("Initiatives")
    caption = gettext_lazy("The latest begun or signed first")
    lede = gettext_lazy("Agreements, commissions and programmes: whatever has continuity.")

    @property
    def day(self) -> date:
        """The day for which states are told."""
        return self.filterset.as_of

    def records(self) -> QuerySet:
        return tables.initiatives(self.request.user, self.model)

    def table(self, rows: Iterable[Initiative]) -> Table:
        return Table(self.caption, self.columns, tables.answered(rows, self.day))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.model.objects.visible_to(self.request.user)
        asked = f"{self.request.path}?as_of={self.day}" if self.day != clock.today() else self.request.path
        return super().get_context_data(**kwargs) | {
            "day": self.day,
            "is_today": self.day == clock.today(),
            "tallies": tallies(rows, self.day, asked),
        }


class LapsedList(InitiativeList):
    """What has lapsed, the longest gap first."""

    template_name = "continuity/lapsed.html"
    filters = ("q", "kind", "pair", "country", "field", "as_of")
    columns = tables.LAPSED
    title = gettext_lazy("Lapsed initiatives")
    caption = gettext_lazy("Longest gap first: from the last activity, or from the first tracked day, to the day asked")
    lede = gettext_lazy("Initiatives whose next activity is overdue by more than the grace allowed.")

    def get_queryset(self) -> list[Initiative]:
        rows = states.in_states(super().get_queryset(), rules.LAPSED, self.day)
        # the baseline is no column, and of lapsed rows there are few beside all
        return sorted(tables.answered(rows, self.day), key=lambda row: (row.answer.baseline, row.pk))

    def table(self, rows: Iterable[Initiative]) -> Table:
        return Table(self.caption, self.columns, rows)


def initiative_page(request: HttpRequest, ref: str) -> HttpResponse:
    """Lead to the page of the kind that an initiative is of."""
    found = get_object_or_404(Initiative.objects.visible_to(request.user), ref=ref)
    return redirect(found)


# The page of one initiative --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step of the clock: what, when, and how that comes about."""

    state: str
    name: str
    day: date
    remark: str = ""


class InitiativePage(RecordPage):
    """What agreements, commissions and programmes have in common: state, clock, evidence, lapses, history."""

    template_name = "continuity/initiative.html"
    facts: tuple[str, ...] = ("level", "started_on", "ended_on", "fields")
    units = {"cadence": tables.in_days, "grace": tables.in_days, "meeting_clause_days": tables.in_days}
    optional: tuple[str, ...] = (
        "parent",
        "summary",
        "cadence",
        "grace",
        "meeting_clause_days",
        "frameworks",
        "subjects",
    )

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("pair__a", "pair__b", "parent")

    def tables(self) -> list[Table]:
        return [*self.own_tables(), *super().tables(), *self.common_tables()]

    def own_tables(self) -> list[Table]:
        """Return what only this kind of initiative has."""
        return []

    def common_tables(self) -> list[Table]:
        """Return what hangs on an initiative of any kind."""
        row, user = self.object, self.request.user
        self.evidence = evidence_of(row, user, self.day)
        children = tables.initiatives(user).filter(parent=row.pk)
        return [
            Table("", EVIDENCE, self.evidence, title=_("What moved its clock"), sourced=True, anchor="evidence"),
            Table("", tables.UNDER, tables.answered(children, self.day), title=_("What stands under it"), sourced=True),
            Table("", RELATIONS, related(row, user), title=_("Relations")),
            Table(
                "",
                actor_tables.PARTICIPANTS,
                actor_tables.participants(row.participations, user),
                title=_("Who takes part"),
            ),
            Table("", SUSPENSIONS, row.suspensions.all(), title=_("Suspensions")),
        ]

    def get_object(self, queryset: QuerySet | None = None) -> Initiative:
        self.day = day_asked(self.request)
        (row,) = tables.explained(tables.answered([super().get_object(queryset)], self.day))
        return row

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        episodes = list(tables.episodes(user).filter(pair=row.pair_id))
        lapses = list(row.lapses.visible_to(user).prefetch_related(seen(user, "source", Source)))
        for lapse in lapses:
            lapse.overlapping = tables.overlapping(lapse, episodes)
            lapse.days = tables.lapse_days(lapse, self.day)
        past = history.stretches(door.facts_of([row])[row.pk], self.day)
        context = super().get_context_data(**kwargs)
        return context | {
            "day": self.day,
            "answer": row.answer,
            "steps": steps(row),
            "lapses": lapses,
            "last_evidence": next((record for record in self.evidence if record.activity.substantive), None),
            "clock": clock_figure(row),
            "history": Table(_("As the records are known today"), HISTORY, past if len(past) > 1 else []),
        }


def evidence_of(row: Initiative, user: Any, until: date) -> list[Record]:
    """Return the records that show activity of an initiative up to a day, the latest first, each with its `activity`.

    One query for the ledger and one for each kind of evidence in it.
    """
    ledger = row.activities.filter(day__lte=until.toordinal()).select_related("origin").order_by("-day", "-pk")
    activities = list(ledger[:MOST_EVIDENCE])
    records: dict[tuple[str, int], Record] = {}
    for kind in sorted({activity.evidence_kind for activity in activities}):
        model = EVIDENCE_MODELS[kind]
        ids = [activity.evidence_id for activity in activities if activity.evidence_kind == kind]
        names = EVIDENCE_NEEDS.get(kind, ())
        rows = model.objects.visible_to(user).select_related(*names).filter(pk__in=ids)
        records |= {(kind, record.pk): record for record in rows}
    found = []
    for activity in activities:
        record = records.get((activity.evidence_kind, activity.evidence_id))
        if record is not None:
            record.activity = activity
            found.append(record)
    return found


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


def steps(row: Initiative) -> list[Step]:
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


# What surrounds initiatives --------------------------------------------------------------------------------------


class EpisodeList(RecordList):
    model = TensionEpisode
    filterset_class = EpisodeFilterSet
    filters = ("q", "pair", "country", "kind", "intensity", "started_after", "started_before")
    columns = (*tables.EPISODES[:1], tables.PAIR, *tables.EPISODES[1:])
    title = gettext_lazy("Tension episodes")
    lede = gettext_lazy("Dated episodes of tension. Each belongs to a pair and a time; no country is ever labelled.")
    caption = gettext_lazy("The latest first; intensity is the highest level of hostility of either side")

    def records(self) -> QuerySet:
        return tables.episodes(self.request.user)


class EpisodePage(RecordPage):
    model = TensionEpisode
    facts = ("kind", "started_on", "ended_on", "end_known", "intensity")

    def kicker(self) -> str:
        return self.object.get_kind_display()

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("pair__a", "pair__b")

    def tables(self) -> list[Table]:
        lapses = Lapse.objects.visible_to(self.request.user).filter(initiative__pair=self.object.pair_id)
        rows = [row for row in lapses.select_related("initiative") if tables.overlapping(row, [self.object])]
        about = _("An overlap is a coincidence of dates, not a cause.")
        return [Table("", LAPSES, rows, title=_("Lapses that overlap it"), about=about), *super().tables()]


LAPSES = (
    Column(gettext_lazy("Initiative"), lambda row: named(row.initiative), head=True),
    Column(gettext_lazy("From"), lambda row: dates.display_day(row.began_on)),
    Column(
        gettext_lazy("Ended"),
        lambda row: dates.display_day(row.ended_on) if row.ended_on else "",
        empty=gettext_lazy("still open"),
    ),
    Column(gettext_lazy("By"), lambda row: row.get_ended_by_display(), empty=""),
)


class MilestoneList(RecordList):
    model = Milestone
    filterset_class = MilestoneFilterSet
    filters = ("q", "pair", "country", "kind", "started_after", "started_before")
    columns = (*tables.MILESTONES[:1], tables.PAIR, *tables.MILESTONES[1:])
    title = gettext_lazy("Milestones")
    lede = gettext_lazy("Visits, reopenings, agreements to resume: steps of a pair towards each other.")
    caption = gettext_lazy("The latest first")

    def records(self) -> QuerySet:
        return tables.milestones(self.request.user)


class MilestonePage(RecordPage):
    model = Milestone
    facts = ("kind", "started_on", "ended_on", "place")

    def kicker(self) -> str:
        return self.object.get_kind_display()

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("pair__a", "pair__b", "place")


# What initiatives add to the pages of others ---------------------------------------------------------------------

TAKES_PART = (
    Column(gettext_lazy("Initiative"), lambda row: named(row.initiative, row.initiative.get_kind_display()), head=True),
    Column(gettext_lazy("Role"), lambda row: row.get_role_display()),
    Column(gettext_lazy("Pair"), lambda row: row.initiative.pair),
    Column(gettext_lazy("Remark"), lambda row: row.note, empty=""),
)


@section(Actor)
def initiatives_of_actor(actor: Actor, user: Any) -> Iterable[Table]:
    """Yield the initiatives an actor takes part in."""
    rows = actor.initiativeparticipations.filter(initiative__in=Initiative.objects.visible_to(user).values("pk"))
    rows = rows.select_related("initiative__pair__a", "initiative__pair__b")
    yield Table("", TAKES_PART, rows, title=_("Initiatives it takes part in"))


@section(Place)
def milestones_at(place: Place, user: Any) -> Iterable[Table]:
    """Yield the steps made at a place."""
    rows = tables.milestones(user).filter(place=place)
    yield Table("", (*tables.MILESTONES[:2], tables.PAIR), rows, title=_("Milestones"), sourced=True)
