"""The reference of the API tells all that the description does, on pages that everyone can read."""

from typing import Any

import pytest
import yaml
from django.test import Client, override_settings

from registry.core.api_root import DESCRIPTION
from registry.core.examples import Example, samples
from registry.core.reference import BESIDE, book

pytestmark = pytest.mark.once

SITE = "https://concord.example.org"


@pytest.fixture(scope="module")
def described() -> Any:
    return yaml.load(DESCRIPTION.read_bytes(), yaml.CSafeLoader)


def test_every_operation_and_parameter_is_told(described: Any) -> None:
    whole = book(SITE)
    told = {(one.path, one.method): one for chapter in whole.chapters.values() for one in chapter.operations}
    for path, methods in described["paths"].items():
        for method, of in methods.items():
            one = told.pop((path, method.upper()))
            names = [*(line.name for line in (*one.parameters, *one.general)), *one.besides]
            assert [known["name"] for known in of.get("parameters", ()) if known["in"] != "path"] == sorted(names), path
    assert told == {}


def test_what_every_list_takes_is_told_once() -> None:
    whole = book(SITE)
    once = {line.name for line in whole.of_lists}
    assert {"limit", "cursor", "fields", "expand", "format", "lang", "count", "sample", "seed", "has"} <= once
    [events] = [one for one in whole.chapters["events"].operations if one.id == "events_list"]
    assert not once & {line.name for line in events.parameters}
    assert {line.name for line in events.general} >= {"format", "ordering", "has"}  # which know other values in each
    assert "geojson" in next(line for line in events.general if line.name == "format").values


def test_every_field_is_told_with_what_stands_beside_it(described: Any) -> None:
    chapter = book(SITE).chapters["events"]
    told = {name for line in (*chapter.row, *chapter.single) for name in (line.name, *line.beside)}
    assert set(described["components"]["schemas"]["EventDetail"]["properties"]) <= told
    assert {"participations.actor", "participations.role", "sent.people"} <= told
    [began] = [line for line in chapter.row if line.name == "started_on"]
    sorts = {line.name: line.sort for line in chapter.row}
    assert (sorts["initiative"], sorts["reported_on"]) == ("link or null", "day or null")
    assert (began.sort, began.beside) == ("loose date", ("started_on_earliest", "started_on_latest"))
    assert all(line.about for line in chapter.row if not line.name.endswith(BESIDE))
    assert {line.name for line in chapter.written if line.needed} == {"pair", "title", "kind", "format"}
    [changed] = [one for one in chapter.operations if one.method == "PATCH"]
    assert [line.name for line in changed.parameters if line.needed] == ["If-Match"]


def test_examples_ask_this_installation() -> None:
    assert f"curl '{SITE}/api/v1/events/?" in str(book(SITE).chapters["events"].operations)


def test_the_description_is_read_once_and_not_for_each_reader(world: None) -> None:
    client = Client()
    assert client.get("/api/reference/").status_code == 200
    read = book.cache_info().misses
    assert b"attendance_least" in client.get("/api/reference/events/").content
    assert client.get("/api/reference/nothing/").status_code == 404
    assert book.cache_info().misses == read


def test_what_is_written_stands_as_python_and_r_say_it() -> None:
    entered = {"title": "Days “of” culture", "number": 2, "fields": ["ICH"], "rows": [{"actor": "A"}], "a-b": "c"}
    curl, python, r = samples("POST", "/x/", Example(enters=entered), lists=False, as_csv=False)
    assert '-d \'{"title": "Days “of” culture", "number": 2' in curl["source"]
    assert '    "rows": [{"actor": "A"}],\n' in python["source"]
    assert 'number = 2, fields = list("ICH"), rows = list(list(actor = "A")), "a-b" = "c")' in r["source"]


@pytest.mark.parametrize("width", [1280, 390])
def test_everyone_can_read_it(page: Any, axe: Any, world: None, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    wrong = {}
    for address in ("/api/reference/", "/api/reference/events/", "/api/reference/snapshots/"):
        page.goto(address)
        found = axe(page)
        if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
            found.append("scrolls sideways")
        if found:
            wrong[address] = found
    assert wrong == {}


@override_settings(SITE_URL=SITE)
def test_it_is_linked_from_where_the_api_is(world: None) -> None:
    for address in ("/api/", "/methods/"):
        assert b'href="/api/reference/"' in Client().get(address).content, address
