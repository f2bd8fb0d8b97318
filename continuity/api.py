"""The API of initiatives of all kinds, and their state on any day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import models
from django.http import HttpResponseRedirect
from rest_framework import serializers

from actors.api import OF_ACTORS, ParticipationSerializer
from continuity import filters, states
from continuity.api_pace import PACE, PaceSerializer
from continuity.models import (
    Initiative,
    InitiativeParticipation,
    Relation,
    Suspension,
)
from continuity.pace import pace_of
from continuity.tables import answered, explained
from registry.core import clock, days, gone, grouping, vocabularies
from registry.core.api import ReadViewSet, router
from registry.core.api_forms import OneForm
from registry.core.examples import Example
from registry.core.grouping import By, Year, by_pair
from registry.core.parameters import DayField
from registry.core.reading import Asked
from registry.core.serializers import (
    DETAIL,
    RECORD,
    TITLED,
    DetailSerializer,
    PartSerializer,
    RowSerializer,
    api_url,
    kind_name,
    visible,
)
from registry.core.wanted import Wanted

# Initiatives -------------------------------------------------------------------------------------------------------


class AnswerField(serializers.Field):
    """One part of what the rule says of a row on the day asked: `row.answer`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, row: Initiative) -> Any:
        value = getattr(row.answer, self.field_name)
        return value.isoformat() if isinstance(value, date) else value


class AnswerDay(AnswerField, serializers.DateField):
    """A day of the answer."""


class AnswerDays(AnswerField, serializers.IntegerField):
    """A number of days of the answer."""


class AnswerCode(AnswerField, serializers.CharField):
    """A code of the answer."""

    def to_representation(self, row: Initiative) -> str | None:
        value = getattr(row.answer, self.field_name)
        return str(value) if value else None


class AnswerLabel(serializers.CharField):
    """The label of a code of the answer."""

    def __init__(self, vocabulary: str, of: str, **kwargs: Any) -> None:
        self.vocabulary, self.of = vocabulary, of
        super().__init__(source="*", read_only=True, help_text="The same in the language asked for.", **kwargs)

    def to_representation(self, row: Initiative) -> str | None:
        code = getattr(row.answer, self.of)
        return vocabularies.label(self.vocabulary, str(code)) if code else None


CONTINUITY = (
    *("state", "state_label", "last_activity_on", "due_on", "lapses_on", "cadence_days", "cadence_source"),
    *("cadence_source_label", "grace_days", "tracking_basis", "tracking_basis_label", "explanation"),
)
INITIATIVE = (
    *("kind", "pair", "parent", *TITLED, "short_title", "summary", "level", "fields", "started_on", "ended_on"),
    *(*CONTINUITY, "rhythm", "cadence", "grace", "meeting_clause_days", "tracking", "tracked_from", "tracked_until"),
)
"""What all initiatives say, in this order; each kind adds its own."""


OF_ONE_INITIATIVE = (*PACE, "frameworks", "subjects", "participations", "relations_from", "suspensions", *DETAIL)
"""What a single initiative says besides."""


FROM_FACTS = ("explanation", *PACE)
FROM_ANSWER = (*CONTINUITY, *FROM_FACTS, "computed_status", "computed_status_label")


class InitiativeSerializer(RowSerializer):
    state = AnswerCode(help_text="State on the day asked for, of the list `continuity_state`.")
    state_label = AnswerLabel("continuity_state", "state")
    last_activity_on = AnswerDay(allow_null=True, help_text="Last substantive activity up to the day asked for.")
    due_on = AnswerDay(allow_null=True, help_text="The day by which the next activity is due; null: no clock runs.")
    lapses_on = AnswerDay(allow_null=True, help_text="The last day on which it is not yet lapsed.")
    cadence_days = AnswerDays(allow_null=True, help_text="Days from one activity to the next, as expected.")
    cadence_source = AnswerCode(allow_null=True, help_text="Where the cadence comes from.")
    cadence_source_label = AnswerLabel("cadence_source", "cadence_source", allow_null=True)
    grace_days = AnswerDays(allow_null=True, help_text="Days from due to lapsed.")
    tracking_basis = serializers.SerializerMethodField(
        help_text="Whether it is declared by a desk or assumed that all activity is on file; null: nothing is claimed."
    )
    tracking_basis_label = serializers.SerializerMethodField(help_text="The same in the language asked for.")
    explanation = serializers.CharField(read_only=True, help_text="Why it is in this state, in the language asked for.")

    class Meta:
        model = Initiative
        fields = (*INITIATIVE, "visibility", *RECORD)
        joined = ("pair",)

    @classmethod
    def prepare(cls, rows: Sequence[Any], asked: Asked, wanted: Wanted) -> None:
        if not wanted.any(FROM_ANSWER):
            return
        answered(rows, asked.on)
        if wanted.any(FROM_FACTS):
            explained(rows)

    def get_tracking_basis(self, row: Initiative) -> str | None:
        return tracking_basis(row) or None

    def get_tracking_basis_label(self, row: Initiative) -> str | None:
        basis = tracking_basis(row)
        return vocabularies.label("tracking_basis", basis) if basis else None


def tracking_basis(row: Initiative) -> str:
    """Return on whose word all activity of an initiative is taken to be on file; "" where nothing is claimed.

    Days of its own are entered by a desk for this very initiative; those of its pair say themselves what they are.
    """
    if row.tracking == "own":
        return "declared"
    return row.pair.tracking_basis if row.tracking == "inherit" else ""


class InitiativeParticipationSerializer(ParticipationSerializer):
    class Meta(ParticipationSerializer.Meta):
        model = InitiativeParticipation


class SuspensionPartSerializer(PartSerializer):
    class Meta:
        model = Suspension
        fields = ("started_on", "ended_on", "why", "source")


class RelationPartSerializer(PartSerializer):
    class Meta:
        model = Relation
        fields = ("kind", "target", "note")
        joined = ("target",)


class InitiativeDetailSerializer(DetailSerializer, InitiativeSerializer, PaceSerializer):
    participations = InitiativeParticipationSerializer(many=True, read_only=True, help_text="Who takes part.")
    relations_from = RelationPartSerializer(many=True, read_only=True, help_text="What it does to which other one.")
    suspensions = SuspensionPartSerializer(many=True, read_only=True, help_text="When its clock stood still.")

    class Meta(InitiativeSerializer.Meta):
        fields = (*INITIATIVE, *OF_ONE_INITIATIVE, "visibility", *RECORD)

    @classmethod
    def prepare(cls, rows: Sequence[Any], asked: Asked, wanted: Wanted) -> None:
        super().prepare(rows, asked, wanted)
        for row in rows if wanted.any(PACE) else ():
            row.pace = pace_of(row.facts, row.answer, row.asked_on)


class AsOfForm(OneForm):
    as_of = DayField(
        required=False, label="As of", help_text="The day for which the state is told, as 2026-11-22; empty: today."
    )


class OnAnyDay(ReadViewSet):
    """Rows that differ from day to day, with their state on the day `as_of`."""

    any_day = True
    detail_form = AsOfForm

    @property
    def day_named(self) -> date | None:
        """The day that the parameter `as_of` names; None without it."""
        return self.filterset.as_of_asked if self.action == "list" else self.asked["as_of"]

    @property
    def asked_on(self) -> date:
        """The day for which rows are told."""
        return self.day_named or clock.today()

    def written(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Return the rows as they are sent; a day that was asked for is kept in all their addresses."""
        with days.keeping(self.day_named):
            return super().written(rows)


class StateThen(By):
    """The state on the day asked."""

    table = "told"

    def told(self, rows: models.QuerySet, columns: Mapping[str, Any], view: Any) -> grouping.SQL:
        sql, params = states.each_state(rows, view.asked_on)
        return f"SELECT id, state AS {next(iter(columns))} FROM ({sql}) AS each_one", params  # noqa: S608 - our own name

    def say(self, model: type[models.Model]) -> grouping.Say:
        return lambda _asked, code: vocabularies.label("continuity_state", code)


OF_INITIATIVES = {
    "year": Year("sort_day"),
    **by_pair(),
    "field": By("fields"),
    "level": By("level"),
    "state": StateThen(""),
    **OF_ACTORS,
}


class InitiativeViewSet(OnAnyDay):
    """Initiatives of all three kinds: agreements, commissions, programmes, with their state on the day `as_of`."""

    serializer_class = InitiativeSerializer
    detail_class = InitiativeDetailSerializer
    filterset_class = filters.InitiativeFilterSet
    orderings = {"day": "sort_day", "title": "title", "ref": "ref"}
    groups = OF_INITIATIVES
    within = ("parent",)

    def visible_rows(self) -> models.QuerySet:
        rows = super().visible_rows()
        # the table of a kind holds no other: said to the database, which then begins at a pair's rows of this kind
        return rows if self.model is Initiative else rows.filter(kind=kind_name(self.model))


class AllInitiativesViewSet(InitiativeViewSet):
    """Initiatives of all three kinds: agreements, commissions, programmes, with their state on the day `as_of`.

    A single one is found under the address of its kind, to which this one leads.
    """

    example = Example("pair=KG-TJ&state=dormant", "R28B")
    groups = {"kind": By("kind"), **OF_INITIATIVES}
    leads = "To the address of its kind, where it is answered."

    def retrieve(self, request: Any, ref: str) -> Any:
        """Where a single initiative is found."""
        kind = visible(Initiative, request.user).filter(ref=ref).values_list("kind", flat=True).first()
        if kind is None:
            return gone.api_answer(Initiative, ref, request)
        query = request.META.get("QUERY_STRING")
        return HttpResponseRedirect(api_url(kind, ref) + (f"?{query}" if query else ""))


router.kind("initiatives", AllInitiativesViewSet, "initiative")
