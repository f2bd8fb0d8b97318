"""A statement that a reader waits for too long is ended; what writes, or runs without a reader, takes its time."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client

from registry.core import patience
from registry.core.models import Pair
from registry.middleware import give_up_who_takes_nothing
from tests.cast import event

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) SELECT COUNT(*) FROM n"


def run(most: int) -> float:
    """Run a statement that counts so far; return how many seconds it took."""
    begun = monotonic()
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS.format(most=most))
        cursor.fetchall()
    return monotonic() - begun


@contextmanager
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let nobody get at the events in time: on PostgreSQL another session holds them, on SQLite no time is given."""
    if connection.vendor == "sqlite":
        monkeypatch.setattr(patience, "SECONDS", 0)
        monkeypatch.setattr(patience, "STEPS", 1)
        yield
        monkeypatch.undo()
        return
    monkeypatch.setattr(patience, "SECONDS", 0.3)
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("LOCK TABLE events_event IN ACCESS EXCLUSIVE MODE")
        yield
    other.rollback()
    other.close()
    monkeypatch.undo()


def test_a_statement_that_takes_too_long_is_ended(db: None) -> None:
    begun = monotonic()
    with patience.limited(0.2):
        run(10)
        with pytest.raises(OperationalError) as caught, transaction.atomic():
            run(10**9)
    assert patience.ran_out(caught.value) and monotonic() - begun < 2


def test_each_statement_has_the_whole_time(db: None) -> None:
    with patience.limited(1.0):  # far more than one takes, as a busy machine may stop for a while
        taken, most = 0.0, 20_000
        while taken < 1.2:
            taken += (last := run(most))
            most = most * 2 if last < 0.05 else most


def test_what_follows_takes_its_time(db: None) -> None:
    with patience.limited(0.05), pytest.raises(OperationalError), transaction.atomic():
        run(10**9)
    most = 200_000
    while run(most) < 0.1:
        most *= 2


def test_another_error_is_none_of_it(db: None) -> None:
    with patience.limited(1), pytest.raises(DatabaseError) as caught, transaction.atomic():
        connection.cursor().execute("SELECT nothing FROM nowhere")
    assert not patience.ran_out(caught.value)


def test_a_reader_is_told_to_ask_for_less(kg_tj: Pair, transactional_db: None, monkeypatch: Any) -> None:
    event(kg_tj, ref="CONCERT")
    Client().get("/api/v1/events/")  # what is read once in the life of a process
    with slow(monkeypatch):
        answer, page = Client().get("/api/v1/events/"), Client().get("/events/")
        for fields in ("", "&fields=ref,title"):  # what is written row by row, and what the database writes
            with pytest.raises(OperationalError):  # a file breaks off, and so is not taken for whole
                Client().get(f"/api/v1/events/?format=csv{fields}").getvalue()
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert "Ask for less" in answer.json()["detail"] and answer["Access-Control-Allow-Origin"] == "*"
    assert page.status_code == 503
    text = page.content.decode()
    assert "Ask for less" in text and "<h1>This question takes too long</h1>" in text
    assert Client().get("/api/v1/events/").status_code == 200


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is asked nothing")
def test_what_is_said_to_the_server(kg_tj: Pair, transactional_db: None) -> None:
    def said() -> str:
        with connection.connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()[0]

    connection.ensure_connection()
    assert said() == "0", "whoever is no reader is not limited"
    Client().get("/api/v1/events/")
    assert said() == "5s", "what is said holds until something else is needed"
    Client().post("/sign-in/", {"username": "nobody", "password": "wrong"})
    assert said() == "0"
    for row in Client().get("/api/v1/events/?format=csv").streaming_content:
        assert row
    assert said() == "5s", "also while a file is sent"
    Pair.objects.count()
    assert said() == "0"
    assert Client().get("/api/v1/events/?format=csv&fields=ref,title").getvalue()
    assert said() == "5s", "also while PostgreSQL writes it"
    Pair.objects.count()
    assert said() == "0"
    Client().get("/events/")
    connection.close()
    connection.ensure_connection()
    assert said() == "0"
    with pytest.raises(RuntimeError), transaction.atomic(), patience.limited(5):
        Pair.objects.count()
        assert said() == "5s"
        raise RuntimeError
    assert said() == "0"
    with patience.limited(5):
        Pair.objects.count()
    assert said() == "5s", "what a rollback took back is said again"


def test_who_takes_nothing_for_a_minute_is_given_up(rf: Any) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        request = rf.get("/", **{"gunicorn.socket": ours})
        answer: Callable[[Any], HttpResponse] = give_up_who_takes_nothing(lambda request: HttpResponse())
        assert answer(request).status_code == 200
        assert ours.gettimeout() == 60
