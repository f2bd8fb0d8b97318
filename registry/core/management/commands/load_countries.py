"""Bring countries, their borders and the aliases of search up to date with the files of `data/`."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from registry.core import languages
from registry.core.fold import fold
from registry.core.models import Alias, Country

COLUMNS = ("alpha3", "region", "subregion", "historic_name", "former_code", "withdrawn_on", "latitude", "longitude")


def countries_on_file() -> list[tuple[Country, list[str]]]:
    """Return every country of `data/countries.json` with the codes of those at its land borders."""
    told = json.loads((settings.BASE_DIR / "data" / "countries.json").read_text(encoding="utf-8"))
    present = [
        (
            Country(
                code=row["code"],
                alpha3=row["alpha3"],
                region=row["region"],
                subregion=row["subregion"],
                latitude=row["lat"],
                longitude=row["lon"],
            ),
            row["borders"],
        )
        for row in told["countries"]
    ]
    historic = [
        Country(
            code=code,
            alpha3=row["former_alpha3"] or "",
            historic_name=row["name"],
            former_code=row["former_alpha2"] or "",
            withdrawn_on=row["withdrawn_on"],
        )
        for code, row in told["historic"].items()
    ]
    return present + [(country, []) for country in historic]


def aliases_on_file() -> dict[str, str]:
    """Return folded form → canonical mark: the words of `data/aliases.json`, and countries in the six languages.

    The mark of a country is its English name, so that its other names lead to texts that have the English one. Where
    the two disagree, the file holds.
    """
    found: dict[str, str] = {}
    for country, _borders in countries_on_file():
        if not country.historic_name:
            mark = fold(languages.country_name(country.code, "en"))
            found |= {fold(name): mark for name in languages.country_names(country.code)}
    told = json.loads((settings.BASE_DIR / "data" / "aliases.json").read_text(encoding="utf-8"))
    found |= {fold(form): mark for mark, forms in told.items() for form in forms}
    return {form: mark for form, mark in found.items() if form != mark}


def load_countries() -> int:
    """Store countries and borders; return how many rows were written. None is ever removed."""
    told = countries_on_file()
    stored = {country.code: country for country in Country.objects.all()}
    moved = [
        country
        for country, _borders in told
        if country.code not in stored
        or any(getattr(stored[country.code], name) != getattr(country, name) for name in COLUMNS)
    ]
    Country.objects.bulk_create(
        moved, update_conflicts=True, unique_fields=["code"], update_fields=COLUMNS, batch_size=100
    )
    through = Country.borders.through
    wanted = {(country.code, code) for country, borders in told for code in borders}
    wanted |= {(other, one) for one, other in wanted}
    missing = wanted - set(through.objects.values_list("from_country_id", "to_country_id"))
    through.objects.bulk_create([through(from_country_id=one, to_country_id=other) for one, other in sorted(missing)])
    return len(moved) + len(missing)


def load_aliases() -> int:
    """Store the aliases of the files; return how many rows were written. Those of the registrar stay."""
    stored = dict(Alias.objects.values_list("form", "canonical"))
    moved = {form: mark for form, mark in aliases_on_file().items() if stored.get(form) != mark}
    # created anew, so that `fold.aliases` sees by the highest id that the table has changed
    Alias.objects.filter(form__in=moved).delete()
    Alias.objects.bulk_create([Alias(form=form, canonical=mark) for form, mark in sorted(moved.items())])
    return len(moved)


class Command(BaseCommand):
    help = "Bring countries, borders and search aliases up to date with data/; nothing is ever deleted."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            written, aliases = load_countries(), load_aliases()
        if options["verbosity"]:
            self.stdout.write(
                f"{Country.objects.count()} countries and {Alias.objects.count()} aliases are on file; "
                f"{written + aliases} rows were written."
            )
            if aliases:
                self.stdout.write("Run manage.py refold so that records already on file are found by the new aliases.")
