"""Lists as files: all rows, flat, in order, with nothing that a spreadsheet would run."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.test import Client

from registry.core import export
from registry.core.api import router
from registry.core.models import Pair
from tests.cast import commission, event, programme, session
from tests.everything import everything


def file(path: str, client: Client | None = None) -> Any:
    """Return the answer, which must be a file that is sent in parts."""
    answer = (client or Client()).get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    assert answer.streaming
    return answer


def table(path: str, client: Client | None = None) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(file(path, client).getvalue().decode("utf-8-sig"))))


def test_every_list_in_every_format(kg_tj: Pair) -> None:
    everything(kg_tj, "SHOWN", visibility="published")
    for prefix, _viewset, _name in router.registry:
        rows = Client().get(f"/api/v1/{prefix}/?limit=200").json()["results"]
        lines = [json.loads(line) for line in file(f"{prefix}/?format=jsonl").getvalue().decode().splitlines()]
        assert lines[: len(rows)] == rows
        in_csv = table(f"{prefix}/?format=csv")
        assert [row["ref"] for row in in_csv] == [row["ref"] for row in lines]
        book = openpyxl.load_workbook(BytesIO(file(f"{prefix}/?format=xlsx").getvalue()))
        (heads, *cells) = book.active.iter_rows(values_only=True)
        assert list(heads) == list(in_csv[0])
        assert [str(row[0]) for row in cells] == [row["ref"] for row in in_csv]


def test_a_row_is_flat(kg_tj: Pair) -> None:
    days = programme(kg_tj, ref="DAYS", title="Days of culture")
    event(kg_tj, ref="CONCERT", initiative=days, title="Concert, “first”")
    (row,) = table("events/?format=csv")
    assert (row["initiative_ref"], row["initiative_title"]) == ("DAYS", "Days of culture")
    assert (row["title"], row["session_ref"], row["fields"]) == ("Concert, “first”", "", "")
    assert row["participations"] == ""


def test_a_file_without_rows_has_its_heads(world: None) -> None:
    (heads,) = csv.reader(StringIO(file("events/?format=csv").getvalue().decode()))
    assert heads[:3] == ["ref", "url", "api"]


def test_what_is_asked_holds_for_the_file(kg_tj: Pair) -> None:
    """Filters, order, day asked and language."""
    council = commission(kg_tj, title="Council", titles={"ru": "Совет"}, ref="COUNCIL", cadence=365)
    commission(kg_tj, ref="OTHER", started_on="2021-01-01")
    session(council, started_on="2018-01-10")
    in_2018, in_2026 = (table(f"initiatives/?format=csv&q=council&as_of={day}") for day in ("2018-06-01", "2026-11-22"))
    assert [(row["ref"], row["state"]) for row in in_2018] == [("COUNCIL", "active")]
    assert [(row["ref"], row["state"]) for row in in_2026] == [("COUNCIL", "dormant")]
    assert "2018" in in_2018[0]["explanation"]
    (row,) = table("commissions/?format=csv&q=council&lang=ru")
    assert "Таджикистан" in row["pair_label"]
    assert [row["ref"] for row in table("commissions/?format=csv&ordering=ref")] == ["COUNCIL", "OTHER"]
    assert [row["ref"] for row in table("commissions/?format=csv&ordering=-ref")] == ["OTHER", "COUNCIL"]


def test_all_rows_are_sent_in_parts(kg_tj: Pair, monkeypatch: Any, django_assert_num_queries: Any) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 2)
    refs = [event(kg_tj, ref=f"E{number}", started_on="2020-05-01").ref for number in range(5)]
    assert [row["ref"] for row in table("events/?format=csv&ordering=id")] == refs
    answer = Client().get("/api/v1/events/?format=csv")
    with django_assert_num_queries(0):
        next(answer.streaming_content)  # the heads go out before the first row is read
    answer.close()


def test_a_draft_is_in_no_file(kg_tj: Pair, aigul: Any, nurlan: Any) -> None:
    event(kg_tj, ref="DRAFT", visibility="draft")
    desk, other = Client(), Client()
    desk.force_login(aigul)
    other.force_login(nurlan)
    for form in ("csv", "jsonl", "xlsx"):
        assert b"DRAFT" not in file(f"events/?format={form}").getvalue()
    assert table("events/?format=csv", other) == []
    assert [row["ref"] for row in table("events/?format=csv", desk)] == ["DRAFT"]


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\t=1+1"])
def test_no_text_is_a_formula(kg_tj: Pair, title: str) -> None:
    event(kg_tj, title="x")
    kg_tj.events.update(title=title)
    (row,) = table("events/?format=csv")
    assert row["title"] == title
    (safe,) = table("events/?format=csv&safe=1")
    assert safe["title"] == "'" + title
    book = openpyxl.load_workbook(BytesIO(file("events/?format=xlsx").getvalue()))
    heads, cells = book.active.iter_rows()
    cell = dict(zip([head.value for head in heads], cells, strict=True))["title"]
    assert (cell.value, cell.data_type) == (title, "s")


def test_a_workbook_bears_any_text(kg_tj: Pair) -> None:
    event(kg_tj, title="x", note="a\x0bb" + "c" * 40_000)
    book = openpyxl.load_workbook(BytesIO(file("events/?format=xlsx").getvalue()))
    heads, cells = book.active.iter_rows(values_only=True)
    row = dict(zip(heads, cells, strict=True))
    assert row["note"].startswith("abc") and len(row["note"]) == 32_767
    assert row["started_on_earliest"].date().isoformat() == "2020-05-01"


def test_the_head_says_what_it_is(world: None) -> None:
    answer = file("events/?format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="concord-events.csv"'
    assert answer["Link"].endswith('/api/v1/sources/>; rel="license"')
    assert file("events/?format=csv&safe=1").getvalue().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("format=csv&limit=5", "limit"),
        ("format=xlsx&cursor=x", "cursor"),
        ("format=jsonl&count=1", "count"),
        ("safe=1", "safe"),
        ("format=xlsx&safe=1", "safe"),
        ("format=CSV", "format"),
    ],
)
def test_what_does_not_go_together_is_refused(world: None, asked: str, parameter: str) -> None:
    answer = Client().get(f"/api/v1/events/?{asked}")
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


def test_a_page_offers_what_it_found_as_files(kg_tj: Pair) -> None:
    event(kg_tj, ref="CONCERT")
    page = Client().get("/events/?pair=KG-TJ&q=concert&page=1").content.decode()
    address = "/api/v1/events/?pair=KG-TJ&amp;q=concert&amp;format=csv&amp;safe=1"
    assert address in page
    assert [row["ref"] for row in table(address.replace("&amp;", "&").removeprefix("/api/v1/"))] == ["CONCERT"]
    council = commission(kg_tj, ref="COUNCIL", cadence=365, grace=30)
    session(council, started_on="2017-01-10")
    page = Client().get("/lapsed/").content.decode()
    assert "/api/v1/initiatives/?state=symbolic%2Cdormant&amp;format=xlsx" in page
