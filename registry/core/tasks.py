"""The doorbell of jobs: fetch, call, log."""

from logging import getLogger

from celery import shared_task

from registry.core import jobs

log = getLogger(__name__)


@shared_task
def run_jobs() -> None:
    if ended := jobs.run_jobs():
        log.info("%s jobs ended", ended)
