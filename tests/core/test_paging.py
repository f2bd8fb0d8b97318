"""Pages by key: nothing is skipped or repeated, whatever is written between two pages."""

import base64
import json
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from agreements.models import Agreement
from events.models import Event
from registry.core.models import Pair
from registry.core.paging import Order, after, decode, encode, page_of
from tests.cast import event

BY_DAY = Order("-day", "sort_day")


@pytest.fixture
def events(kg_tj: Pair) -> Pair:
    """Seven events, three of them on one day and two without any."""
    for ref, day in (
        *(("A", "2020-01-01"), ("B", "2020-02-02"), ("C", "2020-02-02"), ("D", "2020-02-02")),
        *(("E", "2021"), ("F", ""), ("G", "")),
    ):
        event(kg_tj, ref=ref, started_on=day)
    return kg_tj


def pages(order: Order, limit: int) -> list[list[str]]:
    found, cursor = [], ""
    while True:
        rows, cursor = page_of(Event.objects.all(), order, limit, cursor)
        found.append([row.ref for row in rows])
        if not cursor:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
@pytest.mark.parametrize(
    ("order", "whole"),
    [
        (BY_DAY, "EDCBAGF"),
        (Order("day", "sort_day"), "FGABCDE"),
        (Order("id", "id"), "ABCDEFG"),
        (Order("-title", "title"), "GFEDCBA"),
    ],
)
def test_pages_make_up_the_whole(events: Pair, order: Order, whole: str, limit: int) -> None:
    found = pages(order, limit)
    assert "".join("".join(page) for page in found) == whole
    assert all(len(page) == limit for page in found[:-1]) and 1 <= len(found[-1]) <= limit


def test_rows_written_between_two_pages(events: Pair) -> None:
    first, cursor = page_of(Event.objects.all(), BY_DAY, 3)
    assert [row.ref for row in first] == ["E", "D", "C"]
    event(events, ref="AHEAD", started_on="2022-01-01")
    event(events, ref="SAME", started_on="2020-02-02")
    event(events, ref="BEHIND", started_on="2020-01-15")
    Event.objects.get(ref="C").delete()  # the row of the cursor itself
    Event.objects.get(ref="A").delete()
    rest, cursor = page_of(Event.objects.all(), BY_DAY, 10, cursor)
    assert [row.ref for row in rest] == ["B", "BEHIND", "G", "F"]
    assert cursor == ""


def test_the_last_full_page_has_no_next(events: Pair) -> None:
    assert [len(page) for page in pages(BY_DAY, 7)] == [7]


def garbled(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "zzz",
        "ÿ",
        "e30",
        garbled(),
        garbled("-day"),
        garbled("-day", "2020-02-30", 1, 0),
        garbled("-day", None, 1, 0),
        garbled("-day", "2020-01-01", None, 0),
        garbled("-day", "2020-01-01", "1 OR 1=1", 0),
        garbled("-day", "2020-01-01", 2**70, 0),
        garbled("-day", 1.5, 1, 0),
        garbled("-day", ["2020-01-01"], 1, 0),
        garbled(["-day"], "2020-01-01", 1, 0),
        garbled("day", "2020-01-01", 1, 0),
        garbled("-title", "A", 1, 0),
        garbled("-day", "2020-01-01", 1),
        *(garbled("-day", "2020-01-01", 1, rank) for rank in (1, -1, None, "0", True)),
        "W" * 5000,
    ],
)
def test_a_cursor_that_was_not_given_out_here_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationError, match="was not given out for this ordering"):
        page_of(Event.objects.all(), BY_DAY, 3, cursor)


@pytest.mark.parametrize("parts", [("id", 7, 7, 0), ("-title", "Наврӯз, “x”", 3, 2)])
def test_a_cursor_holds_what_it_was_given(parts: tuple) -> None:
    assert decode(encode(*parts)) == parts


def test_following_next_through_the_api(events: Pair) -> None:
    refs, address = [], "/api/v1/events/?limit=3&pair=TJ-KG&lang=ru"
    while address:
        answer = Client().get(address).json()
        refs += [row["ref"] for row in answer["results"]]
        address = answer["next"]
        assert address is None or "lang=ru" in address
    assert "".join(refs) == "EDCBAGF"


@pytest.mark.parametrize("parameters", ["ordering=id", "ordering=day", "cursor=zzz"])
def test_a_cursor_of_another_ordering_is_refused_by_the_api(events: Pair, parameters: str) -> None:
    cursor = Client().get("/api/v1/events/?limit=1").json()["next"].partition("cursor=")[2]
    answer = Client().get(
        f"/api/v1/events/?{parameters if 'cursor' in parameters else f'{parameters}&cursor={cursor}'}"
    )
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == ["cursor"]


def test_a_page_of_a_child_kind_begins_in_the_index_of_its_parent(db: None) -> None:
    """Its id is read from the child, so that comparing rows alone would read the index from its beginning."""
    cursor = encode("-day", date(2020, 1, 1), 7)
    for model, says_where in ((Agreement, True), (Event, False)):
        _rank, behind = after(model.objects.all(), BY_DAY, "id", cursor)
        assert ('"sort_day" <= ' in str(model.objects.filter(behind).query)) is says_where
