"""Look for records that break a rule."""

from collections import defaultdict
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from registry.core.models import Document, Pair, Record
from registry.core.models.about import record_models


class Command(BaseCommand):
    help = "Check every record against the rules of its kind, and that no two kinds share a reference. Changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        kinds: dict[str, list[str]] = defaultdict(list)
        looked_at = 0
        models: list[type[Record]] = [*record_models(), Document]
        for model in models:
            name = str(model._meta.verbose_name)
            for record in model._base_manager.order_by("pk").iterator(chunk_size=500):
                looked_at += 1
                if model is not Pair:  # its code names two countries and nothing else
                    kinds[record.ref].append(name)
                try:
                    record.full_clean(validate_unique=False, validate_constraints=False)
                except ValidationError as error:
                    for field, texts in error.message_dict.items():
                        wrong += 1
                        self.stdout.write(f"{name} {record.ref}: {field}: {' '.join(texts)}")
        for ref, names in sorted(kinds.items()):
            if len(names) > 1:
                wrong += 1
                self.stdout.write(
                    f"{ref} is the reference of {' and '.join(names)}. Give all but one another reference."
                )
        if wrong:
            raise CommandError(f"{looked_at} records were looked at; {wrong} things are wrong.")
        self.stdout.write(f"{looked_at} records were looked at; nothing is wrong.")
