"""What stays unanswered: after 30 days the reader's deputy is told, after 60 the lead of the desk; then it rests.

    day 0    the mail goes out to the reader              next_role = deputy
    day 30   the state is still the same: the deputy      next_role = lead
    day 60   the state is still the same: the lead        next_role = ""

Answered is what has changed since: a newer transition, or a concern settled. Only news that was fresh and calls for an
answer is followed up (`notices.awaits_answer`), and only mails that went out: a mail that failed is the registrar's.

The lead is that of the reader's own desk, where the pair is of it; a reader from elsewhere is followed up at both.
Each person is told of one thing once in each role, whoever has not answered. It goes out with a daily digest, so that
however much was missed while nothing ran comes as one mail.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction

from continuity.models import Notice, Subscription
from continuity.notices import due_at
from registry.core import clock
from registry.core.models import DeskRole, User

Role = Notice.Role

AFTER = {Role.DEPUTY: timedelta(days=30), Role.LEAD: timedelta(days=60)}
"""Who is told → how long after the mail went out."""

NEXT = {Role.DEPUTY: Role.LEAD, Role.LEAD: Role.READER}

AT_ONCE = 1000
"""So many are looked at in one transaction."""


def escalate() -> int:
    """Write the notices to deputies and leads that are due. Return how many; a second call finds nothing to do."""
    written = 0
    for role in AFTER:
        while (more := _tell(role)) is not None:
            written += more
    return written


def _tell(role: Role) -> int | None:
    """Take the next step for up to `AT_ONCE` notices in one transaction; None where there are none.

    The rows are held until it ends. A second sweep waits for them, and then finds the step taken.
    """
    now = clock.now()
    due = Notice.objects.filter(state=Notice.State.SENT, next_role=role, sent_at__lte=now - AFTER[role])
    due = due.select_related("user__deputy", "transition__initiative", "concern")
    with transaction.atomic():
        rows = list(due.select_for_update(of=("self",), no_key=True).order_by("pk")[:AT_ONCE])
        if not rows:
            return None
        waiting = [row for row in rows if not row.is_answered]
        told = _deputies(waiting) if role == Role.DEPUTY else _leads(waiting)
        new = {
            (row.transition_id, row.concern_id, user.pk): Notice(
                user=user,
                role=role,
                unanswered=row,
                transition=row.transition,
                concern=row.concern,
                digest=Subscription.Every.DAY,
                due_at=due_at(Subscription.Every.DAY, user.time_zone, now),
            )
            for row, user in reversed(told)  # who has waited longest is named
        }
        Notice.objects.bulk_create(new.values(), batch_size=500, ignore_conflicts=True)
        open_ones = [row.pk for row in waiting]
        Notice.objects.filter(pk__in=open_ones).update(next_role=NEXT[role])
        Notice.objects.filter(pk__in=[row.pk for row in rows]).exclude(pk__in=open_ones).update(next_role=Role.READER)
        return len(new)


def _can_be_told(user: User | None) -> bool:
    return user is not None and user.is_active and bool(user.email)


def _deputies(rows: Iterable[Notice]) -> list[tuple[Notice, Any]]:
    return [(row, row.user.deputy) for row in rows if _can_be_told(row.user.deputy)]


def _leads(rows: Iterable[Notice]) -> list[tuple[Notice, Any]]:
    """Return each notice with the leads of the desks concerned; a lead who has not answered knows it already."""
    rows = list(rows)
    leads = defaultdict(list)
    for seat in DeskRole.objects.filter(lead=True).select_related("user").order_by("pk"):
        leads[seat.country_id].append(seat.user)
    own: dict[int, set[str]] = defaultdict(set)
    for user, country in DeskRole.objects.filter(user__in={row.user_id for row in rows}).values_list("user", "country"):
        own[user].add(country)
    told = []
    for row in rows:
        sides = row.pair_id.split("-")
        concerned = [side for side in sides if side in own[row.user_id]] or sides
        users = [user for side in concerned for user in leads[side] if user.pk != row.user_id]
        told += [(row, user) for user in users if _can_be_told(user)]
    return told
