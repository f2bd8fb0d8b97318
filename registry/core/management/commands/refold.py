"""Write the folded text of every record anew, after an alias or a name of a country has changed."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from registry.core import write
from registry.core.models import Document, Record
from registry.core.models.about import record_models


def stale(model: type[Record]) -> Iterator[Record]:
    """Yield the records of one kind whose folded text is not what would be stored today, with the right one set."""
    for record in model._base_manager.order_by("pk").iterator(chunk_size=500):
        told = record.folded_text()
        if record.folded != told:
            record.folded = told
            yield record


def refold() -> int:
    """Bring the folded text of all records up to date; return how many were changed.

    The text is derived, so neither version nor revision is written.
    """
    changed = 0
    kinds: list[type[Record]] = [*record_models(), Document]
    for model in kinds:
        for record in stale(model):
            write.owner_model(model)._base_manager.filter(pk=record.pk).update(folded=record.folded)
            changed += 1
    return changed


class Command(BaseCommand):
    help = "Write the folded text that search looks in anew for every record, after an alias has changed."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            changed = refold()
        if options["verbosity"]:
            self.stdout.write(f"{changed} records are folded anew; all others were up to date.")
