"""Filters of initiatives and of what surrounds them."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from actors.filters import TakingPart, Together
from continuity import door, states
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
from registry.core.filters import (
    MANY,
    Bound,
    Choices,
    CitedFrom,
    Codes,
    Countries,
    Pairs,
    RecordFilter,
    RecordFilterSet,
    Refs,
    Search,
    Terms,
    YesNo,
    between,
    by_visibility,
)
from registry.core.models import Framework, Place, Source, Subject
from registry.core.parameters import DayField, TextField


class States(Codes):
    """Computed states, on the day that the parameter `as_of` names or today."""

    def __init__(self) -> None:
        super().__init__("continuity_state", label=_("State"), help_text=MANY)

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return states.in_states(rows, value, self.parent.as_of)


class AsOf(Together, RecordFilter):
    """The day for which states are asked; it chooses no rows by itself."""

    field_class = DayField


class InitiativeFilterSet(TakingPart):
    """What all initiatives are filtered by; each kind adds its own."""

    q = Search()
    kind = Choices(Kind.choices, "kind")
    pair = Pairs()
    country = Countries()
    field = Terms("field", "fields", label=_("Field"))
    state = States()
    as_of = AsOf(label=_("As of"), help_text=_("The day for which states are told; empty: today."))
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
        self.choices = [(kind, capfirst(words.gist)) for kind, words in sorted(door.WORDS.items())]
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


class LapseFilterSet(OfInitiative):
    open = YesNo(lambda: Q(ended_on=None), label=_("Open"))
    ended_by = Choices(Lapse.EndedBy.choices, "ended_by")
    began_after, began_before = between("began_on", _("Began from"), _("Began until"), fuzzy=False)
    ended_after, ended_before = between("ended_on", _("Ended from"), _("Ended until"), fuzzy=False)

    class Meta:
        model = Lapse
        fields: list[str] = []


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
