"""Rows that are written from values say the same, byte for byte, as those of which a model is made."""

from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

import registry.api_urls  # noqa: F401 - so that every app has registered what it serves
from registry.core import languages, plain
from registry.core.api import router
from registry.core.filters import Countries, OneCountry, Pairs, Refs, Terms
from registry.core.models import Pair
from registry.core.serializers import LINK, FirstField, LinkField, LinksField, key_of
from registry.core.wanted import ALL, Wanted, fields_of, rows_at, wanted
from tests.cast import agreement, event
from tests.core.test_flat import ON_ANY_DAY, nasty  # noqa: F401 - a fixture


def plain_names(serializer: Any) -> list[str]:
    """Return what can be asked for by `fields` and is plain, links part by part."""
    found = []
    for name, one in fields_of(serializer).items():
        is_link = isinstance(one, (LinkField, LinksField))
        parts = {f"{name}.{part}": Wanted({part: ALL}) for part in LINK} if is_link else {name: ALL}
        found += [path for path, part in parts.items() if plain.plan(serializer, Wanted({name: part}))]
    return found


def rows(client: Client, path: str, monkeypatch: Any) -> list[dict[str, Any]]:
    """Return the rows of a page, which must be the same in both ways."""
    return both(client, path, monkeypatch)["results"]


def both(client: Client, path: str, monkeypatch: Any) -> dict[str, Any]:
    """Return an answer, which must be the same in both ways."""
    with monkeypatch.context() as patched:
        patched.setattr(plain, "plan", lambda *of: None)
        by_models = client.get(f"/api/v1/{path}")
    planned: list[Any] = []
    with monkeypatch.context() as patched:
        real = plain.Plan.written
        patched.setattr(plain.Plan, "written", lambda *of: planned.append(of) or real(*of))
        by_values = client.get(f"/api/v1/{path}")
    assert planned, f"{path} was written from models"
    assert by_models.status_code == 200, by_models.content
    assert by_values.content == by_models.content, path
    assert by_values.headers.get("ETag") == by_models.headers.get("ETag")
    return by_values.json()


@pytest.mark.usefixtures("nasty")
def test_both_ways_say_the_same(aigul: Any, monkeypatch: Any) -> None:
    """Every list with all that is plain, in each language, for the public and for a desk, and of another day."""
    desk = Client()
    desk.force_login(aigul)
    lists = 0
    for prefix, viewset, _name in router.registry:
        if not (names := plain_names(viewset.serializer_class)):
            continue
        lists += 1
        asked = f"{prefix}/?fields={','.join(names)}"
        for language in languages.INTERFACE:
            assert rows(Client(), f"{asked}&lang={language}", monkeypatch), asked
        rows(desk, asked, monkeypatch)
        rows(desk, f"{prefix}/?fields={','.join(names)}&limit=1", monkeypatch)
        if prefix in ON_ANY_DAY:
            assert rows(desk, f"{asked}&lang=ru&as_of=2019-06-01", monkeypatch), asked
    assert lists > 20


@pytest.mark.usefixtures("nasty")
def test_one_record_says_the_same_in_both_ways(aigul: Any, monkeypatch: Any) -> None:
    """Every kind, with the first rows of all lists that point to it."""
    desk, kinds, pointing = Client(), 0, 0
    desk.force_login(aigul)
    for prefix, viewset, _name in router.registry:
        serializer = viewset.detail_class or viewset.serializer_class
        here = [name for name, one in fields_of(serializer).items() if isinstance(one, FirstField)]
        within = [f"{name}.{each}" for name in here for each in plain_names(rows_at(serializer, name))]
        names = ",".join([*plain_names(serializer), *within])
        every = (f"{prefix}/{key_of(row)}/" for row in serializer.Meta.model._default_manager.all()[:3])
        paths = [f"{path}?fields={names}&expand={','.join(here)}" for path in every if names]
        asked = [path for path in paths if Client().get(f"/api/v1/{path}").status_code == 200]  # not hidden
        kinds += bool(asked)
        for path, reader, more in product(asked, (Client(), desk), ("", "&lang=ru")):
            found = both(reader, path + more, monkeypatch)
            pointing += sum(len(found[name]["results"]) for name in here)
    assert kinds > 20 and pointing > 30


def test_the_first_rows_within_a_record_go_on_elsewhere(kg_tj: Pair, monkeypatch: Any) -> None:
    parent = agreement(kg_tj)
    for day in range(1, 13):
        event(kg_tj, initiative=parent, started_on=f"2020-05-{day:02}")
    path = f"agreements/{parent.ref}/?fields=ref,events.started_on,events.initiative.ref&expand=events"
    found = both(Client(), path, monkeypatch)["events"]
    assert [row["started_on"][-2:] for row in found["results"]] == [f"{day:02}" for day in range(12, 2, -1)]
    assert {row["initiative"]["ref"] for row in found["results"]} == {parent.ref}
    following = Client().get(found["next"].removeprefix(settings.SITE_URL)).json()
    assert [row["started_on"][-2:] for row in following["results"]] == ["02", "01"]


def values_of(model: Any, each: Any) -> list[str]:
    """Return some values that a filter takes and that are on file."""
    last = "__ref" if isinstance(each, Refs) else "__code" if isinstance(each, Terms) else ""
    if isinstance(each, Countries) and not isinstance(each, OneCountry):
        last = "__b"
    found = model._default_manager.values_list(each.field_name + last, flat=True)
    some = sorted({str(value) for value in found if value not in (None, "")})[:2]
    return [*some, ",".join(some)][: len(some) + 1]


@pytest.mark.usefixtures("nasty")
def test_what_is_chosen_by_keys_is_the_same(aigul: Any, monkeypatch: Any) -> None:
    """By every filter that only looks for keys, of several values in turn: one statement serves them all."""
    public, desk = Client(), Client()
    desk.force_login(aigul)
    found = 0
    for prefix, viewset, _name in router.registry:
        if not (names := plain_names(viewset.serializer_class)):
            continue
        for name, each in viewset.filterset_class.base_filters.items():
            for value in values_of(viewset.serializer_class.Meta.model, each) if each.by_keys else ():
                for reader in (public, desk) if isinstance(each, (Pairs, Refs)) else (public,):
                    path = f"/api/v1/{prefix}/?fields={names[0]}&{name}={value}"
                    by_statement = reader.get(path)
                    with monkeypatch.context() as patched:
                        patched.setattr(plain, "plan", lambda *of: None)
                        anew = reader.get(path)
                    assert by_statement.content == anew.content, path
                    found += len(anew.json().get("results", ()))  # none, where it names what is hidden
    assert found > 200


def test_what_the_reader_may_not_see_is_null(nasty: Pair, aigul: Any, monkeypatch: Any) -> None:  # noqa: F811
    desk = Client()
    desk.force_login(aigul)
    asked = "events/?fields=ref,initiative.ref&q=TWO-EVENT"
    assert rows(Client(), asked, monkeypatch) == [{"ref": "TWO-EVENT", "initiative": None}]
    assert rows(desk, asked, monkeypatch) == [{"ref": "TWO-EVENT", "initiative": {"ref": "TWO-PROGRAMME"}}]


@pytest.mark.usefixtures("nasty")
def test_rows_within_a_row_are_its_own(monkeypatch: Any) -> None:
    found = rows(Client(), "events/?fields=ref,participations.actor.ref,participations.role", monkeypatch)
    within = {row["ref"]: [each["actor"]["ref"] for each in row["participations"]] for row in found}
    assert within == {"ONE-EVENT": ["ONE-ACTOR"], "TWO-EVENT": ["TWO-ACTOR"]}


@pytest.mark.usefixtures("nasty")
def test_files_are_written_so_too(monkeypatch: Any) -> None:
    """Several pages of them; who takes part makes lines that the database cannot write."""
    monkeypatch.setattr("registry.core.export.AT_ONCE", 1)
    for kind in ("csv", "jsonl"):
        path = f"/api/v1/events/?format={kind}&fields=ref,title,participations.role"
        by_values = Client().get(path).getvalue()
        with monkeypatch.context() as patched:
            patched.setattr(plain, "plan", lambda *of: None)
            assert by_values == Client().get(path).getvalue()
        assert by_values.count(b"-EVENT") == 2


def test_what_is_computed_or_expanded_is_not_plain() -> None:
    events, agreements = (
        next(viewset.serializer_class for prefix, viewset, _name in router.registry if prefix == name)
        for name in ("events", "agreements")
    )
    assert not plain.plan(agreements, Wanted({"state": ALL}))
    assert not plain.plan(events, wanted(events, "initiative", "initiative")[0])
    assert plain.plan(events, wanted(events, "initiative", "")[0])
