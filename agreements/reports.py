"""What agreements and commissions tell continuity: activity, suspensions, and what needs care."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import terms
from agreements.models import Agreement, AgreementAction, Commitment, Session
from agreements.models.agreement import ENDED_STATUSES
from agreements.models.commission import HELD, activity_day
from agreements.models.commitment import UNFINISHED
from continuity import care, door, results, sets
from continuity.models import Suspension
from registry.core import dates
from registry.core.access import NOBODY, PUBLISHED


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


def look_ahead(today: date) -> None:
    """Store anew what is stored of the term of each agreement for which that holds no longer."""
    due = list(Agreement.objects.filter(term_holds_until__lt=today).order_by("pk").values_list("pk", flat=True))
    for at in range(0, len(due), 1000):
        some = due[at : at + 1000]
        results.lock(some)  # or what somebody is writing at this moment would be overwritten by what was before
        stored = [(row.pk, terms.windows(terms.clause_of(row), today)) for row in _agreements().filter(pk__in=some)]
        sets.update(Agreement, Agreement.TERM, [(pk, *(days[name] for name in Agreement.TERM)) for pk, days in stored])


def ending_agreements(today: date, refs: Collection[str] | None = None) -> Iterator[care.Worry]:
    """Yield the agreements whose last day is near: the end on file, or that of a term that does not go on by itself."""
    for pk, ref, pair, ended, last, since, _until in _within("ending", today, refs):
        yield care.Worry(f"{ref}:{ended or last}", pair, pk, since, record_id=pk)


def notice_windows(today: date, refs: Collection[str] | None = None) -> Iterator[care.Worry]:
    """Yield the agreements whose last day for notice is near; each term has a window, and a key, of its own."""
    for pk, ref, pair, _ended, _last, since, until in _within("notice", today, refs):
        yield care.Worry(f"{ref}:{until}", pair, pk, since, record_id=pk)


def _within(window: str, today: date, refs: Collection[str] | None) -> Iterator[tuple[Any, ...]]:
    """Yield what is told of the public agreements that are in one of their windows: as stored, or, where nothing has
    swept since that ceased to hold, found anew."""
    first, last = f"{window}_from", f"{window}_until"
    rows = Agreement.objects.visible_to(NOBODY).exclude(declared_status__in=ENDED_STATUSES)
    if refs is not None:
        rows = rows.filter(ref__in=refs)
    columns = ("pk", "ref", "pair_id", "ended_on", "term_last", first, last)
    holding = rows.exclude(term_holds_until__lt=today)
    yield from holding.filter(**{f"{first}__lte": today, f"{last}__gte": today}).values_list(*columns)
    for agreement in rows.filter(term_holds_until__lt=today).prefetch_related("actions"):
        agreement.set_term(today)
        if getattr(agreement, first) and getattr(agreement, first) <= today <= getattr(agreement, last):
            yield tuple(getattr(agreement, column) for column in columns)


def _how_it_ends(agreement: Agreement, worry: care.Worry, today: date) -> str:
    on_file = _("Its last day on file is %(day)s.") % {"day": dates.display(agreement.ended_on)}
    return on_file if agreement.ended_on else terms.in_words(agreement, today)


def _agreements() -> QuerySet:
    return Agreement.objects.prefetch_related("actions")


def overdue_commitments(today: date, refs: Collection[str] | None = None) -> Iterator[care.Worry]:
    """Yield the commitments whose due day has passed unfulfilled."""
    due = Commitment.objects.filter(state__in=UNFINISHED, due_on_latest__lt=today)
    if refs is not None:
        due = due.filter(ref__in=refs)
    rows = Commitment.objects.visible_to(NOBODY).filter(pk__in=due.values("pk")).order_by()
    # the commission that decided it or the agreement that promises it, if any
    of = Coalesce("session__commission_id", "article__agreement_id")
    for pk, ref, due, last, pair, of_one in rows.values_list("pk", "ref", "due_on", "due_on_latest", "pair_id", of):
        yield care.Worry(f"{ref}:{due}", pair, of_one, last + timedelta(days=1), record_id=pk)


def _overdue_since(commitment: Commitment, worry: care.Worry, today: date) -> str:
    words = {"due": dates.display(commitment.due_on), "day": dates.display_day(worry.since)}
    return _("Due: %(due)s. It is not recorded as done. Overdue since %(day)s.") % words


ENDING = care.Care(
    ending_agreements,
    _agreements,
    _how_it_ends,
    gettext_lazy("about to end"),
    gettext_lazy("If it was renewed or extended, record it. If the last day is wrong, correct it."),
    look_ahead,
)
NOTICE = care.Care(
    notice_windows,
    _agreements,
    lambda agreement, worry, today: terms.in_words(agreement, today),
    gettext_lazy("notice window open"),
    gettext_lazy(
        "If it shall go on, nothing needs to be done. If it shall not, notice must be given in time; record the notice."
    ),
)
OVERDUE = care.Care(
    overdue_commitments,
    Commitment.objects.all,
    _overdue_since,
    gettext_lazy("commitment overdue"),
    gettext_lazy("If it was done, record it. If it was dropped or carried over, say so."),
)
