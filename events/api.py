"""The API of programmes, events, outputs and fulfilments."""

from rest_framework import serializers

from actors.api import (
    OF_ACTORS,
    OF_ITS_ACTOR,
    ParticipationRowSerializer,
    ParticipationSerializer,
    ParticipationViewSet,
)
from agreements import ics
from continuity import api as continuity
from continuity.api import (
    INITIATIVE,
    OF_INITIATIVES,
    OF_ONE_INITIATIVE,
    InitiativeDetailSerializer,
    InitiativeSerializer,
)
from continuity.api_around import EVIDENCE
from events import filters, geojson
from events.forms import EventForm, FulfilmentForm, OutputForm, ProgrammeForm
from events.models import BudgetLine, Event, EventParticipation, Fulfilment, Output, Programme, Sent, StanceCoding
from registry.core import clock, export
from registry.core.api import router
from registry.core.api_write import WriteViewSet
from registry.core.examples import Example
from registry.core.grouping import By, Year, by_pair
from registry.core.serializers import DETAIL, RECORD, TITLED, DetailSerializer, PartSerializer, RowSerializer

EVIDENCE["event"] = Event


class BudgetLineSerializer(PartSerializer):
    class Meta:
        model = BudgetLine
        fields = ("year", "amount", "currency", "funder")


PROGRAMME = (*INITIATIVE, "programme_kind", "status_as_stated")


class ProgrammeSerializer(InitiativeSerializer):
    class Meta:
        model = Programme
        fields = (*PROGRAMME, "visibility", *RECORD)
        joined = ("pair",)


class ProgrammeDetailSerializer(ProgrammeSerializer, InitiativeDetailSerializer):
    budget = BudgetLineSerializer(many=True, read_only=True, help_text="Sums of money, by year.")

    class Meta(ProgrammeSerializer.Meta):
        fields = (*PROGRAMME, "budget", *OF_ONE_INITIATIVE, "visibility", *RECORD)


class ProgrammeViewSet(WriteViewSet, continuity.InitiativeViewSet):
    """Programmes: series, years of culture, exchange schemes, programmes of cooperation."""

    example = Example(
        "pair=KG-TJ&programme_kind=DAYS",
        "KGTJ-DAYS",
        {"pair": "KG-TJ", "title": "Days of theatre", "programme_kind": "FESTIVAL_SERIES", "rhythm": "regular"},
    )
    serializer_class = ProgrammeSerializer
    detail_class = ProgrammeDetailSerializer
    form_class = ProgrammeForm
    filterset_class = filters.ProgrammeFilterSet
    groups = {"programme_kind": By("programme_kind"), **OF_INITIATIVES}


class EventParticipationSerializer(ParticipationSerializer):
    class Meta(ParticipationSerializer.Meta):
        model = EventParticipation


class SentSerializer(PartSerializer):
    class Meta:
        model = Sent
        fields = ("country", "people")


EVENT = (
    *("pair", *TITLED, "initiative", "session", "kind", "planned_on", "planned_until", "started_on", "ended_on"),
    *("reported_on", "planned_level", "level", "format", "outcome", "outcome_reason", "unreported", "country"),
    *("places", "border", "fields", "audiences", "attendance", "sent", "participations", "occasion", "occasion_note"),
    *("also_involved", "informal"),
)


class EventSerializer(RowSerializer):
    participations = EventParticipationSerializer(many=True, read_only=True, help_text="Who takes part.")
    sent = SentSerializer(many=True, read_only=True, help_text="How many people each country sent.")
    unreported = serializers.SerializerMethodField(
        help_text="Whether its last planned day is past and nobody has said what became of it."
    )

    class Meta:
        model = Event
        fields = (*EVENT, "visibility", *RECORD)

    def get_unreported(self, row: Event) -> bool:
        return row.is_unreported(clock.today())


class EventDetailSerializer(DetailSerializer, EventSerializer):
    class Meta(EventSerializer.Meta):
        fields = (*EVENT, "promises", "subjects", *DETAIL, "visibility", *RECORD)


class EventViewSet(WriteViewSet):
    """Events, planned and held, and what became of them. `day` orders by when it began, else was planned for."""

    example = Example(
        "pair=KG-TJ&outcome=HELD&started_after=2015",
        "R56",
        {
            "pair": "KG-TJ",
            "title": "Concert",
            "kind": "CONCERT",
            "format": "ONSITE",
            "outcome": "PLANNED",
            "planned_on": "2027-04",
        },
    )
    serializer_class = EventSerializer
    detail_class = EventDetailSerializer
    form_class = EventForm
    filterset_class = filters.EventFilterSet
    groups = {
        "year": Year("sort_day"),
        **by_pair(),
        **{name: By(name) for name in ("kind", "level", "outcome", "format")},
        "field": By("fields"),
        "audience": By("audiences"),
        **OF_ACTORS,
    }
    formats = export.FORMATS | {
        "ics": (ics.MEDIA_TYPE, ics.calendar_of(Event)),
        "geojson": (geojson.MEDIA_TYPE, geojson.as_geojson),
    }
    orderings = {"day": "sort_day", "title": "title", "ref": "ref"}
    within = ("initiative", "session")


class EventParticipationRowSerializer(ParticipationRowSerializer):
    pair = serializers.CharField(source="event.pair_id", read_only=True, help_text="Between whom.")

    class Meta(ParticipationRowSerializer.Meta):
        model = EventParticipation
        fields = ("event", "pair", *ParticipationRowSerializer.Meta.fields)
        page_of = "event"
        joined = ("event", "actor")


class EventParticipationViewSet(ParticipationViewSet):
    """Participations in events: which actor takes part in which, for which side, in which role."""

    example = Example("sector=NON_STATE", "1")
    owner = "event"
    serializer_class = EventParticipationRowSerializer
    filterset_class = filters.EventParticipationFilterSet
    groups = {
        "year": Year("event__sort_day"),
        **by_pair("event__pair"),
        **{name: By(f"event__{name}") for name in ("kind", "level", "outcome", "format")},
        "field": By("event__fields"),
        "audience": By("event__audiences"),
        **OF_ITS_ACTOR,
    }
    known_by = ("event__ref", "actor__ref", "role")


class StanceSerializer(PartSerializer):
    """A person's coding; the person is not named here."""

    class Meta:
        model = StanceCoding
        fields = ("stance", "coded_on", "note")


OUTPUT = (*("pair", *TITLED, "event", "kind", "language", "published_on", "copies", "co_produced", "stances"),)


class OutputSerializer(RowSerializer):
    stances = StanceSerializer(many=True, read_only=True, help_text="How up to two people read it; they may differ.")

    class Meta:
        model = Output
        fields = (*OUTPUT, "visibility", *RECORD)


class OutputDetailSerializer(DetailSerializer, OutputSerializer):
    class Meta(OutputSerializer.Meta):
        fields = (*OUTPUT, "subjects", *DETAIL, "visibility", *RECORD)


class OutputViewSet(WriteViewSet):
    """Outputs: what remains of cooperation, as books, films, translations, exhibitions."""

    example = Example(
        "pair=KG-TJ", "R33O", {"pair": "KG-TJ", "title": "Catalogue", "kind": "PUBLICATION", "published_on": "2026-10"}
    )
    serializer_class = OutputSerializer
    detail_class = OutputDetailSerializer
    form_class = OutputForm
    filterset_class = filters.OutputFilterSet
    groups = {"year": Year("sort_day"), **by_pair(), "kind": By("kind")}
    orderings = {"day": "sort_day", "title": "title", "ref": "ref"}
    within = ("event",)


class FulfilmentSerializer(RowSerializer):
    lead_days = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Days from promise to fulfilment, by their latest days."
    )

    class Meta:
        model = Fulfilment
        fields = ("commitment", "event", "initiative", "fulfilled_on", "lead_days", "source", *RECORD)
        joined = ("commitment",)


class FulfilmentViewSet(WriteViewSet):
    """Fulfilments: which event or initiative keeps which promise, and after how many days."""

    example = Example("pair=KZ-UZ", "C01-R18A", {"commitment": "C01", "initiative": "R15", "fulfilled_on": "2026-05"})
    serializer_class = FulfilmentSerializer
    form_class = FulfilmentForm
    filterset_class = filters.FulfilmentFilterSet
    groups = {"year": Year("fulfilled_on_latest"), **by_pair("commitment__pair")}
    orderings = {"ref": "ref"}
    ordering = "id"


router.kind("programmes", ProgrammeViewSet, "programme")
router.kind("events", EventViewSet, "event")
router.kind("event-participations", EventParticipationViewSet, "eventparticipation")
router.kind("outputs", OutputViewSet, "output")
router.kind("fulfilments", FulfilmentViewSet, "fulfilment")
