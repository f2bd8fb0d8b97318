"""Pages of initiatives of all kinds, and of episodes and milestones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from actors import tables as actor_tables
from actors.models import Actor
from continuity import history, rules, states, tables
from continuity.evidence import (
    EVIDENCE,
    HISTORY,
    PUBLIC_ALONE,
    RELATIONS,
    SUSPENSIONS,
    UNCOUNTED,
    evidence_of,
    related,
    steps,
    uncounted,
)
from continuity.figures import clock_figure
from continuity.filters import EpisodeFilterSet, InitiativeFilterSet, MilestoneFilterSet
from continuity.lapse_tables import lapses_of, lapses_overlapping
from continuity.models import Activity, ActivityEntry, Initiative, Milestone, TensionEpisode
from continuity.pace import page_of
from registry.core.days import page
from registry.core.models import Framework, Place, Subject
from registry.core.tables import Column, Fact, Table, first, named
from registry.core.templatetags.concord import linked_all
from registry.core.views import RecordList, RecordPage, any_day, section

# Lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """How many initiatives are in one state, and the address of the list of them."""

    state: str
    count: int
    address: str


def tallies(rows: QuerySet, day: date, name: str) -> list[Tally]:
    """Return the counts of states that occur among `rows`, lapsed first; `name`: of the list that they lead to."""
    found = states.counts(rows, day)
    order = (*reversed(rules.TICKING), *reversed(rules.FIXED))
    return [Tally(state, found[state], page(name, state=state)) for state in order if found[state]]


class InitiativeList(RecordList):
    """All initiatives, or those of one kind."""

    any_day = True
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
        return super().get_context_data(**kwargs) | {
            "day": self.day,
            "tallies": tallies(rows, self.day, self.request.resolver_match.view_name),
        }


class LapsedList(InitiativeList):
    """What has lapsed, the longest gap first."""

    template_name = "continuity/lapsed.html"
    filters = ("q", "kind", "pair", "country", "field", "as_of")
    always = {"state": ",".join(rules.LAPSED)}
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


@require_safe
@any_day
def initiative_page(request: HttpRequest, ref: str, day: date) -> HttpResponse:
    """Lead to the page of the kind that an initiative is of; its address keeps the day."""
    found = get_object_or_404(Initiative.objects.visible_to(request.user), ref=ref)
    return redirect(found)


# The page of one initiative --------------------------------------------------------------------------------------


class InitiativePage(RecordPage):
    """What agreements, commissions and programmes have in common: state, clock, evidence, lapses, history."""

    any_day = True
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
    begins = ((gettext_lazy("Report an activity"), "activityentry-create", "initiative"),)

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
            Table("", UNCOUNTED, uncounted(row, user), title=_("Reported, and not counted"), about=PUBLIC_ALONE),
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
        (row,) = tables.explained(tables.answered([super().get_object(queryset)], self.day))
        return row

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        past = history.stretches(row.facts, self.day)
        context = super().get_context_data(**kwargs)
        return context | {
            "answer": row.answer,
            "steps": steps(row),
            "lapses": lapses_of(row, user, self.day),
            "last_evidence": next((record for record in self.evidence if record.activity.substantive), None),
            "clock": clock_figure(row),
            "pace": page_of(row, self.evidence),
            "history": Table(_("As the records are known today"), HISTORY, past if len(past) > 1 else []),
        }


class EntryPage(RecordPage):
    """One activity entered by hand, and for which initiatives it counts."""

    model = ActivityEntry
    facts = ("initiative", "started_on", "reported_on", "substantive", "source")

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("initiative__pair__a", "initiative__pair__b", "source")

    def facts_shown(self) -> list[Fact]:
        # only what everyone sees stands in the ledger
        ledger = Activity.objects.filter(evidence_kind="entry", evidence_id=self.object.pk).order_by("pk")
        counted = linked_all(row.initiative for row in ledger.select_related("initiative"))
        return [*super().facts_shown(), Fact(_("counts for"), counted or PUBLIC_ALONE)]


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
    any_day = True
    model = TensionEpisode
    facts = ("kind", "started_on", "ended_on", "end_known", "intensity")

    def kicker(self) -> str:
        return self.object.get_kind_display()

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("pair__a", "pair__b")

    def tables(self) -> list[Table]:
        return [lapses_overlapping(self.object, self.request.user, self.day), *super().tables()]


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
    Column(gettext_lazy("State"), lambda row: tables.state_cell(row.initiative)),
    Column(gettext_lazy("Initiative"), lambda row: named(row.initiative, row.initiative.get_kind_display()), head=True),
    Column(gettext_lazy("Role"), lambda row: row.get_role_display()),
    Column(gettext_lazy("Pair"), lambda row: row.initiative.pair),
    Column(gettext_lazy("Remark"), lambda row: row.note, empty=""),
)


@section(Actor)
def initiatives_of_actor(actor: Actor, user: Any) -> Iterable[Table]:
    """Yield the initiatives an actor takes part in."""
    rows = actor.initiativeparticipations.filter(initiative__in=Initiative.objects.visible_to(user).values("pk"))
    rows = list(rows.select_related("initiative__pair__a", "initiative__pair__b"))
    tables.answered([row.initiative for row in rows], actor.asked_on)
    yield Table("", TAKES_PART, rows, title=_("Initiatives it takes part in"))


@section(Place)
def milestones_at(place: Place, user: Any) -> Iterable[Table]:
    """Yield the steps made at a place."""
    rows = tables.milestones(user).filter(place=place)
    yield Table("", (*tables.MILESTONES[:2], tables.PAIR), rows, title=_("Milestones"), sourced=True)


@section(Framework, Subject)
def initiatives_that_name(record: Any, user: Any) -> Iterable[Table]:
    """Yield the initiatives that name a framework or bear a subject."""
    rows = tables.initiatives(user).filter(pk__in=record.initiatives.values("pk"))
    rows, others = first(rows, "initiative-list", **{record.url_name(): record.ref})
    none = _("No initiative on file names it.") if isinstance(record, Framework) else ""
    rows = tables.answered(rows, record.asked_on)
    yield Table("", tables.INITIATIVES, rows, title=_("Initiatives"), sourced=True, empty=none, **others)
