"""How often one may ask, how many files are on the way to one, and what is not sent again."""

import gzip
from time import sleep
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from registry.core import clock, export, manners, tokens
from registry.core.access import NOBODY
from registry.core.cache import Forgetful
from registry.core.models import ApiToken, Pair, User
from tests.cast import event

EVENTS = "/api/v1/events/"


@pytest.fixture(autouse=True)
def _the_minute_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manners, "time", lambda: 60_000_050.5)


def get(client: Client, path: str = EVENTS, **more: Any) -> Any:
    return client.get(path, **more)


# How often ---------------------------------------------------------------------------------------------------------


def test_an_address_is_told_how_often_it_may_ask_and_stopped_after_that(world: None, settings: Any) -> None:
    settings.RATE_LIMIT = 3
    for left in (2, 1, 0):
        answer = get(Client())
        assert answer.status_code == 200
        assert answer["RateLimit-Policy"] == '"address";q=3;w=60'
        assert answer["RateLimit"] == f'"address";r={left};t=10'
    answer = get(Client(), "/api/v1/agreements/?wrong=1")
    assert (answer.status_code, answer["Retry-After"]) == (429, "10")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["RateLimit"] == '"address";r=0;t=10'
    assert answer["Access-Control-Allow-Origin"] == "*"
    document = answer.json()
    assert (document["status"], document["title"]) == (429, "Too Many Requests")
    assert document["detail"].startswith("More than 3 requests came from this address in a minute. Wait 10 seconds.")
    assert get(Client(), REMOTE_ADDR="203.0.113.9").status_code == 200


def test_the_next_minute_begins_anew(world: None, settings: Any, monkeypatch: Any) -> None:
    settings.RATE_LIMIT = 1
    assert [get(Client()).status_code for _time in range(2)] == [200, 429]
    monkeypatch.setattr(manners, "time", lambda: 60_000_060)
    answer = get(Client())
    assert (answer.status_code, answer["RateLimit"]) == (200, '"address";r=0;t=60')


def test_who_is_known_may_ask_five_times_as_often_wherever_he_is(world: None, settings: Any, sardor: User) -> None:
    settings.RATE_LIMIT = 1
    client = Client()
    client.force_login(sardor)
    for left in range(4, -1, -1):
        answer = get(client, REMOTE_ADDR=f"203.0.113.{left}")
        assert answer["RateLimit"] == f'"account";r={left};t=10'
    assert "token" not in get(client).json()["detail"]
    assert get(client).status_code == 429
    assert get(Client()).status_code == 200


def test_each_token_counts_for_itself(world: None, settings: Any, sardor: User) -> None:
    settings.RATE_LIMIT = 1
    for name in ("one", "other"):
        made = {"name": name, "scope": ApiToken.Scope.READ, "expires_on": tokens.longest(clock.today())}
        _row, token = tokens.make(sardor, **made)
        answer = get(Client(), headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer["RateLimit"]) == (200, '"token";r=4;t=10')


def test_who_is_counted(rf: Any, sardor: User, settings: Any) -> None:
    """A token counts for itself; of IPv6 the network; behind a proxy whom it names last."""
    settings.PRODUCTION = True
    request = rf.get("/", HTTP_X_FORWARDED_FOR="198.51.100.1, 2001:db8:1:2:3::4", REMOTE_ADDR="10.0.0.1")
    request.user, request.auth = sardor, User(pk=7)
    assert manners.reader_of(request) == ("token", "7")
    request.auth = None
    assert manners.reader_of(request) == ("account", str(sardor.pk))
    request.user = NOBODY
    assert manners.reader_of(request) == ("address", "2001:db8:1:2::/64")
    assert manners.network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert [manners.network_of(name) for name in ("203.0.113.9", "no address", "")] == ["203.0.113.9", "no address", ""]


def test_asking_whether_one_may_ask_is_not_counted(world: None, settings: Any) -> None:
    settings.RATE_LIMIT = 1
    assert [Client().options(EVENTS).status_code for _time in range(3)] == [204] * 3
    assert get(Client()).status_code == 200


def test_zero_is_no_limit(world: None, settings: Any) -> None:
    settings.RATE_LIMIT = 0
    assert "RateLimit" not in get(Client())


def test_without_the_cache_everybody_is_let_in(world: None, settings: Any, monkeypatch: Any) -> None:
    away = {"BACKEND": "registry.core.cache.Forgetful", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    settings.RATE_LIMIT = 1
    monkeypatch.setattr(Forgetful, "rests_until", float("-inf"))
    assert [get(Client()).status_code for _time in range(3)] == [200] * 3
    assert [get(Client(), f"{EVENTS}?format=csv").status_code for _time in range(4)] == [200] * 4


# How many files ----------------------------------------------------------------------------------------------------


def test_a_file_more_than_two_waits_until_one_has_arrived(kg_tj: Pair) -> None:
    event(kg_tj, ref="CONCERT")
    first, second = (Client().get(f"{EVENTS}?format={form}") for form in ("csv", "xlsx"))
    third = Client().get(f"{EVENTS}?format=jsonl")
    assert (third.status_code, third["Retry-After"]) == (429, "10")
    assert third.json()["detail"].startswith("2 files are on the way to you already.")
    assert get(Client()).status_code == 200
    other = Client().get(f"{EVENTS}?format=csv", REMOTE_ADDR="203.0.113.9")
    assert b"CONCERT" in first.getvalue()  # to its end
    third = Client().get(f"{EVENTS}?format=jsonl")
    assert third.status_code == 200
    next(iter(third.streaming_content))
    third.close()  # its reader is gone
    second.close()  # before the first part
    again = [Client().get(f"{EVENTS}?format=csv") for _time in range(2)]
    assert [answer.status_code for answer in again] == [200, 200]
    for answer in (other, *again):
        answer.close()


def test_a_killed_process_gives_its_place_back(rf: Any, world: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(manners, "AT_A_TIME", 1)
    monkeypatch.setattr(manners, "LEASE", 1)
    request = rf.get("/")
    request.auth, request.user = None, User(pk=1)
    place = manners.Place.taken(request)
    for _sign in range(3):
        sleep(0.4)
        place.keep()
    with pytest.raises(manners.TooMany):
        manners.Place.taken(request)
    sleep(1.1)
    other = manners.Place.taken(request)
    place.leave()
    assert cache.get(other.key) == other.mine, "what another holds now is not given up"


def test_a_head_of_a_file_reads_no_row(kg_tj: Pair, django_assert_max_num_queries: Any) -> None:
    event(kg_tj)
    for _time in range(3):
        with django_assert_max_num_queries(0):
            answer = Client().head(f"{EVENTS}?format=csv")
        assert answer.status_code == 200 and answer["Content-Disposition"]


# What is not sent again --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [EVENTS, "/api/v1/openapi.yaml", "/api/v1/"])
def test_what_the_reader_has_is_not_sent_again_packed_or_not(kg_tj: Pair, settings: Any, path: str) -> None:
    event(kg_tj, ref="CONCERT")
    settings.RATE_LIMIT = 100
    plain, head = Client().get(path), Client().head(path)
    packed = Client().get(path, headers={"accept-encoding": "gzip"})
    assert plain["ETag"] == head["ETag"] and plain["ETag"].startswith('"')
    assert (packed["Content-Encoding"], packed["ETag"]) == ("gzip", f"W/{plain['ETag']}")
    assert len(packed.content) < len(plain.content) and gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in plain["Vary"] and "Accept-Encoding" in packed["Vary"]
    for tag in (plain["ETag"], packed["ETag"]):
        for method in ("get", "head"):
            again = getattr(Client(), method)(path, headers={"if-none-match": tag, "accept-encoding": "gzip"})
            assert (again.status_code, again.content) == (304, b"")
            assert again["Access-Control-Allow-Origin"] == "*"
            assert ("RateLimit" in again) == ("RateLimit" in plain)


def test_a_file_is_packed_on_the_way(kg_tj: Pair) -> None:
    event(kg_tj, ref="CONCERT")
    plain = Client().get(f"{EVENTS}?format=csv").getvalue()
    packed = Client().get(f"{EVENTS}?format=csv", headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip" and gzip.decompress(packed.getvalue()) == plain
    book = Client().get(f"{EVENTS}?format=xlsx", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in book
    book.close()
    assert Client().get(f"{EVENTS}?format=csv").status_code == 200


def test_pages_are_packed_unless_they_hold_a_secret(world: None, client: Client) -> None:
    assert client.get("/events/", headers={"accept-encoding": "gzip"})["Content-Encoding"] == "gzip"
    secret = client.get("/sign-in/", headers={"accept-encoding": "gzip"})
    assert "no-store" in secret["Cache-Control"] and "Content-Encoding" not in secret


def test_scripts_on_other_sites_read_the_headers(world: None) -> None:
    answer = get(Client())
    for name in ("RateLimit", "RateLimit-Policy", "Retry-After", "Last-Modified", "Location", "ETag", "Link"):
        assert name in answer["Access-Control-Expose-Headers"].split(", ")
    assert "Access-Control-Max-Age" not in answer
    assert Client().options(EVENTS)["Access-Control-Max-Age"] == "86400"


# What one request may ask ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "parameter", "said"),
    [
        (
            "initiative=" + ",".join(f"REF-{number}" for number in range(10_000)),
            "initiative",
            "There are 10000 values.",
        ),
        ("kind=" + ",".join(["CONCERT"] * 201), "kind", "Give at most 200"),
        ("q=" + "x" * 201, "q", "Give at most 200"),
        ("limit=1000000", "limit", "from 1 to 200"),
        ("expand=" + ".".join(["initiative"] * 400), "expand", "It cannot be expanded here."),
        ("fields=" + ".".join(["initiative"] * 400), "fields", "There is no field"),
    ],
)
def test_what_would_hold_the_server_is_refused(world: None, asked: str, parameter: str, said: str) -> None:
    answer = get(Client(), f"{EVENTS}?{asked}")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["parameter"] == parameter and said in error["remedy"]
    assert len(answer.content) < 10_000


def test_a_long_list_of_what_is_wrong_has_an_end(world: None) -> None:
    errors = get(Client(), f"{EVENTS}?" + "&".join(f"wrong{number}=" for number in range(500))).json()["errors"]
    assert len(errors) == 100


def test_a_workbook_has_an_end_and_says_so(kg_tj: Pair, monkeypatch: Any) -> None:
    for number in range(3):
        event(kg_tj, ref=f"EVENT-{number}")
    monkeypatch.setattr(export, "MOST_IN_A_WORKBOOK", 2)
    answer = get(Client(), f"{EVENTS}?format=xlsx")
    assert answer.status_code == 400
    assert "at most 2 rows" in answer.json()["errors"][0]["remedy"]
    assert get(Client(), f"{EVENTS}?format=csv").getvalue().count(b"EVENT-") >= 3
    monkeypatch.setattr(export, "MOST_IN_A_WORKBOOK", 3)
    assert get(Client(), f"{EVENTS}?format=xlsx").getvalue()


def test_the_page_of_the_search_takes_no_longer_words_than_the_api(world: None, client: Client) -> None:
    page = client.get("/search/?q=" + "a+" * 1500)
    assert page.status_code == 400
    assert "2999 characters long. Give at most 200" in page.content.decode()
