"""Celery is the doorbell, the database is the queue: what rings here only says "look now"."""

import os
from logging import getLogger
from threading import Event, Thread
from typing import Any

from celery import Celery, bootsteps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")

app = Celery("concord")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = getLogger(__name__)


class Pulse(bootsteps.StartStopStep):
    """A thread of the worker that notes every half minute that it lives, also while long work holds every other thread.

    At its start it rings for one tick: what was missed while nothing ran is caught up at once.
    """

    requires = {"celery.worker.components:Pool"}
    EVERY = 30

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.stopped = Event()

    def start(self, parent: Any) -> None:
        Thread(target=self.run, name="pulse", daemon=True).start()

    def stop(self, parent: Any) -> None:
        self.stopped.set()

    terminate = stop

    def run(self) -> None:
        from django.db import Error, connection

        from registry.core import clockwork, jobs, tasks

        jobs.ring(tasks.tick)
        while True:
            try:
                clockwork.beat("worker")
            except Error as error:
                log.warning("That this worker lives could not be noted: %s", error)
            finally:
                connection.close()
            if self.stopped.wait(self.EVERY):
                return


app.steps["worker"].add(Pulse)
