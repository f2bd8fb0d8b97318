"""The sentences that say why an initiative is in its state, in the reader's language (docs/continuity.md)."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from continuity.rules import LAPSED, Answer, Facts, State
from registry.core.dates import display, display_day

EDITIONS = frozenset({"DAYS", "FESTIVAL_SERIES", "SUMMER_SCHOOL"})
"""Programmes that come in editions: codes of the vocabulary `programme_kind`."""

# Whole sentences for each noun, not a noun put into one sentence: other languages bend the words around it.
LAST = {
    "session": gettext_lazy("Last session on %(day)s."),
    "edition": gettext_lazy("Last edition on %(day)s."),
    "activity": gettext_lazy("Last activity on %(day)s."),
}
NONE_SINCE_ACTIVITY = {
    "session": gettext_lazy("No session since %(day)s."),
    "edition": gettext_lazy("No edition since %(day)s."),
    "activity": gettext_lazy("No activity since %(day)s."),
}
NONE_SINCE_RESUMED = {
    "session": gettext_lazy("No session on file since it resumed on %(day)s."),
    "edition": gettext_lazy("No edition on file since it resumed on %(day)s."),
    "activity": gettext_lazy("No activity on file since it resumed on %(day)s."),
}
NONE_SINCE_START = {
    "session": gettext_lazy("No session on file since its start (%(day)s)."),
    "edition": gettext_lazy("No edition on file since its start (%(day)s)."),
    "activity": gettext_lazy("No activity on file since its start (%(day)s)."),
}
NONE_SINCE_TRACKING = {
    "session": gettext_lazy("No session on file since tracking began on %(day)s."),
    "edition": gettext_lazy("No edition on file since tracking began on %(day)s."),
    "activity": gettext_lazy("No activity on file since tracking began on %(day)s."),
}
SYMBOLIC = {
    "session": gettext_lazy("A symbolic session has been reported since; it counts until %(day)s."),
    "edition": gettext_lazy("A symbolic edition has been reported since; it counts until %(day)s."),
    "activity": gettext_lazy("A symbolic activity has been reported since; it counts until %(day)s."),
}
EXPECTED = {
    "declared": ngettext_lazy(
        "One is expected every %(days)s day (declared).", "One is expected every %(days)s days (declared).", "days"
    ),
    "clause": ngettext_lazy(
        "One is expected every %(days)s day (meeting clause of the agreement).",
        "One is expected every %(days)s days (meeting clause of the agreement).",
        "days",
    ),
    "inferred": ngettext_lazy(
        "One is expected every %(days)s day (inferred from its past).",
        "One is expected every %(days)s days (inferred from its past).",
        "days",
    ),
}
EXPECTED_BY_DEFAULT = {
    "agreement": ngettext_lazy(
        "One is expected every %(days)s day (default for agreements).",
        "One is expected every %(days)s days (default for agreements).",
        "days",
    ),
    "commission": ngettext_lazy(
        "One is expected every %(days)s day (default for commissions).",
        "One is expected every %(days)s days (default for commissions).",
        "days",
    ),
    "programme": ngettext_lazy(
        "One is expected every %(days)s day (default for programmes).",
        "One is expected every %(days)s days (default for programmes).",
        "days",
    ),
}


def explain(facts: Facts, answer: Answer, day: date, programme_kind: str = "") -> str:
    """Say why the initiative of these facts has this answer on this day.

    Of the facts, the activities are not needed. `programme_kind` is the code of a programme's kind.
    """
    if answer.due_on is None or answer.lapses_on is None:
        return _without_clock(facts, answer, day)
    noun = noun_of(facts.kind, programme_kind)
    default = answer.cadence_source == "default"
    expected: Any = EXPECTED_BY_DEFAULT[facts.kind] if default else EXPECTED[str(answer.cadence_source)]
    sentences = [
        _evidence(facts, answer, noun),
        expected % {"days": answer.cadence_days},
        _consequence(answer, answer.due_on, answer.lapses_on),
    ]
    if answer.state == State.SYMBOLIC:
        sentences.append(SYMBOLIC[noun] % _days(day=answer.symbolic_until))
    return " ".join(sentences)


def noun_of(kind: str, programme_kind: str = "") -> str:
    """Return what an initiative of this kind is expected to have: session, edition or activity."""
    if kind == "commission":
        return "session"
    return "edition" if programme_kind in EDITIONS else "activity"


def _without_clock(facts: Facts, answer: Answer, day: date) -> str:
    if answer.state == State.PLANNED:
        return _("It has not begun; start: %(day)s.") % _start(facts) if facts.start else _("It is under negotiation.")
    if answer.state == State.CONCLUDED:
        return _("Ended: %(day)s.") % _end(facts) if facts.end else _("It has ended; no day is on file.")
    if answer.state == State.SUSPENDED:
        first, last = suspended_days(facts, day)
        if last is None:
            return _("Suspended since %(day)s.") % _days(day=first)
        return _("Suspended since %(day)s, until %(last)s.") % _days(day=first, last=last)
    if answer.state == State.UNTRACKED:
        return _("Outside tracked days: nothing is claimed.")
    return _("No rhythm expected.")


def suspended_days(facts: Facts, day: date) -> tuple[date, date | None]:
    """Return the first and the last day (None: open) of the suspensions, run together, that cover `day`."""
    runs: list[tuple[date, date]] = []
    for first, end in sorted((first, last or date.max) for first, last in facts.suspensions):
        if runs and first - timedelta(1) <= runs[-1][1]:
            runs[-1] = runs[-1][0], max(runs[-1][1], end)
        else:
            runs.append((first, end))
    since, until = next(run for run in runs if run[0] <= day <= run[1])
    return since, None if until == date.max else until


def _evidence(facts: Facts, answer: Answer, noun: str) -> str:
    """Say from what the clock counts."""
    since = answer.baseline
    if since == answer.last_activity_on:
        fresh = answer.state in (State.ACTIVE, State.DUE)
        sentence = LAST if fresh else NONE_SINCE_ACTIVITY
    elif any(last and last + timedelta(1) == since for _first, last in facts.suspensions if last != date.max):
        sentence = NONE_SINCE_RESUMED
    elif since == facts.start:
        return NONE_SINCE_START[noun] % _start(facts)
    else:
        sentence = NONE_SINCE_TRACKING
    return sentence[noun] % _days(day=since)


def _start(facts: Facts) -> dict[str, str]:
    """Return the start as exact as the source gives it: a year is not turned into its first day."""
    return {"day": display(facts.start_text)} if facts.start_text else _days(day=facts.start)


def _end(facts: Facts) -> dict[str, str]:
    return {"day": display(facts.end_text)} if facts.end_text else _days(day=facts.end)


def _consequence(answer: Answer, due_on: date, lapses_on: date) -> str:
    """Say what follows from the expected day."""
    if answer.state in (State.ACTIVE, State.DUE):
        return _("The next is due by %(day)s.") % _days(day=due_on)
    overdue, symbolic_until = due_on + timedelta(1), answer.symbolic_until
    bridged = symbolic_until is not None and symbolic_until > lapses_on
    if answer.state not in LAPSED:
        if answer.good_until <= lapses_on:  # what is on file will move the clock first
            return _("Overdue since %(day)s.") % _days(day=overdue)
        if bridged:
            sentence = _("Overdue since %(day)s; symbolic from %(lapsed)s if nothing is reported.")
        else:
            sentence = _("Overdue since %(day)s; dormant from %(lapsed)s if nothing is reported.")
        return sentence % _days(day=overdue, lapsed=lapses_on + timedelta(1))
    days = _days(day=overdue, lapsed=lapses_on + timedelta(1))
    if answer.state == State.SYMBOLIC:
        return _("Overdue since %(day)s, lapsed since %(lapsed)s.") % days
    if bridged and symbolic_until:
        days |= _days(dormant=symbolic_until + timedelta(1))
        return _("Overdue since %(day)s, lapsed since %(lapsed)s, dormant since %(dormant)s.") % days
    return _("Overdue since %(day)s, dormant since %(lapsed)s.") % days


def _days(**days: date | None) -> dict[str, str]:
    return {name: display_day(day) for name, day in days.items() if day}
