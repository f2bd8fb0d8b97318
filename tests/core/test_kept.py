"""Statements that are written once: what they find, for whom they are kept, and when they are forgotten."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, connection, transaction
from django.test import Client

from events.models import Event
from registry.core import kept
from registry.core.kept import KEY, KEYS, rows_of
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


def test_one_key_has_a_place_of_its_own(kg_tj: Pair) -> None:
    for number in range(3):
        event(kg_tj, ref=f"E{number}", started_on=f"2020-0{number + 1}-01")

    def newest() -> Any:
        return Event.objects.filter(pair__among=KEY).order_by("-sort_day")[:2]

    for pair, refs in (("KG-TJ", ["E2", "E1"]), ("KZ-UZ", [])):
        assert [ref for (ref,) in rows_of(newest, ["ref"], [pair], "newest")] == refs


@pytest.fixture
def on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps its statements by itself")
    connection.prepared = (None, {})


def prepared() -> list[str]:
    """Return what PostgreSQL has prepared on this connection for one event by its reference."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%ref\" = $1%'")
        return [statement for (statement,) in cursor.fetchall()]


def of_ref(ref: str, kept_as: str) -> list[Any]:
    return [*rows_of(lambda: Event.objects.filter(ref__among=KEY).order_by(), ["title"], [ref], kept_as)]


def test_postgresql_plans_it_once_a_connection(
    on_postgresql: None, kg_tj: Pair, django_assert_num_queries: Any
) -> None:
    event(kg_tj, ref="E1", title="100 % Jazz")
    before = len(prepared())
    for ref, rows in (("E1", [("100 % Jazz",)]), ("E1' OR 1=1 --", []), ("E1", [("100 % Jazz",)])):
        with django_assert_num_queries(1):
            assert of_ref(ref, "planned once") == rows
    assert len(prepared()) == before + 1

    def elsewhere() -> tuple[list[Any], int]:
        try:
            return of_ref("E2", "planned once"), len(prepared())
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:  # each has a connection of its own, on which nothing is prepared yet
        assert threads.submit(elsewhere).result() == ([], 1)


def test_what_failed_while_it_was_prepared_is_prepared_again(on_postgresql: None, kg_tj: Pair) -> None:
    made = event(kg_tj, title="Concert")

    def of_key(key: Any) -> list[Any]:
        return [*rows_of(lambda: Event.objects.filter(pk__among=KEY).order_by(), ["title"], [key], "failed first")]

    with pytest.raises(DatabaseError), transaction.atomic():
        of_key("no number")
    assert of_key(made.pk) == of_key(made.pk) == [("Concert",)]


def test_behind_a_pool_of_connections_nothing_is_prepared(on_postgresql: None, kg_tj: Pair, monkeypatch: Any) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    event(kg_tj, ref="E1", title="Concert")
    before = prepared()
    assert of_ref("E1", "behind a pool") == [("Concert",)] and prepared() == before


def test_a_list_in_the_order_of_an_index_is_prepared(on_postgresql: None, kg_tj: Pair) -> None:
    """One of several pairs is not: no index holds these in the order of the list."""
    event(kg_tj, ref="E1")
    prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%\"pair_id\" IN ($1%'"
    for pairs, number in (("KZ-UZ,KG-TJ", 0), ("KG-TJ", 1), ("KG-TJ", 1)):
        [row] = Client().get(f"/api/v1/events/?pair={pairs}&fields=ref").json()["results"]
        with connection.cursor() as cursor:
            cursor.execute(prepared)
            assert (row, cursor.fetchone()) == ({"ref": "E1"}, (number,))


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
