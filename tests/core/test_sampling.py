"""Rows chosen at random, the same ones again: `sample=` and `seed=`."""

import json
from hashlib import md5
from typing import Any

import pytest
from django.test import Client

from registry.core.api import router
from registry.core.models import Pair
from tests.cast import commission, event, session
from tests.everything import everything

pytestmark = pytest.mark.django_db


def ask(at: str) -> Any:
    return Client().get(f"/api/v1/{at}")


def drawn(at: str) -> list[str]:
    answer = ask(at)
    assert answer.status_code == 200, answer.json()
    return [row["ref"] for row in answer.json()["results"]]


def problems(at: str) -> dict[str, str]:
    answer = ask(at)
    assert answer.status_code == 400
    return {one["parameter"]: one["remedy"] for one in answer.json()["errors"]}


@pytest.fixture
def concerts(kg_tj: Pair) -> list[str]:
    """Twelve concerts, E00 to E11, of which the even ones were cancelled."""
    named = [f"E{number:02}" for number in range(12)]
    for number, ref in enumerate(named):
        event(kg_tj, ref=ref, outcome="HELD" if number % 2 else "CANCELLED")
    return named


def numbered(refs: list[str], seed: str) -> list[str]:
    """Return the references in the order of their numbers, as anybody can reckon them: on either database."""
    return sorted(refs, key=lambda ref: md5(f"{ref}|{seed}".encode()).hexdigest())  # noqa: S324 - no secret


def test_a_sample_is_the_same_for_the_same_seed(concerts: list[str]) -> None:
    assert drawn("events/?sample=4&seed=2026") == numbered(concerts, "2026")[:4]
    assert drawn("events/?sample=4&seed=дни") == numbered(concerts, "дни")[:4]
    assert drawn("events/?sample=3&seed=2026") == drawn("events/?sample=4&seed=2026")[:3]
    assert sorted(drawn("events/?sample=100&seed=x")) == concerts


def test_it_says_out_of_how_many(concerts: list[str]) -> None:
    answer = ask("events/?sample=4&seed=a&outcome=HELD&fields=ref").json()
    assert answer["sample"] == {"size": 4, "of": 6, "seed": "a"}
    assert answer["next"] is None
    assert [row["ref"] for row in answer["results"]] == numbered(concerts[1::2], "a")[:4]


def test_a_new_row_changes_it_by_one_at_most(concerts: list[str], kg_tj: Pair) -> None:
    before = drawn("events/?sample=5&seed=a")
    event(kg_tj, ref="LATER")
    event(kg_tj, ref="DRAFT", visibility="draft")
    assert len({*before} & {*drawn("events/?sample=5&seed=a")}) >= 4
    assert "DRAFT" not in drawn("events/?sample=100&seed=a")


def test_it_is_a_file_too(concerts: list[str]) -> None:
    lines = ask("events/?sample=4&seed=a&format=jsonl&fields=ref").getvalue().splitlines()
    assert [json.loads(line)["ref"] for line in lines] == numbered(concerts, "a")[:4]
    assert ask("events/?sample=1&seed=a&format=csv&fields=ref").getvalue().decode().split() == [
        "ref",
        numbered(concerts, "a")[0],
    ]


def test_every_list_can_be_drawn_from(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    everything(kg_tj, "SHOWN", visibility="published")
    for prefix, _viewset, _name in router.registry:
        rows = ask(f"{prefix}/?sample=3&seed=a").json()
        assert 1 <= len(rows["results"]) == min(3, rows["sample"]["of"]), prefix
        assert rows == ask(f"{prefix}/?sample=3&seed=a").json()


def test_lapses_of_another_day_are_drawn_by_what_they_are(kg_tj: Pair, on_day: Any) -> None:
    on_day("2020-03-12")
    session(commission(kg_tj, ref="C", cadence=365), started_on="2020-03-12")
    (row, *_more) = ask("lapses/?sample=3&seed=a&as_of=2030-01-01").json()["results"]
    assert row["initiative"]["ref"] == "C"


def test_what_does_not_go_with_it_is_refused(concerts: list[str]) -> None:
    remedy = "It does not go with “sample”. Leave one of them out."
    wrong = problems("events/?sample=4&seed=a&ordering=day&cursor=x&limit=3&count=1")
    assert wrong == dict.fromkeys(("ordering", "cursor", "limit", "count"), remedy)
    assert problems("events/?sample=4") == {"seed": "“sample” needs it beside itself: sample=100&seed=1."}
    assert problems("events/?seed=4") == {"sample": "“seed” needs it beside itself: sample=100&seed=1."}
    assert "from 1 to 1000" in problems("events/?sample=1001&seed=a")["sample"]


def test_two_questions_draw_and_two_more_tell(concerts: list[str], django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):  # the keys, their rows, how many there are
        assert len(drawn("events/?sample=10&seed=a&fields=ref,title")) == 10
