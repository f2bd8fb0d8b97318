"""The clockwork: what falls due by itself, and when. Beat only ticks; what is to be done stands in the database.

A kind of work that falls due cuts the time, in UTC, into windows: every ten minutes, every day, every week. A tick
stores each window that has begun as one row of `core.Job`, unique by kind and window, so that two schedulers or a bell
that rings five times make one row. After a stop the next tick stores what was missed, up to two weeks; the work is done
once, in the newest window, and the others are marked as caught up with it (`registry.core.jobs`).

    stopped on Tuesday at 9:55, started on Thursday at 10:02
    sweep, every ten minutes     289 windows stored, one sweep, 288 caught up with it
    self-test, every Monday      none: the window of this week has been done
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Task
from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from registry.core import changes, clock, jobs
from registry.core.models import Heartbeat, Job

TEN_MINUTES, DAY, WEEK = timedelta(minutes=10), timedelta(days=1), timedelta(weeks=1)

LOOK_BACK = timedelta(days=14)
"""How far back a tick stores the windows that nobody has stored."""

FIRST = datetime(1970, 1, 5, tzinfo=UTC)
"""Windows are counted from this Monday, so that a day begins at midnight and a week on Monday, in UTC."""

KEPT = timedelta(days=90)
"""How long a job that has ended is kept; longer than a tick looks back, or its window would be stored again."""


@dataclass(frozen=True)
class Schedule:
    """How the windows of one kind of work are cut, and what the work of one is called with."""

    every: timedelta
    arguments: Callable[[datetime], dict[str, Any]]

    def newest(self, now: datetime) -> datetime:
        """Return the start of the window that `now` lies in."""
        return FIRST + (now - FIRST) // self.every * self.every


SCHEDULES: dict[str, Schedule] = {}

QUEUES: list[Task] = []
"""What each tick rings for: each task does the work that waits in one kind of rows."""


def schedule(
    kind: str,
    work: jobs.Work,
    every: timedelta,
    arguments: Callable[[datetime], dict[str, Any]] = lambda window: {},
) -> None:
    """Let `work` fall due once in each window; called in `AppConfig.ready`. `arguments` are made of its start."""
    jobs.register(kind, work)
    SCHEDULES[kind] = Schedule(every, arguments)


def tick() -> int:
    """Store every window that has begun since the last one on file. Return how many were not yet stored.

    A second tick at the same moment finds nothing or loses the race for each row, and stores none twice.
    """
    now = clock.now()
    due = {kind: windows(kind, now) for kind in sorted(SCHEDULES, key=lambda kind: SCHEDULES[kind].every)}
    rows = [
        Job(kind=kind, window=window, arguments=SCHEDULES[kind].arguments(window))
        for kind, starts in due.items()
        for window in starts
    ]
    Job.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    if settings.CLOCK:
        _stand_still(now)
    changes.number()
    beat("tick")
    return len(rows)


def windows(kind: str, now: datetime) -> list[datetime]:
    """Return the starts of the windows of a kind that are due and not on file, the oldest first.

    Of work that has never been done only the newest is due: before it there was nothing to miss.
    """
    plan = SCHEDULES[kind]
    newest = plan.newest(now)
    last = Job.objects.filter(kind=kind, window__lte=now).aggregate(last=Max("window"))["last"]
    if last is None:
        return [newest]
    missed = -((max(last, now - LOOK_BACK) - newest) // plan.every)
    return [newest - number * plan.every for number in reversed(range(missed))]


def _stand_still(now: datetime) -> None:
    """Let the newest window of each kind be done again when it was asked for longer ago than the windows are apart.

    While CLOCK stands still no window comes after it, and what is edited on that day would never be swept.
    """
    real = timezone.now()
    for kind, plan in SCHEDULES.items():
        done = Job.objects.filter(kind=kind, window=plan.newest(now), state=Job.State.DONE)
        done.filter(asked_at__lt=real - plan.every).update(state=Job.State.QUEUED, attempts=0, asked_at=real)


def beat(name: str) -> None:
    """Note that this part of the clockwork is alive, in one statement."""
    heard = Heartbeat(name=name, at=timezone.now())
    Heartbeat.objects.bulk_create([heard], update_conflicts=True, unique_fields=["name"], update_fields=["at"])


def prune() -> str:
    """Delete the jobs that have ended and are too old to be of use to anybody."""
    ended = Job.objects.filter(state__in=[Job.State.DONE, Job.State.FAILED])
    number, _ = ended.filter(asked_at__lt=timezone.now() - KEPT).delete()
    return f"{number} old jobs deleted"
