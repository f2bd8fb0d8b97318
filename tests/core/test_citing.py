"""Citations read back by parsers: of sources, and of records with address, version and the day they were read."""

import json
from datetime import date
from typing import Any

import bibtexparser
import pytest
from bibtexparser.middlewares import LatexDecodingMiddleware
from django.test import Client

from registry.core import changes, write
from registry.core.models import Pair, Source
from tests.cast import event
from tests.everything import keep

HARD = r"100% & {Наврўз} – #1 $5 a_b ~ ^ \end «Тоҷикистон»"


def source(**fields: Any) -> Source:
    return keep(Source(**{"kind": "ACADEMIC", "visibility": "published", **fields}))


def bibtex(address: str) -> list[dict[str, str]]:
    """Return the entries at an address, decoded, with type and key."""
    answer = Client().get(f"/api/v1/{address}")
    text = b"".join(answer).decode() if answer.streaming else answer.content.decode()
    assert answer["Content-Type"].startswith("application/x-bibtex")
    plain, decoded = (
        bibtexparser.parse_string(text, append_middleware=more) for more in ([], [LatexDecodingMiddleware()])
    )
    assert plain.failed_blocks == decoded.failed_blocks == []
    return [
        {"type": entry.entry_type, "key": entry.key}
        | {field.key: field.value for field in entry.fields}
        | {field.key: field.value for field in as_it_stands.fields if field.key in ("author", "url", "doi")}
        for entry, as_it_stands in zip(decoded.entries, plain.entries, strict=True)
    ]


def csl(address: str) -> list[dict[str, Any]]:
    answer = Client().get(f"/api/v1/{address}")
    return json.loads(b"".join(answer) if answer.streaming else answer.content)


def test_a_source_in_bibtex(world: None) -> None:
    source(
        **{"ref": "S1", "authors": "Иванов, Иван; Ministry of Culture and Sport", "title": HARD, "container": "Восток"},
        **{"date": "1994-01~", "address": "https://example.org/a_b?c=%20{x}", "accessed": date(2026, 11, 2)},
        **{"publisher": "Наука", "doi": "10.1000/a_b", "language": "ru"},
    )
    (entry,) = bibtex("sources/S1/?format=bibtex")
    assert entry == {
        "type": "article",
        "key": "S1",
        "author": "Иванов, Иван and {Ministry of Culture and Sport}",
        "title": HARD.replace("^", "ˆ"),
        "publisher": "Наука",
        "journal": "Восток",
        "year": "1994",
        "month": "jan",
        "note": "about January 1994",
        "doi": "10.1000/a_b",
        "url": "https://example.org/a_b?c=%20%7Bx%7D",
        "urldate": "2026-11-02",
        "language": "ru",
    }


def test_a_source_in_csl(world: None) -> None:
    source(ref="S1", authors="Иванов, Иван; UNESCO", title=HARD, container="Восток", date="1994-01?")
    (item,) = csl("sources/S1/?format=csl")
    assert item == {
        "id": "S1",
        "type": "article-journal",
        "title": HARD,
        "author": [{"family": "Иванов", "given": "Иван"}, {"literal": "UNESCO"}],
        "container-title": "Восток",
        "issued": {"date-parts": [[1994, 1]], "circa": True},
    }


@pytest.mark.parametrize(
    ("text", "parts", "said"),
    [
        ("1994", [[1994]], {"year": "1994"}),
        ("1994-01", [[1994, 1]], {"year": "1994", "month": "jan"}),
        ("1994-12-10", [[1994, 12, 10]], {"year": "1994", "month": "dec", "day": "10"}),
    ],
)
def test_a_date_is_as_exact_as_it_is(world: None, text: str, parts: list, said: dict[str, str]) -> None:
    source(ref="S1", title="A", date=text)
    assert csl("sources/S1/?format=csl")[0]["issued"] == {"date-parts": parts}
    (entry,) = bibtex("sources/S1/?format=bibtex")
    assert {name: entry[name] for name in ("year", "month", "day") if name in entry} == said


def test_a_source_without_a_title_is_called_what_it_is_about_in_brackets(world: None) -> None:
    source(ref="S1", about="the closure of the border")
    assert csl("sources/S1/?format=csl")[0]["title"] == "[the closure of the border]"


def test_a_list_of_sources_is_one_file(world: None) -> None:
    assert bibtex("sources/?format=bibtex") == [] and csl("sources/?format=csl") == []
    for number, kind in enumerate(("PRESS", "DATASET", "NGO_REPORT", "TREATY_REGISTER")):
        source(ref=f"S{number}", kind=kind, title=f"No. {number}", publisher="P")
    source(ref="HIDDEN", title="Hidden", visibility="draft")
    assert [entry["key"] for entry in bibtex("sources/?format=bibtex")] == ["S0", "S1", "S2", "S3"]
    types = ["article-newspaper", "dataset", "report", "treaty"]
    assert [item["type"] for item in csl("sources/?format=csl")] == types
    assert [item["id"] for item in csl("sources/?format=csl&kind=DATASET")] == ["S1"]


def test_a_record_is_cited_by_address_version_and_day(kg_tj: Pair, on_day: Any, client: Client, settings: Any) -> None:
    concert = event(kg_tj, ref="CONCERT", title="Tajik & Kyrgyz")
    write.save(concert, by=write.SYSTEM)
    changes.number()
    on_day("2026-11-22")
    address = f"{settings.SITE_URL}/events/CONCERT/"
    (entry,) = bibtex("events/CONCERT/?format=bibtex")
    assert {name: entry[name] for name in ("type", "key", "version", "url", "urldate", "note")} == {
        "type": "misc",
        "key": "CONCERT-v2",
        "version": "2",
        "url": address,
        "urldate": "2026-11-22",
        "note": "Event CONCERT, version 2",
    }
    assert entry["title"] == "Tajik & Kyrgyz"
    (item,) = csl("events/CONCERT/?format=csl")
    assert item["accessed"] == {"date-parts": [[2026, 11, 22]]}
    assert (item["URL"], item["version"], len(item["issued"]["date-parts"][0])) == (address, "2", 3)
    page = client.get("/events/CONCERT/").content.decode()
    assert (
        "“Tajik &amp; Kyrgyz”. Concord, a registry of bilateral cultural cooperation. Event CONCERT, version 2. "
        in page
    )
    assert f"{address} (read on 22 November 2026)." in page
    assert "/api/v1/events/CONCERT/?format=bibtex" in page


def test_a_draft_is_not_to_be_cited(kg_tj: Pair, aigul: Any, client: Client) -> None:
    event(kg_tj, ref="DRAFT", visibility="draft")
    client.force_login(aigul)
    page = client.get("/events/DRAFT/").content.decode()
    assert "Cite this record" not in page and "ld+json" not in page
    assert "Cite this record" in client.get(f"/events/{event(kg_tj).ref}/").content.decode()


def test_what_is_no_record_has_no_such_formats(kg_tj: Pair, client: Client) -> None:
    refused = client.get("/api/v1/countries/KG/?format=bibtex").json()
    assert refused["errors"][0]["parameter"] == "format"
    refused = client.get("/api/v1/pairs/KG-TJ/?format=jsonld").json()
    assert "Known: json, bibtex, csl." in refused["errors"][0]["remedy"]
