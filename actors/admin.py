"""Administration of actors."""

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from actors.models import Actor, ActorIdentifier, ActorName
from registry.core import write
from registry.core.record_admin import RecordAdmin, rows


@admin.register(Actor)
class ActorAdmin(RecordAdmin):
    list_display = ("name", "ref", "type", "sector", "country_id", "visibility", "version")
    list_filter = ("visibility", "sector", "type")
    inlines = (rows(ActorName), rows(ActorIdentifier))
    actions = ("erase",)

    @admin.action(description=gettext_lazy("Erase for good, with every revision (for a person to be forgotten)"))
    def erase(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Erase the chosen actors: all of them, or none where something still points to one."""
        with transaction.atomic():
            for actor in queryset:
                write.erase(actor, by=request.user, why=_("Erased for good"))
        self.message_user(request, _("Nothing of it remains, in the revisions neither."), messages.SUCCESS)
