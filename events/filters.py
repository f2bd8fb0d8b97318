"""Filters of programmes, events, outputs and fulfilments."""

from django.utils.translation import gettext_lazy as _

from actors.filters import TakingPart
from agreements.models import Commitment, Session
from continuity.filters import InitiativeFilterSet
from continuity.models import Initiative
from events import reports
from events.models import Event, Fulfilment, Output, Programme
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
    between,
    by_visibility,
)
from registry.core.models import Place, Subject


class ProgrammeFilterSet(InitiativeFilterSet):
    kind = None
    programme_kind = Codes("programme_kind", "programme_kind")

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
    subject = Refs(Subject, "subjects")
    source = CitedFrom()
    visibility = by_visibility()

    class Meta:
        model = Event
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
    subject = Refs(Subject, "subjects")
    source = CitedFrom()
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

    class Meta:
        model = Fulfilment
        fields: list[str] = []
