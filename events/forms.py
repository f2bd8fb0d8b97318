"""The forms of programmes and events with their child rows, of outputs and of fulfilments."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from actors.forms import PARTICIPATION, PARTICIPATIONS
from agreements.forms import HeldForm
from continuity.forms import (
    CLOCK_PART,
    RELATIONS,
    SUSPENSIONS,
    TAGS_PART,
    InitiativeForm,
    InitiativeParticipationForm,
    RelationForm,
    SuspensionForm,
)
from events.models import BudgetLine, Event, EventParticipation, Fulfilment, Output, Programme, Sent
from events.models.programme import SERIES
from registry.core import dates
from registry.core.fields import form_field
from registry.core.forms import RecordForm, TitledForm, names_in
from registry.core.rows import RowForm, rows_of


class BudgetLineForm(RowForm):
    class Meta:
        model = BudgetLine
        fields = ("year", "amount", "currency", "funder")
        formfield_callback = form_field


class ProgrammeForm(InitiativeForm):
    parts = (
        (
            _("What it is"),
            ("title", "title_language", "short_title", "programme_kind", "level", "parent", "summary", "fields"),
        ),
        (_("Since when"), ("started_on", "ended_on", "status_as_stated")),
        CLOCK_PART,
        TAGS_PART,
    )
    rows = (
        rows_of(
            Programme,
            BudgetLineForm,
            heading=_("Budget"),
            help=_("One line for each sum: amount, currency (ISO 4217, as EUR), who pays, for which year."),
            one=_("budget line"),
        ),
        rows_of(Programme, InitiativeParticipationForm, **PARTICIPATIONS),
        rows_of(Programme, RelationForm, **RELATIONS),
        rows_of(Programme, SuspensionForm, **SUSPENSIONS),
    )

    class Meta:
        model = Programme
        formfield_callback = form_field

    Meta.fields = (*names_in(parts), "visibility")

    def comes_back(self, typed: dict[str, Any]) -> bool:
        return typed.get("programme_kind") in SERIES


class EventParticipationForm(RowForm):
    class Meta:
        model = EventParticipation
        fields = PARTICIPATION
        formfield_callback = form_field


class SentForm(RowForm):
    class Meta:
        model = Sent
        fields = ("country", "people")
        formfield_callback = form_field


class EventForm(HeldForm, TitledForm):
    parts = (
        (_("What it is"), ("title", "title_language", "kind", "initiative", "session", "fields")),
        (
            _("When and what became of it"),
            ("planned_on", "planned_until", "started_on", "ended_on", "reported_on", "outcome", "outcome_reason"),
        ),
        (_("Where and of whom"), ("format", "country", "places", "border", "planned_level", "level")),
        (_("For whom"), ("audiences", "attendance", "also_involved", "informal")),
        (_("Occasion"), ("occasion", "occasion_note")),
        (_("Promises, tags and note"), ("promises", "subjects", "note")),
    )
    rows = (
        rows_of(Event, EventParticipationForm, **PARTICIPATIONS),
        rows_of(
            Event,
            SentForm,
            heading=_("Numbers sent"),
            help=_("As a source counts them. A country beside the pair is first named under “Also involved”."),
            one=_("number"),
        ),
    )

    class Meta:
        model = Event
        formfield_callback = form_field

    Meta.fields = (*names_in(parts), "visibility")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered.also = [] if self.instance.pk is None else list(self.instance.also_involved.all())

    def options(self, name: str, model: type[models.Model]) -> Iterable[Any]:
        if name == "country":
            return self.offered.all_countries()
        if name == "promises":
            # what a session or an article promises was not promised at a meeting
            return super().options(name, model).filter(session=None, article=None)
        return super().options(name, model)

    def moved(self) -> Any:
        return self.instance.initiative


class OutputForm(TitledForm):
    """What remains; its stance is coded by named people, not here."""

    parts = (
        (_("What it is"), ("title", "title_language", "kind", "event", "language", "published_on", "copies")),
        (_("Who made it"), ("co_produced", "subjects", "note")),
    )

    class Meta:
        model = Output
        formfield_callback = form_field

    Meta.fields = (*names_in(parts), "visibility")


class FulfilmentForm(RecordForm):
    """What keeps a promise: one event or one initiative. Its source stands in a field of its own."""

    cited = False
    start = "commitment"
    parts = (
        (_("What keeps it: one of the two"), ("event", "initiative", "fulfilled_on")),
        (_("Where it is read, and note"), ("source", "note")),
    )

    class Meta:
        model = Fulfilment
        formfield_callback = form_field
        help_texts = {"fulfilled_on": _("The state of the promise stays as it is: change it on its own page.")}

    Meta.fields = names_in(parts)


def event_name(event: Event) -> str:
    """Write an event so that it is known among those that are called alike."""
    day = event.started_on or event.planned_on
    return f"{event} ({dates.display(day)})" if day else str(event)


for form in (OutputForm, FulfilmentForm):
    form.base_fields["event"].name_of = event_name
