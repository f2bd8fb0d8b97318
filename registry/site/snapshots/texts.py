"""What explains the tables of a snapshot: descriptor, codebook, licences, how to cite and how to read it.

In English, as the tables are; the codebook alone gives the labels of codes in all six languages.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.defaultfilters import date as written_date
from django.urls import reverse
from django.utils.translation import gettext, override

from registry.core import languages, vocabularies
from registry.site.snapshots.tables import Table

DATA_SETS = """\
- Armed conflicts: UCDP/PRIO Armed Conflict Dataset 24.1, CC BY 4.0 (Davies et al. 2024, Gleditsch et al. 2002).
- Militarized disputes to 2014: Correlates of War, MID 5.0 (Palmer et al. 2020); no licence stated, facts re-keyed.
- Positions and land borders of countries: world-countries 5.1.0, ODbL.
- Codes and names of countries: ISO 3166 by way of pycountry (LGPL-2.1), and the Unicode CLDR.
- Vocabularies: drawn up for Concord, Apache-2.0.
"""
"""As the page of licences and docs/data.md say it."""

SAMPLE = "**A sample from public pages, not a complete record.**\n\n"
"""What stands on every page of the demonstration stands in its snapshots too."""


def title_of(number: int, day: date) -> str:
    """Return what a snapshot is called where it is cited, in whatever language that is: in English."""
    with override("en"):
        return f"Concord, registry of bilateral cultural cooperation: snapshot {number} of {written_date(day, 'j F Y')}"


def address_of(number: int) -> str:
    """Return the permanent address of a snapshot."""
    return settings.SITE_URL + reverse("snapshot-detail", args=[number])


def publisher() -> str:
    """Return who publishes this registry, as far as the registry knows: its name and its host."""
    return f"Concord, {urlsplit(settings.SITE_URL).hostname}"


def write(folder: Path, tables: list[Table], number: int, day: date, made_at: datetime) -> None:
    """Write every text beside the tables, which stand in `folder` and have been read again."""
    with override("en"):
        described = json.dumps(descriptor(folder, tables, number, day, made_at), indent=1, ensure_ascii=False)
        texts: dict[str, Iterable[str]] = {
            "README.md": [readme(tables, number, day, made_at)],
            "CITATION.cff": [citation(number, day)],
            "LICENCES.md": licences(folder),
            "codebook.md": codebook(tables),
            "datapackage.json": [described],
        }
        for name, parts in texts.items():
            with (folder / name).open("w", encoding="utf-8") as file:
                file.writelines(parts)


# The data package -----------------------------------------------------------------------------------------------------


def descriptor(folder: Path, tables: list[Table], number: int, day: date, made_at: datetime) -> dict[str, Any]:
    """Return the descriptor of the data package (Frictionless Data Package 1.0)."""
    return {
        "profile": "data-package",
        "name": "concord",
        "id": address_of(number),
        "title": title_of(number, day),
        "description": "All that everyone may see of the registry, read at one moment. States are those of that day.",
        "homepage": address_of(number),
        "version": str(number),
        "created": made_at.isoformat(timespec="seconds"),
        "contributors": [{"title": publisher(), "role": "publisher"}],
        "licenses": [{"path": "LICENCES.md", "title": "Each source states its own licence, where it states one"}],
        "resources": [
            resource
            for table in tables
            for resource in (resource_of(folder, table, as_csv=True), resource_of(folder, table, as_csv=False))
        ],
    }


def resource_of(folder: Path, table: Table, *, as_csv: bool) -> dict[str, Any]:
    """Return one table in one of its two forms."""
    path = table.csv if as_csv else table.parquet
    found: dict[str, Any] = {
        "name": table.kind if as_csv else f"{table.kind}-parquet",
        "title": table.kind.replace("-", " ").capitalize(),
        "description": table.about,
        "path": path,
        "format": "csv" if as_csv else "parquet",
        "mediatype": "text/csv" if as_csv else "application/vnd.apache.parquet",
        "bytes": (folder / path).stat().st_size,
        "hash": f"sha256:{table.sums[path]}",
        "schema": schema_of(table, as_csv=as_csv),
    }
    if as_csv:
        return found | {"profile": "tabular-data-resource", "encoding": "utf-8", "rows": table.rows}
    return found | {"type": "file"}  # else a validator without a reader of Parquet would call the package invalid


def schema_of(table: Table, *, as_csv: bool) -> dict[str, Any]:
    """Return the Table Schema of a table; `vocabulary` names the list that the codes of a field are of."""
    fields = []
    for column in table.columns:
        described = {"name": column.name, "type": column.type, "description": column.about}
        fields.append(described | ({"vocabulary": column.vocabulary} if column.vocabulary else {}))
    form = "" if as_csv else "-parquet"
    keys = [
        {
            "fields": [name],
            "reference": {"resource": "" if kind == table.kind else kind + form, "fields": ["ref"]},
        }
        for name, kind in table.leads_to.items()
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if table.has_key:
        schema["primaryKey"] = ["ref"]
    if keys:
        schema["foreignKeys"] = keys
    return schema


# Texts for people -----------------------------------------------------------------------------------------------------


def readme(tables: list[Table], number: int, day: date, made_at: datetime) -> str:
    """Return what somebody reads who has unpacked the package."""
    rows = "\n".join(f"| {table.kind} | {table.rows} | {table.about} |" for table in tables)
    return f"""\
# {title_of(number, day)}

{SAMPLE if not settings.PRODUCTION else ""}\
All that everyone may see of the registry, read in one transaction on {written_date(day, "j F Y")} at \
{made_at:%H:%M:%S} UTC. It never changes under this number: {address_of(number)}

States (`state`, `due_on`, `lapses_on`, …) are those of that day. Absence of a record is not absence of activity:
`tracked_from`, `tracked_until` and `tracking_basis` say for which days a record is claimed to be complete, and by whom.

## What is in it

Each kind stands in `data/` as CSV (UTF-8, comma, one line of heads) and as Parquet (typed), with the same rows in the
same order. `datapackage.json` describes every column (Frictionless Table Schema) and has size and SHA-256 of every file
of `data/`; `codebook.md` says the same for reading, with all codes; `LICENCES.md` has the licence of each source.

| kind | rows | what it is |
|---|---|---|
{rows}

`ref` is the permanent reference of a row; `…_ref` is that of another, `…_title` its title. An empty cell is not on
file. Several codes or references stand in one cell parted by semicolons; what has fields of its own is JSON. A loose
date (`1994`, `1994-01`, with `~` for about or `?` for in doubt) stands beside the earliest and latest day it can mean.

## How to read it

    import pandas
    events = pandas.read_parquet("data/events.parquet")
    events = pandas.read_csv("data/events.csv", keep_default_na=False, na_values=[""])

Without `keep_default_na=False` pandas takes Namibia (`NA`) for a missing value.

## How to cite it

{publisher()} ({day.year}). {title_of(number, day)}. {address_of(number)}
"""


def citation(number: int, day: date) -> str:
    """Return how the snapshot is cited, for programs (Citation File Format 1.2.0)."""
    return f"""\
cff-version: 1.2.0
message: "Cite the snapshot with its number and day, and the sources of what you use."
type: dataset
title: {json.dumps(title_of(number, day))}
version: "{number}"
date-released: "{day.isoformat()}"
url: {json.dumps(address_of(number))}
authors:
  - name: {json.dumps(publisher())}
"""


def licences(folder: Path) -> Iterator[str]:
    """Yield the licence of each source, as it is on file."""
    yield "# Licences\n\n"
    yield "Facts are re-keyed from public pages and data sets, in our own words; no text of a page is copied. Each\n"
    yield "source states its own licence. Where none is given here, none was stated or it was not checked.\n\n"
    yield f"## Data sets\n\n{DATA_SETS}\n## Each source\n\n| ref | source | licence |\n|---|---|---|\n"
    with (folder / "data" / "sources.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            called = row["title"] or row["publisher"] or row["address"]
            yield cells(row["ref"], called, row["licence"] or "none on file")


def codebook(tables: list[Table]) -> Iterator[str]:
    """Yield every column of every kind with its meaning, then every code of every list."""
    yield "# Codebook\n\nTypes are those of Table Schema. A column with a list holds its codes; lists stand below.\n"
    yield "The day asked for (`as_of`) is the day of the snapshot, and the language asked for is English.\n"
    for table in tables:
        yield f"\n## {table.kind}\n\n{table.about}\n\n| column | type | list | meaning |\n|---|---|---|---|\n"
        for column in table.columns:
            kind = table.leads_to.get(column.name)
            about = f"{column.about} → {kind}" if kind else column.about
            yield cells(f"`{column.name}`", column.type, column.vocabulary, about)
    yield "\n# Lists of codes\n\nA label that is the English one in another language has not been translated yet.\n"
    for vocabulary, terms in vocabularies.lists().items():
        yield f"\n## {vocabulary}\n\n| code | {' | '.join(languages.INTERFACE)} | definition | maps to |\n"
        yield "|---" * (len(languages.INTERFACE) + 3) + "|\n"
        for code, term in terms.items():
            retired = " (retired)" if term.get("retired") else ""
            maps_to = ", ".join(term.get("maps_to") or ())
            yield cells(f"`{code}`{retired}", *labels(term), term.get("definition") or "", maps_to)


def labels(term: dict[str, Any]) -> Iterator[str]:
    """Yield the label of a term in each language of the interface."""
    for language in languages.INTERFACE:
        with override(language):
            yield gettext(term["label"])


def cells(*texts: str) -> str:
    """Return one line of a table in Markdown, whatever stands in the texts."""
    return "| " + " | ".join(" ".join(text.split()).replace("|", "\\|") for text in texts) + " |\n"
