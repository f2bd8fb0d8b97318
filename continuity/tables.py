"""How initiatives, their lapses and what surrounds them stand in lists."""

from collections.abc import Iterable
from datetime import date
from math import ceil
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from continuity import explain, results, rules, states
from continuity.models import Initiative, Kind, Milestone, TensionEpisode
from registry.core import dates, vocabularies
from registry.core.tables import Column, named
from registry.core.templatetags.concord import chip, linked, number, span_of


def initiatives(user: Any, model: type[Initiative] = Initiative) -> QuerySet:
    """Return the initiatives (or one kind of them) that `user` may see, with what the columns need."""
    return model.objects.visible_to(user).select_related("pair__a", "pair__b")


def answered(rows: Iterable[Initiative], day: date) -> list[Initiative]:
    """Give each initiative its `answer` on `day` and the `day` itself. Two queries at most, however many there are."""
    rows = list(rows)
    answers = states.answers(rows, day)
    for row in rows:
        row.answer, row.asked_on = answers[row.pk], day
    return rows


def explained(rows: Iterable[Initiative]) -> list[Initiative]:
    """Give each answered initiative its `facts` and the `explanation` of its state. Three queries for any number."""
    rows = list(rows)
    facts = results.facts_of(rows)
    programmes = Initiative.objects.filter(pk__in=[row.pk for row in rows if row.kind == Kind.PROGRAMME])
    kinds = dict(programmes.values_list("pk", "programme__programme_kind"))
    for row in rows:
        row.facts = facts[row.pk]
        row.explanation = explain.explain(row.facts, row.answer, row.asked_on, kinds.get(row.pk, ""))
    return rows


def gap(row: Initiative) -> int | None:
    """Return the days from the last restart of the clock to the day asked; None where no clock runs."""
    return (row.asked_on - row.answer.baseline).days if row.answer.baseline else None


def in_days(count: float | None) -> str:
    """Write a number of days, which may end in a half; "" without one."""
    return "" if count is None else ngettext("%(n)s day", "%(n)s days", ceil(count)) % {"n": number(count)}


def state_cell(row: Initiative) -> str:
    """Write the state of an initiative, and since or until when it is so."""
    return format_html('{}<div class="small muted mt-1">{}</div>', chip(row.answer.state), since(row))


def since(row: Initiative) -> str:
    """Write the day that matters most in the state an initiative is in; "" where there is none."""
    answer = row.answer
    if answer.state in ("symbolic", "dormant") and answer.lapses_on:
        return _("since %(day)s") % {"day": dates.display_day(rules.day_after(answer.lapses_on))}
    if answer.state == "overdue":
        return _("since %(day)s") % {"day": dates.display_day(rules.day_after(answer.due_on))}
    if answer.due_on:
        return _("due by %(day)s") % {"day": dates.display_day(answer.due_on)}
    return ""


def title_cell(row: Initiative) -> str:
    """Write the title of an initiative with its pair and kind under it."""
    return named(row, _("%(pair)s, %(kind)s") % {"pair": row.pair, "kind": row.get_kind_display()})


def cadence_cell(row: Initiative) -> str:
    """Write how often something is expected, and who says so; "" where nothing is."""
    if not row.answer.cadence_days:
        return ""
    source = vocabularies.label("cadence_source", row.answer.cadence_source).lower()
    return _("%(days)s, %(source)s") % {"days": in_days(row.answer.cadence_days), "source": source}


STATE = Column(gettext_lazy("State"), state_cell)
TITLE = Column(gettext_lazy("Initiative"), title_cell, head=True)
LAST = Column(
    gettext_lazy("Last activity"),
    lambda row: dates.display_day(row.answer.last_activity_on) if row.answer.last_activity_on else "",
    css="nowrap",
)
INITIATIVES = (
    STATE,
    TITLE,
    Column(gettext_lazy("Begun or signed"), lambda row: dates.display(row.started_on), css="nowrap"),
    LAST,
    Column(gettext_lazy("Expected every"), cadence_cell, empty=gettext_lazy("no clock")),
)
LAPSED = (
    STATE,
    TITLE,
    Column(gettext_lazy("Gap"), lambda row: in_days(gap(row)), css="n"),
    Column(gettext_lazy("Expected every"), cadence_cell),
    LAST,
)
UNDER = (STATE, Column(gettext_lazy("Initiative"), lambda row: named(row, row.get_kind_display()), head=True), LAST)


def episode_span(episode: TensionEpisode) -> str:
    """Write from when to when an episode lasted; an end that is not on file is said to be so."""
    if episode.ended_on or episode.end_known == "YES":
        return span_of(episode.started_on, episode.ended_on)
    return _("from %(day)s, end not on file") % {"day": dates.display(episode.started_on)}


EPISODES = (
    Column(gettext_lazy("Episode"), lambda row: named(row, row.get_kind_display()), head=True),
    Column(gettext_lazy("When"), episode_span),
    Column(
        gettext_lazy("Intensity"), lambda row: _("%(n)s of 5") % {"n": row.intensity} if row.intensity else "", css="n"
    ),
)
MILESTONES = (
    Column(gettext_lazy("Step"), lambda row: named(row, row.get_kind_display()), head=True),
    Column(gettext_lazy("When"), lambda row: span_of(row.started_on, row.ended_on)),
    Column(gettext_lazy("Place"), lambda row: linked(row.place) if row.place else ""),
)
PAIR = Column(gettext_lazy("Pair"), lambda row: named(row.pair))


def episodes(user: Any) -> QuerySet:
    """Return the episodes of tension that `user` may see, with what the columns need."""
    return TensionEpisode.objects.visible_to(user).select_related("pair__a", "pair__b")


def milestones(user: Any) -> QuerySet:
    """Return the milestones that `user` may see, with what the columns need."""
    return Milestone.objects.visible_to(user).select_related("pair__a", "pair__b", "place")
