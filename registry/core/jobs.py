"""Long work as rows of `core.Job`: losing the broker or killing a worker loses none of it.

A kind of work is registered in `AppConfig.ready`; whoever asks for it stores a row; any worker that looks finds it.
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
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from registry.core.models import Job, User

log = getLogger(__name__)

Work = Callable[..., str]
"""Does the work with the arguments of the row and returns the report. It must bear being begun again."""

KINDS: dict[str, Work] = {}

LEASE = timedelta(hours=1)
"""How long a worker may take before another begins the job anew: then the first is held to be dead."""

ATTEMPTS = 3
"""How often a job is begun. One that never comes to an end kills its workers and must not do so for ever."""


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
    while pk := _free().filter(pk__gt=seen).order_by("pk").values_list("pk", flat=True).first():
        seen = pk
        if _claim(pk):
            _run(Job.objects.get(pk=pk))
            ended += 1
    return ended


def _free() -> QuerySet[Job]:
    """Return the jobs that wait, and those whose worker has not been heard of for a lease. A lease is real time."""
    abandoned = Q(state=Job.State.RUNNING, leased_until__lt=timezone.now())
    return Job.objects.filter(Q(state=Job.State.QUEUED) | abandoned)


def _claim(pk: int) -> bool:
    """Claim one job by a conditional update; False where another worker was first."""
    leased_until = timezone.now() + LEASE
    claimed = (
        _free().filter(pk=pk).update(state=Job.State.RUNNING, leased_until=leased_until, attempts=F("attempts") + 1)
    )
    return claimed == 1


def _run(job: Job) -> None:
    state, report = Job.State.FAILED, ""
    if job.kind not in KINDS:
        report = f"No work is registered as {job.kind!r}. There is: {', '.join(sorted(KINDS))}."
    elif job.attempts > ATTEMPTS:
        report = f"Begun {ATTEMPTS} times and never ended: its worker was killed each time. See the log of the worker."
    else:
        try:
            report = KINDS[job.kind](**job.arguments)
            state = Job.State.DONE
        except Exception as error:
            log.exception("Job %s failed", job)
            report = f"{type(error).__name__}: {error}"
    # Only while the lease is still ours: a worker that was held to be dead must not speak for its successor.
    ours = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts)
    ours.update(state=state, report=report, leased_until=None)
