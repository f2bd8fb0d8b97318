"""Events, outputs, fulfilments: what they refuse, and what follows from their dates."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from agreements.models import Commitment
from continuity.models import Initiative
from events import reports
from events.models import Event, Fulfilment, Output, Programme, StanceCoding
from registry.core.models import Pair, User
from tests.cast import commission, event, person, programme, session
from tests.everything import keep


@pytest.fixture(autouse=True)
def _today(on_day: Any) -> None:
    on_day("2026-11-22")


def refused(record: Any) -> dict[str, list[str]]:
    """Return field → sentences of what is wrong with a record."""
    with pytest.raises(ValidationError) as error:
        record.full_clean(exclude=record.DERIVED)
    return error.value.message_dict


def a_concert(pair: Pair, **fields: Any) -> Event:
    return Event(**{"pair": pair, "title": "Concert", "kind": "CONCERT", "format": "ONSITE", **fields})


# What is refused, with field, value and remedy -----------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["HELD", "HELD_DOWNGRADED", "MOVED_ONLINE"])
def test_what_is_held_did_not_begin_in_the_future(kg_tj: Pair, outcome: str) -> None:
    (sentence,) = refused(a_concert(kg_tj, outcome=outcome, started_on="2026-12-01"))["started_on"]
    assert sentence.startswith("“2026-12-01” lies in the future")
    a_concert(kg_tj, outcome=outcome, started_on="2026-11-23").full_clean()  # tomorrow is today somewhere
    a_concert(kg_tj, outcome=outcome, started_on="2026").full_clean()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"planned_on": "2020-05-02", "planned_until": "2020-05-01"}, "planned_until"),
        ({"started_on": "2020-05", "ended_on": "2020-04"}, "ended_on"),
    ],
)
def test_an_end_before_its_beginning(kg_tj: Pair, fields: dict[str, str], field: str) -> None:
    assert "Correct the one that is wrong" in refused(a_concert(kg_tj, **fields))[field][0]


def test_a_report_before_the_event_or_in_the_future(kg_tj: Pair) -> None:
    began = {"started_on": "2020-05", "outcome": "HELD"}
    assert "before “2020-05”" in refused(a_concert(kg_tj, **began, reported_on=date(2020, 4, 30)))["reported_on"][0]
    assert "in the future" in refused(a_concert(kg_tj, **began, reported_on=date(2027, 1, 1)))["reported_on"][0]
    a_concert(kg_tj, **began, reported_on=date(2020, 5, 1)).full_clean()


def test_initiative_and_session_are_of_the_same_pair(kg_tj: Pair) -> None:
    other = Pair.objects.between("KZ", "UZ")
    theirs = Initiative.objects.get(pk=programme(other).pk)
    met = session(commission(other))
    wrong = refused(a_concert(kg_tj, initiative=theirs, session=met))
    sentence = "It belongs to another pair. Choose one of the same pair, or leave it empty."
    assert wrong == {"initiative": [sentence], "session": [sentence]}


def test_a_state_that_is_computed_cannot_be_typed_in(kg_tj: Pair) -> None:
    assert "outcome" in refused(a_concert(kg_tj, outcome="UNREPORTED"))


def test_a_fulfilment_is_by_exactly_one(kg_tj: Pair) -> None:
    promise = keep(Commitment(pair=kg_tj, text="A festival"))
    series = Initiative.objects.get(pk=programme(kg_tj).pk)
    for both in ({}, {"event": event(kg_tj), "initiative": series}):
        wrong = refused(Fulfilment(commitment=promise, **both))
        assert "one of them, not both" in wrong["event"][0]


@pytest.mark.parametrize("by", ["event", "initiative"])
def test_a_promise_is_kept_by_something_of_its_own_pair(kg_tj: Pair, by: str) -> None:
    promise = keep(Commitment(pair=kg_tj, text="A festival"))
    other = Pair.objects.between("KZ", "UZ")
    theirs = event(other) if by == "event" else Initiative.objects.get(pk=programme(other).pk)
    assert "another pair" in refused(Fulfilment(commitment=promise, **{by: theirs}))[by][0]


def test_a_work_comes_from_an_event_of_its_own_pair(kg_tj: Pair) -> None:
    theirs = event(Pair.objects.between("KZ", "UZ"))
    assert "another pair" in refused(Output(pair=kg_tj, title="Book", kind="FILM", event=theirs))["event"][0]


def test_a_work_published_in_the_future(kg_tj: Pair) -> None:
    assert "published_on" in refused(Output(pair=kg_tj, title="Book", kind="FILM", published_on="2027"))


def test_at_most_two_people_code_a_work(kg_tj: Pair, aigul: User, bakyt: User) -> None:
    book = keep(Output(pair=kg_tj, title="Book", kind="FILM"))
    codings = [
        StanceCoding(output=book, coder=coder, stance="NEUTRAL", coded_on=date(2026, 1, 1))
        for coder in (aigul, bakyt, person("jamila"))
    ]
    for coding in codings[:2]:
        coding.full_clean()
        coding.save()
    codings[0].stance = "COMPETING"
    codings[0].full_clean()  # one of the two changes their mind
    with pytest.raises(ValidationError, match="Two people have coded it already"):
        codings[2].full_clean()


# What follows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "day", "expected"),
    [
        ({"planned_on": "2026-05-01"}, "2026-05-01", False),
        ({"planned_on": "2026-05-01"}, "2026-05-02", True),
        ({"planned_on": "2026-05"}, "2026-05-31", False),
        ({"planned_on": "2026-05"}, "2026-06-01", True),
        ({"planned_on": "2026-05-01", "planned_until": "2026-05-10"}, "2026-05-10", False),
        ({"planned_on": "2026-05-01", "planned_until": "2026-05-10"}, "2026-05-11", True),
        ({"planned_on": "2026-05-01", "outcome": "POSTPONED"}, "2026-06-01", False),
        ({"planned_on": "2026-05-01", "outcome": "HELD"}, "2026-06-01", False),
        ({}, "2026-06-01", False),
    ],
)
def test_a_planned_event_whose_last_day_has_passed_is_unreported(
    kg_tj: Pair, fields: dict[str, str], day: str, expected: bool
) -> None:
    """The object and the list in the database give one answer, and it is a concern from the next day on."""
    concert = event(kg_tj, **{"outcome": "PLANNED", "started_on": "", **fields})
    today = date.fromisoformat(day)
    assert concert.is_unreported(today) is expected
    assert Event.objects.filter(reports.unreported(today)).exists() is expected
    assert len(list(reports.unreported_events(today))) == expected


def test_what_a_draft_is_about_worries_nobody(kg_tj: Pair) -> None:
    hidden = programme(kg_tj, visibility="draft")
    planned = {"outcome": "PLANNED", "started_on": "", "planned_on": "2020"}
    event(kg_tj, visibility="draft", **planned)
    shown = event(kg_tj, initiative=hidden, title="Shown", **planned)
    (worry,) = reports.unreported_events(date(2026, 11, 22))
    assert (worry.record_id, worry.initiative_id) == (shown.pk, None)


def test_lists_order_an_event_by_when_it_began_or_was_to(kg_tj: Pair) -> None:
    assert event(kg_tj, started_on="2020-05").sort_day == date(2020, 5, 31)
    assert event(kg_tj, outcome="PLANNED", started_on="", planned_on="2027").sort_day == date(2027, 12, 31)
    assert event(kg_tj, outcome="PLANNED", started_on="").sort_day == date.min


@pytest.mark.parametrize(
    ("promised_on", "fulfilled_on", "lead"),
    [("2020-01-01", "2020-03-01", 60), ("2020", "2021", 365), ("", "2020", None), ("2020", "", None)],
)
def test_the_lead_time_of_a_promise(promised_on: str, fulfilled_on: str, lead: int | None) -> None:
    fulfilment = Fulfilment(commitment=Commitment(promised_on=promised_on), fulfilled_on=fulfilled_on)
    assert fulfilment.lead_days == lead


def test_fulfilling_a_promise_moves_no_clock(kg_tj: Pair) -> None:
    series = programme(kg_tj)
    before = Initiative.objects.filter(pk=series.pk).values().get()
    promise = keep(Commitment(pair=kg_tj, text="A festival"))
    keep(Fulfilment(commitment=promise, initiative=Initiative.objects.get(pk=series.pk), fulfilled_on="2026-01-01"))
    assert Initiative.objects.filter(pk=series.pk).values().get() == before


def test_a_programme_is_of_its_kind(kg_tj: Pair) -> None:
    series = Programme.objects.get(pk=programme(kg_tj).pk)
    assert series.kind == "programme"
    assert Initiative.objects.get().child == series
