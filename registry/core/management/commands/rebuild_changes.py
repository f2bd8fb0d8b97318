"""manage.py rebuild_changes"""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from registry.core import changes


class Command(BaseCommand):
    help = "Enter into the changes feed what it has missed, as what was on file before there was a feed."

    def handle(self, **options: Any) -> None:
        with transaction.atomic():
            missed = changes.rebuild()
        changes.number()
        self.stdout.write(f"{missed} records were entered that the feed had missed.")
