"""What continuity itself reports as needing care: suspensions that have lasted for longer than a year."""

from collections.abc import Collection, Iterator
from datetime import date
from itertools import groupby

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from continuity import care
from continuity.models import Initiative, Suspension
from continuity.rules import State
from registry.core import dates
from registry.core.access import PUBLISHED

MONTHS = 12


def long_suspensions(today: date, refs: Collection[str] | None = None) -> Iterator[care.Worry]:
    """Yield the public initiatives suspended without a break since this day a year ago, or longer.

    Suspensions that follow one another day by day are one. On the day a year after its first day it has lasted a year.
    """
    covering = Suspension.objects.filter(Q(last_day=None) | Q(last_day__gte=today.toordinal()))
    covering = covering.filter(first_day__lte=today.toordinal(), initiative__fixed_state=State.SUSPENDED)
    covering = covering.filter(initiative__visibility=PUBLISHED)
    if refs is not None:
        covering = covering.filter(initiative__ref__in=refs)
    stretches = Suspension.objects.filter(initiative__in=covering.values("initiative")).order_by(
        "initiative_id", "-first_day", "-pk"
    )
    columns = ("initiative_id", "initiative__ref", "initiative__pair_id", "first_day", "last_day")
    for (pk, ref, pair), of_one in groupby(stretches.values_list(*columns), key=lambda one: one[:3]):
        first = _first_day([one[3:] for one in of_one], today)
        since = dates.add_months(first, MONTHS)
        if since <= today:
            yield care.Worry(f"{ref}:{first}", pair, pk, since, record_id=pk, counted_from=first)


def _first_day(stretches: list[tuple[int, int | None]], today: date) -> date:
    """Return since when these suspensions (first day, last day), the latest first, cover every day up to `today`."""
    reached = today.toordinal() + 1
    for first, last in stretches:
        if (last is None or last >= reached - 1) and first < reached:
            reached = first
    return date.fromordinal(reached)


def _suspended_since(initiative: Initiative, worry: care.Worry, today: date) -> str:
    said = _("It has been suspended since %(day)s, and no resumption is on file.")
    return said % {"day": dates.display_day(worry.counted_from or worry.since)}


SUSPENDED = care.Care(
    long_suspensions,
    Initiative.objects.all,
    _suspended_since,
    gettext_lazy("suspended for over a year"),
    gettext_lazy("If it was resumed, record the day. If it will not be resumed, record its last day."),
)
