"""What the forms of agreements, commissions and programmes share, and the forms of what lies around them."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from actors.forms import PARTICIPATION
from continuity import foresight
from continuity.models import (
    ActivityEntry,
    Initiative,
    InitiativeParticipation,
    Lapse,
    Milestone,
    Relation,
    Suspension,
    TensionEpisode,
)
from registry.core.fields import form_field
from registry.core.forms import RecordForm, TitledForm, names_in
from registry.core.rows import RowForm

CLOCK_PART = (
    _("How often activity is expected"),
    ("rhythm", "cadence", "grace", "meeting_clause_days", "tracking", "tracked_from", "tracked_until"),
)
TAGS_PART = (_("Tags and note"), ("frameworks", "subjects", "note"))
SUSPENSIONS = {
    "heading": _("Suspensions"),
    "help": _("From the first to the last day by a source. While one lasts, the clock does not run."),
    "one": _("suspension"),
}


RELATIONS = {
    "by": "source",
    "heading": _("Relations"),
    "help": _(
        "What it does to another initiative of the pair: amend, supersede, implement or frame it. Enter it at this end "
        "alone: the page of the other one shows it too."
    ),
    "one": _("relation"),
}


class InitiativeParticipationForm(RowForm):
    class Meta:
        model = InitiativeParticipation
        fields = PARTICIPATION
        formfield_callback = form_field


class SuspensionForm(RowForm):
    class Meta:
        model = Suspension
        fields = ("started_on", "ended_on", "why", "source")
        formfield_callback = form_field


class RelationForm(RowForm):
    class Meta:
        model = Relation
        fields = ("kind", "target", "note")
        labels = {"target": _("The other initiative")}
        formfield_callback = form_field

    def options(self, name: str, model: type[models.Model]) -> Iterable[Any]:
        return super().options(name, model).exclude(pk=self.instance.source_id)


class InitiativeForm(TitledForm):
    """The form of whatever has continuity. Its rhythm is proposed: regular for what is meant to come back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rhythm = self.fields["rhythm"]
        rhythm.required = False
        rhythm.choices = [("", _("As is usual for its kind")), *(one for one in rhythm.choices if one[0])]

    def options(self, name: str, model: type[models.Model]) -> Iterable[Any]:
        if name == "parent":
            return super().options(name, Initiative).exclude(pk=self.instance.pk)
        return super().options(name, model)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("rhythm"):
            cleaned["rhythm"] = "regular" if cleaned.get("cadence") or self.comes_back(cleaned) else "irregular"
        return cleaned

    def comes_back(self, typed: dict[str, Any]) -> bool:
        """Say whether what was typed is of a kind that is meant to come back at intervals."""
        return False

    def foresight(self) -> list[str]:
        return foresight.of_publishing(self.instance)

    def _get_validation_exclusions(self) -> set[str]:
        # Django leaves an optional field out of the model's own check when it was left empty: here it no longer is
        return super()._get_validation_exclusions() - {"rhythm"}


class EntryForm(RecordForm):
    """An activity that is neither a session nor an event nor a signature; its source stands in a field of its own."""

    cited = False
    start = "initiative"
    parts = (
        (_("What was done"), ("what", "started_on", "reported_on", "substantive")),
        (_("Where it is read, and note"), ("source", "note")),
    )

    class Meta:
        model = ActivityEntry
        formfield_callback = form_field
        help_texts = {
            "started_on": _("It counts by its latest day, but no later than a source told of it."),
            "substantive": _("Without the tick: in name only. It is then symbolic, and does not restart the clock."),
            "source": _("The activity counts once everyone may see its source."),
        }

    Meta.fields = names_in(parts)


class LapseForm(RecordForm):
    """What people say of a lapse. Its days follow from the rule, and its source stands in a field of its own."""

    cited = False
    parts = ((_("What is held to be its cause"), ("cause", "source", "note")),)

    class Meta:
        model = Lapse
        formfield_callback = form_field

    Meta.fields = names_in(parts)


class EpisodeForm(TitledForm):
    parts = (
        (_("What it is"), ("title", "title_language", "kind", "intensity")),
        (_("When"), ("started_on", "ended_on", "end_known")),
        (_("What a reader should know"), ("note",)),
    )

    class Meta:
        model = TensionEpisode
        formfield_callback = form_field
        help_texts = {"started_on": _("Its first day.")}

    Meta.fields = (*names_in(parts), "visibility")


class MilestoneForm(TitledForm):
    parts = (
        (_("What it is"), ("title", "title_language", "kind")),
        (_("When and where"), ("started_on", "ended_on", "place")),
        (_("What a reader should know"), ("note",)),
    )

    class Meta:
        model = Milestone
        formfield_callback = form_field
        help_texts = {"started_on": _("Its first day."), "ended_on": _("Its last day; empty: it took one day.")}

    Meta.fields = names_in(parts)
