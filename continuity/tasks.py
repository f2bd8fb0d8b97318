"""The doorbell of sweep and notices: fetch, call, log."""

from logging import getLogger

from celery import shared_task

from continuity import notices
from continuity import sweep as sweeping
from registry.core import jobs

log = getLogger(__name__)


@shared_task
def sweep() -> None:
    swept = sweeping.sweep()
    if swept.transitions or swept.concerns or swept.notices:
        log.info("%s", swept)
    if swept.notices:
        jobs.ring(send_notices)


@shared_task
def send_notices() -> None:
    sent = notices.send_notices()
    if sent.sent or sent.failed or sent.put_back:
        log.info("%s", sent)
