"""Load files of records: see registry.site.loader for what is decided there."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.core.models import Country, Term
from registry.site import loader
from registry.site.loader.files import Unreadable

CLEAR = "\r\033[K"
"""Takes back what stands on the line of a terminal."""


class Command(BaseCommand):
    help = (
        "Load records from comma-separated files. Each file is stored as a whole or not at all; loading again changes "
        "nothing. Ends with 1 where something was refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="a file such as events.csv, or a folder of such files"
        )
        parser.add_argument("--skip-bad", action="store_true", help="store the good rows of a file that has bad ones")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (Country.objects.exists() and Term.objects.exists()):
            raise CommandError(
                "Countries or vocabularies are not on file. Run manage.py load_countries and load_vocabularies first."
            )
        try:
            report = loader.load(
                [Path(path) for path in options["paths"]],
                skip_bad=options["skip_bad"],
                progress=self._progress if self.stdout.isatty() else None,
            )
        except Unreadable as error:
            raise CommandError(str(error)) from error
        self._tell(report, options["verbosity"])
        if report.refusals:
            files = len({refusal.name for refusal in report.refusals})
            kept = "the other rows are stored" if options["skip_bad"] else "nothing of these files is stored"
            raise CommandError(
                f"Not everything was loaded (things wrong: {len(report.refusals)}, files: {files}); {kept}. "
                "Correct them and load again."
            )

    def _progress(self, name: str, done: int, rows: int) -> None:
        if done == rows:
            self.stdout.write(CLEAR, ending="")
        elif done % 20 == 0:
            self.stdout.write(f"{CLEAR}{name}: {done} of {rows}", ending="")
        self.stdout.flush()

    def _tell(self, report: loader.Report, verbosity: int) -> None:
        width = max(len(one.name) for one in report.files)
        if verbosity:
            self.stdout.write(f"{'':{width}}  {'read':>7}{'written':>9}{'left alone':>12}{'refused':>9}")
        for one in report.files:
            if verbosity:
                counts = f"{one.read:>7}{one.written:>9}{one.left_alone:>12}{one.refused:>9}"
                self.stdout.write(f"{one.name:{width}}  {counts}")
            for remark in one.remarks:
                self.stdout.write(f"{one.name}: {remark}")
        if verbosity:
            total = [report.total(what) for what in ("read", "written", "left_alone", "refused")]
            self.stdout.write(f"{'in all':{width}}  {total[0]:>7}{total[1]:>9}{total[2]:>12}{total[3]:>9}")
        for sentence in report.told():
            self.stderr.write(sentence)
