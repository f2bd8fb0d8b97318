"""Filters of programmes, events, outputs and fulfilments."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from actors.filters import ParticipationFilterSet, TakingPart
from agreements.models import Commitment, Session
from continuity.filters import InitiativeFilterSet
from continuity.filters_told import tension
from continuity.models import Initiative
from events import reports
from events.models import Event, EventParticipation, Fulfilment, Output, Programme
from registry.core import clock
from registry.core.filter_sets import RecordFilterSet
from registry.core.filters import (
    CitedFrom,
    Codes,
    Countries,
    Languages,
    OneCountry,
    Pairs,
    Refs,
    Search,
    Terms,
    YesNo,
    by_visibility,
)
from registry.core.models import Place, Source, Subject
from registry.core.on_file import also_on_file
from registry.core.ranges import between, numbered

also_on_file(Initiative, "events", "fulfils")
also_on_file(Session, "events")
also_on_file(Commitment, "fulfilments")


class ProgrammeFilterSet(InitiativeFilterSet):
    kind = None
    programme_kind = Codes("programme_kind", "programme_kind")
    on_file = (*InitiativeFilterSet.on_file, "status_as_stated", "budget")

    class Meta:
        model = Programme
        fields: list[str] = []


class EventFilterSet(TakingPart):
    q = Search()
    pair = Pairs()
    country = Countries()
    initiative = Refs(Initiative, "initiative")
    session = Refs(Session, "session")
    kind = Codes("event_kind", "kind")
    event_format = Codes("event_format", "format")
    outcome = Codes("event_outcome", "outcome")
    outcome_reason = Codes("outcome_reason", "outcome_reason")
    unreported = YesNo(
        lambda: reports.unreported(clock.today()),
        label=_("Unreported"),
        help_text=_("Planned, the last planned day is past, and nobody has said what became of it."),
    )
    level = Codes("level", "level")
    planned_level = Codes("level", "planned_level")
    field = Terms("field", "fields", label=_("Field"))
    audience = Terms("audience", "audiences", label=_("Audience"))
    occasion = Codes("occasion", "occasion")
    border = Codes("yes_no_unknown", "border")
    informal = Codes("yes_no_unknown", "informal")
    held_in = OneCountry("country", label=_("Held in"), help_text=_("Codes of the countries where it took place."))
    also_involved = OneCountry("also_involved", help_text=_("Codes of countries beside the pair."))
    place = Refs(Place, "places", label=_("Place"))
    started_after, started_before = between("started_on", _("Began from"), _("Began until"))
    planned_after, planned_before = between("planned_on", _("Planned from"), _("Planned until"))
    planned_until_after, planned_until_before = between(
        "planned_until", _("Planned to end from"), _("Planned to end until")
    )
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"))
    reported_after, reported_before = between("reported_on", _("Reported from"), _("Reported until"), fuzzy=False)
    attendance_least, attendance_most = numbered("attendance", _("People, at least"), _("People, at most"))
    sent_by = OneCountry("sent__country", label=_("Number sent by"))
    in_tension, episode = tension("started_on", "planned_on")
    subject = Refs(Subject, "subjects")
    source = CitedFrom()
    on_file = (
        *("initiative", "session", "promises", "planned_on", "planned_until", "started_on", "ended_on", "reported_on"),
        *("planned_level", "level", "outcome_reason", "country", "places", "fields", "audiences", "attendance", "sent"),
        *("participations", "occasion_note", "also_involved", "subjects", "outputs", "note"),
    )
    visibility = by_visibility()

    class Meta:
        model = Event
        fields: list[str] = []


class FieldsOfEvent(Terms):
    """Codes of fields that the event is about."""

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return rows.filter(event__in=super().chosen(Event.objects.all(), value).values("pk"))


class EventParticipationFilterSet(ParticipationFilterSet):
    event = Refs(Event, "event")
    kind = Codes("event_kind", "event__kind", label=_("Kind of event"))
    outcome = Codes("event_outcome", "event__outcome", label=_("Outcome of the event"))
    pair = Pairs("event__pair")
    country = Countries("event__pair")
    field = FieldsOfEvent("field", "fields", label=_("Field"))
    started_after, started_before = between("event__started_on", _("Began from"), _("Began until"))
    in_tension, episode = tension("event__started_on", "event__planned_on", pair="event__pair")

    class Meta:
        model = EventParticipation
        fields: list[str] = []


class OutputFilterSet(RecordFilterSet):
    q = Search()
    pair = Pairs()
    country = Countries()
    event = Refs(Event, "event")
    kind = Codes("output_kind", "kind")
    language = Languages()
    co_produced = Codes("yes_no_unknown", "co_produced")
    published_after, published_before = between("published_on", _("Published from"), _("Published until"))
    copies_least, copies_most = numbered("copies", _("Copies, at least"), _("Copies, at most"))
    stance = Codes("stance", "stances__stance", label=_("Stance"))
    in_tension, episode = tension("published_on")
    subject = Refs(Subject, "subjects")
    source = CitedFrom()
    on_file = ("event", "language", "published_on", "copies", "stances", "subjects", "note")
    visibility = by_visibility()

    class Meta:
        model = Output
        fields: list[str] = []


class FulfilmentFilterSet(RecordFilterSet):
    pair = Pairs("commitment__pair")
    country = Countries("commitment__pair")
    commitment = Refs(Commitment, "commitment")
    event = Refs(Event, "event")
    initiative = Refs(Initiative, "initiative")
    fulfilled_after, fulfilled_before = between("fulfilled_on", _("Fulfilled from"), _("Fulfilled until"))
    source = Refs(Source, "source")
    on_file = ("event", "initiative", "fulfilled_on", "source", "note")

    class Meta:
        model = Fulfilment
        fields: list[str] = []
