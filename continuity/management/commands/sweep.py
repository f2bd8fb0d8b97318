"""manage.py sweep"""

from typing import Any

from django.core.management.base import BaseCommand

from continuity import sweep
from registry.core import clockwork


class Command(BaseCommand):
    help = """
    Bring every initiative up to today and queue the news of what has changed or needs care, as a worker would.
    Needs no broker. A second sweep finds nothing to do; after any downtime one sweep does all that was missed.
    """

    def handle(self, **options: Any) -> None:
        swept = sweep.sweep()
        clockwork.beat("sweep")
        self.stdout.write(str(swept))
