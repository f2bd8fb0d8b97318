"""Each index on a small history, counted by hand beside it."""

from datetime import date
from typing import Any

import pytest

from agreements.models import Commitment
from continuity.models import TensionEpisode
from events.models import Fulfilment
from registry.core import write
from registry.core.models import Pair
from tests.cast import agreement, commission, event, programme, session
from tests.events.indices.world import actor, counts, figure, held, keep, terms

pytestmark = pytest.mark.django_db
TWENTY = ("2020-01-01", "2020-12-31")


@pytest.fixture(autouse=True)
def today(on_day: Any) -> date:
    return on_day("2026-11-22")


# Which events belong to a period -----------------------------------------------------------------------------------


def test_an_event_belongs_to_the_day_it_counts_from(kg_tj: Pair) -> None:
    event(kg_tj, ref="LAST-DAY", started_on="2020-12-31")
    event(kg_tj, ref="SOME-DAY", started_on="2020")  # any day of the year: its last
    event(kg_tj, ref="OVER-NEW-YEAR", started_on="2020-12-20", ended_on="2021-01-05")  # the day it began
    event(kg_tj, ref="DOUBTFUL", started_on="2020-12?")
    event(kg_tj, ref="DOWNGRADED", started_on="2020-06-01", outcome="HELD_DOWNGRADED")
    event(kg_tj, ref="MOVED", started_on="2020-06-01", outcome="MOVED_ONLINE")
    event(kg_tj, ref="REPORTED", started_on="2021", reported_on=date(2021, 4, 3))  # not later than it was reported
    event(kg_tj, ref="UNDATED", started_on="")
    event(kg_tj, ref="POSTPONED", started_on="", planned_on="2020-06-01", outcome="POSTPONED")
    event(kg_tj, ref="DRAFT", started_on="2020-06-01", visibility="draft")
    held_in = {"LAST-DAY", "SOME-DAY", "OVER-NEW-YEAR", "DOUBTFUL", "DOWNGRADED", "MOVED"}
    assert set(figure(kg_tj, "structure", *TWENTY).among) == held_in
    assert set(figure(kg_tj, "structure", "2021-01-01", "2021-04-03").among) == {"REPORTED"}
    assert counts(kg_tj, "structure", "2021-04-04", "2026-11-22") == (0, 0)


# Continuity and coordination ----------------------------------------------------------------------------------------


def test_continuity_counts_days_with_a_clock(kg_tj: Pair) -> None:
    commission(kg_tj, ref="C1")  # from 2016-01-01, default 365 + 182 days: lapses on 1 July 2017
    agreement(kg_tj)  # irregular: no clock
    commission(kg_tj, tracking="none")
    assert counts(kg_tj, "continuity", "2016-01-01", "2016-12-31") == (366, 366)
    found = figure(kg_tj, "continuity", "2017-01-01", "2017-12-31")
    assert (found.counted, found.among) == ({"C1": 182}, {"C1": 365})
    assert found.value == 0.49863
    assert counts(kg_tj, "continuity", "2014-01-01", "2014-12-31") == (0, 0)  # before tracking


def test_sessions_expected_are_whole_cadences_of_tracked_unsuspended_days(kg_tj: Pair) -> None:
    body = commission(kg_tj, ref="C1", cadence=160)
    with write.change(body, by=write.SYSTEM):
        body.save()
        body.suspensions.create(started_on="2016-02-01", ended_on="2016-03-31")  # 60 days: 306 // 160 = 1
    session(body, ref="M1", started_on="2016-06-01")
    session(body, ref="M2", started_on="2016-02-10", outcome="HELD_DOWNGRADED")  # on a suspended day
    session(body, started_on="2016-07-10", outcome="CANCELLED")
    other = commission(kg_tj, rhythm="irregular")
    session(other, ref="M3", started_on="2016-08-01")
    found = figure(kg_tj, "sessions", "2016-01-01", "2016-12-31")
    assert (found.counted, found.among) == ({"M1": 1}, {"C1": 1})
    assert "not counted: 2" in " ".join(found.notes)
    assert counts(kg_tj, "sessions", "2016-04-01", "2017-12-31") == (1, 4)  # 640 days
    nothing = figure(kg_tj, "sessions", "2016-06-01", "2016-06-30")  # held, and no whole cadence fits
    assert (nothing.numerator, nothing.denominator, nothing.value) == (1, 0, None)


def test_the_cadence_is_that_of_the_last_day_of_the_period(kg_tj: Pair) -> None:
    body = commission(kg_tj)
    for day in ("2016-02-01", "2016-04-01", "2016-06-01", "2016-08-01"):  # from August on: 61 days × 1.5 = 92
        session(body, started_on=day)
    assert counts(kg_tj, "sessions", "2016-01-01", "2016-07-31") == (3, 0)  # 213 days of 365
    assert counts(kg_tj, "sessions", "2016-01-01", "2016-12-31") == (4, 3)  # 366 // 92


def promise(pair: Pair, ref: str, due: str, state: str = "OPEN", kept: str | None = None) -> None:
    made = keep(Commitment(pair=pair, ref=ref, text=ref, due_on=due, state=state))
    if kept is not None:
        keep(Fulfilment(commitment=made, event=event(pair, started_on="2019-01-01"), fulfilled_on=kept))


def test_commitments_on_time_of_those_due(kg_tj: Pair) -> None:
    promise(kg_tj, "LAST-DAY", "2020-06", "DONE", "2020-06-30")
    promise(kg_tj, "LATE", "2020-06-29", "DONE", "2020-06-30")
    promise(kg_tj, "LOOSE", "2020-06-29", "DONE", "2020")  # perhaps in time, perhaps not: by the latest day not
    promise(kg_tj, "UNDATED", "2020-06-01", "DONE", "")
    promise(kg_tj, "OPEN", "2020-06-01")
    promise(kg_tj, "DROPPED", "2020-06-01", "DROPPED")
    promise(kg_tj, "NEXT-YEAR", "2021-01-01")
    found = figure(kg_tj, "commitments", *TWENTY)
    assert set(found.counted) == {"LAST-DAY"}
    assert set(found.among) == {"LAST-DAY", "LATE", "LOOSE", "UNDATED", "OPEN", "DROPPED"}
    assert " ".join(found.notes).startswith("Done on a day not on file, and not counted as on time: 1. Dropped")


def test_what_is_due_today_is_not_due_yet(kg_tj: Pair) -> None:
    event(kg_tj)  # a promise is seen with its pair, and that with what is public in it
    promise(kg_tj, "TODAY", "2026-11-22")
    promise(kg_tj, "YESTERDAY", "2026-11-21")
    assert figure(kg_tj, "commitments", "2026-01-01", "2026-11-22").among == {"YESTERDAY": 1}


def test_agenda_with_a_cultural_item(kg_tj: Pair) -> None:
    body = commission(kg_tj)
    culture, trade, both, bare = (session(body, ref=ref, started_on="2020-03-01") for ref in "CTBN")
    culture.agenda_fields.set(terms("field", "ECONOMY", "GENERAL"))
    trade.agenda_fields.set(terms("field", "ECONOMY"))
    both.agenda.create(number=1, text="Festivals").fields.set(terms("field", "FESTIVAL"))
    bare.agenda.create(number=1, text="Any other business")
    session(body, ref="X", started_on="2020-04-01")  # no agenda on file
    found = figure(kg_tj, "agenda", *TWENTY)
    assert (set(found.counted), set(found.among)) == ({"C", "B"}, {"C", "T", "B", "N"})


# Who leads -----------------------------------------------------------------------------------------------------------


def test_non_state_involvement_on_both_bases(kg_tj: Pair) -> None:
    ministry = actor("MINISTRY", "S_MIN_CULT", "STATE")
    university = actor("UNIVERSITY", "N_UNI", "STATE")  # a state body that the literature counts as non-state
    minister = actor("MINISTER", "N_PERSON", "STATE")  # a person has the own sector on either basis
    union = actor("UNION", "N_UNION", "MIXED")
    society = actor("SOCIETY")
    hidden = actor("HIDDEN", visibility="draft")
    held(kg_tj, "E1", "2020-01-01", ministry, society)
    held(kg_tj, "E2", "2020-01-02", university)
    held(kg_tj, "E3", "2020-01-03", minister)
    held(kg_tj, "E4", "2020-01-04", union)
    held(kg_tj, "E5", "2020-01-05", ministry, hidden)
    held(kg_tj, "E6", "2020-01-06", hidden, with_=(society,))  # nobody who leads may be seen
    by_sector, by_type = (figure(kg_tj, "non_state", *TWENTY, basis) for basis in ("sector", "type"))
    assert set(by_sector.among) == set(by_type.among) == {"E1", "E2", "E3", "E4", "E5"}
    assert (set(by_sector.counted), set(by_type.counted)) == ({"E1"}, {"E1", "E2", "E4"})
    assert counts(kg_tj, "non_state", "2019-01-01", "2019-12-31") == (0, 0)


def test_only_four_roles_lead(kg_tj: Pair) -> None:
    society = actor("SOCIETY")
    for role in ("INITIATOR", "ORGANISER", "CO_ORGANISER", "COORDINATOR", "FUNDER", "HOST", "IMPLEMENTER"):
        held(kg_tj, role.replace("_", "-"), "2020-01-01").participations.create(actor=society, role=role)
    leading = {"INITIATOR", "ORGANISER", "CO-ORGANISER", "COORDINATOR"}
    assert set(figure(kg_tj, "non_state", *TWENTY).among) == leading


def test_diversity_of_actors_and_of_sectors(kg_tj: Pair) -> None:
    one, two, state = actor("ONE"), actor("TWO"), actor("STATE", "N_UNI", "STATE")
    held(kg_tj, "E1", "2020-01-01", one, with_=(two, state))
    held(kg_tj, "E2", "2020-01-02", one, two)
    held(kg_tj, "E3", "2020-01-03", state)
    # four leading participations, 2 + 1 + 1 by actor: 16 − (4 + 1 + 1); 3 + 1 by sector: 16 − (9 + 1)
    assert counts(kg_tj, "actor_diversity", *TWENTY) == (10, 16)
    assert counts(kg_tj, "sector_diversity", *TWENTY) == (6, 16)
    assert counts(kg_tj, "sector_diversity", *TWENTY, "type") == (0, 16)  # then all three are non-state
    assert figure(kg_tj, "actor_diversity", "2019-01-01", "2019-12-31").value is None


# Structure -----------------------------------------------------------------------------------------------------------


def test_structure_and_ladder(kg_tj: Pair) -> None:
    frame = agreement(kg_tj)
    body = commission(kg_tj, parent=frame)
    plan = programme(kg_tj, programme_kind="COOPERATION")
    owners = {
        "stand_alone": [None, programme(kg_tj, visibility="draft")],  # what is hidden is not there
        "recurring": [programme(kg_tj)],
        "programme": [plan, programme(kg_tj, parent=plan)],
        "agreement_or_commission": [agreement(kg_tj), commission(kg_tj), programme(kg_tj, parent=agreement(kg_tj))],
        "agreement_and_commission": [frame, body, programme(kg_tj, parent=frame), programme(kg_tj, parent=body)],
    }
    for rung, initiatives in owners.items():
        for at, one in enumerate(initiatives):
            held(kg_tj, f"{rung.replace('_', '-')}-{at}", "2020-05-01", initiative=one)
    assert counts(kg_tj, "structure", *TWENTY) == (10, 12)
    for rung, initiatives in owners.items():
        found = figure(kg_tj, "ladder", *TWENTY, part=rung)
        assert sorted(found.counted) == [f"{rung.replace('_', '-')}-{at}" for at in range(len(initiatives))]
        assert found.denominator == 12


def test_continuity_by_rung_adds_up_to_continuity(kg_tj: Pair) -> None:
    body = commission(kg_tj, parent=agreement(kg_tj))
    commission(kg_tj, cadence=1000)
    programme(kg_tj)
    session(body, started_on="2017-05-05")
    rungs = ("recurring", "programme", "agreement_or_commission", "agreement_and_commission")
    parts = [counts(kg_tj, "ladder_continuity", "2016-01-01", "2018-12-31", part=rung) for rung in rungs]
    assert parts == [(548, 1096), (0, 0), (1096, 1096), (1038, 1096)]
    assert counts(kg_tj, "continuity", "2016-01-01", "2018-12-31") == (2682, 3288)


def test_long_term(kg_tj: Pair) -> None:
    spans = {
        "YEARS": ("2018", "2020"),
        "TO-THE-DAY": ("2018-03-01", "2021-02-28"),
        "A-DAY-SHORT": ("2018-03-01", "2021-02-27"),
        "LEAP": ("2016-02-29", "2019-02-28"),
        "RUNS": ("2017-05-02", ""),  # with no end on file: for three years on the day of the event
        "RUNS-SHORT": ("2017-05-03", ""),
        "NO-START": ("", "2030"),
    }
    for ref, (first, last) in spans.items():
        above = programme(kg_tj, started_on=first, ended_on=last)
        held(kg_tj, ref, "2020-05-01", initiative=programme(kg_tj, parent=above, ended_on="2016-12-31"))
    found = figure(kg_tj, "long_term", *TWENTY)
    assert (set(found.counted), found.denominator) == ({"YEARS", "TO-THE-DAY", "LEAP", "RUNS"}, 7)


# Breadth and stock ---------------------------------------------------------------------------------------------------


def in_force(pair: Pair, ref: str, *fields: str, **more: Any) -> None:
    agreement(pair, ref=ref, in_force_on="2019-05-01", signed_on="2019-01-01", **more).fields.set(
        terms("field", *fields)
    )


def test_breadth_compares_cultural_fields(kg_tj: Pair) -> None:
    in_force(kg_tj, "A1", "FESTIVAL", "SPORT", "GENERAL", "ECONOMY")
    in_force(kg_tj, "A2", "SPORT", "TOURISM", ended_on="2020-01-01")
    in_force(kg_tj, "GONE", "CINEMA_MEDIA", ended_on="2019-12-31")
    in_force(kg_tj, "ENDED", "HISTORY", declared_status="TERMINATED")  # it has ended, on a day not on file
    agreement(kg_tj, ref="SIGNED").fields.set(terms("field", "YOUTH"))
    held(kg_tj, "E1", "2020-05-01").fields.set(terms("field", "FESTIVAL", "ALL", "GENERAL", "ECONOMY", "YOUTH"))
    found = figure(kg_tj, "breadth", *TWENTY)
    assert (set(found.counted), set(found.among)) == ({"FESTIVAL"}, {"FESTIVAL", "SPORT", "TOURISM"})
    assert counts(kg_tj, "breadth", "2020-01-02", "2020-12-31") == (1, 2)
    assert figure(kg_tj, "breadth", "2018-01-01", "2018-12-31").value is None


def test_stock_each_31_december(kg_tj: Pair) -> None:
    in_force(kg_tj, "A1", "FESTIVAL")
    in_force(kg_tj, "A2", "ECONOMY", ended_on="2020-12-31")
    in_force(kg_tj, "A3", "ALL", ended_on="2020-12-30")
    in_force(kg_tj, "DRAFT", "FESTIVAL", visibility="draft")
    for last, number, cultural in (
        ("2018-12-31", 0, 0),
        ("2019-12-31", 3, 2),
        ("2020-12-31", 2, 1),
        ("2022-05-01", 1, 1),
    ):
        found = [figure(kg_tj, "stock", "2018-01-01", last, part=part) for part in ("all", "cultural")]
        assert [one.value for one in found] == [number, cultural], last
        assert [one.denominator for one in found] == [None, None]
    assert figure(kg_tj, "stock", "2026-01-01", "2026-11-22", part="all").value is None  # it has not come


# What the events are like --------------------------------------------------------------------------------------------


def test_digital_youth_border_and_beyond_cycles(kg_tj: Pair) -> None:
    held(kg_tj, "ONLINE", "2020-01-01", format="ONLINE", border="YES", occasion="NONE")
    held(kg_tj, "HYBRID", "2020-01-02", format="HYBRID", border="NO", occasion="ANNIVERSARY")
    held(kg_tj, "MOVED", "2020-01-03", outcome="MOVED_ONLINE", occasion="UNKNOWN")
    held(kg_tj, "CAST", "2020-01-04", format="BROADCAST")
    young = held(kg_tj, "YOUNG", "2020-01-05")
    young.audiences.set(terms("audience", "STUDENTS", "OFFICIALS"))
    held(kg_tj, "OLD", "2020-01-06").audiences.set(terms("audience", "OFFICIALS"))
    found = {code: figure(kg_tj, code, *TWENTY) for code in ("digital", "youth", "border", "beyond_cycles")}
    assert set(found["digital"].counted) == {"ONLINE", "HYBRID", "MOVED"}
    assert set(found["youth"].counted) == {"YOUNG"}
    assert set(found["border"].counted) == {"ONLINE"}
    assert [found[code].denominator for code in ("digital", "youth", "border")] == [6, 6, 6]
    assert (set(found["beyond_cycles"].counted), set(found["beyond_cycles"].among)) == (
        {"ONLINE"},
        {"ONLINE", "HYBRID"},
    )


# Series, silence, ties -----------------------------------------------------------------------------------------------


def series(pair: Pair, ref: str, *days: str, **fields: Any) -> None:
    made = programme(pair, ref=ref, **fields)
    for at, day in enumerate(days):
        held(pair, f"{ref}-{at}", day, initiative=made)


def test_recurrence_within_two_cadences(kg_tj: Pair) -> None:
    series(kg_tj, "AGAIN", "2017-01-01", "2019-01-01")  # 730 days: the last day of two cadences
    series(kg_tj, "LATE", "2017-01-01", "2019-01-02")
    series(kg_tj, "ONCE", "2017-01-01")
    series(kg_tj, "SAME-DAY", "2017-01-01", "2017-01-01")  # two concerts of one edition
    series(kg_tj, "RECENT", "2025-06-01", "2026-05-01")  # not over yet, whatever has been held
    series(kg_tj, "ENDED", "2017-01-01", ended_on="2017-12-31")
    series(kg_tj, "UNTRACKED", "2017-01-01", "2018-01-01", tracking="none")
    series(kg_tj, "PLAN", "2017-01-01", "2018-01-01", programme_kind="COOPERATION")
    found = figure(kg_tj, "recurrence", "2015-01-01", "2017-12-31")
    assert (set(found.counted), set(found.among)) == ({"AGAIN"}, {"AGAIN", "LATE", "ONCE", "SAME-DAY"})
    assert figure(kg_tj, "recurrence", "2018-01-01", "2026-11-22").notes[0].endswith(": 1.")


def test_events_without_sessions(kg_tj: Pair) -> None:
    body = commission(kg_tj)  # lapses on 1 July 2017
    session(body, started_on="2018-01-01")
    for ref, day in (
        ("BEFORE", "2015-06-01"),
        ("LAST", "2017-07-01"),
        ("LAPSED", "2017-07-02"),
        ("AFTER", "2018-01-01"),
    ):
        held(kg_tj, ref, day)
    found = figure(kg_tj, "without_sessions", "2015-01-01", "2018-12-31")
    assert (set(found.counted), found.denominator) == ({"LAPSED"}, 4)
    assert "Held on days on which no commission’s clock ran: 1." in found.notes


def test_lasting_ties(kg_tj: Pair) -> None:
    one, two, three = actor("ONE"), actor("TWO"), actor("THREE")
    held(kg_tj, "E1", "2018-01-01", one, with_=(two, three))
    held(kg_tj, "E2", "2019-06-01", one, two)  # during it
    held(kg_tj, "E3", "2021-01-01", two, with_=(one,))
    held(kg_tj, "E4", "2022-01-01", three)
    tension(kg_tj, "2019-01", "2020")
    found = figure(kg_tj, "lasting_ties", "2015-01-01", "2023-12-31")
    assert set(found.counted) == {"ONE + TWO"}
    assert set(found.among) == {"ONE + TWO", "ONE + THREE", "THREE + TWO"}
    assert counts(kg_tj, "lasting_ties", "2015-01-01", "2020-12-31") == (0, 3)  # nothing after it in the period
    assert counts(kg_tj, "lasting_ties", "2021-01-01", "2023-12-31") == (0, 0)  # the episode is not in the period


def tension(pair: Pair, first: str, last: str) -> TensionEpisode:
    fields = {"title": "Closure", "kind": "BORDER_CLOSURE", "visibility": "published"}
    return keep(TensionEpisode(pair=pair, started_on=first, ended_on=last, **fields))
