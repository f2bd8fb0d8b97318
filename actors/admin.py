"""Administration of actors."""

from django.contrib import admin

from actors.models import Actor, ActorIdentifier, ActorName
from registry.core.record_admin import RecordAdmin, rows


@admin.register(Actor)
class ActorAdmin(RecordAdmin):
    list_display = ("name", "ref", "type", "sector", "country_id", "visibility", "version")
    list_filter = ("visibility", "sector", "type")
    inlines = (rows(ActorName), rows(ActorIdentifier))
    actions = ("erase",)  # a person may have a right to be forgotten
