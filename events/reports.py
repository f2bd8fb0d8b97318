"""What events tell continuity: activity, and the question what became of those that were planned."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements.models.commission import HELD
from continuity import care, door
from events.models import Event
from registry.core import dates
from registry.core.access import NOBODY, PUBLISHED


def event_activities(**where: Any) -> Iterator[door.Report]:
    """Yield what each event of an initiative shows that was held on a known day and that everyone may see."""
    rows = Event.objects.filter(outcome__in=HELD, visibility=PUBLISHED, initiative__isnull=False, **where)
    read = ("initiative_id", "started_on", "reported_on", "outcome", "visibility")
    for event in rows.exclude(started_on="").order_by().only(*read):
        yield from event.shows()


def promised(user: Any) -> QuerySet:
    """Return the commitments made at events that `user` may see; at any event where `user` is None."""
    events = Event.objects.all() if user is None else Event.objects.visible_to(user)
    return events.filter(promises__isnull=False).values("promises")


def unreported(today: date) -> Q:
    """Return the condition for events whose last planned day has passed without a word of what became of them."""
    return Q(outcome="PLANNED") & (
        Q(planned_until_latest__lt=today) | Q(planned_until_latest=None, planned_on_latest__lt=today)
    )


def unreported_events(today: date, refs: Collection[str] | None = None) -> Iterator[care.Worry]:
    """Yield the unreported events."""
    rows = Event.objects.visible_to(NOBODY).filter(unreported(today))
    if refs is not None:
        rows = rows.filter(ref__in=refs)
    last = Coalesce("planned_until_latest", "planned_on_latest")
    about = rows.values_list("pk", "ref", "planned_on", "pair_id", "initiative_id", "initiative__visibility", last)
    for pk, ref, planned, pair, initiative, visibility, last_day in about:
        told_of = initiative if visibility == PUBLISHED else None
        yield care.Worry(f"{ref}:{planned}", pair, told_of, last_day + timedelta(days=1), record_id=pk)


def _waiting_since(event: Event, worry: care.Worry, today: date) -> str:
    said = _("Its planned day has passed, and nobody has said what became of it. Waiting since %(day)s.")
    return said % {"day": dates.display_day(worry.since)}


UNREPORTED = care.Care(
    unreported_events,
    Event.objects.all,
    _waiting_since,
    gettext_lazy("unreported"),
    gettext_lazy("Say what became of it: held, moved online, postponed or cancelled, with the source."),
)
