"""What events tell continuity: activity, and the question what became of those that were planned."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements.models.commission import HELD, activity_day
from continuity import door
from events.models import Event
from registry.core import dates
from registry.core.access import NOBODY, PUBLISHED

UNREPORTED = door.Words(
    gettext_lazy("unreported"),
    gettext_lazy("Say what became of it: held, moved online, postponed or cancelled, with the source."),
)


def event_activities(**where: Any) -> Iterator[door.Report]:
    """Yield what each event of an initiative shows that was held on a known day and that everyone may see."""
    rows = Event.objects.filter(outcome__in=HELD, visibility=PUBLISHED, initiative__isnull=False, **where)
    for event in rows.exclude(started_on=""):
        yield door.Report(event.initiative_id, activity_day(event), event.outcome != "HELD_DOWNGRADED", event.pk)


def promised(user: Any) -> QuerySet:
    """Return the commitments made at events that `user` may see; at any event where `user` is None."""
    events = Event.objects.all() if user is None else Event.objects.visible_to(user)
    return events.filter(promises__isnull=False).values("promises")


def unreported(today: date) -> Q:
    """Return the condition for events whose last planned day has passed without a word of what became of them."""
    return Q(outcome="PLANNED") & (
        Q(planned_until_latest__lt=today) | Q(planned_until_latest=None, planned_on_latest__lt=today)
    )


def unreported_events(today: date) -> Iterator[door.Worry]:
    """Yield the unreported events."""
    rows = Event.objects.visible_to(NOBODY).filter(unreported(today)).select_related("initiative")
    for event in rows:
        since = (event.planned_until_latest or event.planned_on_latest) + timedelta(days=1)
        said = _("Its planned day has passed, and nobody has said what became of it. Waiting since %(day)s.")
        public = event.initiative is not None and event.initiative.is_public
        yield door.Worry(
            key=f"{event.ref}:{event.planned_on}",
            pair_id=event.pair_id,
            initiative_id=event.initiative_id if public else None,
            title=event.title_shown,
            path=event.get_absolute_url(),
            since=since,
            happened=said % {"day": dates.display_day(since)},
        )
