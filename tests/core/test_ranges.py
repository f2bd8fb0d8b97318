"""Ranges of days, loose and exact, of numbers, and what was written since when."""

from datetime import UTC, datetime, timedelta

import pytest

from agreements.filters import AgreementFilterSet
from continuity.filters import InitiativeFilterSet, SuspensionFilterSet
from continuity.models import Suspension
from events.filters import EventFilterSet
from registry.core import write
from registry.core.filter_kinds import DocumentFilterSet, PairFilterSet
from registry.core.models import Document, Pair, Revision
from tests.cast import agreement, commission, event
from tests.core.test_filters import refs, remedy


@pytest.fixture
def loose(kg_tj: Pair) -> None:
    for ref, day in (("YEAR", "1994"), ("MONTH", "1994-06~"), ("DAY", "1994-06-30"), ("NONE", "")):
        agreement(kg_tj, ref=ref, signed_on=day)


@pytest.mark.parametrize(
    ("query", "possibly", "surely"),
    [
        ("signed_after=1994-06", ["DAY", "MONTH", "YEAR"], ["DAY", "MONTH"]),
        ("signed_after=1994-06-15", ["DAY", "MONTH", "YEAR"], ["DAY"]),
        ("signed_before=1994-06-15", ["MONTH", "YEAR"], []),
        ("signed_before=1994-06", ["DAY", "MONTH", "YEAR"], ["DAY", "MONTH"]),
        ("signed_before=1994", ["DAY", "MONTH", "YEAR"], ["DAY", "MONTH", "YEAR"]),
        ("signed_after=1994&signed_before=1994-11", ["DAY", "MONTH", "YEAR"], ["DAY", "MONTH"]),
        ("signed_after=1995", [], []),
    ],
)
def test_what_may_lie_in_a_range_and_what_surely_does(
    loose: None, query: str, possibly: list[str], surely: list[str]
) -> None:
    assert refs(AgreementFilterSet, query) == refs(AgreementFilterSet, f"{query}&dates=possibly") == possibly
    assert refs(AgreementFilterSet, f"{query}&dates=surely") == surely


def test_certainty_can_be_asked_where_there_are_loose_dates_alone(world: None) -> None:
    assert "dates" in AgreementFilterSet.base_filters and "dates" in SuspensionFilterSet.base_filters
    assert "dates" not in PairFilterSet.base_filters
    assert "“surely”" not in remedy(AgreementFilterSet, "dates=certainly").remedy
    assert "surely" in remedy(AgreementFilterSet, "dates=certainly").remedy


def test_a_range_of_numbers(kg_tj: Pair) -> None:
    for ref, people in (("FEW", 0), ("MANY", 500), ("UNKNOWN", None)):
        event(kg_tj, ref=ref, attendance=people)
    assert refs(EventFilterSet, "attendance_least=0") == ["FEW", "MANY"]
    assert refs(EventFilterSet, "attendance_most=499") == ["FEW"]
    assert refs(EventFilterSet, "attendance_least=500&attendance_most=500") == ["MANY"]
    assert remedy(EventFilterSet, "attendance_least=-1").value == "-1"


def test_an_exact_day_is_in_a_range_or_not(kg_tj: Pair) -> None:
    agreement(kg_tj)  # with which the pair is public
    assert refs(PairFilterSet, "tracked_from_after=2015&tracked_from_before=2015-01-01") == ["KG-TJ"]
    assert refs(PairFilterSet, "tracked_from_after=2015-01-02") == []


# Written since -------------------------------------------------------------------------------------------------------


def written_at(ref: str, moment: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert Revision.objects.filter(ref=ref).update(at=at)


def test_what_was_written_since(kg_tj: Pair) -> None:
    old, new = agreement(kg_tj, ref="OLD"), commission(kg_tj, ref="NEW")
    written_at("OLD", "2026-11-20T23:59:59")
    written_at("NEW", "2026-11-21T09:30:00")
    assert refs(InitiativeFilterSet, "updated_since=2026-11-21") == ["NEW"]
    assert refs(InitiativeFilterSet, "updated_since=2026-11-20T23:59:59Z") == ["NEW", "OLD"]
    assert refs(InitiativeFilterSet, "updated_since=2026-11-21T14:30%2B05:00") == ["NEW"]
    assert refs(InitiativeFilterSet, "updated_since=2026-11-21T14:30+05:00") == ["NEW"]
    assert refs(InitiativeFilterSet, "updated_since=2026-11-21T09:30:01") == []
    assert refs(AgreementFilterSet, "updated_since=2026-11-20") == ["OLD"]
    write.save(old, by=write.SYSTEM)
    assert refs(InitiativeFilterSet, "updated_since=2026-11-21") == ["NEW", "OLD"]
    assert new.ref == "NEW"


def test_a_record_of_another_kind_with_the_same_reference_is_not_meant(kg_tj: Pair) -> None:
    agreement(kg_tj, ref="SAME")
    event(kg_tj, ref="SAME")
    written_at("SAME", "2026-11-20T00:00:00")
    Revision.objects.filter(model="events.Event").update(at=datetime(2026, 11, 22, tzinfo=UTC))
    assert refs(EventFilterSet, "updated_since=2026-11-21") == ["SAME"]
    assert refs(AgreementFilterSet, "updated_since=2026-11-21") == []


def test_documents_are_found_by_their_own_writes(kg_tj: Pair) -> None:
    scan = Document(record=agreement(kg_tj), kind="SCAN", address="https://example.org/scan", ref="SCAN")
    scan.visibility = "published"
    write.save(scan, by=write.SYSTEM)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert refs(DocumentFilterSet, f"updated_since={yesterday}") == ["SCAN"]


@pytest.mark.parametrize("value", ["2026", "2026-02-30", "2026-11-22T25:00", "yesterday", "2026-11-22T09:30:00+99:00"])
def test_what_is_no_moment_is_refused(world: None, value: str) -> None:
    problem = remedy(EventFilterSet, f"updated_since={value.replace('+', '%2B')}")
    assert (problem.parameter, problem.value) == ("updated_since", value)
    assert "2026-11-22T09:30:00Z" in problem.remedy


def test_parts_have_no_log_of_their_own() -> None:
    assert "updated_since" not in SuspensionFilterSet.base_filters
    assert not issubclass(Suspension, Revision)
