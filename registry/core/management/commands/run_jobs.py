"""manage.py run_jobs"""

from typing import Any

from django.core.management.base import BaseCommand

from registry.core import jobs


class Command(BaseCommand):
    help = "Do the jobs that wait (windows stored by a tick, imports, folding), as a worker would. Needs no broker."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"{jobs.run_jobs()} jobs ended")
