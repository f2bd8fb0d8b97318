"""Filters of initiatives and of what surrounds them."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from actors.filters import TakingPart, Together
from continuity import care, lapses, rules, states
from continuity.models import (
    Activity,
    ActivityEntry,
    Concern,
    Initiative,
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
    MANY,
    Bound,
    Choices,
    CitedFrom,
    Codes,
    Countries,
    Pairs,
    RecordFilter,
    Refs,
    Search,
    Terms,
    YesNo,
    between,
    by_visibility,
)
from registry.core.models import Framework, Place, Source, Subject
from registry.core.parameters import DayField, NumberField, TextField


class States(Codes):
    """Computed states, on the day that the parameter `as_of` names or today."""

    def __init__(self) -> None:
        super().__init__("continuity_state", label=_("State"), help_text=MANY)

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return states.in_states(rows, value, self.parent.as_of)


TOLD = _("The day for which states are told; empty: today.")


class AsOf(Together, RecordFilter):
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
    parent = Refs(Initiative, "parent", label=_("Under"))
    started_after, started_before = between("started_on", _("Started from"), _("Started until"))
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"))
    framework = Refs(Framework, "frameworks")
    subject = Refs(Subject, "subjects")
    source = CitedFrom()
    visibility = by_visibility()

    class Meta:
        model = Initiative
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


class Moment(Bound):
    """One end of a range of days over a column of moments, in UTC."""

    def chosen(self, rows: QuerySet, value: date) -> QuerySet:
        if self.side == "after":
            return rows.filter(**{f"{self.field_name}__gte": datetime.combine(value, time.min, UTC)})
        return rows.filter(**{f"{self.field_name}__lte": datetime.combine(value, time.max, UTC)})


class MailFilterSet(RecordFilterSet):
    """Filters of the log of mails."""

    state = Choices(Notice.State.choices, "state")
    person = Person(field_name="user", label=_("Person"), help_text=_("Part of a name or an address."))
    after = Moment("due_at", "after", fuzzy=False, label=_("From day"))
    before = Moment("due_at", "before", fuzzy=False, label=_("Until day"))

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
    source = CitedFrom()

    class Meta:
        model = Milestone
        fields: list[str] = []


class OfInitiative(RecordFilterSet):
    """What belongs to one initiative."""

    initiative = Refs(Initiative, "initiative")
    kind = Choices(Kind.choices, "initiative__kind", label=_("Kind of initiative"))
    pair = Pairs("initiative__pair")
    country = Countries("initiative__pair")


class FieldsOfInitiative(Terms):
    """Codes of fields that the initiative is about."""

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return rows.filter(initiative__in=super().chosen(Initiative.objects.all(), value).values("pk"))


class Whether(YesNo):
    """Whether the rows themselves, which may be of another day than those on file, fulfil a condition."""

    def holds(self) -> Any:
        """Return the condition."""
        return self.condition()

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        if len(set(value)) == 2:
            return rows
        return rows.filter(self.holds()) if value == ["YES"] else rows.exclude(self.holds())


class InTension(Whether):
    """Whether a lapse overlaps an episode of tension that the user may see."""

    def __init__(self) -> None:
        super().__init__(Q, label=_("In tension"), help_text=_("Whether it overlaps an episode of tension."))

    def holds(self) -> Any:
        return lapses.overlapped_by(TensionEpisode.objects.visible_to(self.user), self.parent.as_of)


class Overlapping(Refs):
    """Lapses that overlap one of these episodes."""

    def chosen(self, rows: QuerySet, value: list[Any]) -> QuerySet:
        return rows.filter(lapses.overlapped_by(TensionEpisode.objects.filter(pk__in=value), self.parent.as_of))


class Days(RecordFilter):
    """A bound of the length in days."""

    def __init__(self, lookup: str, **kwargs: Any) -> None:
        super().__init__(field_name=f"days__{lookup}", help_text=_("A number of days."), **kwargs)

    @cached_property
    def field(self) -> NumberField:
        return NumberField(least=1, most=rules.LAST_DAY, label=self._label, help_text=self.extra["help_text"])

    def chosen(self, rows: QuerySet, value: int) -> QuerySet:
        return rows.filter(**{self.field_name: value})


class LapseFilterSet(OfInitiative):
    q = Search(help_text=_("Words of the stated cause, in any script; all must be found."))
    field = FieldsOfInitiative("field", "fields", label=_("Field"))
    open = Whether(lambda: Q(ended_on=None), label=_("Open"))
    ended_by = Choices(Lapse.EndedBy.choices, "ended_by")
    began_after, began_before = between("began_on", _("Began from"), _("Began until"), fuzzy=False)
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"), fuzzy=False)
    shortest = Days("gte", label=_("Shortest, in days"))
    longest = Days("lte", label=_("Longest, in days"))
    episode = Overlapping(TensionEpisode, label=_("Overlaps the episode"))
    in_tension = InTension()
    has_cause = Whether(lambda: ~Q(cause=""), label=_("Cause stated"))
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

    class Meta:
        model = Suspension
        fields: list[str] = []


class EntryFilterSet(OfInitiative):
    q = Search()
    substantive = YesNo(lambda: Q(substantive=True), label=_("Substantive"))
    started_after, started_before = between("started_on", _("From"), _("Until"))
    source = Refs(Source, "source")

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

    class Meta:
        model = Activity
        fields: list[str] = []
