"""Filters of initiatives and of what surrounds them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from actors.filters import ParticipationFilterSet, TakingPart
from continuity import care, lapses, rules
from continuity.filters_told import CadenceSources, States, ToldBound, TrackingBases, Whether, tension
from continuity.models import (
    Activity,
    ActivityEntry,
    Concern,
    Initiative,
    InitiativeParticipation,
    Kind,
    Lapse,
    Milestone,
    Notice,
    Relation,
    Suspension,
    TensionEpisode,
)
from registry.core.filter_sets import RecordFilterSet
from registry.core.filters import (
    Choices,
    CitedFrom,
    Codes,
    Countries,
    Pairs,
    Read,
    RecordFilter,
    Refs,
    Search,
    Terms,
    YesNo,
    by_visibility,
)
from registry.core.models import Framework, Place, Source, Subject
from registry.core.parameters import DayField, TextField
from registry.core.ranges import Moment, between, numbered

TOLD = _("The day for which states are told; empty: today.")


class AsOf(Read, RecordFilter):
    """The day for which states are asked; it chooses no rows by itself."""

    field_class = DayField

    def __init__(self, help_text: Any = TOLD) -> None:
        super().__init__(label=_("As of"), help_text=help_text)


class InitiativeFilterSet(TakingPart):
    """What all initiatives are filtered by; each kind adds its own."""

    q = Search()
    kind = Choices(Kind.choices, "kind")
    pair = Pairs()
    country = Countries()
    field = Terms("field", "fields", label=_("Field"))
    state = States()
    as_of = AsOf()
    level = Codes("level", "level")
    rhythm = Codes("rhythm", "rhythm")
    cadence_source = CadenceSources()
    tracking = Codes("tracking", "tracking")
    tracking_basis = TrackingBases()
    due_after, due_before = between("due_on", _("Due from"), _("Due until"), ToldBound, fuzzy=False)
    lapsing_after, lapsing_before = between("lapses_on", _("Lapsing from"), _("Lapsing until"), ToldBound, fuzzy=False)
    last_active_after, last_active_before = between(
        "last_activity_on", _("Last active from"), _("Last active until"), ToldBound, fuzzy=False
    )
    parent = Refs(Initiative, "parent", label=_("Under"))
    started_after, started_before = between("started_on", _("Started from"), _("Started until"))
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"))
    in_tension, episode = tension("started_on")
    framework = Refs(Framework, "frameworks")
    subject = Refs(Subject, "subjects")
    source = CitedFrom()
    visibility = by_visibility()
    on_file = (
        *("parent", "short_title", "summary", "level", "fields", "started_on", "ended_on", "cadence", "grace"),
        *("meeting_clause_days", "frameworks", "subjects", "participations", "relations_from", "suspensions"),
        *("children", "note"),
    )

    class Meta:
        model = Initiative
        fields: list[str] = []


class FieldsOfInitiative(Terms):
    """Codes of fields that the initiative is about."""

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return rows.filter(initiative__in=super().chosen(Initiative.objects.all(), value).values("pk"))


class InitiativeParticipationFilterSet(ParticipationFilterSet):
    initiative = Refs(Initiative, "initiative")
    kind = Choices(Kind.choices, "initiative__kind", label=_("Kind of initiative"))
    pair = Pairs("initiative__pair")
    country = Countries("initiative__pair")
    field = FieldsOfInitiative("field", "fields", label=_("Field"))

    class Meta:
        model = InitiativeParticipation
        fields: list[str] = []


class EitherEnd(Refs):
    """Initiatives at either end of a relation."""

    def chosen(self, rows: QuerySet, value: list[Any]) -> QuerySet:
        return rows.filter(Q(source__in=value) | Q(target__in=value))


class RelationFilterSet(RecordFilterSet):
    kind = Codes("agreement_relation", "kind")
    pair = Pairs("source__pair")
    country = Countries("source__pair")
    initiative = EitherEnd(Initiative)
    from_initiative = Refs(Initiative, "source", label=_("From"))
    to_initiative = Refs(Initiative, "target", label=_("To"))
    on_file = ("note",)

    class Meta:
        model = Relation
        fields: list[str] = []


class KindOfConcern(Choices):
    """Kinds of concern; the rooms have told which there are by the time the field is made."""

    def __init__(self) -> None:
        super().__init__([], "kind")

    def field_arguments(self) -> dict[str, Any]:
        self.choices = [(kind, capfirst(words.gist)) for kind, words in sorted(care.CONCERNS.items())]
        return super().field_arguments()


class ConcernFilterSet(RecordFilterSet):
    kind = KindOfConcern()
    pair = Pairs()
    country = Countries()

    class Meta:
        model = Concern
        fields: list[str] = []


class Person(RecordFilter):
    """Part of the name or the address of whom a mail went to."""

    field_class = TextField

    def chosen(self, rows: QuerySet, value: str) -> QuerySet:
        columns = ("username", "first_name", "last_name", "email")
        named = Q()
        for column in columns:
            named |= Q(**{f"user__{column}__icontains": value})
        return rows.filter(named)


class MailFilterSet(RecordFilterSet):
    """Filters of the log of mails."""

    state = Choices(Notice.State.choices, "state")
    person = Person(field_name="user", label=_("Person"), help_text=_("Part of a name or an address."))
    after, before = between("due_at", _("From day"), _("Until day"), Moment, fuzzy=False)

    class Meta:
        model = Notice
        fields: list[str] = []


class EpisodeFilterSet(RecordFilterSet):
    q = Search()
    pair = Pairs()
    country = Countries()
    kind = Codes("tension_kind", "kind")
    intensity = Choices([(str(n), str(n)) for n in range(1, 6)], "intensity")
    end_known = Codes("yes_no_unknown", "end_known")
    started_after, started_before = between("started_on", _("Began from"), _("Began until"))
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"))
    source = CitedFrom()
    on_file = ("ended_on", "intensity", "note")
    visibility = by_visibility()

    class Meta:
        model = TensionEpisode
        fields: list[str] = []


class MilestoneFilterSet(RecordFilterSet):
    q = Search()
    pair = Pairs()
    country = Countries()
    kind = Codes("milestone_kind", "kind")
    place = Refs(Place, "place")
    started_after, started_before = between("started_on", _("Began from"), _("Began until"))
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"))
    source = CitedFrom()
    on_file = ("ended_on", "place", "note")

    class Meta:
        model = Milestone
        fields: list[str] = []


class OfInitiative(RecordFilterSet):
    """What belongs to one initiative."""

    initiative = Refs(Initiative, "initiative")
    kind = Choices(Kind.choices, "initiative__kind", label=_("Kind of initiative"))
    pair = Pairs("initiative__pair")
    country = Countries("initiative__pair")


class LapseInTension(Whether):
    """Whether a lapse overlaps an episode of tension that the user may see."""

    def __init__(self) -> None:
        super().__init__(Q, label=_("In tension"), help_text=_("Whether it overlaps an episode of tension."))

    def holds(self) -> Any:
        return lapses.overlapped_by(TensionEpisode.objects.visible_to(self.user), self.parent.as_of)


class Overlapping(Refs):
    """Lapses that overlap one of these episodes."""

    def chosen(self, rows: QuerySet, value: list[Any]) -> QuerySet:
        return rows.filter(lapses.overlapped_by(TensionEpisode.objects.filter(pk__in=value), self.parent.as_of))


class LapseFilterSet(OfInitiative):
    q = Search(help_text=_("Words of the stated cause, in any script; all must be found."))
    field = FieldsOfInitiative("field", "fields", label=_("Field"))
    open = Whether(lambda: Q(ended_on=None), label=_("Open"))
    ended_by = Choices(Lapse.EndedBy.choices, "ended_by")
    began_after, began_before = between("began_on", _("Began from"), _("Began until"), fuzzy=False)
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"), fuzzy=False)
    shortest, longest = numbered("days", _("Shortest, in days"), _("Longest, in days"), least=1, most=rules.LAST_DAY)
    episode = Overlapping(TensionEpisode, label=_("Overlaps the episode"))
    in_tension = LapseInTension()
    has_cause = Whether(lambda: ~Q(cause=""), label=_("Cause stated"))
    source = Refs(Source, "source")
    on_file = ("cause", "source", "note")
    as_of = AsOf(_("The day as of which lapses are told: those begun by then, open if they ended later; empty: today."))

    class Meta:
        model = Lapse
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        return super().filter_queryset(lapses.as_of(queryset, self.as_of, self.concerned()))

    def concerned(self) -> QuerySet:
        """Return the initiatives whose lapses can be among the rows."""
        asked = self.form.cleaned_data
        paths = {"pair": "pair__in", "kind": "kind__in", "initiative": "pk__in"}
        return Initiative.objects.filter(**{path: asked[name] for name, path in paths.items() if asked.get(name)})


class SuspensionFilterSet(OfInitiative):
    started_after, started_before = between("started_on", _("Began from"), _("Began until"))
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"))
    source = Refs(Source, "source")
    on_file = ("ended_on", "why", "source")

    class Meta:
        model = Suspension
        fields: list[str] = []


class EntryFilterSet(OfInitiative):
    q = Search()
    substantive = YesNo(lambda: Q(substantive=True), label=_("Substantive"))
    started_after, started_before = between("started_on", _("From"), _("Until"))
    source = Refs(Source, "source")
    reported_after, reported_before = between("reported_on", _("Reported from"), _("Reported until"), fuzzy=False)
    on_file = ("reported_on", "source", "note")

    class Meta:
        model = ActivityEntry
        fields: list[str] = []


EVIDENCE = [
    ("session", _("session")),
    ("event", _("event")),
    ("agreement", _("agreement signed")),
    ("entry", _("entry by hand")),
]
"""What shows activity; the list is closed (docs/continuity.md)."""


class ActivityFilterSet(OfInitiative):
    evidence = Choices(EVIDENCE, "evidence_kind")
    substantive = YesNo(lambda: Q(substantive=True), label=_("Substantive"))
    day_after, day_before = between("day", _("From"), _("Until"), fuzzy=False, ordinal=True)
    origin = Refs(Initiative, "origin", label=_("Own activity of"))

    class Meta:
        model = Activity
        fields: list[str] = []
