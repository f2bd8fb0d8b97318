"""Write the whole registry into one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.core import backup


class Command(BaseCommand):
    help = "Write every record, revision, account and document into one file that either database can read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file to write, as concord-2026-11-22.tar.gz")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if file.exists():
            raise CommandError(f"{file} exists already and is left as it is. Name a new file.")
        if not file.absolute().parent.is_dir():
            raise CommandError(
                f"{file} cannot be written: there is no folder {file.absolute().parent}. Create it first."
            )
        manifest = backup.write(file)
        self.stdout.write(f"{sum(manifest['rows'].values())} rows are in {file}. Content hash: {manifest['hash']}")
