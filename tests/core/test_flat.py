"""CSV files that the database writes say the same, byte for byte, as those that are written row by row."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from django.db import models
from django.test import Client

import registry.api_urls  # noqa: F401 - so that every app has registered what it serves
from agreements.models import Agreement, Session
from continuity.models import Initiative
from events.models import Event
from registry.core import flat, languages
from registry.core.access import NOBODY
from registry.core.api import router
from registry.core.models import Pair
from registry.core.models.record import Titled
from registry.core.reading import Asked
from registry.core.serializers import LINK, LinkField
from registry.core.wanted import ALL, Wanted, fields_of, wanted
from tests.cast import event
from tests.everything import everything

NASTY = [
    'He said “no”, and "yes"; ',
    "a\nb\r\nc\rd",
    "=1+1",
    "",
    " ,",
    "\\.",
    "\\N",
    '"',
    "тоҷикӣ ’",
    "\t\x01{}",
    "a\\\"'%s%%",
]
ON_ANY_DAY = ("initiatives", "agreements", "commissions", "programmes", "lapses")


def plain(viewset: Any) -> list[str]:
    """Return what can be asked for of the rows of a list by `fields` and is plain, links part by part."""
    serializer, asked = viewset.serializer_class, Asked(NOBODY)
    found = []
    for name, one in fields_of(serializer).items():
        parts = {f"{name}.{part}": Wanted({part: ALL}) for part in LINK} if isinstance(one, LinkField) else {name: ALL}
        for path, part in parts.items():
            try:
                flat.cells_of(serializer, one, asked, part, expanded=False)
            except flat.NotPlain:
                continue
            found.append(path)
    return found


def file(client: Client, path: str) -> bytes:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.getvalue()


def lines(path: str, client: Client, monkeypatch: Any) -> list[bytes]:
    """Return the lines of a file, which must be the same on both ways."""
    read: list[Any] = []
    with monkeypatch.context() as patched:
        real = flat.read
        patched.setattr(flat, "read", lambda *of: read.append(of) or real(*of))
        by_database = file(client, path)
    assert read, f"{path} was written row by row"
    with monkeypatch.context() as patched:
        patched.setattr(flat, "cells", lambda *of: None)
        by_rows = file(client, path)
    assert by_database == by_rows, path
    return by_rows.splitlines()


@pytest.fixture
def nasty(kg_tj: Pair) -> Pair:
    """Two records of every kind and a third of drafts, with texts that break files, and a link to what is hidden."""
    for mark, visibility in (("ONE", "published"), ("TWO", "published"), ("HIDDEN", "draft")):
        everything(kg_tj, mark, visibility=visibility)
    texts = cycle(NASTY)
    for _prefix, viewset, _name in router.registry:
        model = viewset.serializer_class.Meta.model
        for row in model._default_manager.all():
            said = {field.name: next(texts)[: field.max_length] for field in columns(model)}
            if issubclass(model, Titled):
                said["titles"] = dict(zip(languages.INTERFACE[1:], texts, strict=False))
            if said:
                model._default_manager.filter(pk=row.pk).update(**said)
    Initiative.objects.filter(ref="TWO-PROGRAMME").update(visibility="draft")
    Agreement.objects.filter(ref="TWO-AGREEMENT").update(signed_place=None)
    Session.objects.filter(ref="TWO-SESSION").update(place=None)
    return kg_tj


def columns(model: Any) -> Iterator[models.Field]:
    """Yield the columns of a kind that hold any text."""
    for field in model._meta.concrete_fields:
        free = type(field) in (models.CharField, models.TextField, models.URLField) and not field.choices
        if free and not (
            field.primary_key or field.unique or field.name in ("folded", "ref", "vocabulary", "code", "evidence_kind")
        ):
            yield field


def test_both_ways_say_the_same(nasty: Pair, aigul: Any, monkeypatch: Any) -> None:
    """Every list with all that is plain, in each language, for the public and for a desk, and of another day."""
    desk = Client()
    desk.force_login(aigul)
    for prefix, viewset, _name in router.registry:
        names = plain(viewset)
        if len(names) < 2:
            continue
        asked = f"{prefix}/?format=csv&fields={','.join(names)}"
        for language in languages.INTERFACE:
            assert len(lines(f"{asked}&lang={language}", Client(), monkeypatch)) > 1
        lines(asked, desk, monkeypatch)
        if prefix in ON_ANY_DAY:
            assert len(lines(f"{asked}&lang=ru&as_of=2019-06-01", desk, monkeypatch)) > 1


def test_pages_of_lines_make_up_the_whole(kg_tj: Pair, monkeypatch: Any) -> None:
    """In every order, that of a search too; a text by which rows are ordered may hold whatever parts lines."""
    for number, title in enumerate(NASTY):
        event(kg_tj, ref=f"EVENT-{number}", title="event", started_on=f"2020-01-0{number % 3 + 1}")
        Event.objects.filter(ref=f"EVENT-{number}").update(title=title)
    for order in ("", "&ordering=id", "&ordering=-ref", "&ordering=title", "&q=event"):
        for size in (1, 3, len(NASTY)):
            monkeypatch.setattr(flat, "AT_ONCE", size)
            lines(f"events/?format=csv&fields=ref,title,started_on{order}", Client(), monkeypatch)


def test_what_the_reader_may_not_see_is_an_empty_cell(nasty: Pair, aigul: Any, monkeypatch: Any) -> None:
    desk = Client()
    desk.force_login(aigul)
    asked = "events/?format=csv&fields=ref,initiative.ref,initiative.url&q=TWO-EVENT"
    assert lines(asked, Client(), monkeypatch)[1] == b"TWO-EVENT,,"
    page = "http://localhost:8000/programmes/TWO-PROGRAMME/"
    assert lines(asked, desk, monkeypatch)[1] == f"TWO-EVENT,TWO-PROGRAMME,{page}".encode()


def test_what_is_plain(world: None) -> None:
    """What is made of several rows, of days or of several columns is not; a file of one column is not either."""
    events = router.registry[[prefix for prefix, *_of in router.registry].index("events")][1]
    names = {path.partition(".")[0] for path in plain(events)}
    assert {*fields_of(events.serializer_class)} - names - {"titles"} == {  # which is plain on PostgreSQL only
        *("unreported", "places", "fields", "fields_label", "audiences", "audiences_label", "sent", "participations"),
        *("also_involved", "also_involved_label"),
    }
    of = events.serializer_class
    asked = ("ref", ""), ("ref,title", ""), ("ref,title", "initiative"), ("ref,initiative", "initiative")
    made = [flat.cells(of, Asked(NOBODY), wanted(of, *each)[0]) for each in asked]
    assert [each and len(each) for each in made] == [None, 2, 2, None]
