"""The term of an agreement: for how long it was concluded, whether it goes on, and by when notice must be given.

Worked example: concluded for five years from 10 January 2016, tacitly renewed by five years, notice six months before
the end. The first term runs from 10 January 2016 to 9 January 2021, the second to 9 January 2026. On 22 November 2026
the third is running, to 9 January 2031; the last day for notice is 9 July 2030; its window opens 90 days before that,
on 10 April 2030. A notice of denunciation of 1 August 2025 came too late for the second term and ends the third.

How it is counted:

- From the entry into force; where that is not on file, from the signature, which ends no later than it truly does.
- In calendar months from the first day of the first term, so that no period drifts: 31 January + 1 month is the last
  of February, + 2 months is 31 March. A term ends on the day before the next one would begin.
- Of a loose date (a year, a month) from its earliest day: the warning comes too early rather than too late. Whoever
  shows these days says that they are the earliest there can be (`exact`); `latest` is the latest last day.
- Without tacit renewal each renewal on file adds one period, which follows the one before; or begins on the day of the
  renewal, where that came later.
- What is not on file is not guessed: without the length of a renewal there is no last day after the first term,
  without a notice period no day for notice. Where it is not on file whether there is tacit renewal, the term is taken
  to end, and the day for notice is told if a notice period is on file.
- An end on file is the end, whatever the clause says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.core import dates
from registry.core.dates import FuzzyDate, add_months

END_LEAD = timedelta(days=60)
"""How long before its last day the end of an agreement is a concern."""

NOTICE_LEAD = timedelta(days=90)
"""How long before the last day for notice its window opens: those who decide sit in several ministries."""

ONE_DAY = timedelta(days=1)

YES, NO = "YES", "NO"


@dataclass(frozen=True)
class Clause:
    """What is on file about how long an agreement holds."""

    begins: FuzzyDate | None = None
    months: int | None = None
    tacit: str = "UNKNOWN"
    renewal_months: int | None = None
    notice_months: int | None = None
    ended: FuzzyDate | None = None
    renewals: tuple[date, ...] = ()
    """The earliest days of the renewals, in order."""
    denounced: bool = False
    denounced_on: date | None = None
    """The earliest day on which notice may have been given; None: not on file."""


@dataclass(frozen=True)
class Term:
    """One period of an agreement."""

    number: int
    first: date | None
    """None where nothing but the end is on file."""
    last: date | None
    """None where it is renewed and nobody says for how long."""
    latest: date | None = None
    """The latest day that `last` can be; the same where the days are exact."""
    exact: bool = True
    renews: bool | None = False
    """Whether the next one follows by itself; None: not on file."""
    notice_by: date | None = None
    """The last day on which notice can be given that it shall not go on."""

    @property
    def opens(self) -> date | None:
        """The day on which the time for notice comes near."""
        return None if self.notice_by is None else self._not_before_first(self.notice_by - NOTICE_LEAD)

    @property
    def nears(self) -> date | None:
        """The day on which its end comes near; None where it goes on by itself."""
        return None if self.last is None or self.renews else self._not_before_first(self.last - END_LEAD)

    def _not_before_first(self, day: date) -> date:
        return max(day, self.first) if self.first else day


def clause_of(agreement: Any) -> Clause:
    """Return the clause of an agreement; its `actions` may be prefetched."""
    acts = sorted(agreement.actions.all(), key=lambda act: (act.acted_on_earliest or date.min, act.pk))
    renewals = tuple(act.acted_on_earliest for act in acts if act.action == "RENEW" and act.acted_on_earliest)
    denounced = next((act for act in reversed(acts) if act.action in ("DENOUNCE", "RENEW")), None)
    over = next((act for act in acts if act.action in ("TERMINATE", "WITHDRAW") and act.acted_on), None)
    begins = agreement.in_force_on or agreement.signed_on
    ended = agreement.ended_on or (over.acted_on if over else "")
    was_denounced = denounced is not None and denounced.action == "DENOUNCE"
    return Clause(
        begins=dates.parse(begins) if begins else None,
        months=agreement.term_months,
        tacit=agreement.tacit_renewal,
        renewal_months=agreement.renewal_months,
        notice_months=agreement.notice_months,
        ended=dates.parse(ended) if ended else None,
        renewals=renewals,
        denounced=was_denounced,
        denounced_on=denounced.acted_on_earliest if denounced is not None and was_denounced else None,
    )


def term_on(clause: Clause, day: date) -> Term | None:
    """Return the period that runs on `day`: the first before it begins, the last after it has ended.

    None where too little is on file, as of an agreement of unlimited duration.
    """
    if clause.ended is not None:
        first = clause.begins.earliest if clause.begins else None
        last = clause.ended.latest
        return Term(1, first, last, last, exact=clause.ended.precision == "day")
    term = None
    for term in _periods(clause):
        if term.last is None or day <= term.last:
            break
    if term is not None and clause.denounced and clause.denounced_on is None:
        return replace(term, renews=False, notice_by=None)  # notice was given, nobody says when: in time, to be careful
    return term


def _periods(clause: Clause) -> Iterator[Term]:
    """Yield one period after the other."""
    if clause.begins is None:
        return
    if not clause.months:
        yield from _ended_by_notice(clause)
        return
    first, exact = clause.begins.earliest, clause.begins.precision == "day"
    anchor, latest_anchor, months, length = first, clause.begins.latest, 0, clause.months
    renewals = list(clause.renewals)
    number = 1
    while True:
        months += length
        following = add_months(anchor, months)
        last = following - ONE_DAY
        renews = _renews(clause, last)
        latest = add_months(latest_anchor, months) - ONE_DAY
        yield Term(number, first, last, latest, exact, renews, _notice_by(clause, last))
        if renews:
            if not clause.renewal_months:
                yield Term(number + 1, following, None, None, exact, True)
                return
            length = clause.renewal_months
        elif renewals:
            renewed_on = renewals.pop(0)
            length = clause.renewal_months or clause.months
            if renewed_on > following:
                anchor, latest_anchor, months, following = renewed_on, renewed_on, 0, renewed_on
        else:
            return
        if following == date.max:
            return
        first, number = following, number + 1


def _ended_by_notice(clause: Clause) -> Iterator[Term]:
    """Yield the term of an agreement of unlimited duration, if notice was given and its period is on file."""
    if clause.begins and clause.denounced_on and clause.notice_months is not None:
        last = add_months(clause.denounced_on, clause.notice_months)
        yield Term(1, clause.begins.earliest, last, last)


def _deadline(clause: Clause, last: date) -> date:
    """Return the last day for notice that ends the agreement with the period that ends on `last`."""
    return add_months(last, -(clause.notice_months or 0))


def _is_denounced(clause: Clause, last: date) -> bool:
    return clause.denounced_on is not None and clause.denounced_on <= _deadline(clause, last)


def _renews(clause: Clause, last: date) -> bool | None:
    if _is_denounced(clause, last):
        return False
    return {YES: True, NO: False}.get(clause.tacit)


def _notice_by(clause: Clause, last: date) -> date | None:
    if clause.notice_months is None or clause.tacit == NO or _is_denounced(clause, last):
        return None
    return _deadline(clause, last)


# What is stored of it ----------------------------------------------------------------------------------------------


def windows(clause: Clause, day: date) -> dict[str, date | None]:
    """Return what is stored of the term that runs on `day`, by column: its last day; from when until when it is about
    to end and open to notice, as far as that is not over; and the last day for which this holds, where there is one."""
    term = term_on(clause, day)
    last = term.last if term else None
    found: dict[str, date | None] = {"term_last": last}
    for name, first, until in (
        ("ending", term and term.nears, term and term.latest),
        ("notice", term and term.opens, term and term.notice_by),
    ):
        to_come = bool(first and until and day <= until)
        found |= {f"{name}_from": first if to_come else None, f"{name}_until": until if to_come else None}
    ends = [end for end in (found["ending_until"], found["notice_until"]) if end]
    found["term_holds_until"] = last if last and day <= last else max(ends, default=None)
    return found


# In words ----------------------------------------------------------------------------------------------------------


def in_words(agreement: Any, day: date) -> str:
    """Say in a few sentences how long an agreement holds, as told on `day`; "" where nothing is to be said."""
    clause = clause_of(agreement)
    term = term_on(clause, day)
    if term is None or clause.ended is not None:
        return ""
    says = [_concluded(agreement, clause), _goes_on(clause, term, day), _notice(term, day)]
    if not term.exact:
        says.append(_("The day it counts from is not known exactly, so these are the earliest days there can be."))
    return " ".join(filter(None, says))


def length_in_words(months: int) -> str:
    """Write a number of months, as years where they are whole ones."""
    if months % 12 == 0:
        return ngettext("%(n)s year", "%(n)s years", months // 12) % {"n": months // 12}
    return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}


def _concluded(agreement: Any, clause: Clause) -> str:
    words = {"length": length_in_words(clause.months or 0), "day": dates.display(agreement.in_force_on)}
    if not clause.months:
        return _("Concluded without a limit of time.")
    if agreement.in_force_on:
        return _("Concluded for %(length)s from %(day)s.") % words
    words["day"] = dates.display(agreement.signed_on)
    return (
        _("Concluded for %(length)s, counted from the signature on %(day)s; entry into force is not on file.") % words
    )


def _goes_on(clause: Clause, term: Term, day: date) -> str:
    if term.last is None:
        return _("Renewed tacitly; for how long is not on file.")
    words = {"day": dates.display_day(term.last)}
    over = (term.latest or term.last) < day
    if clause.denounced and term.renews is False:
        if over:
            return _("Notice of denunciation was given; it ended on %(day)s.") % words
        return _("Notice of denunciation was given; it ends on %(day)s.") % words
    if over:
        return _("The term ended on %(day)s, and no renewal is on file.") % words
    if term.renews:
        if term.number > 1:
            return _("Renewed tacitly until %(day)s.") % words
        return _("The first term ends on %(day)s and is then renewed tacitly.") % words
    if term.renews is None:
        return _("The term ends on %(day)s; whether it is then renewed tacitly is not on file.") % words
    if term.number > 1:
        return _("Renewed until %(day)s.") % words
    return _("The term ends on %(day)s, without tacit renewal.") % words


def _notice(term: Term, day: date) -> str:
    if term.notice_by is None:
        return ""
    words = {"day": dates.display_day(term.notice_by)}
    if term.notice_by < day:
        return _("Notice was possible until %(day)s.") % words
    return _("Notice that it shall not go on: by %(day)s.") % words
