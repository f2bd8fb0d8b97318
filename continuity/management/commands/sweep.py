"""manage.py sweep"""

from typing import Any

from django.core.management.base import BaseCommand

from continuity import sweep


class Command(BaseCommand):
    help = """
    Bring every initiative up to today and queue the news of what has changed or needs care, as a worker would.
    Needs no broker. A second sweep finds nothing to do; after any downtime one sweep does all that was missed.
    """

    def handle(self, **options: Any) -> None:
        swept = sweep.sweep()
        self.stdout.write(
            f"{swept.transitions} changes of state announced, {swept.concerns} concerns raised, "
            f"{swept.notices} notices queued"
        )
