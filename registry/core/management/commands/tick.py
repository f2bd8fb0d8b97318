"""manage.py tick"""

from typing import Any

from django.core.management.base import BaseCommand

from registry.core import clockwork


class Command(BaseCommand):
    help = """
    Store what is due and do all that waits: jobs, sweep, mails. Needs neither broker nor worker: let cron run it every
    minute where there are none. Run twice at the same moment it does everything once.
    """

    def handle(self, **options: Any) -> None:
        clockwork.beat("worker")
        due = clockwork.tick()
        for queue in clockwork.QUEUES:
            queue()
        self.stdout.write(f"{due} windows due; what waited is done")
