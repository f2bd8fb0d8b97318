"""Restore a backup into an empty registry."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.core import backup


class Command(BaseCommand):
    help = "Restore what `backup` wrote into an empty, migrated registry; nothing is stored unless all of it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file that `backup` wrote")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            manifest = backup.read(file)
        except backup.Unusable as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest["rows"].values())
        self.stdout.write(f"{rows} rows are restored from {file}. The content hash is the same: {manifest['hash']}")
