"""What agreements and commissions tell continuity: activity, suspensions, and what needs care."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import terms
from agreements.models import Agreement, AgreementAction, Commitment, Session
from agreements.models.agreement import ENDED_STATUSES
from agreements.models.commission import HELD, activity_day
from agreements.models.commitment import UNFINISHED
from continuity import door
from continuity.models import Suspension
from registry.core import dates
from registry.core.access import NOBODY, PUBLISHED

ENDING = door.Words(
    gettext_lazy("about to end"),
    gettext_lazy("If it was renewed or extended, record it. If the last day is wrong, correct it."),
)
NOTICE = door.Words(
    gettext_lazy("notice window open"),
    gettext_lazy(
        "If it shall go on, nothing needs to be done. If it shall not, notice must be given in time; record the notice."
    ),
)
OVERDUE = door.Words(
    gettext_lazy("commitment overdue"),
    gettext_lazy("If it was done, record it. If it was dropped or carried over, say so."),
)


def session_activities(**where: Any) -> Iterator[door.Report]:
    """Yield what each session shows that was held on a known day and that everyone may see."""
    rows = Session.objects.filter(outcome__in=HELD, visibility=PUBLISHED, **where).exclude(started_on="")
    for session in rows:
        yield door.Report(
            session.commission_id, activity_day(session), session.outcome != "HELD_DOWNGRADED", session.pk
        )


def signature_activities(**where: Any) -> Iterator[door.Report]:
    """Yield the signature of each agreement that stands under another initiative: an activity of the latter."""
    for agreement in Agreement.objects.filter(visibility=PUBLISHED, parent__isnull=False, **where):
        yield from signature(agreement)


def signature(agreement: Agreement) -> Iterator[door.Report]:
    """Yield the signature of one agreement, stored or not, if it is an activity of what the agreement stands under."""
    if agreement.is_public and agreement.parent_id and agreement.signed_on:
        yield door.Report(agreement.parent_id, dates.parse(agreement.signed_on).latest, True, agreement.pk)


def agreement_written(agreement: Agreement) -> None:
    """Take up one agreement: its signature counts for what it stands under; its actions may suspend it."""
    door.record_activity("agreement", agreement.pk)
    write_suspensions(agreement)


def write_suspensions(agreement: Agreement) -> None:
    """Write the suspensions of an agreement anew from its suspend and resume actions."""
    agreement.suspensions.all().delete()
    for suspension in suspensions_of(agreement, agreement.actions.all()):
        suspension.save()


def suspensions_of(agreement: Agreement, actions: Iterable[AgreementAction]) -> Iterator[Suspension]:
    """Yield the suspensions, not saved, that follow from actions, stored or not.

    A suspension lasts from the day it was declared to the day before the next resumption; without one it still holds.
    """
    began: AgreementAction | None = None
    acts = [act for act in actions if act.action in ("SUSPEND", "RESUME") and act.acted_on]
    for act in sorted(acts, key=lambda act: (dates.parse(act.acted_on).earliest, act.pk is None, act.pk or 0)):
        if act.action == "SUSPEND" and began is None:
            began = act
        elif act.action == "RESUME" and began is not None:
            last = dates.parse(act.acted_on).latest - timedelta(days=1)
            if last >= dates.parse(began.acted_on).earliest:
                yield _suspension(agreement, began, last.isoformat())
            began = None
    if began is not None:
        yield _suspension(agreement, began, "")


def _suspension(agreement: Agreement, act: AgreementAction, ended_on: str) -> Suspension:
    return Suspension(initiative=agreement, started_on=act.acted_on, ended_on=ended_on, why=act.note, source=act.source)


def running_terms(today: date) -> Iterator[tuple[Agreement, terms.Term]]:
    """Yield the public agreements of which it can be said how long they hold, each with the term that runs today."""
    limited = Q(term_months__gt=0) | Q(actions__action__in=["DENOUNCE", "TERMINATE", "WITHDRAW"])
    rows = Agreement.objects.visible_to(NOBODY).exclude(declared_status__in=ENDED_STATUSES)
    ending = Q(ended_on_latest__gte=today, ended_on_latest__lte=today + terms.END_LEAD)  # an end beyond is no news yet
    rows = rows.filter(ending | Q(ended_on="") & limited).distinct().prefetch_related("actions")
    for agreement in rows:
        term = terms.term_on(terms.clause_of(agreement), today)
        if term is not None:
            yield agreement, term


def ending_agreements(today: date) -> Iterator[door.Worry]:
    """Yield the agreements whose last day is near: the end on file, or that of a term that does not go on by itself."""
    for agreement, term in running_terms(today):
        if term.last and term.latest and term.nears and term.nears <= today <= term.latest:
            on_file = _("Its last day on file is %(day)s.") % {"day": dates.display(agreement.ended_on)}
            happened = on_file if agreement.ended_on else terms.in_words(agreement, today)
            yield door.Worry.about(agreement, agreement.ended_on or term.last, term.nears, happened)


def notice_windows(today: date) -> Iterator[door.Worry]:
    """Yield the agreements whose last day for notice is near; each term has a window, and a key, of its own."""
    for agreement, term in running_terms(today):
        if term.opens and term.notice_by and term.opens <= today <= term.notice_by:
            yield door.Worry.about(agreement, term.notice_by, term.opens, terms.in_words(agreement, today))


def overdue_commitments(today: date) -> Iterator[door.Worry]:
    """Yield the commitments whose due day has passed unfulfilled."""
    rows = Commitment.objects.visible_to(NOBODY).filter(state__in=UNFINISHED, due_on_latest__lt=today)
    for commitment in rows.select_related("session", "article"):
        since = commitment.due_on_latest + timedelta(days=1)
        words = {"due": dates.display(commitment.due_on), "day": dates.display_day(since)}
        yield door.Worry(
            key=f"{commitment.ref}:{commitment.due_on}",
            pair_id=commitment.pair_id,
            initiative_id=_initiative_of(commitment),
            title=commitment.text,
            path=commitment.get_absolute_url(),
            since=since,
            happened=_("Due: %(due)s. It is not recorded as done. Overdue since %(day)s.") % words,
        )


def _initiative_of(commitment: Commitment) -> int | None:
    """Return the commission that decided it or the agreement that promises it, if any."""
    if commitment.session is not None:
        return commitment.session.commission_id
    return commitment.article.agreement_id if commitment.article is not None else None
