"""The doorbell of the clockwork and of jobs: fetch, call, log."""

from logging import getLogger

from celery import shared_task

from registry.core import clockwork, jobs

log = getLogger(__name__)


@shared_task
def tick() -> None:
    if due := clockwork.tick():
        log.info("%s windows due", due)
    for queue in clockwork.QUEUES:
        jobs.ring(queue)


@shared_task
def run_jobs() -> None:
    if ended := jobs.run_jobs():
        log.info("%s jobs ended", ended)
