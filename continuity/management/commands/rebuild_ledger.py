"""manage.py rebuild_ledger"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from continuity import door


class Command(BaseCommand):
    help = "Compute ledger, stored results and lapses anew from the records and report drift: there must be none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; exit with 1 if anything has drifted.")

    def handle(self, check: bool, **options: Any) -> None:
        with transaction.atomic():
            drifted = door.rebuild()
            transaction.set_rollback(check)
        if not drifted:
            self.stdout.write("No drift: ledger, stored results and lapses are what the records say.")
            return
        left = "nothing was changed" if check else "they are set right"
        self.stdout.write(f"{drifted} initiatives had drifted from their records; {left}.")
        if check:
            sys.exit(1)
