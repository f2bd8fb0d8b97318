"""Measure the rule, the sweep and one edit on a synthetic registry, each beside its floor. See bench/README.md."""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Any

from bench.database import own_database, tidy

NAME = "concord_bench"


def main() -> int:
    options = _options()
    missed = 0
    with own_database(NAME, options.database, options.keep) as url:
        _fill(options)
        print(f"{options.initiatives:,} synthetic initiatives on {options.database.split(':')[0]}")
        print(f"{'measure':<62}{'seconds':>9}{'floor':>9}{'ratio':>8}{'target':>8}")
        for one in chain(_measure(options), _measure_memory(url, options)):
            print(one, flush=True)
            missed += one.missed
    return int(missed > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.continuity", description=__doc__)
    parser.add_argument(
        "--database",
        default="sqlite:",
        help="sqlite: for a file of its own, or postgresql://user@host:port/postgres, where a database "
        f"{NAME}_… is created and dropped at the end",
    )
    parser.add_argument("--initiatives", type=int, default=100_000, help="how many; five times as many activities")
    parser.add_argument("--subscribers", type=int, default=300, help="how many of each scope")
    parser.add_argument("--rounds", type=int, default=5, help="how often each measure and its floor take turns")
    parser.add_argument("--keep", metavar="NAME", help="keep the database under this name, and use it if it is there")
    parser.add_argument("--only", default="", help="only the measures whose names contain this")
    return parser.parse_args()


@dataclass(frozen=True)
class Measured:
    """One line of the table: medians of all rounds. Without a floor the target is an amount and not a ratio."""

    name: str
    seconds: float
    floor: float | None
    target: float
    unit: str = "s"

    @property
    def figure(self) -> float:
        return self.seconds / self.floor if self.floor else self.seconds

    @property
    def missed(self) -> bool:
        return self.figure > self.target

    def __str__(self) -> str:
        floor = f"{self.floor:9.3f}{self.figure:8.2f}" if self.floor else " " * 17
        target = f"{self.target:8.2f}" if self.floor else f"{self.target:6g} {self.unit}"
        amount = f"{self.seconds:9.3f}" if self.unit == "s" else f"{self.seconds:9.1f}"
        return f"{self.name:<62}{amount}{floor}{target}{'  missed' if self.missed else ''}"


def _fill(options: argparse.Namespace) -> None:
    from bench import generate
    from continuity.models import Initiative

    if not Initiative.objects.exists():
        began = time.perf_counter()
        generate.fill(options.initiatives, options.subscribers)
        print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    tidy()


# Measures --------------------------------------------------------------------------------------------------------


def _measure(options: argparse.Namespace) -> Iterator[Measured]:
    for make in (_steady, _changing, _states, _answers, _page, _edit):
        if options.only in make.__name__:
            yield from make(options.rounds)


def _versus(rounds: int, ours: Callable[[], Any], floor: Callable[[], Any]) -> tuple[float, float]:
    """Let both take turns, once unmeasured, and return the median of each."""
    times: tuple[list[float], list[float]] = [], []
    for at in range(rounds + 1):
        for kept, do in zip(times, (ours, floor), strict=True):
            took = _timed(do)
            if at:
                kept.append(took)
    return statistics.median(times[0]), statistics.median(times[1])


def _timed(do: Callable[[], Any]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _sql(sql: str, params: Any = ()) -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def _steady(rounds: int) -> Iterator[Measured]:
    from bench import floors
    from bench.generate import TODAY
    from continuity.sweep import Swept, sweep

    _on(TODAY)
    sweep()  # raises the concerns
    _same("a steady sweep finds nothing", sweep(), Swept(0, 0, 0))
    tidy()
    yield Measured("steady sweep / one scan", *_versus(rounds, sweep, lambda: _sql(floors.scan(TODAY))), 1.5)


def _changing(rounds: int) -> Iterator[Measured]:
    """The sweep of a later day, and the bare UPDATE of the rows that it changes; each is undone after it was timed."""
    from django.db import connection, transaction

    from bench import floors
    from bench.generate import TODAY
    from continuity.models import Initiative
    from continuity.sweep import sweep

    _on(TODAY)
    sweep()
    number = Initiative.objects.count()
    day = next(
        day for ahead in range(1, 400) if _sql(floors.scan(day := TODAY + timedelta(ahead)))[0][0] >= number * 0.05
    )
    _on(day)
    before = "SELECT id, announced_number FROM continuity_initiative"
    _sql(f"CREATE TEMPORARY TABLE bench_before AS {before}")
    with transaction.atomic():
        told = sweep()
        rows = _sql(
            "SELECT i.id, i.announced_state, i.announced_number FROM continuity_initiative i "
            "JOIN bench_before b ON b.id = i.id WHERE b.announced_number <> i.announced_number"
        )
        _same("a second sweep finds nothing", sweep().transitions, 0)
        transaction.set_rollback(True)
    _sql("CREATE TEMPORARY TABLE bench_changed (id bigint PRIMARY KEY, state varchar(10), number integer)")
    with connection.cursor() as cursor:
        for at in range(0, len(rows), 5000):
            some = rows[at : at + 5000]
            holes = ", ".join(["(%s, %s, %s)"] * len(some))
            cursor.execute(f"INSERT INTO bench_changed VALUES {holes}", [value for row in some for value in row])
    name = f"sweep, {len(rows) / number:.1%} changing, {told.notices / len(rows):.1f} notices each / bare UPDATE"
    update = """UPDATE continuity_initiative SET announced_state = c.state, announced_number = c.number
        FROM bench_changed c WHERE c.id = continuity_initiative.id"""
    times: tuple[list[float], list[float]] = [], []
    for at in range(rounds + 1):
        for kept, do in zip(times, (sweep, lambda: _sql(update)), strict=True):
            with transaction.atomic():
                took = _timed(do)
                transaction.set_rollback(True)
            tidy()
            if at:
                kept.append(took)
    yield Measured(name, statistics.median(times[0]), statistics.median(times[1]), 2.5)


def _states(rounds: int) -> Iterator[Measured]:
    from bench import floors
    from bench.generate import TODAY
    from continuity import rules

    for day in (TODAY, date(2012, 6, 30)):
        count = "SELECT state, count(*) FROM ({}) AS told GROUP BY state ORDER BY state"
        ours, floor = count.format(rules.states_sql(day)[0]), count.format(floors.states(day))
        _same(f"states of {day}", _sql(ours), _sql(floor))
        took = _versus(rounds, lambda ours=ours: _sql(ours), lambda floor=floor: _sql(floor))
        yield Measured(f"as_of {day} for all, state / one statement", *took, 1.5)


def _answers(rounds: int) -> Iterator[Measured]:
    from bench import floors
    from continuity import rules

    day = date(2019, 6, 30)
    names = [name for name in rules.Answer.__dataclass_fields__ if name not in ("state", "cadence_source")]
    sums = ", ".join(f"sum({name})" for name in names)
    every = f"SELECT state, cadence_source, count(*), {sums} FROM ({{}}) AS told GROUP BY 1, 2 ORDER BY 1, 2"
    ours, floor = every.format(rules.answers_sql(day)[0]), every.format(floors.answers(day))
    _same(f"answers of {day}", _sql(ours), _sql(floor))
    took = _versus(rounds, lambda: _sql(ours), lambda: _sql(floor))
    yield Measured(f"as_of {day} for all, whole answers / one statement", *took, 1.5)


def _page(rounds: int) -> Iterator[Measured]:
    from django.db.models import Count

    from continuity import states
    from continuity.models import Initiative

    pairs = Initiative.objects.values_list("pair").annotate(number=Count("pk")).filter(number__gte=40)
    pages = [list(Initiative.objects.filter(pair=pair)[:50]) for pair, _number in pairs.order_by("pair")[: rounds * 4]]
    times = [_timed(lambda page=page: states.answers(page, date(2019, 6, 30))) for page in pages]
    yield Measured("as_of for a page of one pair", statistics.median(times[1:]) * 1000, None, 20, "ms")


def _edit(rounds: int) -> Iterator[Measured]:
    """Move an event by a day and back: what the door adds to the write, by the time its statements take."""
    from django.db import connection

    from bench.generate import TODAY
    from continuity import door
    from events.models import Event

    _on(TODAY)
    events = Event.objects.filter(outcome="HELD", initiative__parent__isnull=False).order_by("pk")
    times, queries = [], 0
    for event in events[: rounds * 10]:
        for days in (1, -1):
            moved = event.started_on_latest + timedelta(days)
            Event.objects.filter(pk=event.pk).update(started_on=str(moved), started_on_latest=moved)
            took: list[float] = []
            with connection.execute_wrapper(lambda do, *args, took=took: _kept(took, lambda: do(*args))):
                door.record_activity("event", event.pk)
            event.started_on_latest = moved
            times.append(sum(took))
            queries = max(queries, len(took))
    name = f"refresh after one edited event ({queries} statements at most)"
    yield Measured(name, statistics.median(times[2:]) * 1000, None, 10, "ms")


def _kept(took: list[float], do: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    try:
        return do()
    finally:
        took.append(time.perf_counter() - began)


def _on(day: date) -> None:
    from django.conf import settings

    settings.CLOCK = day


def _same(what: str, ours: Any, floor: Any) -> None:
    """Stop unless both say the same: what answers wrongly is not timed."""
    if ours != floor:
        sys.exit(f"Not the same, {what}:\n{ours}\n{floor}")
    print(f"the same: {what}", file=sys.stderr)


# Memory ----------------------------------------------------------------------------------------------------------


def _measure_memory(url: str, options: argparse.Namespace) -> Iterator[Measured]:
    """Measure by how much each of these grows a process of its own: it must not depend on the number of rows."""
    for name, what in MEMORY.items():
        if options.only in f"memory {name}":
            command = [sys.executable, "-m", "bench.continuity", "--grow", name]
            grown = subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.PIPE, check=True)
            yield Measured(f"memory of {what}", float(grown.stdout), None, 64, "MB")


MEMORY = {"sweep": "a sweep with 5 % changing", "answers": "as_of for all, read to the end"}


def grow(name: str) -> None:
    """Do one of `MEMORY` and print by how many megabytes the peak of this process has grown."""
    import django

    django.setup()
    from django.db import transaction

    from bench.generate import TODAY
    from continuity import rules
    from continuity.models import Initiative
    from continuity.sweep import sweep

    _on(TODAY + timedelta(40))
    Initiative.objects.first()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if name == "sweep":
        with transaction.atomic():
            sweep()
            transaction.set_rollback(True)
    else:
        for _pk, _answer in rules.each_as_of(TODAY):
            pass
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--grow"]:
        grow(sys.argv[2])
    else:
        sys.exit(main())
