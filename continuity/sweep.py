"""The sweep: find what has changed or needs care since it was last announced, and queue the news of it.

The stored state is the one announced; the state itself is derived. Edits move the second, the sweep alone moves the
first, and what lies between the two is news. Where nothing is new a sweep writes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from logging import getLogger
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from continuity import door, escalation, notices, rules
from continuity.models import Concern, Initiative, Lapse, Transition
from continuity.notices import News
from continuity.rules import Facts, State
from continuity.states import stored_state
from registry.core import clock
from registry.core.access import PUBLISHED

log = getLogger(__name__)

AT_ONCE = 1000
"""So many rows are written in one transaction: others write in between when a whole register was loaded."""

LATE_AFTER = timedelta(days=30)
"""What truly changed longer ago than this came from a correction, or nobody swept: it waits for the next digest."""


@dataclass(frozen=True)
class Swept:
    """What one sweep has written."""

    transitions: int
    concerns: int
    notices: int

    def __str__(self) -> str:
        return (
            f"{self.transitions} changes of state announced, {self.concerns} concerns raised, "
            f"{self.notices} notices queued"
        )


def sweep() -> Swept:
    """Bring every initiative up to today and queue the news. A second sweep finds nothing to do.

    1. Refresh the stored results that hold no longer, and the lapses that have begun.
    2. Announce each public initiative that is in another state than the one announced: a transition with the day it
       truly changed, and a notice for each who asked.
    3. Raise the concerns that are new, with their notices, and settle those that are gone.
    4. Tell deputies and leads of desks of what has stayed unanswered for long.
    """
    today = clock.today()
    for some in _slices(sorted(_out_of_date(today))):
        door.refresh(some)
    transitions = concerns = queued = 0
    while changed := _announce(today):
        transitions += changed.transitions
        queued += changed.notices
    for kind in sorted(door.CONCERNS):
        raised = _raise(kind, today)
        concerns += raised.concerns
        queued += raised.notices
    queued += escalation.escalate()
    return Swept(transitions, concerns, queued)


def _out_of_date(today: date) -> set[int]:
    """Return the initiatives whose stored results end before `today`, and those lapsed without a lapse on file."""
    stale = Initiative.objects.filter(good_until__lt=today).values_list("pk", flat=True)
    on_file = Lapse.objects.filter(initiative=OuterRef("pk"), ended_on=None, void=False)
    lapsed = Initiative.objects.filter(~Exists(on_file), fixed_state="", lapses_on__lt=today)
    return {*stale, *lapsed.values_list("pk", flat=True)}


# Changes of state --------------------------------------------------------------------------------------------------


def _announce(today: date) -> Swept | None:
    """Announce up to `AT_ONCE` changes in one transaction; None where there are none.

    The rows are held until it ends. A second sweep waits for them, and then finds them announced.
    """
    with transaction.atomic():
        rows = list(_changed(today))
        if not rows:
            return None
        facts = door.facts_of(rows)
        transitions = [
            Transition(
                initiative=row,
                number=row.announced_number + 1,
                from_state=row.announced_state,
                to_state=row.state_now,
                changed_on=changed_on(facts[row.pk], today),
                swept_on=today,
            )
            for row in rows
        ]
        Transition.objects.bulk_create(transitions)
        for state in {row.state_now for row in rows}:
            same = [row.pk for row in rows if row.state_now == state]
            Initiative.objects.filter(pk__in=same).update(
                announced_state=state, announced_number=F("announced_number") + 1
            )
        return Swept(len(rows), 0, notices.queue([_news_of_change(change, today) for change in transitions]))


def _changed(today: date) -> Any:
    """Return, locked in id order, the public initiatives that are today (`state_now`) not in the announced state.

    A draft is never announced, nor what is for staff only: the public reads the transitions.
    """
    rows = Initiative.objects.filter(visibility=PUBLISHED, good_until__gte=today)
    rows = rows.annotate(state_now=stored_state(today)).exclude(announced_state=F("state_now"))
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk")[:AT_ONCE]


def changed_on(facts: Facts, today: date) -> date:
    """Return the first of the days up to `today` on which the state has been what it is today without a break.

    That is `today` where no day on file says since when, as for an agreement that is merely stated to have ended.
    Between two moves of the clock its limits stand still, so only the day of a move, or the day after a limit, can be
    the one: they are asked from the latest back.
    """
    answer = rules.as_of(facts, today)
    if answer.state == State.CONCLUDED and facts.end is None:
        return today
    for day in _turning_points(facts, today):
        if rules.as_of(facts, day - timedelta(days=1)).state != answer.state:
            return day
    return today


def _turning_points(facts: Facts, today: date) -> Iterator[date]:
    """Yield the days up to `today` on which the state can have changed, the latest first."""
    moves = rules.restarts(facts) | rules.stops(facts) | {on for on, _substantive in facts.activities}
    last = today
    for move in sorted((move for move in moves if date.min < move <= today), reverse=True):
        answer = rules.as_of(facts, last)
        limits = (answer.active_until, answer.due_on, answer.lapses_on, answer.symbolic_until)
        yield from sorted(
            {limit + timedelta(days=1) for limit in limits if limit and move <= limit < last}, reverse=True
        )
        yield move
        last = move - timedelta(days=1)


def _news_of_change(transition: Transition, today: date) -> News:
    """Return the news of a transition. The first one of an initiative is late by nature: somebody has entered it."""
    return News(
        transition=transition,
        pair_id=transition.initiative.pair_id,
        initiative_id=transition.initiative_id,
        state=transition.to_state,
        late=not transition.from_state or today - transition.changed_on > LATE_AFTER,
    )


# Concerns ----------------------------------------------------------------------------------------------------------


def _raise(kind: str, today: date) -> Swept:
    """Raise the concerns of one kind that are new and settle those that are gone, in one transaction.

    A kind that fails is logged and holds up no other. One that comes back is open again but raised only once.
    """
    try:
        with transaction.atomic():
            worries = {worry.key: worry for worry in door.CONCERNS[kind](today)}
            open_keys = set(Concern.objects.filter(kind=kind, settled_on=None).values_list("key", flat=True))
            for some in _slices(sorted(open_keys - worries.keys())):
                _settle(kind, some, today)
            fresh = sorted(worries.keys() - open_keys)
            queued = sum(_open(kind, [worries[key] for key in some], today) for some in _slices(fresh))
            return Swept(0, len(fresh), queued)
    except Exception:
        log.exception("The concerns of kind %r could not be found; the other kinds are not affected.", kind)
        return Swept(0, 0, 0)


def _settle(kind: str, keys: Sequence[str], today: date) -> None:
    gone = Concern.objects.filter(kind=kind, key__in=keys)
    gone.update(settled_on=today)
    notices.withdraw(concern__in=gone)


def _open(kind: str, worries: Sequence[door.Worry], today: date) -> int:
    """Store these concerns and queue their notices. Return how many."""
    concerns = Concern.objects.filter(kind=kind, key__in=[worry.key for worry in worries])
    concerns.update(settled_on=None)
    Concern.objects.bulk_create(
        [
            Concern(
                kind=kind,
                key=worry.key,
                pair_id=worry.pair_id,
                initiative_id=worry.initiative_id,
                title=worry.title[:600],
                path=worry.path,
                since=worry.since,
                raised_on=today,
            )
            for worry in worries
        ],
        ignore_conflicts=True,  # a sweep at the same moment may have been first
    )
    return notices.queue(
        [
            News(
                concern=concern,
                pair_id=concern.pair_id,
                initiative_id=concern.initiative_id,
                late=today - concern.since > LATE_AFTER,
            )
            for concern in concerns.order_by("pk")
        ]
    )


def _slices(many: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(many), AT_ONCE):
        yield many[at : at + AT_ONCE]
