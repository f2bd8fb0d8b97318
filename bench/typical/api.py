"""The typical build: viewsets and serializers of the framework, with select_related and prefetch_related."""

import csv
from collections.abc import Iterator
from typing import Any

import django_filters
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from rest_framework import serializers, viewsets

from bench.typical.models import PUBLISHED, Actor, Agreement, Commission, Event, Initiative, NewEvent, Participation


class OrNull(serializers.CharField):
    """A text that is null where it is empty."""

    def to_representation(self, value: str) -> str | None:
        return value or None


# Events --------------------------------------------------------------------------------------------------------------


class ActorSerializer(serializers.ModelSerializer):
    title = serializers.CharField(source="name")

    class Meta:
        model = Actor
        fields = ["title"]


class ParticipationSerializer(serializers.ModelSerializer):
    actor = ActorSerializer()

    class Meta:
        model = Participation
        fields = ["actor", "role"]


class TitleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Initiative
        fields = ["title"]


class EventSerializer(serializers.ModelSerializer):
    initiative = TitleSerializer(source="shown_initiative", read_only=True)
    participations = ParticipationSerializer(many=True, read_only=True)
    started_on = OrNull()

    class Meta:
        model = Event
        fields = ["ref", "title", "initiative", "kind", "started_on", "outcome", "participations"]


class BriefSerializer(serializers.ModelSerializer):
    started_on = OrNull()

    class Meta:
        model = Event
        fields = ["ref", "pair", "title", "kind", "started_on", "outcome"]


class EventFilter(django_filters.FilterSet):
    pair = django_filters.CharFilter(
        field_name="pair_id"
    )  # not the choice of all pairs, which the framework would load

    class Meta:
        model = Event
        fields = ["kind", "outcome"]


class NewEventSerializer(serializers.ModelSerializer):
    initiative = serializers.SlugRelatedField(slug_field="ref", queryset=Initiative.objects.all())

    class Meta:
        model = NewEvent
        fields = ["ref", "pair", "initiative", "title", "kind", "format", "outcome", "started_on", "visibility"]


NEWEST = Event.objects.filter(visibility=PUBLISHED).order_by("-sort_day", "-id")
PARTAKERS = Participation.objects.filter(actor__visibility=PUBLISHED).select_related("actor")


class EventViewSet(viewsets.ModelViewSet):
    queryset = NEWEST.select_related("initiative").prefetch_related(Prefetch("participations", PARTAKERS))
    filterset_class = EventFilter

    def get_serializer_class(self) -> type[serializers.ModelSerializer]:
        return NewEventSerializer if self.action == "create" else EventSerializer


class SearchViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = NEWEST
    serializer_class = BriefSerializer
    search_fields = ["title"]


# Agreements ----------------------------------------------------------------------------------------------------------


class CommissionSerializer(serializers.ModelSerializer):
    started_on = OrNull()

    class Meta:
        model = Commission
        fields = ["ref", "title", "started_on", "type"]


class EventOfSerializer(serializers.ModelSerializer):
    started_on = OrNull()

    class Meta:
        model = Event
        fields = ["ref", "title", "kind", "started_on", "outcome"]


class AgreementSerializer(serializers.ModelSerializer):
    fields = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)
    pair = serializers.CharField(source="pair.ref")
    ended_on = OrNull()
    signed_on = OrNull()
    in_force_on = OrNull()

    class Meta:
        model = Agreement
        fields = [
            *("ref", "pair", "title", "titles", "fields", "ended_on", "type", "declared_status", "signed_on"),
            "in_force_on",
        ]


class AgreementDetailSerializer(AgreementSerializer):
    commissions = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    class Meta(AgreementSerializer.Meta):
        fields = [*AgreementSerializer.Meta.fields, "commissions", "events"]

    def get_commissions(self, agreement: Agreement) -> Any:
        rows = Commission.objects.filter(parent=agreement, visibility=PUBLISHED).order_by("-sort_day", "-id")
        return CommissionSerializer(rows, many=True).data

    def get_events(self, agreement: Agreement) -> Any:
        return EventOfSerializer(NEWEST.filter(initiative=agreement)[:10], many=True).data


class AgreementFilter(django_filters.FilterSet):
    country = django_filters.CharFilter(method="of_country")
    field = django_filters.CharFilter(field_name="fields__code")

    class Meta:
        model = Agreement
        fields = ["declared_status", "type"]

    def of_country(self, rows: QuerySet, _name: str, code: str) -> QuerySet:
        return rows.filter(Q(pair__a=code) | Q(pair__b=code))


class AgreementViewSet(viewsets.ModelViewSet):
    queryset = (
        Agreement.objects.filter(visibility=PUBLISHED)
        .select_related("pair")
        .prefetch_related("fields")
        .order_by("-sort_day", "-id")
    )
    filterset_class = AgreementFilter
    lookup_field = "ref"

    def get_serializer_class(self) -> type[AgreementSerializer]:
        return AgreementDetailSerializer if self.action == "retrieve" else AgreementSerializer


# All events as a file ------------------------------------------------------------------------------------------------

COLUMNS = {name: name for name in ("ref", "title", "kind", "planned_on", "started_on", "ended_on", "level", "format")}
COLUMNS = {"ref": "ref", "pair": "pair_id", **COLUMNS, "outcome": "outcome", "country": "country"}
"""Head → attribute."""


class Line:
    """A file for the csv module that hands back what was written last."""

    def write(self, text: str) -> str:
        return text


def events_csv(_request: HttpRequest) -> StreamingHttpResponse:
    """Send all events, a row at a time as `iterator` brings them."""

    def lines() -> Iterator[str]:
        writer = csv.writer(Line())
        yield writer.writerow(COLUMNS)
        for event in NEWEST.iterator(chunk_size=2000):
            yield writer.writerow([getattr(event, name) for name in COLUMNS.values()])

    return StreamingHttpResponse(lines(), content_type="text/csv")
