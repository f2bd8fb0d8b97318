"""What agreements and commissions tell continuity: activity, suspensions, and what needs care."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from agreements.models import Agreement, AgreementAction, Commitment, Session
from agreements.models.commission import HELD, activity_day
from agreements.models.commitment import UNFINISHED
from continuity import door
from continuity.models import Suspension
from registry.core import dates
from registry.core.access import NOBODY, PUBLISHED

ENDING_WITHIN = timedelta(days=60)
"""How long before its last day an agreement is a concern."""


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


def ending_agreements(today: date) -> Iterator[door.Worry]:
    """Yield the agreements whose last day on file is near."""
    rows = Agreement.objects.visible_to(NOBODY).filter(
        ended_on_latest__gte=today, ended_on_latest__lte=today + ENDING_WITHIN
    )
    for agreement in rows:
        yield door.Worry(
            key=f"{agreement.ref}:{agreement.ended_on}",
            pair_id=agreement.pair_id,
            initiative_id=agreement.pk,
            title=agreement.title,
            path=agreement.get_absolute_url(),
            since=agreement.ended_on_latest - ENDING_WITHIN,
        )


def overdue_commitments(today: date) -> Iterator[door.Worry]:
    """Yield the commitments whose due day has passed unfulfilled."""
    rows = Commitment.objects.visible_to(NOBODY).filter(state__in=UNFINISHED, due_on_latest__lt=today)
    for commitment in rows.select_related("session"):
        yield door.Worry(
            key=f"{commitment.ref}:{commitment.due_on}",
            pair_id=commitment.pair_id,
            initiative_id=commitment.session.commission_id if commitment.session else None,
            title=commitment.text,
            path=commitment.get_absolute_url(),
            since=commitment.due_on_latest + timedelta(days=1),
        )
