"""What continuity itself reports as needing care: suspensions that have lasted for longer than a year."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from continuity import door
from continuity.models import Initiative, Suspension
from continuity.rules import State
from registry.core import dates
from registry.core.access import NOBODY

SUSPENDED = door.Words(
    gettext_lazy("suspended for over a year"),
    gettext_lazy("If it was resumed, record the day. If it will not be resumed, record its last day."),
)

MONTHS = 12


def long_suspensions(today: date) -> Iterator[door.Worry]:
    """Yield the public initiatives suspended without a break since this day a year ago, or longer.

    Suspensions that follow one another day by day are one. On the day a year after its first day it has lasted a year.
    """
    covering = Suspension.objects.filter(Q(last_day=None) | Q(last_day__gte=today.toordinal()))
    covering = covering.filter(first_day__lte=today.toordinal())
    suspended = Initiative.objects.visible_to(NOBODY).filter(fixed_state=State.SUSPENDED)
    rows = suspended.filter(suspensions__in=covering).distinct().in_bulk()
    stretches = Suspension.objects.filter(initiative__in=rows).order_by("initiative", "-first_day", "-pk")
    for pk, of_one in groupby(stretches, key=lambda one: one.initiative_id):
        first = _first_day(list(of_one), today)
        since = dates.add_months(first, MONTHS)
        if since <= today:
            said = _("It has been suspended since %(day)s, and no resumption is on file.")
            yield door.Worry.about(rows[pk], first, since, said % {"day": dates.display_day(first)})


def _first_day(stretches: list[Suspension], today: date) -> date:
    """Return since when these suspensions, the latest first, cover every day up to `today`."""
    reached = today.toordinal() + 1
    for one in stretches:
        covers = one.last_day is None or one.last_day >= reached - 1
        if covers and one.first_day < reached:
            reached = one.first_day
    return date.fromordinal(reached)
