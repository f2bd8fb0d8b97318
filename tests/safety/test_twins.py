"""A reader who may not see a record cannot tell that it is there: two worlds differ only in what is hidden.

Everything that a visitor, an account without a desk and another desk can ask for is fetched, then drafts (and for who
sits at no desk: records for staff only) are stored and everything is fetched again. Not a byte may differ.
"""

import re
from collections.abc import Iterator
from difflib import unified_diff
from typing import Any, NamedTuple

import pytest
from django.db import connection, transaction

from registry.core import access
from tests.safety import addresses, hidden, world
from tests.safety.routes import routes

pytestmark = pytest.mark.django_db

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')
"""New in every answer, and the only thing that is."""
CLOCKED = "/health"
"""Tells the time, and how long work of any kind has waited. That it names no record: tests/site/test_health.py."""
BOUND = re.compile(r"/(sources|places|subjects)/[^/]+/delete/")
"""Records that any desk may delete. That something points to one must be told, as it cannot be deleted then, whatever
it is: the page says no more (registry/core/editing.py, `holding_rows`)."""
TOLD = {"anonymous": ["draft", "staff_only"], "sardor": ["draft", "staff_only"], "nurlan": ["draft"]}
"""What is hidden from whom; who sits at any desk sees what is for staff only."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Worlds(NamedTuple):
    people: dict[str, Any]
    shown: dict[str, hidden.Made]
    addresses: list[str]


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: Any) -> Iterator[Worlds]:
    with world.kept_apart(django_db_blocker):
        world.ground()
        people = world.people()
        shown = hidden.show(people["rosa"])
        asked = [route for route in routes() if not route.in_admin and "/password/" not in route.address]
        asked = [route for route in asked if route.address != CLOCKED]
        yield Worlds(people, shown, addresses.addresses(asked, hidden.references(shown)))


def fetch(people: dict[str, Any], role: str, asked: list[str]) -> dict[str, Answer]:
    client = world.browser(people.get(role))
    answers = {}
    for address in asked:
        response = client.get(address)
        headers = {name: value for name, value in response.headers.items() if name != "Expires"}  # that is now
        answers[address] = Answer(response.status_code, headers, TOKEN.sub(b"", response.getvalue()))
    return answers


def difference(address: str, before: Answer, after: Answer) -> str:
    lines = [
        [f"{answer.status} {answer.headers.get('ETag', '')}", *answer.body.decode().replace(",", ",\n").splitlines()]
        for answer in (before, after)
    ]
    return "\n".join([address, *list(unified_diff(*lines, lineterm="", n=0))[:12]])


@pytest.mark.parametrize("role", TOLD)
def test_what_is_hidden_changes_no_answer(worlds: Worlds, role: str) -> None:
    asked = worlds.addresses
    if role != "anonymous" or connection.vendor != "sqlite":
        # A filter asks the same rules for everybody and in either database: what it chooses is compared for one.
        asked = [address for address in asked if "?" not in address or "q=hidden" in address or "/new/" in address]
    before = fetch(worlds.people, role, asked)
    with transaction.atomic():
        for visibility in TOLD[role]:
            hidden.hide(worlds.shown, worlds.people["rosa"], visibility)
        after = fetch(worlds.people, role, asked)
        transaction.set_rollback(True)
    differing = [address for address in asked if before[address] != after[address] and not BOUND.fullmatch(address)]
    told = [difference(address, before[address], after[address]) for address in differing]
    assert not told, f"{len(told)} answers tell what is hidden, as:\n\n" + "\n\n".join(told[:10])
    assert {answer.status for answer in after.values()} <= {200, 301, 302, 400, 403, 404, 405}


def test_the_worlds_are_worth_comparing(worlds: Worlds) -> None:
    """Every list answers with something, and who sees all sees hidden records in every list that can have any."""
    people = worlds.people
    lists = [route.filled() for route in routes() if hasattr(route.view, "filterset_class") and not route.parameters]
    before = fetch(people, "rosa", lists)
    assert [address for address, answer in before.items() if b'"results":[]' in answer.body] == []
    with transaction.atomic():
        hidden.hide(worlds.shown, people["rosa"], access.DRAFT)
        after = fetch(people, "rosa", lists)
        transaction.set_rollback(True)
    assert {address for address in lists if before[address] == after[address]} == OPEN


OPEN = {f"/api/v1/{kind}/" for kind in ("activities", "changes", "countries", "subjects", "vocabularies")}
OPEN |= {"/mails/", "/subjects/"}
"""The lists in which nothing is hidden: of activities the ledger takes only public ones, the feed tells everybody what
is public, and the log of mails has only those that went out."""
