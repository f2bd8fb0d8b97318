"""The measures of the API. Each checks that all sides say the same before it times them."""

import csv
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from hashlib import sha256
from io import TextIOWrapper
from itertools import islice
from random import Random
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from bench.servers import Server, rate
from bench.sides import Bench, Measured, answer, same, sql, timed

ASKED = 20
"""So many pairs, countries, agreements and words take turns."""

EVENT_OF_PAIR = "ref,title,kind,started_on,outcome,initiative.title,participations.actor.title,participations.role"
AGREEMENT = "ref,pair,title,titles,fields,ended_on,type,declared_status,signed_on,in_force_on"
COMMISSION = "ref,title,started_on,type"
EVENT = "ref,title,kind,started_on,outcome"
FOUND = "ref,pair,title,kind,started_on,outcome"
COLUMNS = "ref,pair,title,kind,planned_on,started_on,ended_on,level,format,outcome,country"


# Lists and one record --------------------------------------------------------------------------------------------


def events_of_pair(bench: Bench) -> Iterator[Measured]:
    """A pair's 50 newest events, with the title of the initiative and who takes part in what role."""
    pairs = sql("SELECT pair_id FROM events_event GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s", [ASKED])
    ours = [_ours("events", pair=pair, fields=EVENT_OF_PAIR) for (pair,) in pairs]
    drf = [f"/events/?pair={pair}" for (pair,) in pairs]
    yield from _list(bench, "a pair's 50 newest events, with who takes part", "pair", ours, drf, 4, 1.5)


def agreements(bench: Bench) -> Iterator[Measured]:
    """The 50 newest agreements of a country in a field that are in force."""
    asked = sql(
        """SELECT c.code, t.code FROM core_country c JOIN core_pair p ON c.code IN (p.a_id, p.b_id)
        JOIN continuity_initiative i ON i.pair_id = p.ref AND i.kind = 'agreement' AND i.visibility = 'published'
        JOIN continuity_initiative_fields f ON f.initiative_id = i.id JOIN core_term t ON t.id = f.term_id
        JOIN agreements_agreement a ON a.initiative_ptr_id = i.id AND a.declared_status = 'IN_FORCE'
        GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT %s""",
        [ASKED],
    )
    some = [{"country": country, "field": field, "declared_status": "IN_FORCE"} for country, field in asked]
    ours = [_ours("agreements", **one, fields=AGREEMENT) for one in some]
    drf = [f"/agreements/?{urlencode(one)}" for one in some]
    yield from _list(bench, "agreements by country, field and status, 50 newest", "agreements", ours, drf, 3.5, 1.5)


def words(bench: Bench) -> Iterator[Measured]:
    """The 50 newest events with two words in their titles, and the 50 best; how much more it takes on more events."""
    from bench.generate_events import two_words

    some = Random(ASKED).sample(two_words(), ASKED)
    newest = [_ours("events", q=f"{one} {other}", ordering="-day", fields=FOUND) for one, other in some]
    best = [_ours("events", q=f"{one} {other}", fields=FOUND) for one, other in some]
    drf = [f"/search/?{urlencode({'search': f'{one} {other}'})}" for one, other in some]
    yield from _list(bench, "two words in titles of events, 50 newest", "words", newest, drf, 20, None)
    ours, typical = bench.rates((bench.ours, best), (bench.typical, drf))
    yield Measured("two words, in the order of a search", "/s", ours, typical)
    if bench.smaller:
        for name, asked in (("50 newest", newest), ("in the order of a search", best)):
            here, smaller = bench.rates((bench.ours, asked), (bench.smaller, asked))
            yield Measured(f"two words, {name}; floor: smaller", "/s", here, None, smaller, None, 2)


def _ours(kind: str, **asked: Any) -> str:
    return f"/api/v1/{kind}/?{urlencode(asked)}"


def _list(
    bench: Bench, name: str, floor: str, ours: list[str], drf: list[str], least: float, most: float | None
) -> Iterator[Measured]:
    at_floor = [f"/floor/{floor}{at}" for at in ours]
    rows = 0
    for one, typical, at in zip(ours, drf, at_floor, strict=True):
        said = answer(bench.ours, one)
        same(one, said, answer(bench.typical, at))
        same(typical, said["results"], answer(bench.typical, typical)["results"])
        rows += len(said["results"])
    print(f"the same on all sides: {name}, {rows / len(ours):.0f} rows", file=sys.stderr)
    found = bench.rates((bench.ours, ours), (bench.typical, drf), (bench.typical, at_floor))
    yield Measured(name, "/s", *found, least, most)


def one_agreement(bench: Bench) -> Iterator[Measured]:
    """An agreement with its commissions and its ten latest events."""
    refs = sql(
        """SELECT i.ref FROM continuity_initiative i JOIN events_event e ON e.initiative_id = i.id
        JOIN continuity_initiative c ON c.parent_id = i.id AND c.kind = 'commission' AND c.visibility = 'published'
        WHERE i.kind = 'agreement' AND i.visibility = 'published' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s""",
        [ASKED],
    )
    within = [f"commissions.{name}" for name in COMMISSION.split(",")] + [f"events.{name}" for name in EVENT.split(",")]
    asked = urlencode({"fields": ",".join([AGREEMENT, *within]), "expand": "commissions,events"})
    ours, drf, floor = [], [], []
    for (ref,) in refs:
        ours.append(f"/api/v1/agreements/{ref}/?{asked}")
        drf.append(f"/agreements/{ref}/")
        floor.append(f"/floor/agreement/api/v1/agreements/{ref}/?ref={ref}")
        said = answer(bench.ours, ours[-1])
        said |= {name: said[name]["results"] for name in ("commissions", "events")}  # and where each list goes on
        same(drf[-1], said, answer(bench.typical, drf[-1]))
        same(floor[-1], said, answer(bench.typical, floor[-1]))
    print("the same on all sides: one agreement", file=sys.stderr)
    found = bench.rates((bench.ours, ours), (bench.typical, drf), (bench.typical, floor))
    yield Measured("one agreement, its commissions, its latest events", "/s", *found, 2.5)


# All events as a file --------------------------------------------------------------------------------------------


def file(bench: Bench) -> Iterator[Measured]:
    """All events as CSV beside PostgreSQL's own COPY, the time to the first byte, and what it adds to the workers."""
    ours = _ours("events", format="csv", fields=COLUMNS)
    drf = "/events.csv"
    said = _digest(lambda out: _download(bench.ours, ours, out))
    for what, other in (("COPY", _digest(_copy)), (drf, _digest(lambda out: _download(bench.typical, drf, out)))):
        same(what, said, other)
    print(f"the same on all sides: CSV, {said[0] - 1:,} rows", file=sys.stderr)
    first: list[float] = []
    pair = sql("SELECT pair_id FROM events_event ORDER BY id LIMIT 1")[0][0]
    for _time in range(10):  # until each worker has answered once and holds what it needs for that
        _download(bench.ours, _ours("events", format="csv", fields=COLUMNS, pair=pair))
    before = bench.ours.memory("VmRSS")
    bench.ours.forget_peak()

    found = bench.turns(
        lambda: timed(lambda: first.append(_download(bench.ours, ours))),
        lambda: timed(lambda: _download(bench.typical, drf)),
        lambda: timed(_copy),
    )
    yield Measured("CSV of all events; floor: COPY of the same columns", "s", *found, None, 2)
    yield Measured("CSV, first byte", "ms", statistics.median(first[1:]) * 1000, most=100)
    yield Measured("CSV, growth of both workers", "MB", bench.ours.memory("VmHWM") - before, most=32)


def _download(server: Server, at: str, out: IO[bytes] | None = None) -> float:
    """Read a whole body, keep it in `out`, and return the seconds to its first byte."""
    connection = server.connection()
    began = time.perf_counter()
    connection.request("GET", at)
    response = connection.getresponse()
    part = response.read(1)
    first = time.perf_counter() - began
    while part:
        if out:
            out.write(part)
        part = response.read(65536)
    connection.close()
    return first


class Nowhere:
    """A file that forgets what is written to it."""

    def write(self, part: bytes) -> int:
        return len(part)


def _copy(out: Any = None) -> None:
    from django.db import connection

    columns = ", ".join(
        {"pair": "pair_id AS pair", "country": "country_id AS country"}.get(c, c) for c in COLUMNS.split(",")
    )
    rows = f"SELECT {columns} FROM events_event WHERE visibility = 'published' ORDER BY sort_day DESC, id DESC"
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({rows}) TO STDOUT (FORMAT csv, HEADER)", out or Nowhere())


def _digest(write: Callable[[IO[bytes]], Any]) -> tuple[int, str]:
    """Return how many lines a CSV file has and what they say together, however it is quoted."""
    digest, lines = sha256(), 0
    with TemporaryFile() as kept:
        write(kept)
        kept.seek(0)
        for row in csv.reader(TextIOWrapper(kept, newline="")):
            digest.update("\x1f".join([*row, "\n"]).encode())
            lines += 1
    return lines, digest.hexdigest()


# Pages -----------------------------------------------------------------------------------------------------------


def pages(bench: Bench) -> Iterator[Measured]:
    """The first and the hundredth page of every list that is as long; beside the same on the smaller database."""
    for name, at in answer(bench.ours, "/api/v1/")["lists"].items():
        here = _hundredth(bench.ours, urlsplit(at).path)
        there = _hundredth(bench.smaller, urlsplit(at).path) if bench.smaller else []
        for which, one, other in zip(("first", "hundredth"), here, there or [None, None], strict=False):
            sides = [one] if other is None else [one, other]
            took = [seconds * 1000 for seconds in bench.turns(*sides)]
            if other is None:
                yield Measured(f"{which} page of {name}", "ms", *took)
            else:
                yield Measured(f"{which} page of {name}; floor: smaller", "ms", took[0], None, took[1], None, 2)


def _hundredth(server: Server, at: str) -> list[Callable[[], float]]:
    """Return what times the first and the hundredth page of a list; nothing where there is no such page."""
    connection = server.connection()
    cursor = ""
    for _step in range(25):  # of 198 rows each: 99 pages of fifty
        connection.request("GET", f"{at}?limit=198{cursor}")
        response = connection.getresponse()
        said = json.loads(response.read())
        if response.status != 200 or not said.get("next"):
            return []
        cursor = "&" + next(part for part in said["next"].split("&") if part.startswith("cursor="))
    return [partial(_page, server, at), partial(_page, server, f"{at}?{cursor[1:]}")]


def _page(server: Server, at: str) -> float:
    """Return the seconds that a page takes: the median of ten, asked one after the other."""
    connection = server.connection()

    def ask() -> None:
        connection.request("GET", at)
        connection.getresponse().read()

    return statistics.median(islice((timed(ask) for _time in range(11)), 1, None))


# Writing ---------------------------------------------------------------------------------------------------------


def create(bench: Bench) -> Iterator[Measured]:
    """Entering an event, with its revision and ledger rows, beside the typical build, which writes neither."""
    token = _token()
    last = sql("SELECT max(evidence_id) FROM continuity_activity")[0][0]
    programmes = sql(
        """SELECT pair_id, ref FROM continuity_initiative
        WHERE kind = 'programme' AND visibility = 'published' ORDER BY id LIMIT %s""",
        [ASKED],
    )
    said = {"title": "Synthetic concert (bench)", "kind": "CONCERT", "format": "ONSITE", "outcome": "HELD"}
    said |= {"started_on": "2019-05-17", "visibility": "published"}
    bodies = [json.dumps({"pair": pair, "initiative": programme} | said) for pair, programme in programmes]
    made = json.loads(bench.ours.post("/api/v1/events/", bodies[0], token))
    bench.typical.post("/events/", bodies[0])
    ledger = "SELECT count(*) FROM continuity_activity a JOIN events_event e ON e.id = a.evidence_id WHERE e.ref = %s"
    same("one revision", sql("SELECT count(*) FROM core_revision WHERE ref = %s", [made["ref"]])[0][0], 1)
    same("in the ledger", sql(ledger, [made["ref"]])[0][0] > 0, True)
    ours, drf = ([f"{at}\t{body}" for body in bodies] for at in ("/api/v1/events/", "/events/"))
    found = bench.turns(
        lambda: rate(bench.ours, ours, bench.seconds, bench.folder, token),
        lambda: rate(bench.typical, drf, bench.seconds, bench.folder),
    )
    time.sleep(2)  # what wrk has not waited for is still being written
    _forget_events_after(last)
    yield Measured("entering an event, with revision and ledger", "/s", *found, least=0.25)


def _token() -> str:
    """Return a token of a registrar, who may publish what he enters."""
    from bench.generate import TODAY
    from registry.core import tokens
    from registry.core.models import User

    user, _new = User.objects.get_or_create(username="bench", defaults={"is_superuser": True})
    return tokens.make(user, name="bench", scope="write", expires_on=TODAY + timedelta(1))[1]


def _forget_events_after(last: int) -> None:
    """Remove what was entered; only what the rule stored of its twenty programmes stays as it moved."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM continuity_activity WHERE evidence_kind = 'event' AND evidence_id > %s", [last])
        cursor.execute("DELETE FROM core_revision WHERE model = 'events.Event'")
        cursor.execute("DELETE FROM core_change WHERE kind = 'event'")
        cursor.execute("DELETE FROM events_event WHERE id > %s", [last])


MEASURES = (events_of_pair, agreements, one_agreement, words, file, create, pages)
