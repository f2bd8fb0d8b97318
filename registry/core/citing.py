"""How to cite: sources, and records of the registry, in plain words, BibTeX and CSL-JSON.

A record is cited by its permanent address, its version and the day it was read. Text stays UTF-8: BibTeX of today reads
it, and no transcription would give back «Тоҷикистон». What BibTeX takes for a command is escaped. A loose date keeps
what is known of it: `1994-01~` is the year 1994 and the month January, and “about” is said.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from registry.core import changes, clock, dates
from registry.core.models import Record, Source
from registry.core.serializers import key_of, kind_of, page_url

REGISTRY = "Concord, a registry of bilateral cultural cooperation"
BIBTEX, CSL = "application/x-bibtex; charset=utf-8", "application/vnd.citationstyles.csl+json; charset=utf-8"

SPECIAL = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
"""Sign that means something to BibTeX → how it is written to mean itself."""
IN_ADDRESS = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"})
"""Addresses are printed as they stand, and braces would end the field."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

ENTRIES = {"ACADEMIC": ("article", "article-journal"), "NGO_REPORT": ("techreport", "report")} | {
    "DATASET": ("misc", "dataset"),
    "GAZETTE": ("misc", "legislation"),
    "LEGAL_DATABASE": ("misc", "legislation"),
    "TREATY_REGISTER": ("misc", "treaty"),
    "NEWS_AGENCY": ("misc", "article-newspaper"),
    "PRESS": ("misc", "article-newspaper"),
    "OFFICIAL_PAGE": ("misc", "webpage"),
    "OWN_RECORD": ("misc", "document"),
}
"""Kind of source → the type of its entry in BibTeX and in CSL."""


# Sources -------------------------------------------------------------------------------------------------------------


def source_entry(row: dict[str, Any]) -> dict[str, Any]:
    """Return a source, given as its row in the API, as an item of CSL-JSON."""
    kind = ENTRIES[row["kind"]][1]
    if kind == "article-journal" and not row["container"]:
        kind = "book"
    return _filled(
        {
            "id": row["ref"],
            "type": kind,
            "title": title_of(row),
            "author": [_csl_name(name) for name in names_of(row["authors"])],
            "publisher": row["publisher"],
            "container-title": row["container"],
            "DOI": row["doi"],
            "URL": row["address"] or row["archived_address"],
            "archive_location": row["archived_address"],
            "issued": _csl_date(row["date"]),
            "accessed": _csl_date(row["accessed"]),
            "language": row["language"],
        }
    )


def source_bibtex(row: dict[str, Any]) -> str:
    """Return a source, given as its row in the API, as an entry of BibTeX."""
    kind = ENTRIES[row["kind"]][0]
    if kind == "article" and not row["container"]:
        kind = "book"
    publisher = {"techreport": "institution", "misc": "howpublished"}.get(kind, "publisher")
    fields = {
        "author": _bibtex_names(names_of(row["authors"])),
        "title": _bibtex_title(title_of(row)),
        publisher: escaped(row["publisher"] or ""),
        "journal" if kind == "article" else "booktitle": escaped(row["container"] or ""),
        **_bibtex_date(row["date"]),
        "doi": (row["doi"] or "").translate(IN_ADDRESS),
        "url": (row["address"] or row["archived_address"] or "").translate(IN_ADDRESS),
        "urldate": row["accessed"],
        "language": row["language"],
    }
    return _bibtex(kind, row["ref"], fields)


def title_of(row: dict[str, Any]) -> str:
    """Return the title of a source; of one that has none, what it is about, in brackets."""
    return row["title"] or (f"[{row['about']}]" if row["about"] else "")


def names_of(authors: str | None) -> list[str]:
    """Return each of the authors, who stand parted by semicolons."""
    return [name.strip() for name in (authors or "").split(";") if name.strip()]


def as_bibtex(columns: Any, rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield the sources of a list as BibTeX."""
    for row in rows:
        yield source_bibtex(row).encode() + b"\n"


def as_csl(columns: Any, rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield the sources of a list as one array of CSL-JSON."""
    before = b"[\n"
    for row in rows:
        yield before + json.dumps(source_entry(row), ensure_ascii=False).encode()
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


SOURCE_LISTS = {"bibtex": (BIBTEX, as_bibtex), "csl": (CSL, as_csl)}
"""What a list of sources is written in besides the common formats."""


# Records -------------------------------------------------------------------------------------------------------------


def in_words(record: Record) -> str:
    """Return the citation of a record as one line of text, as read today."""
    said = {
        "title": record,
        "registry": REGISTRY,
        "kind": str(record._meta.verbose_name).capitalize(),
        "ref": record.ref,
        "version": record.version,
        "address": address_of(record),
        "day": dates.display_day(clock.today()),
    }
    return _("“%(title)s”. %(registry)s. %(kind)s %(ref)s, version %(version)s. %(address)s (read on %(day)s).") % said


def address_of(record: Record) -> str:
    """Return the permanent address of a record: that of its page, where it has one."""
    return page_url(kind_of(record), key_of(record)).split("?")[0]  # a permalink names no day


def record_entry(record: Record) -> dict[str, Any]:
    """Return the citation of a record as an item of CSL-JSON, as read today; issued when this version was."""
    return _filled(
        {
            "id": f"{record.ref}-v{record.version}",
            "type": "entry",
            "title": str(record),
            "container-title": REGISTRY,
            "publisher": "Concord",
            "genre": str(record._meta.verbose_name),
            "number": record.ref,
            "version": str(record.version),
            "URL": address_of(record),
            "issued": _csl_date(_issued(record)),
            "accessed": _csl_date(clock.today().isoformat()),
        }
    )


def record_bibtex(record: Record) -> str:
    """Return the citation of a record as an entry of BibTeX, as read today."""
    note = f"{record._meta.verbose_name} {record.ref}, version {record.version}"
    fields = {
        "title": _bibtex_title(str(record)),
        "howpublished": escaped(REGISTRY),
        **_bibtex_date(_issued(record)),
        "version": str(record.version),
        "url": address_of(record).translate(IN_ADDRESS),
        "urldate": clock.today().isoformat(),
        "note": escaped(note[:1].upper() + note[1:]),
    }
    return _bibtex("misc", f"{record.ref}-v{record.version}", fields)


def _issued(record: Record) -> str:
    """Return the day on which what is cited came into the feed; "" where it never did."""
    last = changes.latest(type(record), record.ref)
    return last.at.date().isoformat() if last is not None and last.at and last.version == record.version else ""


Single = Callable[[Any, dict[str, Any]], str]
"""How a single record is written in a format: from the record and from what the API says of it."""

RECORD: dict[str, tuple[str, Single]] = {
    "bibtex": (BIBTEX, lambda record, row: record_bibtex(record)),
    "csl": (CSL, lambda record, row: json.dumps([record_entry(record)], ensure_ascii=False)),
}
"""“Cite this record”: value of `format` → media type and how it is written."""
SOURCE: dict[str, tuple[str, Single]] = {
    "bibtex": (BIBTEX, lambda record, row: source_bibtex(row)),
    "csl": (CSL, lambda record, row: json.dumps([source_entry(row)], ensure_ascii=False)),
}
"""The same of a source: there it is the source that is cited, not our record of it."""


def formats_of(model: type) -> dict[str, tuple[str, Single]]:
    """Return how a single row of a kind can be cited."""
    if model is Source:
        return SOURCE
    return RECORD if issubclass(model, Record) else {}


# CSL-JSON and BibTeX -------------------------------------------------------------------------------------------------


def _filled(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value}


def _csl_name(name: str) -> dict[str, str]:
    """Return a name in two parts where a comma parts them; else we do not guess which part is which."""
    family, comma, given = (part.strip() for part in name.partition(","))
    return {"family": family, "given": given} if comma and given else {"literal": name}


def _csl_date(text: str | date | None) -> dict[str, Any] | None:
    """Return a fuzzy date as exact as it is; CSL knows one word for “about” and “in doubt”."""
    if not text:
        return None
    fuzzy = dates.parse(str(text))
    parts = [fuzzy.earliest.year, fuzzy.earliest.month, fuzzy.earliest.day]
    exact = {"year": 1, "month": 2, "day": 3}[fuzzy.precision]
    return {"date-parts": [parts[:exact]]} | ({"circa": True} if fuzzy.qualifier else {})


def _bibtex_date(text: str | None) -> dict[str, str]:
    """Return year, month and day of a fuzzy date as far as they are known, and in a note that it is in doubt."""
    if not text:
        return {}
    fuzzy = dates.parse(text)
    fields = {"year": str(fuzzy.earliest.year)}
    if fuzzy.precision != "year":
        fields["month"] = MONTHS[fuzzy.earliest.month - 1]
    if fuzzy.precision == "day":
        fields["day"] = str(fuzzy.earliest.day)
    return fields | ({"note": escaped(dates.display(text))} if fuzzy.qualifier else {})


def escaped(text: str) -> str:
    """Return a text with what BibTeX takes for commands written so that it means itself, on one line."""
    return "".join(SPECIAL.get(sign, sign) for sign in re.sub(r"\s+", " ", text).strip())


def _bibtex_title(text: str | None) -> str:
    return f"{{{escaped(text)}}}" if text else ""  # a second pair of braces keeps capitals


def _bibtex_names(names: list[str]) -> str:
    """Return the authors; a name without a comma is held together, as that of a ministry must be."""
    return " and ".join(
        escaped(name) if "," in name and " and " not in name else f"{{{escaped(name)}}}" for name in names
    )


def _bibtex(kind: str, key: str, fields: Mapping[str, str | None]) -> str:
    lines = [
        f"  {name} = {value}," if name == "month" else f"  {name} = {{{value}}},"
        for name, value in fields.items()
        if value
    ]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"]) + "\n"
