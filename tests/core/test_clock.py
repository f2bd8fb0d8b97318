"""Today comes from one place."""

import ast
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.core import clock

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_today_is_the_day_in_utc(settings: Any, monkeypatch: Any, zone: str) -> None:
    """Whatever the machine's zone: at any hour one of these two has another day than UTC."""
    settings.CLOCK = None
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before, today, after = datetime.now(UTC).date(), clock.today(), datetime.now(UTC).date()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert before <= today <= after


def test_the_variable_moves_it(on_day: Any) -> None:
    assert on_day("2019-03-12") == clock.today() == date(2019, 3, 12)


def test_the_variable_moves_it_to_a_moment(on_day: Any) -> None:
    assert on_day("2019-03-12T23:30") == clock.today() == date(2019, 3, 12)
    assert type(clock.today()) is date
    assert clock.now() == datetime(2019, 3, 12, 23, 30, tzinfo=UTC)


def test_the_future_begins_the_day_after_tomorrow(on_day: Any) -> None:
    """Half a day before us the date line has tomorrow already."""
    today = on_day("2019-12-31")
    assert [clock.is_future(today + timedelta(days=days)) for days in (0, 1, 2)] == [False, False, True]


def test_nobody_else_asks_what_day_it_is() -> None:
    """`date.today()`, `datetime.now()` and `timezone.localdate()` would not move with CLOCK."""
    asked = []
    for room in ("registry", "actors", "continuity", "agreements", "events"):
        for path in (ROOT / room).rglob("*.py"):
            if path == ROOT / "registry" / "core" / "clock.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                call = node.func if isinstance(node, ast.Call) else None
                if not isinstance(call, ast.Attribute) or getattr(call.value, "id", "") == "clock":
                    continue
                if call.attr in ("today", "utcnow", "localdate"):
                    asked.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert asked == []
