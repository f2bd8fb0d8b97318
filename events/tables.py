"""How programmes, events and outputs stand in lists."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from actors.models import LEADING_ROLES
from agreements.tables import outcome_cell
from continuity import tables
from continuity.models import Initiative
from events.models import Event, EventParticipation, Output
from registry.core import dates
from registry.core.tables import Column, named, seen
from registry.core.templatetags.concord import held_on, linked, linked_all

PROGRAMMES = (
    tables.STATE,
    Column(
        gettext_lazy("Programme"),
        lambda row: named(row, _("%(pair)s, %(kind)s") % {"pair": row.pair, "kind": row.get_programme_kind_display()}),
        head=True,
    ),
    Column(gettext_lazy("From"), lambda row: dates.display(row.started_on)),
    Column(gettext_lazy("To"), lambda row: dates.display(row.ended_on)),
    tables.LAST,
)


def places_cell(event: Event) -> str:
    """Write where an event took place or was to: its places, else the country alone."""
    places = list(event.places.all())
    if places:
        return linked_all(places)
    if event.country is not None:
        return _("%(country)s; place not on file") % {"country": event.country}
    return event.get_format_display() if event.format in ("ONLINE", "BROADCAST") else ""


def leading_cell(event: Any) -> str:
    """Write who led an event, as far as the reader may see them."""
    return linked_all({row.actor_id: row.actor for row in event.leading}.values())


def initiative_cell(event: Event) -> str:
    """Write the initiative an event belongs to; "" where it stands alone or that may not be seen."""
    return linked(event.initiative) if event.initiative is not None else ""


WHEN = Column(gettext_lazy("When"), held_on, css="when")
WHERE = Column(gettext_lazy("Place"), places_cell)
OUTCOME = Column(gettext_lazy("Outcome"), outcome_cell)
ORGANISERS = Column(gettext_lazy("Organisers"), leading_cell)
EVENT = Column(gettext_lazy("Event"), lambda row: named(row, row.get_kind_display()), head=True)
EVENTS = (
    Column(gettext_lazy("Event"), lambda row: named(row, f"{row.pair}, {row.get_kind_display()}"), head=True),
    WHEN,
    WHERE,
    OUTCOME,
    ORGANISERS,
)
EVENTS_OF_ONE = (EVENT, WHEN, WHERE, OUTCOME, ORGANISERS)


def events(user: Any) -> QuerySet:
    """Return the events that `user` may see, with what the columns need."""
    leading = EventParticipation.objects.visible_to(user).filter(role__in=LEADING_ROLES).select_related("actor")
    return (
        Event.objects.visible_to(user)
        .select_related("pair__a", "pair__b", "country")
        .prefetch_related(
            "places", seen(user, "initiative", Initiative), Prefetch("participations", leading, to_attr="leading")
        )
    )


OUTPUTS = (
    Column(gettext_lazy("Output"), lambda row: named(row, row.get_kind_display()), head=True),
    Column(gettext_lazy("Published"), lambda row: dates.display(row.published_on)),
    Column(gettext_lazy("Pair"), lambda row: named(row.pair)),
    Column(gettext_lazy("Event"), lambda row: linked(row.event) if row.event else "", empty=gettext_lazy("none")),
)


def outputs(user: Any) -> QuerySet:
    """Return the outputs that `user` may see, with what the columns need."""
    return (
        Output.objects.visible_to(user)
        .select_related("pair__a", "pair__b")
        .prefetch_related(seen(user, "event", Event))
    )
