"""The doorbell of sweep and notices: fetch, call, log."""

from logging import getLogger

from celery import shared_task

from continuity import notices
from continuity import sweep as sweeping
from registry.core import clockwork, jobs

log = getLogger(__name__)


def swept() -> str:
    """Sweep, ring for the mails at once where something was queued, and return the report."""
    swept = sweeping.sweep()
    clockwork.beat("sweep")
    if swept.notices:
        jobs.ring(send_notices)
    return str(swept)


@shared_task
def sweep() -> None:
    log.info("%s", swept())


@shared_task
def send_notices() -> None:
    sent = notices.send_notices()
    if sent.sent or sent.failed or sent.put_back:
        log.info("%s", sent)
