"""How lapses stand in lists and on the pages of what they belong to."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from continuity import lapses
from continuity.evidence import shown_by
from continuity.models import Initiative, Lapse, TensionEpisode
from continuity.tables import title_cell
from registry.core import dates
from registry.core.models import Source
from registry.core.tables import Column, Table, named, seen
from registry.core.templatetags.concord import linked_all, number

COINCIDENCE = gettext_lazy("An overlap is a coincidence of dates, not a cause.")


def visible_lapses(user: Any) -> QuerySet:
    """Return the lapses that `user` may see, with what the columns need."""
    rows = Lapse.objects.visible_to(user).select_related("initiative__pair__a", "initiative__pair__b")
    return rows.prefetch_related(seen(user, "source", Source))


def told(rows: Iterable[Lapse], user: Any, day: date) -> list[Lapse]:
    """Give each lapse the `episodes` it overlaps and the records it was `revived_by`, as far as `user` may see them.

    Two queries and one for each kind of evidence, however many there are.
    """
    rows = lapses.with_episodes(rows, user, day)
    activities = lapses.revivals(rows)
    owner = {activity.pk: pk for pk, some in activities.items() for activity in some}
    shown = shown_by((activity for some in activities.values() for activity in some), user)
    for row in rows:
        row.revived_by = [record for record in shown if owner[record.activity.pk] == row.pk]
    return rows


# Cells ---------------------------------------------------------------------------------------------------------------


def first_day(row: Lapse) -> str:
    """Write its first day, as a link to its page; one that is told and not yet on file has none, and says so."""
    day = dates.display_day(row.began_on)
    if row.ref:
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), day)
    return format_html('{}<div class="small muted">{}</div>', day, _("not yet on file"))


def ending(row: Lapse) -> str:
    """Write its first day after and what ended it; "" while it is open."""
    if row.ended_on is None:
        return ""
    said = {"day": dates.display_day(row.ended_on), "by": row.get_ended_by_display()}
    return _("%(day)s, %(by)s (a revival)") % said if row.is_revival else _("%(day)s, %(by)s") % said


def revived_by(row: Lapse) -> str:
    """Write the records that revived it."""
    return linked_all(row.revived_by)


def overlaps(row: Lapse) -> str:
    """Write the episodes it overlaps."""
    return linked_all(row.episodes)


FIRST = Column(gettext_lazy("First day"), first_day, css="nowrap")
ENDED = Column(gettext_lazy("First day after"), ending, empty=gettext_lazy("still open"))
DAYS = Column(gettext_lazy("Days"), lambda row: number(row.days), css="n")
REVIVED = Column(gettext_lazy("Revived by"), revived_by, empty="")
OVERLAPS = Column(gettext_lazy("Overlaps"), overlaps, empty=gettext_lazy("no episode on file"))
CAUSE = Column(gettext_lazy("Cause as stated"), lambda row: row.cause, empty="")
INITIATIVE = Column(gettext_lazy("Initiative"), lambda row: title_cell(row.initiative), head=True)
LAPSES = (INITIATIVE, FIRST, ENDED, DAYS, REVIVED, OVERLAPS, CAUSE)
OF_ONE = (Column(FIRST.title, first_day, css="nowrap", head=True), ENDED, DAYS, REVIVED, OVERLAPS)
OF_EPISODE = (Column(gettext_lazy("Initiative"), lambda row: named(row.initiative), head=True), FIRST, ENDED, DAYS)


# On the pages of others ----------------------------------------------------------------------------------------------


def lapses_of(initiative: Initiative, user: Any, day: date) -> Table:
    """Return the lapses of an initiative as of a day, the latest first."""
    of = Initiative.objects.filter(pk=initiative.pk)
    rows = told(lapses.as_of(visible_lapses(user).filter(initiative__in=of), day, of), user, day)
    caption = _("From the first lapsed day to the first day after")
    return Table(caption, OF_ONE, rows, title=_("Lapses"), about=COINCIDENCE)


def lapses_overlapping(episode: TensionEpisode, user: Any, day: date) -> Table:
    """Return the lapses that an episode of tension overlaps, as of a day."""
    of = Initiative.objects.filter(pair=episode.pair_id)
    rows = lapses.as_of(visible_lapses(user).filter(initiative__in=of), day, of)
    rows = rows.filter(lapses.overlapped_by(TensionEpisode.objects.filter(pk=episode.pk), day))
    return Table("", OF_EPISODE, rows, title=_("Lapses that overlap it"), about=COINCIDENCE)
