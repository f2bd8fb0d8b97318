"""Administration of agreements, commissions, sessions and commitments."""

from django.contrib import admin
from django.http import HttpRequest

from agreements.models import (
    AgendaItem,
    Agreement,
    AgreementAction,
    Article,
    Chair,
    Commission,
    Commitment,
    Registration,
    Session,
)
from continuity.admin import InitiativeAdmin
from continuity.models import InitiativeParticipation, Relation
from registry.core.record_admin import LongRows, ReadOnly, RecordAdmin, rows


@admin.register(Agreement)
class AgreementAdmin(InitiativeAdmin):
    """An agreement starts on the day of its signature, and its suspensions follow from its actions."""

    list_display = ("title", "ref", "pair_id", "type", "signed_on", "declared_status", "visibility", "version")
    list_filter = ("visibility", "type", "declared_status", "rhythm")
    exclude = ("started_on",)
    inlines = (
        rows(AgreementAction),
        rows(Registration),
        rows(Article, LongRows),
        rows(InitiativeParticipation),
        rows(Relation, fk_name="source"),
    )


@admin.register(Article)
class ArticleLookup(ReadOnly):
    """For looking one up on the form of a commitment; articles are edited with their agreement."""

    list_display = ("agreement", "number", "heading")
    list_select_related = ("agreement",)
    search_fields = ("agreement__title", "heading")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Commission)
class CommissionAdmin(InitiativeAdmin):
    list_display = ("title", "ref", "pair_id", "type", "started_on", "rhythm", "visibility", "version")
    list_filter = ("visibility", "type", "rhythm")
    inlines = (rows(Chair), *InitiativeAdmin.inlines)


@admin.register(Session)
class SessionAdmin(RecordAdmin):
    list_display = ("__str__", "ref", "planned_on", "started_on", "outcome", "visibility", "version")
    list_filter = ("visibility", "outcome", "format")
    list_select_related = ("commission",)
    inlines = (rows(AgendaItem),)

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).select_related("commission")


@admin.register(Commitment)
class CommitmentAdmin(RecordAdmin):
    list_display = ("text", "ref", "pair_id", "promised_on", "due_on", "state", "version")
    list_filter = ("state",)
