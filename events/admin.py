"""Administration of programmes, events, outputs and fulfilments."""

from django.contrib import admin

from continuity.admin import InitiativeAdmin
from events.models import (
    BudgetLine,
    Event,
    EventParticipation,
    Fulfilment,
    Output,
    Programme,
    Sent,
    StanceCoding,
)
from registry.core.record_admin import RecordAdmin, rows


@admin.register(Programme)
class ProgrammeAdmin(InitiativeAdmin):
    list_display = ("title", "ref", "pair_id", "programme_kind", "started_on", "rhythm", "visibility", "version")
    list_filter = ("visibility", "programme_kind", "rhythm")
    inlines = (rows(BudgetLine), *InitiativeAdmin.inlines)


@admin.register(Event)
class EventAdmin(RecordAdmin):
    list_display = ("title", "ref", "pair_id", "kind", "planned_on", "started_on", "outcome", "visibility", "version")
    list_filter = ("visibility", "outcome", "format", "kind")
    inlines = (rows(EventParticipation), rows(Sent))


@admin.register(Output)
class OutputAdmin(RecordAdmin):
    list_display = ("title", "ref", "pair_id", "kind", "published_on", "visibility", "version")
    list_filter = ("visibility", "kind")
    inlines = (rows(StanceCoding),)


@admin.register(Fulfilment)
class FulfilmentAdmin(RecordAdmin):
    list_display = ("commitment", "ref", "event", "initiative", "fulfilled_on", "version")
    list_select_related = ("commitment", "event", "initiative")
