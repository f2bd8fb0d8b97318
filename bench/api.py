"""Measure Concord's API beside a typical build on the same tables and beside the database itself: bench/README.md."""

import argparse
import csv
import json
import shutil
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from bench.database import address, own_database, tidy
from bench.servers import CONCORD, Server, free_port, rate, serving

NAME = "concord_bench_api"
ASKED = 20
"""So many pairs, countries, agreements and words take turns."""

EVENT_OF_PAIR = "ref,title,kind,started_on,outcome,initiative.title,participations.actor.title,participations.role"
AGREEMENT = "ref,pair,title,titles,fields,ended_on,type,declared_status,signed_on,in_force_on"
COMMISSION = "ref,title,started_on,type"
EVENT = "ref,title,kind,started_on,outcome"
FOUND = "ref,pair,title,kind,started_on,outcome"
COLUMNS = "ref,pair,title,kind,planned_on,started_on,ended_on,level,format,outcome,country"


def main() -> int:
    options = _options()
    if not shutil.which("wrk"):
        sys.exit("wrk drives this benchmark and is not on the path: apt-get install wrk")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends it leaves no server and no database behind
    missed = 0
    with ExitStack() as stack:
        url = stack.enter_context(own_database(NAME, options.database, options.keep))
        _fill(options.events)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix=f"{NAME}_")))
        bench = _start(stack, url, folder, options)
        print(f"{_count('events_event'):,} synthetic events, {_count('events_eventparticipation'):,} participations")
        print(HEAD)
        for measure in MEASURES:
            if options.only in measure.__name__:
                for one in measure(bench):
                    print(one, flush=True)
                    missed += getattr(one, "missed", False)
    return int(missed > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument(
        "--database",
        default="postgresql://postgres@127.0.0.1:5432/postgres",
        help=f"the PostgreSQL on which a database {NAME}_… is created, and dropped at the end",
    )
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/9", help="where Concord counts and caches")
    parser.add_argument("--events", type=int, default=200_000, help="how many; 2.5 times as many participations")
    parser.add_argument("--rounds", type=int, default=5, help="how often the sides of each measure take turns")
    parser.add_argument("--seconds", type=int, default=4, help="how long each is asked in a turn")
    parser.add_argument("--keep", metavar="NAME", help="keep the database under this name, and use it if it is there")
    parser.add_argument("--compare", metavar="NAME", help="a smaller database that was kept: pages and words on both")
    parser.add_argument("--only", default="", help="only the measures whose names contain this")
    return parser.parse_args()


HEAD = f"{'measure':<56}{'':>4}{'ours':>10}{'DRF':>10}{'floor':>10}{'x DRF':>8}{'least':>7}{'x floor':>9}{'most':>7}"


@dataclass(frozen=True)
class Measured:
    """One line of the table: medians of all rounds. Without a floor, `most` is an amount and not a ratio.

    `over_drf` says how much better ours is than the typical build, `over_floor` how much worse than the floor.
    """

    name: str
    unit: str
    ours: float
    drf: float | None = None
    floor: float | None = None
    least: float | None = None
    most: float | None = None

    @property
    def over_drf(self) -> float | None:
        return self.drf and (self.ours / self.drf if self.unit == "/s" else self.drf / self.ours)

    @property
    def over_floor(self) -> float | None:
        return self.floor and (self.floor / self.ours if self.unit == "/s" else self.ours / self.floor)

    @property
    def missed(self) -> bool:
        too_little = self.least is not None and (self.over_drf or 0) < self.least
        return too_little or (self.most is not None and (self.over_floor or self.ours) > self.most)

    def __str__(self) -> str:
        amounts = "".join(_shown(value, 10) for value in (self.ours, self.drf, self.floor))
        ratios = _shown(self.over_drf, 8) + _shown(self.least, 7) + _shown(self.over_floor, 9) + _shown(self.most, 7)
        return f"{self.name:<56}{self.unit:>4}{amounts}{ratios}{'  missed' if self.missed else ''}"


def _shown(value: float | None, width: int) -> str:
    digits = 0 if value is None or value >= 100 else 1 if value >= 20 else 2
    return " " * width if value is None else f"{value:>{width}.{digits}f}"


# What is measured ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bench:
    """The servers, and how long they are asked. `smaller` serves the database that this one is compared with."""

    ours: Server
    typical: Server
    smaller: Server | None
    folder: Path
    rounds: int
    seconds: int

    def turns(self, *sides: Callable[[], float]) -> list[float]:
        """Let all sides take turns, once unmeasured, and return the median of what each returns."""
        kept: list[list[float]] = [[] for _side in sides]
        for at in range(self.rounds + 1):
            for one, do in zip(kept, sides, strict=True):
                found = do()
                if at:
                    one.append(found)
        return [statistics.median(one) for one in kept]

    def rates(self, *sides: tuple[Server, Sequence[str]]) -> list[float]:
        """Return the requests a second that each side answers."""
        return self.turns(*(lambda side=side: rate(*side, self.seconds, self.folder) for side in sides))


def _start(stack: ExitStack, url: str, folder: Path, options: argparse.Namespace) -> Bench:
    def concord(database: str) -> Server:
        port = free_port()
        env = _environment(database, folder, options.redis) | {"SITE_URL": f"http://127.0.0.1:{port}"}
        return stack.enter_context(serving(CONCORD, folder, env, port))

    ours = concord(url)
    smaller = concord(address(options.database, f"{NAME}_{options.compare}")) if options.compare else None
    env = {"DATABASE_URL": url, "SITE_URL": ours.site, "BENCH_LICENCE": json.dumps(_json(ours, "/api/v1/")["license"])}
    typical = stack.enter_context(serving("bench.typical.wsgi", folder, env, free_port()))
    return Bench(ours, typical, smaller, folder, options.rounds, options.seconds)


def _environment(url: str, folder: Path, redis: str) -> dict[str, str]:
    from bench.generate import TODAY

    return {"DATABASE_URL": url, "REDIS_URL": redis, "VAR": str(folder / "var"), "CLOCK": TODAY.isoformat()}


def _fill(events: int) -> None:
    from bench import generate_events

    if not _count("events_event"):
        began = time.perf_counter()
        generate_events.fill(events)
        print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    tidy()


def _count(table: str) -> int:
    return _sql(f"SELECT count(*) FROM {table}")[0][0]


def _sql(sql: str, params: Any = ()) -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _json(server: Server, at: str) -> Any:
    return json.loads(server.get(at))


def _same(what: str, ours: Any, other: Any) -> None:
    """Stop unless both say the same, names in the same order: what answers wrongly is not timed."""
    if json.dumps(ours) != json.dumps(other):
        sys.exit(f"Not the same, {what}:\n{json.dumps(ours)[:3000]}\n{json.dumps(other)[:3000]}")


# Lists and one record --------------------------------------------------------------------------------------------


def events_of_pair(bench: Bench) -> Iterator[Measured]:
    """A pair's 50 newest events, with the title of the initiative and who takes part in what role."""
    pairs = _sql("SELECT pair_id FROM events_event GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s", [ASKED])
    ours = [_ours("events", pair=pair, fields=EVENT_OF_PAIR) for (pair,) in pairs]
    drf = [f"/events/?pair={pair}" for (pair,) in pairs]
    yield from _list(bench, "a pair's 50 newest events, with who takes part", "pair", ours, drf, 4, 1.5)


def agreements(bench: Bench) -> Iterator[Measured]:
    """The 50 newest agreements of a country in a field that are in force."""
    asked = _sql(
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
        said = _json(bench.ours, one)
        _same(one, said, _json(bench.typical, at))
        _same(typical, said["results"], _json(bench.typical, typical)["results"])
        rows += len(said["results"])
    print(f"the same on all sides: {name}, {rows / len(ours):.0f} rows", file=sys.stderr)
    found = bench.rates((bench.ours, ours), (bench.typical, drf), (bench.typical, at_floor))
    yield Measured(name, "/s", *found, least, most)


def one_agreement(bench: Bench) -> Iterator[Measured]:
    """An agreement with its commissions and its ten latest events: three requests to Concord, one to the others."""
    refs = _sql(
        """SELECT i.ref FROM continuity_initiative i JOIN events_event e ON e.initiative_id = i.id
        JOIN continuity_initiative c ON c.parent_id = i.id AND c.kind = 'commission' AND c.visibility = 'published'
        WHERE i.kind = 'agreement' AND i.visibility = 'published' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s""",
        [ASKED],
    )
    ours, drf, floor = [], [], []
    for (ref,) in refs:
        three = (
            f"/api/v1/agreements/{ref}/?{urlencode({'fields': AGREEMENT})}",
            _ours("commissions", parent=ref, fields=COMMISSION),
            _ours("events", initiative=ref, limit=10, fields=EVENT),
        )
        ours += three
        drf.append(f"/agreements/{ref}/")
        floor.append(f"/floor/agreement/api/v1/agreements/{ref}/?ref={ref}")
        record, commissions, events = (_json(bench.ours, at) for at in three)
        said = record | {"commissions": commissions["results"], "events": events["results"]}
        _same(drf[-1], said, _json(bench.typical, drf[-1]))
        _same(floor[-1], said, _json(bench.typical, floor[-1]))
    print("the same on all sides: one agreement", file=sys.stderr)
    found, typical, least = bench.rates((bench.ours, ours), (bench.typical, drf), (bench.typical, floor))
    name = "one agreement, commissions, latest events (3 requests)"
    yield Measured(name, "/s", found / 3, typical, least, 2.5)


# All events as a file --------------------------------------------------------------------------------------------


def file(bench: Bench) -> Iterator[Measured]:
    """All events as CSV beside PostgreSQL's own COPY, the time to the first byte, and what it adds to the workers."""
    ours = _ours("events", format="csv", fields=COLUMNS)
    drf = "/events.csv"
    said = _digest(lambda out: _download(bench.ours, ours, out))
    for what, other in (("COPY", _digest(_copy)), (drf, _digest(lambda out: _download(bench.typical, drf, out)))):
        _same(what, said, other)
    print(f"the same on all sides: CSV, {said[0] - 1:,} rows", file=sys.stderr)
    first: list[float] = []
    before = bench.ours.memory("VmRSS")
    bench.ours.forget_peak()

    def download() -> float:
        first.append(_download(bench.ours, ours))
        return time.perf_counter()

    found = bench.turns(
        lambda: _timed(download), lambda: _timed(lambda: _download(bench.typical, drf)), lambda: _timed(_copy)
    )
    yield Measured("CSV of all events; floor: COPY of the same columns", "s", *found, None, 2)
    yield Measured("CSV, first byte", "ms", statistics.median(first[1:]) * 1000, most=100)
    yield Measured("CSV, growth of both workers", "MB", bench.ours.memory("VmHWM") - before, most=32)


def _download(server: Server, at: str, out: IO[bytes] | None = None) -> float:
    """Read a whole body, keep it in `out`, and return the seconds to its first byte."""
    connection = server.connection()
    began = time.perf_counter()
    connection.request("GET", at)
    answer = connection.getresponse()
    part = answer.read(1)
    first = time.perf_counter() - began
    while part:
        if out:
            out.write(part)
        part = answer.read(65536)
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


def _timed(do: Callable[[], Any]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


# Pages -----------------------------------------------------------------------------------------------------------


def pages(bench: Bench) -> Iterator[Measured]:
    """The first and the hundredth page of every list that is as long; beside the same on the smaller database."""
    for name, at in _json(bench.ours, "/api/v1/")["lists"].items():
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
        answer = connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200 or not said.get("next"):
            return []
        cursor = "&" + next(part for part in said["next"].split("&") if part.startswith("cursor="))
    return [partial(_page, server, at), partial(_page, server, f"{at}?{cursor[1:]}")]


def _page(server: Server, at: str) -> float:
    """Return the seconds that a page takes: the median of ten, asked one after the other."""
    connection = server.connection()

    def ask() -> None:
        connection.request("GET", at)
        connection.getresponse().read()

    return statistics.median(islice((_timed(ask) for _time in range(11)), 1, None))


# Writing ---------------------------------------------------------------------------------------------------------


def create(bench: Bench) -> Iterator[Any]:
    """Entering an event, with its revision and ledger rows, beside the typical build, which writes neither."""
    if find_spec("registry.core.api_write") is None:
        yield f"{'entering an event':<56}  skipped: nothing can be written through this API yet"
        return
    token = _token()
    last = _sql("SELECT max(evidence_id) FROM continuity_activity")[0][0]
    programmes = _sql(
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
    _same("one revision", _sql("SELECT count(*) FROM core_revision WHERE ref = %s", [made["ref"]])[0][0], 1)
    _same("in the ledger", _sql(ledger, [made["ref"]])[0][0] > 0, True)
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
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM continuity_activity WHERE evidence_kind = 'event' AND evidence_id > %s", [last])
        cursor.execute("DELETE FROM core_revision WHERE model = 'events.Event'")
        cursor.execute("DELETE FROM events_event WHERE id > %s", [last])


MEASURES = (events_of_pair, agreements, one_agreement, words, file, create, pages)


if __name__ == "__main__":
    sys.exit(main())
