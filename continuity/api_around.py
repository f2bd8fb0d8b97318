"""The API of what belongs to initiatives, and of what surrounds them."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from django.db import models
from rest_framework import serializers

from actors.api import OF_ITS_ACTOR, ParticipationRowSerializer, ParticipationViewSet
from continuity import filters, lapses
from continuity.api import OnAnyDay
from continuity.forms import EntryForm, EpisodeForm, LapseForm, MilestoneForm
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
from registry.core.api import NumberedViewSet, ReadViewSet, router
from registry.core.api_write import WriteViewSet
from registry.core.examples import Example
from registry.core.grouping import By, Year, by_pair
from registry.core.reading import Asked
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
    RowSerializer,
    api_url,
    link,
    links_of,
)
from registry.core.wanted import Wanted

NAMED_WITH[Lapse] = ("initiative",)
TITLES[Lapse] = "initiative__title"
EVIDENCE: dict[str, type[models.Model]] = {"entry": ActivityEntry}
"""Kind of evidence → the records it consists of; rooms below add theirs."""
OF_ITS_INITIATIVE = {**by_pair("initiative__pair"), "field": By("initiative__fields"), "kind": By("initiative__kind")}
OF_SURROUNDINGS = {"year": Year("sort_day"), **by_pair(), "kind": By("kind")}


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

    @classmethod
    def prepare(cls, rows: Sequence[Any], asked: Asked, wanted: Wanted) -> None:
        links = links_of(shown_by(rows), asked.user)
        for row in rows:
            row.shown_by = links.get((EVIDENCE[row.evidence_kind], row.evidence_id))

    def get_evidence_label(self, row: Activity) -> str:
        return str(dict(filters.EVIDENCE)[row.evidence_kind])


def shown_by(rows: Iterable[Activity]) -> dict[type[models.Model], set[int]]:
    """Return the records that show these activities, by kind."""
    found: dict[type[models.Model], set[int]] = {}
    for row in rows:
        found.setdefault(EVIDENCE[row.evidence_kind], set()).add(row.evidence_id)
    return found


class OfInitiative(ReadViewSet):
    """Rows that are seen with their initiative and know no rule of their own."""

    def visible_rows(self) -> models.QuerySet:
        initiatives = Initiative.objects.visible_to(self.request.user)
        return self.model._default_manager.filter(initiative__in=initiatives.values("pk"))


class ActivityViewSet(NumberedViewSet, OfInitiative):
    """Activities: the days of evidence that count for an initiative and those above it; only public ones do."""

    example = Example("initiative=R15", "1")
    serializer_class = ActivitySerializer
    filterset_class = filters.ActivityFilterSet
    groups = {"year": Year("day"), **OF_ITS_INITIATIVE}
    known_by = ("initiative__ref", "evidence_kind", "evidence_id")
    orderings = {"day": "day"}
    ordering = "-day"


class EntrySerializer(RowSerializer):
    class Meta:
        model = ActivityEntry
        fields = ("initiative", "what", "started_on", "reported_on", "substantive", "source", *RECORD)
        joined = ("initiative",)


class EntryViewSet(WriteViewSet):
    """Entries: activities entered by hand with a source, which are neither session nor event nor signature."""

    example = Example(
        enters={"initiative": "R15", "what": "A tour", "started_on": "2026-05-12", "source": "S-24KG-285893"}
    )
    serializer_class = EntrySerializer
    form_class = EntryForm
    filterset_class = filters.EntryFilterSet
    groups = {"year": Year("started_on_latest"), **OF_ITS_INITIATIVE}
    orderings = {"ref": "ref"}
    ordering = "id"


class InitiativeParticipationRowSerializer(ParticipationRowSerializer):
    pair = serializers.CharField(source="initiative.pair_id", read_only=True, help_text="Between whom.")

    class Meta(ParticipationRowSerializer.Meta):
        model = InitiativeParticipation
        fields = ("initiative", "pair", *ParticipationRowSerializer.Meta.fields)
        page_of = "initiative"
        joined = ("initiative", "actor")


class InitiativeParticipationViewSet(ParticipationViewSet):
    """Participations in initiatives: which actor takes part in which, for which side, in which role."""

    example = Example("role=SIGNATORY&pair=KZ-UZ", "1")
    owner = "initiative"
    serializer_class = InitiativeParticipationRowSerializer
    filterset_class = filters.InitiativeParticipationFilterSet
    groups = {"year": Year("initiative__sort_day"), **OF_ITS_INITIATIVE, **OF_ITS_ACTOR}
    known_by = ("initiative__ref", "actor__ref", "role")


class SuspensionSerializer(RowSerializer):
    class Meta:
        model = Suspension
        fields = ("initiative", "started_on", "ended_on", "why", "source")
        page_of = "initiative"
        joined = ("initiative",)


class SuspensionViewSet(NumberedViewSet, OfInitiative):
    """Suspensions: the times for which an initiative was declared suspended, so that its clock stood still."""

    example = Example("", "1")
    serializer_class = SuspensionSerializer
    filterset_class = filters.SuspensionFilterSet
    groups = {"year": Year("started_on_earliest"), **OF_ITS_INITIATIVE}
    known_by = ("initiative__ref", "started_on")


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

    @classmethod
    def prepare(cls, rows: Sequence[Any], asked: Asked, wanted: Wanted) -> None:
        revived = lapses.revivals(rows)
        links = links_of(shown_by(chain.from_iterable(revived.values())), asked.user)
        for row in lapses.with_episodes(rows, asked.user, asked.on):
            found = (links.get((EVIDENCE[one.evidence_kind], one.evidence_id)) for one in revived.get(row.pk, ()))
            row.revived_by = [one for one in found if one]
            row.overlaps = [link(episode) for episode in row.episodes]


class LapseViewSet(WriteViewSet, OnAnyDay):
    """Lapses: runs of days on which an initiative was symbolic or dormant. `ended_on` is the first day after it.

    With `as_of` those that had begun by then, open where they ended later; for a day to come those that there will be
    if nothing else is reported, which have no reference yet.
    """

    example = Example("pair=KG-TJ&open=YES")
    serializer_class = LapseSerializer
    form_class = LapseForm
    http_method_names = ["get", "head", "options", "patch"]  # lapses follow from the rule
    filterset_class = filters.LapseFilterSet
    groups = {"year": Year("began_on"), **OF_ITS_INITIATIVE}
    known_by = ("initiative__ref", "began_on")
    orderings = {"began_on": "began_on", "days": "days", "ref": "ref"}
    ordering = "-began_on"
    same_for_all = False  # but for each day

    def visible_rows(self) -> models.QuerySet:
        rows = super().visible_rows()
        if self.action == "list":
            return rows  # the filters tell them for the day asked
        return lapses.as_of(rows, self.asked_on, Initiative.objects.filter(lapses__ref=self.kwargs["ref"]))


class RelationSerializer(RowSerializer):
    class Meta:
        model = Relation
        fields = ("from_initiative", "kind", "to_initiative", "note")
        page_of = "source"
        joined = ("source", "target")

    from_initiative = LinkField(source="source", read_only=True, help_text="The one that does it.")
    to_initiative = LinkField(source="target", read_only=True, help_text="The one it is done to.")


class RelationViewSet(ReadViewSet):
    """Relations: what amends, supersedes, implements or frames what.

    One is a row of the initiative it starts from, and is written there, as one of its `relations_from`.
    """

    example = Example("kind=FRAMEWORK_OF", "RL03")
    serializer_class = RelationSerializer
    filterset_class = filters.RelationFilterSet
    groups = {**by_pair("source__pair"), "kind": By("kind")}
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


class EpisodeViewSet(WriteViewSet):
    """Tension episodes of pairs, intensity 1 to 5. An end not on file is neither today nor still going on."""

    example = Example(
        "pair=KG-TJ", "R42", {"pair": "KG-TJ", "title": "An example", "kind": "OTHER", "started_on": "2026-02"}
    )
    serializer_class = EpisodeSerializer
    detail_class = EpisodeDetailSerializer
    form_class = EpisodeForm
    filterset_class = filters.EpisodeFilterSet
    groups = OF_SURROUNDINGS
    orderings = {"day": "sort_day", "ref": "ref"}


class MilestoneSerializer(RowSerializer):
    class Meta:
        model = Milestone
        fields = ("pair", *TITLED, "kind", "started_on", "ended_on", "place", *RECORD)


class MilestoneDetailSerializer(DetailSerializer, MilestoneSerializer):
    class Meta(MilestoneSerializer.Meta):
        fields = (*MilestoneSerializer.Meta.fields, *DETAIL)


class MilestoneViewSet(WriteViewSet):
    """Milestones: steps of a pair towards each other, as visits, reopenings, agreements to resume."""

    example = Example(
        "kind=STATE_VISIT", "M08", {"pair": "KG-TJ", "title": "An example", "kind": "OTHER", "started_on": "2026-02"}
    )
    serializer_class = MilestoneSerializer
    detail_class = MilestoneDetailSerializer
    form_class = MilestoneForm
    filterset_class = filters.MilestoneFilterSet
    groups = OF_SURROUNDINGS
    orderings = {"day": "sort_day", "ref": "ref"}


router.kind("activities", ActivityViewSet, "activity")
router.kind("entries", EntryViewSet, "activityentry")
router.kind("initiative-participations", InitiativeParticipationViewSet, "initiativeparticipation")
router.kind("suspensions", SuspensionViewSet, "suspension")
router.kind("lapses", LapseViewSet, "lapse")
router.kind("relations", RelationViewSet, "relation")
router.kind("tension-episodes", EpisodeViewSet, "episode")
router.kind("milestones", MilestoneViewSet, "milestone")
