"""Work as rows of `core.Job`: losing the broker or killing a worker loses none of it.

A kind of work is registered in `AppConfig.ready`; whoever asks for it stores a row, or the clockwork does, one for each
window of time (`registry.core.clockwork`); any worker that looks finds it.
"""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from logging import getLogger
from typing import Any

from celery import Task
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from registry.core import clock
from registry.core.models import Job, User

log = getLogger(__name__)

Work = Callable[..., str]
"""Does the work with the arguments of the row and returns the report. It must bear being begun again."""

KINDS: dict[str, Work] = {}

LEASE = timedelta(hours=1)
"""How long a worker may take before another begins the job anew: then the first is held to be dead."""

ATTEMPTS = 3
"""How often a job is begun. One that never comes to an end kills its workers and must not do so for ever."""

TRIES = 27
"""How often the work of a window is tried: with the pauses of `pause` for about five days, as mail servers have it."""


def register(kind: str, work: Work) -> None:
    """Make `kind` known; called in `AppConfig.ready`."""
    KINDS[kind] = work


def command(name: str) -> Work:
    """Return work that runs a management command; its arguments are the command's options, its report the output."""

    def work(**options: Any) -> str:
        output = StringIO()
        call_command(name, stdout=output, no_color=True, **options)
        return output.getvalue().strip()

    return work


def ask(kind: str, by: User | None = None, **arguments: Any) -> Job:
    """Store a job and ring for it. Raises KeyError where nobody knows this kind of work."""
    if kind not in KINDS:
        raise KeyError(f"No work is registered as {kind!r}. There is: {', '.join(sorted(KINDS))}.")
    from registry.core import tasks

    job = Job.objects.create(kind=kind, arguments=arguments, asked_by=by)
    transaction.on_commit(lambda: ring(tasks.run_jobs))
    return job


def do_again(some: QuerySet[Job]) -> int:
    """Let those of `some` that failed, or wait to be tried again, be done at once. Return how many."""
    from registry.core import tasks

    failing = some.filter(state__in=[Job.State.FAILED, Job.State.QUEUED])
    number = failing.update(state=Job.State.QUEUED, attempts=0, leased_until=None)
    transaction.on_commit(lambda: ring(tasks.run_jobs))
    return number


def ring(task: Task) -> None:
    """Tell a worker to look now. If nobody hears it nothing is lost: the row waits for the next tick."""
    # a page waits a second for a broker that is down or hangs, not six or for ever
    impatient = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
    if settings.REDIS_URL:
        impatient |= {"socket_connect_timeout": 1, "socket_timeout": 1}
    options = {**task.app.conf.broker_transport_options, **impatient}
    try:
        with task.app.connection_for_write(transport_options=options) as connection:
            task.apply_async(connection=connection, expires=55, retry=False)
    except (OperationalError, OSError) as error:
        log.info("Nobody could be rung for %s, which waits for the next tick: %s", task.name, error)


def run_jobs() -> int:
    """Do every job that waits, the oldest first. Return how many this worker has ended, well or badly."""
    ended = 0
    seen = 0
    while pk := free().filter(pk__gt=seen).order_by("pk").values_list("pk", flat=True).first():
        seen = pk
        if _claim(pk):
            _run(Job.objects.get(pk=pk))
            ended += 1
    return ended


def free() -> QuerySet[Job]:
    """Return the jobs that can be begun now: those that wait, and those whose worker was not heard of for a lease.

    Of the windows of one kind only the newest is begun: what is done in it is what the earlier ones were for.
    Leases are real time, windows are not: CLOCK moves them.
    """
    now = clock.now()
    newer = Job.objects.filter(kind=OuterRef("kind"), window__gt=OuterRef("window"), window__lte=now)
    begun = Job.objects.filter(Q(window=None) | Q(window__lte=now), ~Exists(newer))
    unheld = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
    return begun.filter(unheld, state__in=[Job.State.QUEUED, Job.State.RUNNING])


def _claim(pk: int) -> bool:
    """Claim one job by a conditional update; False where another worker was first."""
    leased_until = timezone.now() + LEASE
    claimed = (
        free().filter(pk=pk).update(state=Job.State.RUNNING, leased_until=leased_until, attempts=F("attempts") + 1)
    )
    return claimed == 1


def _run(job: Job) -> None:
    """Do one claimed job and store what came of it.

    What somebody asked for fails at once and says why. The work of a window, which nobody waits for, is put back.
    """
    state, report, leased_until = Job.State.FAILED, "", None
    if job.kind not in KINDS:
        report = f"No work is registered as {job.kind!r}. There is: {', '.join(sorted(KINDS))}."
    elif job.attempts > (TRIES if job.window else ATTEMPTS):
        report = f"Begun {job.attempts - 1} times and never ended: its worker was killed each time. See its log."
    else:
        try:
            report = KINDS[job.kind](**job.arguments)
            state = Job.State.DONE
        except Exception as error:
            log.exception("Job %s failed", job)
            report = f"{type(error).__name__}: {error}"
            if job.window and job.attempts < TRIES:
                state, leased_until = Job.State.QUEUED, timezone.now() + pause(job.attempts)
    # Only while the lease is still ours: a worker that was held to be dead must not speak for its successor.
    ours = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts)
    with transaction.atomic():
        ended = ours.update(state=state, report=report, leased_until=leased_until)
        if ended and state == Job.State.DONE and job.window:
            _catch_up(job)


def _catch_up(job: Job) -> None:
    """Mark the earlier windows of the same kind as done, but for one that a worker still has in hand."""
    report = f"Caught up with the window of {job.window:%Y-%m-%d %H:%M} UTC."
    abandoned = Q(state=Job.State.RUNNING, leased_until__lt=timezone.now())
    earlier = Job.objects.filter(abandoned | Q(state=Job.State.QUEUED), kind=job.kind, window__lt=job.window)
    earlier.update(state=Job.State.DONE, report=report, leased_until=None)


def pause(attempts: int) -> timedelta:
    """Return how long to wait after so many tries: a minute, then twice as long each time, at most six hours."""
    return timedelta(minutes=min(2 ** max(attempts - 1, 0), 360))
