"""The API of initiatives of all kinds, their state on any day, and what surrounds them."""

from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import Any

from django.db import models
from django.http import HttpResponseRedirect
from rest_framework import serializers

from actors.api import ParticipationSerializer
from continuity import filters, lapses
from continuity.api_pace import PACE, PaceSerializer
from continuity.models import (
    Activity,
    ActivityEntry,
    Initiative,
    InitiativeParticipation,
    Lapse,
    Milestone,
    Relation,
    Suspension,
    TensionEpisode,
)
from continuity.pace import pace_of
from continuity.tables import answered, explained
from registry.core import clock, days, gone, vocabularies
from registry.core.api import LanguageForm, NumberedViewSet, ReadViewSet, router
from registry.core.parameters import DayField
from registry.core.serializers import (
    DETAIL,
    NAMED_WITH,
    RECORD,
    TITLED,
    TITLES,
    DetailSerializer,
    GivenLinkField,
    GivenLinksField,
    LinkField,
    PartSerializer,
    RowSerializer,
    api_url,
    link,
    links_of,
    visible,
)

NAMED_WITH[Lapse] = ("initiative",)
TITLES[Lapse] = "initiative__title"
EVIDENCE: dict[str, type[models.Model]] = {"entry": ActivityEntry}
"""Kind of evidence → the records it consists of; rooms below add theirs."""


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


OF_ONE_INITIATIVE = (*PACE, "frameworks", "subjects", "participations", "suspensions", *DETAIL)
"""What a single initiative says besides."""


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


class InitiativeDetailSerializer(DetailSerializer, InitiativeSerializer, PaceSerializer):
    participations = InitiativeParticipationSerializer(many=True, read_only=True, help_text="Who takes part.")
    suspensions = SuspensionPartSerializer(many=True, read_only=True, help_text="When its clock stood still.")

    class Meta(InitiativeSerializer.Meta):
        fields = (*INITIATIVE, *OF_ONE_INITIATIVE, "visibility", *RECORD)


class AsOfForm(LanguageForm):
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


class InitiativeViewSet(OnAnyDay):
    """Initiatives of all three kinds: agreements, commissions, programmes, with their state on the day `as_of`."""

    serializer_class = InitiativeSerializer
    detail_class = InitiativeDetailSerializer
    filterset_class = filters.InitiativeFilterSet
    orderings = {"day": "sort_day", "title": "title", "ref": "ref"}

    def prepare(self, rows: list[Initiative]) -> None:
        explained(answered(rows, self.asked_on))
        if self.action == "retrieve":
            for row in rows:
                row.pace = pace_of(row.facts, row.answer, row.asked_on)


class AllInitiativesViewSet(InitiativeViewSet):
    """Initiatives of all three kinds: agreements, commissions, programmes, with their state on the day `as_of`.

    A single one is found under the address of its kind, to which this one leads.
    """

    def retrieve(self, request: Any, ref: str) -> Any:
        """Where a single initiative is found."""
        kind = visible(Initiative, request.user).filter(ref=ref).values_list("kind", flat=True).first()
        if kind is None:
            return gone.api_answer(Initiative, ref, request)
        query = request.META.get("QUERY_STRING")
        return HttpResponseRedirect(api_url(kind, ref) + (f"?{query}" if query else ""))


router.kind("initiatives", AllInitiativesViewSet, "initiative")


# What belongs to initiatives -----------------------------------------------------------------------------------------


class ActivitySerializer(RowSerializer):
    day = serializers.DateField(source="on", read_only=True, help_text="The day from which it counts.")
    evidence_label = serializers.SerializerMethodField(help_text="The same in the language asked for.")
    evidence = serializers.CharField(source="evidence_kind", read_only=True, help_text="What sort of record shows it.")
    record = GivenLinkField(source="shown_by", read_only=True, allow_null=True, help_text="The record that shows it.")

    class Meta:
        model = Activity
        fields = ("initiative", "day", "substantive", "origin", "evidence", "evidence_label", "record")
        page_of = "initiative"
        joined = ("initiative",)

    def get_evidence_label(self, row: Activity) -> str:
        return str(dict(filters.EVIDENCE)[row.evidence_kind])


class OfInitiative(ReadViewSet):
    """Rows that are seen with their initiative and know no rule of their own."""

    def visible_rows(self) -> models.QuerySet:
        initiatives = Initiative.objects.visible_to(self.request.user)
        return self.model._default_manager.filter(initiative__in=initiatives.values("pk"))


class ActivityViewSet(NumberedViewSet, OfInitiative):
    """Activities: the days of evidence that count for an initiative and those above it; only public ones do."""

    serializer_class = ActivitySerializer
    filterset_class = filters.ActivityFilterSet
    orderings = {"day": "day"}
    ordering = "-day"

    def prepare(self, rows: list[Activity]) -> None:
        wanted: dict[type[models.Model], set[int]] = {}
        for row in rows:
            wanted.setdefault(EVIDENCE[row.evidence_kind], set()).add(row.evidence_id)
        links = links_of(wanted, self.request.user)
        for row in rows:
            row.shown_by = links.get((EVIDENCE[row.evidence_kind], row.evidence_id))


class EntrySerializer(RowSerializer):
    class Meta:
        model = ActivityEntry
        fields = ("initiative", "what", "started_on", "reported_on", "substantive", "source", *RECORD)
        page_of = "initiative"
        joined = ("initiative",)


class EntryViewSet(ReadViewSet):
    """Entries: activities entered by hand with a source, which are neither session nor event nor signature."""

    serializer_class = EntrySerializer
    filterset_class = filters.EntryFilterSet
    orderings = {"ref": "ref"}
    ordering = "id"


class SuspensionSerializer(RowSerializer):
    class Meta:
        model = Suspension
        fields = ("initiative", "started_on", "ended_on", "why", "source")
        page_of = "initiative"
        joined = ("initiative",)


class SuspensionViewSet(NumberedViewSet, OfInitiative):
    """Suspensions: the times for which an initiative was declared suspended, so that its clock stood still."""

    serializer_class = SuspensionSerializer
    filterset_class = filters.SuspensionFilterSet


class LapseRefField(serializers.CharField):
    """The reference of a lapse; null for one that is told for another day and not on file."""

    def to_representation(self, row: Lapse) -> str | None:
        return row.ref or None


class LapsePageField(serializers.URLField):
    def to_representation(self, row: Lapse) -> str:
        return link(row if row.ref else row.initiative)["url"]


class LapseApiField(serializers.URLField):
    def to_representation(self, row: Lapse) -> str | None:
        return api_url("lapse", row.ref) if row.ref else None


class LapseSerializer(RowSerializer):
    ref = LapseRefField(
        source="*", read_only=True, allow_null=True, help_text="Permanent reference; null: told, not yet on file."
    )
    url = LapsePageField(
        source="*", read_only=True, help_text="Its page; of its initiative, where it is not yet on file."
    )
    api = LapseApiField(source="*", read_only=True, allow_null=True, help_text="Its address in the API.")
    pair = serializers.CharField(source="initiative.pair_id", read_only=True, help_text="Between whom.")
    days = serializers.IntegerField(read_only=True, help_text="How many days it lasted; while open, up to the day.")
    is_revival = serializers.BooleanField(read_only=True, help_text="Whether activity has ended it.")
    revived_by = GivenLinksField(read_only=True, help_text="What was held on the first day after, where activity was.")
    overlaps = GivenLinksField(read_only=True, help_text="Tension episodes of the pair that it overlaps; no cause.")

    class Meta:
        model = Lapse
        fields = (
            *("ref", "url", "api", "initiative", "pair", "began_on", "ended_on", "days", "ended_by"),
            *("is_revival", "revived_by", "overlaps", "cause", "source", *RECORD),
        )
        joined = ("initiative",)


class LapseViewSet(OnAnyDay):
    """Lapses: runs of days on which an initiative was symbolic or dormant. `ended_on` is the first day after it.

    With `as_of` those that had begun by then, open where they ended later; for a day to come those that there will be
    if nothing else is reported, which have no reference yet.
    """

    serializer_class = LapseSerializer
    filterset_class = filters.LapseFilterSet
    orderings = {"began_on": "began_on", "days": "days", "ref": "ref"}
    ordering = "-began_on"

    def visible_rows(self) -> models.QuerySet:
        rows = super().visible_rows()
        if self.action == "list":
            return rows  # the filters tell them for the day asked
        return lapses.as_of(rows, self.asked_on, Initiative.objects.filter(lapses__ref=self.kwargs["ref"]))

    def prepare(self, rows: list[Lapse]) -> None:
        day, user = self.asked_on, self.request.user
        revived = lapses.revivals(rows)
        wanted: dict[type[models.Model], set[int]] = {}
        for activity in chain.from_iterable(revived.values()):
            wanted.setdefault(EVIDENCE[activity.evidence_kind], set()).add(activity.evidence_id)
        links = links_of(wanted, user)
        for row in lapses.with_episodes(rows, user, day):
            found = (links.get((EVIDENCE[one.evidence_kind], one.evidence_id)) for one in revived.get(row.pk, ()))
            row.revived_by = [one for one in found if one]
            row.overlaps = [link(episode) for episode in row.episodes]


class RelationSerializer(RowSerializer):
    class Meta:
        model = Relation
        fields = ("from_initiative", "kind", "to_initiative", "note")
        page_of = "source"
        joined = ("source", "target")

    from_initiative = LinkField(source="source", read_only=True, help_text="The one that does it.")
    to_initiative = LinkField(source="target", read_only=True, help_text="The one it is done to.")


class RelationViewSet(ReadViewSet):
    """Relations: what amends, supersedes, implements or frames what."""

    serializer_class = RelationSerializer
    filterset_class = filters.RelationFilterSet
    orderings = {"ref": "ref"}
    ordering = "id"


# What surrounds them -------------------------------------------------------------------------------------------------


class EpisodeSerializer(RowSerializer):
    class Meta:
        model = TensionEpisode
        fields = ("pair", *TITLED, "kind", "started_on", "ended_on", "end_known", "intensity", "visibility", *RECORD)


class EpisodeDetailSerializer(DetailSerializer, EpisodeSerializer):
    class Meta(EpisodeSerializer.Meta):
        fields = (*EpisodeSerializer.Meta.fields, *DETAIL)


class EpisodeViewSet(ReadViewSet):
    """Tension episodes of pairs, intensity 1 to 5. An end not on file is neither today nor still going on."""

    serializer_class = EpisodeSerializer
    detail_class = EpisodeDetailSerializer
    filterset_class = filters.EpisodeFilterSet
    orderings = {"day": "sort_day", "ref": "ref"}


class MilestoneSerializer(RowSerializer):
    class Meta:
        model = Milestone
        fields = ("pair", *TITLED, "kind", "started_on", "ended_on", "place", *RECORD)


class MilestoneDetailSerializer(DetailSerializer, MilestoneSerializer):
    class Meta(MilestoneSerializer.Meta):
        fields = (*MilestoneSerializer.Meta.fields, *DETAIL)


class MilestoneViewSet(ReadViewSet):
    """Milestones: steps of a pair towards each other, as visits, reopenings, agreements to resume."""

    serializer_class = MilestoneSerializer
    detail_class = MilestoneDetailSerializer
    filterset_class = filters.MilestoneFilterSet
    orderings = {"day": "sort_day", "ref": "ref"}


router.kind("activities", ActivityViewSet, "activity")
router.kind("entries", EntryViewSet, "activityentry")
router.kind("suspensions", SuspensionViewSet, "suspension")
router.kind("lapses", LapseViewSet, "lapse")
router.kind("relations", RelationViewSet, "relation")
router.kind("tension-episodes", EpisodeViewSet, "episode")
router.kind("milestones", MilestoneViewSet, "milestone")
