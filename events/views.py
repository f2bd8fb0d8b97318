"""Pages of programmes, events and outputs."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from actors import tables as actor_tables
from actors.models import Actor
from agreements.models import Agreement, Commission, Commitment, Session
from agreements.tables import COMMITMENTS, commitments, is_unreported
from continuity.models import Initiative
from continuity.views import InitiativeList, InitiativePage
from events import tables
from events.filters import EventFilterSet, OutputFilterSet, ProgrammeFilterSet
from events.models import Event, Fulfilment, Output, Programme
from registry.core import clock, dates
from registry.core.models import Place, Subject
from registry.core.tables import Column, Fact, Table, first, named, seen
from registry.core.templatetags.concord import held_on, language, linked, number, span_of
from registry.core.views import RecordList, RecordPage, section

# Programmes ------------------------------------------------------------------------------------------------------


class ProgrammeList(InitiativeList):
    model = Programme
    filterset_class = ProgrammeFilterSet
    filters = ("q", "state", "programme_kind", "pair", "country", "field", "as_of")
    columns = tables.PROGRAMMES
    title = gettext_lazy("Programmes")
    lede = gettext_lazy("Whatever is planned to last or to come back: days of culture, exchanges, cooperation.")
    caption = gettext_lazy("The latest begun first")


BUDGET = (
    Column(gettext_lazy("Year"), lambda row: row.year, empty=gettext_lazy("all its years")),
    Column(gettext_lazy("Amount"), lambda row: f"{number(row.amount)} {row.currency}", css="n", head=True),
    Column(gettext_lazy("Funder"), lambda row: linked(row.funder) if row.funder else ""),
)


class ProgrammePage(InitiativePage):
    model = Programme
    begins = ((gettext_lazy("New event"), "event-create", "initiative"), *InitiativePage.begins)
    facts = ("programme_kind", *InitiativePage.facts)
    optional = ("status_as_stated", *InitiativePage.optional)

    def kicker(self) -> str:
        return _("%(kind)s, a programme") % {"kind": self.object.get_programme_kind_display()}

    def own_tables(self) -> list[Table]:
        lines = self.object.budget.prefetch_related(seen(self.request.user, "funder", Actor))
        return [Table("", BUDGET, lines, title=_("Budget"))]


# Events ----------------------------------------------------------------------------------------------------------


class EventList(RecordList):
    model = Event
    filterset_class = EventFilterSet
    more_formats = {"iCalendar": "ics", "GeoJSON": "geojson"}
    filters = (
        "q",
        "pair",
        "country",
        "kind",
        "outcome",
        "unreported",
        "field",
        "audience",
        "started_after",
        "started_before",
    )
    columns = tables.EVENTS
    title = gettext_lazy("Events")
    lede = gettext_lazy("What was planned and what took place, with its outcome as far as a source tells it.")
    caption = gettext_lazy("The latest first; an event without a day on file stands last")

    def records(self) -> QuerySet:
        return tables.events(self.request.user)


SENT = (
    Column(gettext_lazy("Country"), lambda row: row.country, head=True),
    Column(gettext_lazy("People sent"), lambda row: number(row.people), css="n"),
)


class EventPage(RecordPage):
    model = Event
    template_name = "events/event.html"
    facts = ("outcome", "places", "country", "format", "level", "fields", "audiences")
    optional = (
        "outcome_reason",
        "reported_on",
        "planned_level",
        "border",
        "attendance",
        "occasion",
        "occasion_note",
        "also_involved",
        "informal",
        "session",
        "subjects",
    )

    def get_queryset(self) -> QuerySet:
        return tables.events(self.request.user).select_related("pair__a", "pair__b", "country", "session__commission")

    def kicker(self) -> str:
        return _("%(kind)s, an event") % {"kind": self.object.get_kind_display()}

    def facts_shown(self) -> list[Fact]:
        event = self.object
        planned = span_of(event.planned_on, event.planned_until)
        held = span_of(event.started_on, event.ended_on)
        under = linked(event.initiative) if event.initiative else _("none on file: it stands alone")
        return [
            Fact(_("planned for"), planned, ("planned_on", "planned_until")),
            Fact(_("took place"), held, ("started_on", "ended_on")),
            Fact(_("part of"), under, ("initiative_ref",)),
            *super().facts_shown(),
        ]

    def tables(self) -> list[Table]:
        event, user = self.object, self.request.user
        who = actor_tables.participants(event.participations, user)
        empty = _("Who organised it and who took part is not on file.")
        promised = commitments(user).filter(made_at=event)
        kept = Fulfilment.objects.visible_to(user).filter(event=event).select_related("commitment")
        return [
            Table("", actor_tables.PARTICIPANTS, who, title=_("Who took part"), empty=empty),
            Table("", SENT, event.sent.select_related("country"), title=_("People sent")),
            Table("", tables.OUTPUTS[:2], tables.outputs(user).filter(event=event), title=_("Outputs"), sourced=True),
            Table("", COMMITMENTS, promised, title=_("Promises made there"), sourced=True),
            Table("", KEPT, kept, title=_("Promises it keeps"), sourced=True),
            *super().tables(),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        unreported = is_unreported(self.object, clock.today())
        return super().get_context_data(**kwargs) | {"unreported": unreported}


def kept_on(row: Fulfilment) -> str:
    """Write when a promise was kept, as a link to what is on file of that."""
    return named(row, text=dates.display(row.fulfilled_on) or _("day not on file"))


KEPT = (
    Column(gettext_lazy("Promise"), lambda row: named(row.commitment), head=True),
    Column(gettext_lazy("Kept on"), kept_on),
    Column(gettext_lazy("Days from promise"), lambda row: row.lead_days, css="n"),
)


# Outputs ---------------------------------------------------------------------------------------------------------


class OutputList(RecordList):
    model = Output
    filterset_class = OutputFilterSet
    filters = ("q", "pair", "country", "kind", "co_produced", "published_after", "published_before")
    columns = tables.OUTPUTS
    title = gettext_lazy("Outputs")
    lede = gettext_lazy("What remains of cooperation: books, films, translations, exhibitions.")
    caption = gettext_lazy("The latest published first")

    def records(self) -> QuerySet:
        return tables.outputs(self.request.user)


STANCES = (
    Column(gettext_lazy("Stance"), lambda row: row.get_stance_display(), head=True),
    Column(gettext_lazy("Coded by"), lambda row: row.coder),
    Column(gettext_lazy("On"), lambda row: dates.display_day(row.coded_on)),
    Column(gettext_lazy("Why"), lambda row: row.note, empty=""),
)


class OutputPage(RecordPage):
    model = Output
    facts = ("kind", "published_on", "co_produced")
    optional = ("event", "copies", "subjects")

    def get_queryset(self) -> QuerySet:
        return tables.outputs(self.request.user)

    def kicker(self) -> str:
        return self.object.get_kind_display()

    def facts_shown(self) -> list[Fact]:
        return [*super().facts_shown(), Fact(_("language"), language(self.object.language), ("language",))]

    def tables(self) -> list[Table]:
        stances = self.object.stances.select_related("coder")
        about = _("Coded by people, never by machine; two may differ.")
        return [Table("", STANCES, stances, title=_("How it tells the past or the other"), about=about)]


# Fulfilments -----------------------------------------------------------------------------------------------------


class FulfilmentPage(RecordPage):
    model = Fulfilment

    def get_queryset(self) -> QuerySet:
        return (
            super().get_queryset().select_related("commitment__pair__a", "commitment__pair__b", "event", "initiative")
        )

    def facts_shown(self) -> list[Fact]:
        kept = self.object
        names = ("commitment", "event" if kept.event_id else "initiative", "fulfilled_on", "source")
        return [*map(self.fact, names), Fact(_("days from promise"), number(kept.lead_days))]


# What events add to the pages of others --------------------------------------------------------------------------


@section(Agreement, Commission, Programme)
def events_of_initiative(initiative: Initiative, user: Any) -> Iterable[Table]:
    """Yield the events of an initiative, and the promises it keeps itself."""
    rows = tables.events(user).filter(initiative=initiative.pk)
    title = _("Editions and events") if initiative.kind == "programme" else _("Events")
    none = _("No event of it is on file. Not found is not the same as not held.")
    empty = none if initiative.kind == "programme" else ""
    yield Table("", tables.EVENTS_OF_ONE, rows, title=title, sourced=True, empty=empty)
    kept = Fulfilment.objects.visible_to(user).filter(initiative=initiative.pk).select_related("commitment")
    yield Table("", KEPT, kept, title=_("Promises it keeps"), sourced=True)


@section(Session)
def events_of_session(session: Session, user: Any) -> Iterable[Table]:
    """Yield the events that carry out decisions of a session."""
    rows = tables.events(user).filter(session=session)
    yield Table("", tables.EVENTS_OF_ONE, rows, title=_("Events that follow from it"), sourced=True)


FULFILMENTS = (
    Column(gettext_lazy("Kept by"), lambda row: linked(row.event or row.initiative), head=True),
    Column(gettext_lazy("On"), kept_on),
    Column(gettext_lazy("Days from promise"), lambda row: row.lead_days, css="n"),
)


@section(Commitment)
def fulfilments_of(commitment: Commitment, user: Any) -> Iterable[Table]:
    """Yield where a promise was made, and what keeps it."""
    made = tables.events(user).filter(promises=commitment)
    yield Table("", tables.EVENTS_OF_ONE, made, title=_("Meetings at which it was made"), sourced=True)
    rows = Fulfilment.objects.visible_to(user).filter(commitment=commitment)
    empty = _("Nothing that keeps it is on file.")
    rows = rows.select_related("event", "initiative", "commitment")
    yield Table("", FULFILMENTS, rows, title=_("What keeps it"), sourced=True, empty=empty)


ROLE_IN_EVENT = (
    Column(gettext_lazy("Event"), lambda row: named(row.event, str(row.event.pair)), head=True),
    Column(gettext_lazy("When"), lambda row: held_on(row.event)),
    Column(gettext_lazy("Role"), lambda row: row.get_role_display()),
    Column(gettext_lazy("Side"), lambda row: row.side, empty=gettext_lazy("none: international")),
)


@section(Actor)
def events_of_actor(actor: Actor, user: Any) -> Iterable[Table]:
    """Yield the events an actor takes part in, and what it pays for."""
    rows = actor.eventparticipations.filter(event__in=Event.objects.visible_to(user).values("pk"))
    rows = rows.select_related("event__pair__a", "event__pair__b", "side").order_by("-event__sort_day", "-pk")
    yield Table("", ROLE_IN_EVENT, rows, title=_("Events it takes part in"))
    lines = actor.budget_lines.filter(programme__in=Programme.objects.visible_to(user).values("pk"))
    yield Table("", PAID, lines.select_related("programme"), title=_("Programmes it pays for"))


PAID = (
    Column(gettext_lazy("Programme"), lambda row: named(row.programme), head=True),
    Column(gettext_lazy("Year"), lambda row: row.year, empty=gettext_lazy("all its years")),
    Column(gettext_lazy("Amount"), lambda row: f"{number(row.amount)} {row.currency}", css="n"),
)


@section(Place)
def events_at(place: Place, user: Any) -> Iterable[Table]:
    """Yield the events at a place."""
    yield Table("", tables.EVENTS, tables.events(user).filter(places=place), title=_("Events"), sourced=True)


@section(Subject)
def events_that_bear(subject: Subject, user: Any) -> Iterable[Table]:
    """Yield the events and outputs that bear a subject."""
    rows, others = first(tables.events(user).filter(subjects=subject), "event-list", subject=subject.ref)
    yield Table("", tables.EVENTS, rows, title=_("Events"), sourced=True, **others)
    rows, others = first(tables.outputs(user).filter(subjects=subject), "output-list", subject=subject.ref)
    yield Table("", tables.OUTPUTS, rows, title=_("Outputs"), sourced=True, **others)
