"""The history of a record as everyone may read it: `expand=history` in the API."""

from typing import Any

from rest_framework import serializers

from registry.core import access
from registry.core.history import Words
from registry.core.models import Change, Record, Revision


class StepSerializer(serializers.Serializer):
    """One step in the history of a record."""

    number = serializers.IntegerField(help_text="Counted from 1, the day it became public.")
    version = serializers.IntegerField(allow_null=True, help_text="The version that was seen since; null: none.")
    at = serializers.DateTimeField(help_text="When (UTC).")
    what = serializers.ChoiceField(Change.What.choices, help_text="What happened.")
    what_label = serializers.CharField(help_text="The same in the language asked for.")
    fields_changed = serializers.ListField(
        child=serializers.CharField(), help_text="What differs from the version that was seen before."
    )
    by = serializers.CharField(required=False, allow_null=True, help_text="Who; told to its desks alone.")
    why = serializers.CharField(required=False, allow_null=True, help_text="The reason given; told to its desks alone.")


MOST_TOLD = 200
"""How many steps the public history of a record holds at most, counted from the newest."""


def public_history(record: Record, user: Any) -> list[dict[str, Any]]:
    """Return what has been written of a record since it was published, the newest first (docs/api.md).

    A step is a row of the changes feed: when everyone could see what. `fields_changed` names what differs from the
    version that everyone saw before, as far as `user` may see it; what was written while it was not public is in no
    step of its own.
    Who and why are told to its desks alone.
    """
    told = Change.objects.filter(kind=record.url_name(), ref=record.ref, sequence__isnull=False).order_by("-id")
    changes = list(told[: MOST_TOLD + 1])  # one more, to compare the last one with
    versions = [change.version for change in changes if change.version]
    revisions = Revision.objects.filter(model=record._meta.label, ref=record.ref, version__in=versions)
    written = {revision.version: revision for revision in revisions.select_related("by")}
    words = Words(type(record), [revision.content for revision in written.values()], user)
    number = told.count()
    at_desk = access.sits_at_desk(user, record)
    found: list[dict[str, Any]] = []
    before: Revision | None = None
    for change in reversed(changes):
        revision = written.get(change.version or 0)
        changed = words.names(before.content, revision.content) if before and revision else []
        step: dict[str, Any] = {"number": 0, "version": change.version, "at": change.at, "what": change.what}
        step |= {"what_label": change.get_what_display(), "fields_changed": changed}
        if at_desk:
            step |= {"by": str(revision.by) if revision and revision.by else None, "why": revision and revision.why}
        found.insert(0, step)
        before = revision or before
    for place, step in enumerate(found):
        step["number"] = number - place
    return found[:MOST_TOLD]
