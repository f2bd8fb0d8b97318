"""What a benchmark of the API compares, and how it says what it found."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from bench.servers import Server, rate

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
        return None if self.drf is None else self._times(self.ours, self.drf)

    @property
    def over_floor(self) -> float | None:
        return None if self.floor is None else self._times(self.floor, self.ours)

    def _times(self, better: float, worse: float) -> float:
        """Return how many times as good one amount is as the other; of requests a second many are good."""
        one, other = (better, worse) if self.unit == "/s" else (worse, better)
        return one / other if other else inf

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


def count(table: str) -> int:
    """Return how many rows a table of the database that is measured has."""
    return sql(f"SELECT count(*) FROM {table}")[0][0]


def sql(statement: str, params: Any = ()) -> list[tuple]:
    """Return the rows that the database that is measured answers with."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


def answer(server: Server, at: str) -> Any:
    """Return the JSON that a server answers with under an address."""
    return json.loads(server.get(at))


def same(what: str, ours: Any, other: Any) -> None:
    """Stop unless both say the same, names in the same order: what answers wrongly is not timed."""
    one, two = json.dumps(ours), json.dumps(other)
    if one != two:
        at = next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
        sys.exit(f"Not the same, {what}:\n… {one[max(at - 300, 0) : at + 300]}\n… {two[max(at - 300, 0) : at + 300]}")


def timed(do: Callable[[], Any]) -> float:
    """Return the seconds that it takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began
