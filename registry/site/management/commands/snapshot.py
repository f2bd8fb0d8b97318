"""manage.py snapshot"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.site.snapshots import building


class Command(BaseCommand):
    help = (
        "Write what everyone may see of the registry as a data package (CSV, Parquet), read it again, and publish it "
        "under the next number. Where nothing has changed since the newest one, no new one is made."
    )

    def handle(self, **options: Any) -> None:
        try:
            self.stdout.write(str(building.build()))
        except (building.Busy, building.Broken, OSError) as error:
            raise CommandError(f"Nothing was published. {error}") from error
