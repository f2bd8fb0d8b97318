"""Administration of what lies around initiatives, of alerts, and of what the rule has written."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from continuity.models import (
    Activity,
    ActivityEntry,
    Concern,
    Initiative,
    InitiativeParticipation,
    Lapse,
    Milestone,
    Notice,
    Relation,
    Subscription,
    Suspension,
    TensionEpisode,
    Transition,
)
from registry.core.record_admin import LookedUp, ReadOnly, RecordAdmin, Registrars, rows


class InitiativeAdmin(RecordAdmin):
    """What agreements, commissions and programmes have in common. Their states follow from the rule."""

    derived = (
        "fixed_state",
        "last_activity_on",
        "cadence_days",
        "cadence_source",
        "active_until",
        "due_on",
        "lapses_on",
        "symbolic_until",
        "good_until",
    )
    list_display = ("title", "ref", "pair_id", "started_on", "ended_on", "rhythm", "visibility", "version")
    list_filter = ("visibility", "rhythm", "tracking", "level")
    inlines = (rows(InitiativeParticipation), rows(Suspension), rows(Relation, fk_name="source"))


@admin.register(Initiative)
class InitiativeLookup(ReadOnly):
    """For looking one up in other forms; each is edited as the agreement, commission or programme that it is."""

    list_display = ("title", "ref", "kind", "pair_id")
    search_fields = ("folded",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.search(search_term), False


@admin.register(ActivityEntry)
class ActivityEntryAdmin(RecordAdmin):
    list_display = ("what", "ref", "initiative", "started_on", "reported_on", "substantive", "version")
    list_select_related = ("initiative",)


@admin.register(Lapse)
class LapseAdmin(RecordAdmin):
    """The days of a lapse follow from the rule; people say what they hold to be its cause."""

    permanent = ("ref", "initiative", "began_on", "ended_on", "ended_by", "void")
    list_display = ("initiative", "began_on", "ended_on", "ended_by", "cause", "void", "version")
    list_filter = ("ended_by", "void")
    list_select_related = ("initiative",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_delete_permission = has_add_permission


@admin.register(TensionEpisode)
class TensionEpisodeAdmin(RecordAdmin):
    list_display = ("title", "ref", "pair_id", "kind", "started_on", "ended_on", "intensity", "visibility", "version")
    list_filter = ("visibility", "kind", "intensity")


@admin.register(Milestone)
class MilestoneAdmin(RecordAdmin):
    list_display = ("title", "ref", "pair_id", "kind", "started_on", "version")
    list_filter = ("kind",)


@admin.register(Subscription)
class SubscriptionAdmin(Registrars, LookedUp, admin.ModelAdmin):
    list_display = ("user", "country_id", "pair_id", "field", "initiative", "every", "concerns", "active")
    list_filter = ("active", "every", "concerns")
    list_select_related = ("user", "field", "initiative")
    search_fields = ("user__username", "user__email")


@admin.register(Activity)
class ActivityAdmin(ReadOnly):
    """The ledger, which the door writes; a wrong row is mended on the session, event, agreement or entry behind it."""

    list_display = ("initiative", "on", "substantive", "evidence_kind", "evidence_id")
    list_filter = ("evidence_kind", "substantive")
    list_select_related = ("initiative",)


@admin.register(Transition)
class TransitionAdmin(ReadOnly):
    list_display = ("initiative", "number", "from_state", "to_state", "changed_on", "swept_on")
    list_filter = ("to_state",)
    list_select_related = ("initiative",)


@admin.register(Concern)
class ConcernAdmin(ReadOnly):
    list_display = ("title", "kind", "pair_id", "since", "raised_on", "settled_on")
    list_filter = ("kind",)


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ("user", "transition", "concern", "digest", "state", "due_at", "attempts", "sent_at")
    list_filter = ("state", "digest")
    list_select_related = ("user", "transition__initiative", "concern")
