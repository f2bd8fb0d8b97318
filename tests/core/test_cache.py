"""Redis away or hanging: pages go on, attempts are not counted, and a page waits for it once."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from registry.core import jobs, tasks
from registry.core.cache import Forgetful, counted
from registry.core.models import User


@pytest.fixture(params=["away", "hanging"])
def redis_port(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a Redis that is away, or that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if request.param == "away":
            server.close()
        options = {"socket_connect_timeout": 0.2, "socket_timeout": 0.2}
        cache_of = {"BACKEND": "registry.core.cache.Forgetful", "LOCATION": f"redis://127.0.0.1:{port}/0"}
        settings.CACHES = {"default": cache_of | {"OPTIONS": options}}
        monkeypatch.setattr(Forgetful, "rests_until", float("-inf"))
        yield port


def test_it_has_forgotten_everything(redis_port: int, caplog: Any) -> None:
    assert cache.add("a", 1)
    assert cache.incr("a", 2) == 2
    cache.set("a", 1)
    cache.set_many({"a": 1})
    assert (cache.get("a", "nothing"), cache.get_many(["a"]), cache.has_key("a")) == ("nothing", {}, False)
    assert not (cache.touch("a") or cache.delete("a"))
    cache.delete_many(["a"])
    cache.clear()
    assert len(caplog.records) == 1, "asked once and then left alone"


@pytest.mark.skipif(not settings.REDIS_URL, reason="needs Redis")
def test_what_is_counted_is_forgotten_after_its_time() -> None:
    cache.delete("attempts")
    assert [counted("attempts", 60), counted("attempts", 9_999), cache.get("attempts")] == [1, 2, 2]
    assert 0 < redis.from_url(settings.REDIS_URL).ttl(cache.make_key("attempts")) <= 60


def test_nothing_is_counted_without_it(redis_port: int) -> None:
    assert (counted("attempts", 60), counted("attempts", 60)) == (1, 1)


def test_one_signs_in_without_it(redis_port: int, sardor: User) -> None:
    assert Client().post("/sign-in/", {"username": "sardor", "password": "wrong"}).status_code == 422
    assert Client().post("/sign-in/", {"username": "sardor", "password": "sardor"}).status_code == 302


def test_after_a_rest_it_is_asked_again(redis_port: int, settings: Any, caplog: Any, monkeypatch: Any) -> None:
    cache.get("a")
    monkeypatch.setattr(Forgetful, "rests_until", float("-inf"))
    cache.get("a")
    assert len(caplog.records) == 2


def test_who_rings_does_not_wait_for_it(redis_port: int, settings: Any, caplog: Any, monkeypatch: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{redis_port}/0"
    monkeypatch.setattr(tasks.run_jobs.app.conf, "broker_url", settings.REDIS_URL)
    monkeypatch.setattr(tasks.run_jobs.app.conf, "broker_write_url", settings.REDIS_URL)
    monkeypatch.setattr(tasks.run_jobs.app.conf, "broker_transport_options", {})
    with caplog.at_level("INFO"):
        jobs.ring(tasks.run_jobs)
    assert "Nobody could be rung" in caplog.text
