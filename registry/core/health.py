"""Whether everything works: one finding for each part, in green, amber or red, with the reason and the remedy.

A part is asked by a function that rooms register in `AppConfig.ready`. What is told is told to everybody: no name of a
person, no text of a mail, nothing of a record.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import Error, connection, models
from django.db.models import Exists, Min, OuterRef
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError

from registry.core import jobs
from registry.core.models import Heartbeat, Job

log = getLogger(__name__)

LIMITS = {
    "tick": (timedelta(minutes=5), timedelta(minutes=15)),
    "worker": (timedelta(minutes=3), timedelta(minutes=15)),
    "sweep": (timedelta(minutes=30), timedelta(hours=2)),
    "jobs": (timedelta(minutes=30), timedelta(hours=6)),
    "notices": (timedelta(minutes=15), timedelta(hours=6)),
}
"""Part → from what age on it is amber, and red. docs/administration.md says the same."""


class Level(models.TextChoices):
    """How well a part works; the last is the worst."""

    GREEN = "green", gettext_lazy("Green")
    AMBER = "amber", gettext_lazy("Amber")
    RED = "red", gettext_lazy("Red")


@dataclass(frozen=True)
class Finding:
    """What was found of one part; `since` is the moment from which its age is counted."""

    level: Level
    reason: str
    remedy: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Part:
    """One part that is asked after."""

    name: str
    title: str
    finding: Finding


Check = Callable[[], Finding]

CHECKS: dict[str, tuple[Any, Check]] = {}
"""Name of a part → what it is called, in words that are translated later, and how it is asked."""


def register(name: str, title: Any, check: Check) -> None:
    """Let a part be asked after; called in `AppConfig.ready`."""
    CHECKS[name] = title, check


def parts() -> list[Part]:
    """Ask after every part. Without the database nothing but the broker can be asked."""
    found = [Part("database", _("Database"), database())]
    if settings.REDIS_URL:
        found.append(Part("broker", _("Broker"), broker()))
    if found[0].finding.level != Level.GREEN:
        return found
    return [*found, *(Part(name, str(title), asked(name, check)) for name, (title, check) in CHECKS.items())]


def asked(name: str, check: Check) -> Finding:
    """Ask after one part; one that cannot be asked is red and hides none of the others."""
    try:
        return check()
    except Error as error:
        log.exception("The state of %s could not be found", name)
        return Finding(
            Level.RED,
            _("It could not be asked after: %(error)s.") % {"error": type(error).__name__},
            _("Look into the log of web. After an update run bin/prepare, which brings the database up to date."),
        )


def worst(found: list[Part]) -> Level:
    """Return the level of the whole: that of its worst part."""
    return max((part.finding.level for part in found), key=list(Level).index)


def ago(since: datetime, now: datetime) -> str:
    """Write an age in words: “3 minutes”."""
    return _("less than a minute") if now - since < timedelta(minutes=1) else timesince(since, now, depth=1)


def level_of(name: str, age: timedelta) -> Level:
    """Return the level of a part by the age that LIMITS speak of."""
    amber, red = LIMITS[name]
    return Level.RED if age >= red else Level.AMBER if age >= amber else Level.GREEN


def heard(name: str, fine: str, never: str, remedy: str) -> Finding:
    """Judge a part by its heartbeat. `fine` says when it was last heard, with “%(ago)s”."""
    row, now = Heartbeat.objects.filter(name=name).first(), timezone.now()
    if row is None:
        return Finding(Level.RED, never, remedy)
    level = level_of(name, now - row.at)
    reason = fine % {"ago": ago(row.at, now)}
    return Finding(level, reason, "" if level == Level.GREEN else remedy, row.at)


# The parts that this room knows ------------------------------------------------------------------------------------


def database() -> Finding:
    """Ask the database for an answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.error("The database does not answer: %s", error)
        remedy = _("Start the database, and see that DATABASE_URL names it. The log of web says what it answered.")
        return Finding(Level.RED, _("The database does not answer, so nothing else can be said."), remedy)
    return Finding(Level.GREEN, _("The database answers."))


def broker() -> Finding:
    """Ask the broker for a connection, for two seconds at most."""
    options = {"socket_connect_timeout": 2, "socket_timeout": 2}
    try:
        with current_app.connection_for_read(settings.REDIS_URL, transport_options=options) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=2)
    except (OperationalError, OSError) as error:
        log.error("The broker does not answer: %s", error)
        return Finding(
            Level.RED,
            _("The broker does not answer. Nothing is lost: jobs and mails wait in the database."),
            _("Start Redis, and see that REDIS_URL names it. What waits is then done by itself."),
        )
    return Finding(Level.GREEN, _("The broker answers."))


def tick() -> Finding:
    return heard(
        "tick",
        _("The clockwork last ticked %(ago)s ago."),
        _("The clockwork has never ticked."),
        _(
            "Start beat, which rings every minute, and a worker, which hears it. If both run, every thread of the "
            "worker is at long work: give it more of them (WORKERS). Without Celery let cron run manage.py tick."
        ),
    )


def worker() -> Finding:
    return heard(
        "worker",
        _("A worker was last heard %(ago)s ago."),
        _("No worker has ever been heard."),
        _("Start the worker, or see in its log why it stands. What waits is then done by itself."),
    )


def waiting_jobs() -> Finding:
    """Judge by the oldest job that could be begun."""
    since = jobs.free().filter(attempts=0).aggregate(since=Min("asked_at"))["since"]
    if since is None:
        return Finding(Level.GREEN, _("No job waits."))
    now = timezone.now()
    level = level_of("jobs", now - since)
    reason = _("The oldest job has waited for %(age)s.") % {"age": ago(since, now)}
    remedy = _("See that a worker runs, and which job holds it: the administration lists them under Jobs.")
    return Finding(level, reason, "" if level == Level.GREEN else remedy, since)


def failed_jobs() -> Finding:
    """Judge by what failed, or was put back after a failure, and has not been made good by later work of its kind."""
    later = Job.objects.filter(kind=OuterRef("kind"), pk__gt=OuterRef("pk"), state=Job.State.DONE)
    failing = Job.objects.filter(~Exists(later)).exclude(report="")
    given_up = failing.filter(state=Job.State.FAILED).count()
    put_back = failing.filter(state=Job.State.QUEUED).count()
    if not given_up and not put_back:
        return Finding(Level.GREEN, _("No job has failed that was not made good since."))
    reason = _("Jobs that failed: %(given_up)s given up, %(put_back)s to be tried again.")
    return Finding(
        Level.AMBER,
        reason % {"given_up": given_up, "put_back": put_back},
        _("A registrar reads the reason in the administration under Jobs, and lets it be done again there."),
    )
