"""What continuity itself reports as needing care: suspensions that have lasted for longer than a year."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from continuity import reports, sweep
from continuity.models import Concern, Suspension
from registry.core import write
from registry.core.models import Pair
from tests.cast import commission


def suspended(pair: Pair, *stretches: tuple[str, str], **fields: Any) -> Any:
    council = commission(pair, **fields)
    with write.change(council, by=write.SYSTEM):
        council.save()
        for first, last in stretches:
            Suspension.objects.create(initiative=council, started_on=first, ended_on=last)
    return council


@pytest.mark.parametrize(
    ("stretches", "first"),
    [
        ([("2025-11-22", "")], "2025-11-22"),
        ([("2025-11-23", "")], None),  # a year is over tomorrow
        ([("2025-11-22", "2026-11-22")], "2025-11-22"),
        ([("2025-01-01", "2026-11-21")], None),  # it ended yesterday
        ([("2025-01-01", "2025-12-31"), ("2026-01-01", "")], "2025-01-01"),
        ([("2025-01-01", "2025-12-30"), ("2026-01-01", "")], None),  # a day between them
        ([("2026-06-01", ""), ("2024-01-01", "2026-08-01"), ("2024-05-01", "2024-06-01")], "2024-01-01"),
        ([("2025-01-01", ""), ("2026-12-01", "2027-01-01")], "2025-01-01"),
        ([("2025", "")], "2025-01-01"),
    ],
)
def test_a_suspension_of_more_than_a_year(kg_tj: Pair, on_day: Any, stretches: list, first: str | None) -> None:
    today = on_day("2026-11-22")
    council = suspended(kg_tj, *stretches)
    found = [(worry.key, worry.initiative_id) for worry in reports.long_suspensions(today)]
    assert found == ([(f"{council.ref}:{first}", council.pk)] if first else [])


def test_what_is_hidden_or_has_ended_is_none(kg_tj: Pair, on_day: Any) -> None:
    today = on_day("2026-11-22")
    suspended(kg_tj, ("2024-01-01", ""), visibility="draft")
    suspended(kg_tj, ("2024-01-01", ""), ended_on="2026-01-01")
    assert list(reports.long_suspensions(today)) == []


def test_it_is_raised_once_and_settled_when_it_is_resumed(kg_tj: Pair, on_day: Callable[[str], date]) -> None:
    on_day("2026-11-21")
    council = suspended(kg_tj, ("2025-11-22", ""))
    assert sweep.sweep().concerns == 0
    on_day("2026-11-22")
    assert [sweep.sweep().concerns, sweep.sweep().concerns] == [1, 0]
    council.refresh_from_db()
    with write.change(council, by=write.SYSTEM):
        council.save()
        council.suspensions.update(ended_on="2026-11-21", ended_on_latest=date(2026, 11, 21))
        for one in council.suspensions.all():
            one.save()
    sweep.sweep()
    assert Concern.objects.get().settled_on == date(2026, 11, 22)
