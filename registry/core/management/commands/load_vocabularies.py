"""Bring the table of terms up to date with `data/vocabularies.json`."""

from typing import Any

from django.core.management.base import BaseCommand

from registry.core import vocabularies
from registry.core.models import Term


class Command(BaseCommand):
    help = "Bring the table of terms up to date with data/vocabularies.json; no term is ever deleted."

    def handle(self, *args: Any, **options: Any) -> None:
        terms = [
            Term(vocabulary=name, code=code, position=position, retired=bool(term.get("retired")))
            for name, codes in vocabularies.lists().items()
            for position, (code, term) in enumerate(codes.items())
        ]
        Term.objects.bulk_create(
            terms,
            update_conflicts=True,
            unique_fields=["vocabulary", "code"],
            update_fields=["position", "retired"],
        )
        if options["verbosity"]:
            self.stdout.write(f"{len(terms)} terms of {len(vocabularies.lists())} vocabularies are on file.")
