"""Statements that are written once: what they find, for whom they are kept, and when they are forgotten."""

from typing import Any

import pytest
from django.core.management.sql import emit_post_migrate_signal
from django.test import Client

from events.models import Event
from registry.core import kept
from registry.core.kept import KEYS, rows_of
from registry.core.models import Country, Pair, User
from tests.cast import event, programme

pytestmark = pytest.mark.django_db


def test_a_statement_takes_any_number_of_keys(kg_tj: Pair, django_assert_num_queries: Any) -> None:
    made = [event(kg_tj, ref=f"E{number}") for number in range(3)]

    def titles(*keys: int) -> list[Any]:
        rows = rows_of(lambda: Event.objects.filter(pk__among=KEYS).order_by("pk"), ["ref", "titles"], keys, "titles")
        return [tuple(row) for row in rows]

    assert titles(made[2].pk, made[0].pk) == [("E0", {}), ("E2", {})]
    with django_assert_num_queries(1):
        assert titles(made[1].pk) == [("E1", {})]
    with django_assert_num_queries(0):
        assert titles() == []


def test_keys_may_be_texts_or_those_of_a_parent(kg_tj: Pair) -> None:
    days = programme(kg_tj)
    event(kg_tj, ref="E1", initiative=days)
    of_it = rows_of(lambda: Event.objects.filter(initiative__among=KEYS), ["ref"], [days.pk], "of initiatives")
    assert [*map(tuple, of_it)] == [("E1",)]
    found = rows_of(lambda: Country.objects.filter(pk__among=KEYS), ["code"], ["TJ", "X'X"], "countries")
    assert [*map(tuple, found)] == [("TJ",)]


def test_what_one_person_sees_is_kept_from_others(kg_tj: Pair, aigul: User) -> None:
    """A statement is written for whoever asks first, and is not that of the next."""
    event(kg_tj, ref="E1", initiative=programme(kg_tj, title="Secret", visibility="draft"))
    desk = Client()
    desk.force_login(aigul)
    for client, title in ((desk, {"title": "Secret"}), (Client(), None), (desk, {"title": "Secret"})):
        [row] = client.get("/api/v1/events/?fields=initiative.title").json()["results"]
        assert row["initiative"] == title


def test_a_migration_lets_them_be_forgotten(kg_tj: Pair) -> None:
    """Content types may have other numbers after it, which stand in the statements for documents."""
    event(kg_tj, initiative=programme(kg_tj))
    Client().get("/api/v1/events/")
    assert kept._STATEMENTS
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert not kept._STATEMENTS
