"""How many queries each answer of the API takes, whatever its size: a committed budget, and what none may exceed."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import registry.api_urls  # noqa: F401 - so that every app has registered what it serves
from registry.core.api import router
from registry.core.models import Country, Pair, Term
from registry.core.serializers import key_of
from registry.core.wanted import fields_of, rows_at, shape_of
from tests.everything import everything

TABLE = Path(__file__).parent / "query_budget.csv"
"""Of each kind: a page of its list and a single one, plain and with all that can be expanded, two deep."""
MOST = {"list": 12, "list_expanded": 45, "one": 20, "one_expanded": 50}

Budget = dict[str, dict[str, int]]


def test_no_answer_takes_more_queries_than_committed_nor_more_for_more_rows(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    ContentType.objects.get_for_models(*apps.get_models())  # they are read once in the life of a process
    for mark in ("ONE", "TWO"):
        made = everything(kg_tj, mark, visibility="published")
    few = measured(made)
    for mark in ("THREE", "FOUR", "FIVE"):
        everything(kg_tj, mark, visibility="published")
    lists = measured(made, only=("list", "list_expanded"))
    assert lists == {kind: {head: of[head] for head in lists[kind]} for kind, of in few.items()}, "more for more rows"
    assert {kind: {head: number for head, number in of.items() if number > MOST[head]} for kind, of in few.items()} == {
        kind: {} for kind in few
    }
    told = changes(few, committed())
    assert not told, "\n".join(["Find out why before you write it into query_budget.csv:", *told])


def measured(made: dict[str, Any], only: tuple[str, ...] = tuple(MOST)) -> Budget:
    """Return kind → what is asked → queries."""
    made = made | {"countries": Country.objects.get(pk="KG"), "vocabularies": Term.objects.all()[0]}
    budget: Budget = {}
    for prefix, viewset, _name in router.registry:
        single = viewset.detail_class or viewset.serializer_class
        one = f"{prefix}/{key_of(made[prefix])}/"
        addresses = {
            "list": f"{prefix}/",
            "list_expanded": f"{prefix}/?expand={','.join(links(viewset.serializer_class, 2))}",
            "one": one,
            "one_expanded": f"{one}?expand={','.join(links(single, 2))}",
        }
        if prefix == "initiatives":  # a single one is found elsewhere
            del addresses["one"], addresses["one_expanded"]
        budget[prefix] = {head: queries(address) for head, address in addresses.items() if head in only}
    return budget


def links(serializer: Any, levels: int) -> Iterator[str]:
    """Yield every path that `expand=` understands at rows of this kind."""
    for name, field in fields_of(serializer).items():
        target = rows_at(serializer, name)
        if target is None or not levels:
            continue
        is_part = target is shape_of(field)
        if not is_part:
            yield name
        yield from (f"{name}.{below}" for below in links(target, levels if is_part else levels - 1))


def queries(address: str) -> int:
    """Return how many queries an answer takes."""
    with CaptureQueriesContext(connection) as captured:
        answer = Client().get(f"/api/v1/{address}")
    assert answer.status_code == 200, (address, answer.content)
    return len(captured)


def committed() -> Budget:
    """Return what the table says."""
    with TABLE.open(encoding="utf-8") as file:
        return {row.pop("kind"): {head: int(of) for head, of in row.items() if of} for row in csv.DictReader(file)}


def changes(found: Budget, before: Budget) -> list[str]:
    """Return each line of the table that does not hold any more, with what it was."""
    told = []
    for kind in {**before, **found}:
        was, now = ([kind, *(str(of.get(kind, {}).get(head, "")) for head in MOST)] for of in (before, found))
        if was != now:
            grows = kind in found and any(found[kind][head] > most for head, most in before.get(kind, {}).items())
            told.append(f"{','.join(now)}{'  grows from ' if grows else '  was '}{','.join(was)}")
    return told
