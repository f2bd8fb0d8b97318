"""The rule for one initiative, on facts that no database has seen."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given

from continuity.rules import FIXED, LAPSED, TICKING, Facts, Lapse, State, as_of, lapses, state_from_stored
from tests.continuity.histories import CASES, PROPERTY, day, edges, facts_of, histories, slow_lapses, slow_state

YEARLY = Facts("commission", start=date(2010, 1, 1), tracked_from=date(2010, 1, 1), cadence=365)


def on(*days: str) -> tuple[tuple[date, bool], ...]:
    return tuple((date.fromisoformat(one), True) for one in days)


def state(facts: Facts, text: str) -> State:
    return as_of(facts, date.fromisoformat(text)).state


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_worked_case(case):
    facts = facts_of(case)
    for expected in case["answers"]:
        answer = as_of(facts, day(expected["as_of"]))
        assert answer.state == expected["state"], expected["as_of"]
        assert answer.cadence_days == expected["cadence_days"]
        assert answer.cadence_source == expected["cadence_source"]
        assert (answer.due_on, answer.lapses_on) == (day(expected["due_on"]), day(expected["lapses_on"]))
    found = [(one.began_on, one.ended_on) for one in lapses(facts, day(case["lapses"]["until"]))]
    assert found == [(day(run["began_on"]), day(run["ended_on"])) for run in case["lapses"]["runs"]]


def test_groups_hold_every_state_once():
    assert sorted((*FIXED, *TICKING)) == sorted(State)
    assert set(LAPSED) < set(TICKING)


# The order of the states -----------------------------------------------------------------------------------------


def test_planned_comes_before_all_else():
    facts = replace(YEARLY, start=date(2015, 1, 1), end=date(2012, 1, 1), suspensions=((date(2010, 1, 1), None),))
    assert state(facts, "2014-12-31") == State.PLANNED
    assert state(facts, "2015-01-01") == State.CONCLUDED


def test_under_negotiation_is_planned_only_without_a_start():
    assert state(replace(YEARLY, start=None, stated="negotiation"), "2010-06-01") == State.PLANNED
    assert state(replace(YEARLY, stated="negotiation"), "2010-06-01") == State.ACTIVE


def test_stated_end_concludes_only_where_no_end_is_on_file():
    assert state(replace(YEARLY, stated="ended"), "2010-06-01") == State.CONCLUDED
    assert state(replace(YEARLY, stated="ended", end=date(2010, 6, 1)), "2010-06-01") == State.ACTIVE
    assert state(replace(YEARLY, stated="ended", end=date(2010, 6, 1)), "2010-06-02") == State.CONCLUDED


def test_suspended_comes_before_untracked_and_untracked_before_episodic():
    facts = replace(YEARLY, tracked_from=None, rhythm="irregular", suspensions=((date(2011, 1, 1), date(2011, 1, 1)),))
    assert state(facts, "2011-01-01") == State.SUSPENDED
    assert state(facts, "2011-01-02") == State.UNTRACKED
    assert state(replace(facts, tracked_from=date(2011, 1, 2)), "2011-01-02") == State.EPISODIC


def test_first_and_last_tracked_day_are_tracked():
    facts = replace(YEARLY, tracked_from=date(2012, 1, 1), tracked_until=date(2012, 12, 31))
    found = [state(facts, text) for text in ("2011-12-31", "2012-01-01", "2012-12-31", "2013-01-01")]
    assert found == [State.UNTRACKED, State.ACTIVE, State.DUE, State.UNTRACKED]


def test_nothing_is_due_where_no_clock_runs():
    answer = as_of(replace(YEARLY, rhythm="irregular", activities=on("2012-05-05")), date(2013, 1, 1))
    assert (answer.state, answer.last_activity_on) == (State.EPISODIC, date(2012, 5, 5))
    assert {answer.baseline, answer.cadence_days, answer.cadence_source, answer.grace_days} == {None}
    assert {answer.active_until, answer.due_on, answer.lapses_on, answer.symbolic_until} == {None}


# The baseline ----------------------------------------------------------------------------------------------------


def test_resumption_counts_from_the_day_after_the_last_day():
    facts = replace(YEARLY, suspensions=((date(2011, 1, 1), date(2011, 12, 31)),))
    assert as_of(facts, date(2010, 12, 31)).baseline == date(2010, 1, 1)
    assert state(facts, "2011-12-31") == State.SUSPENDED
    assert as_of(facts, date(2012, 1, 1)).baseline == date(2012, 1, 1)


def test_future_activity_is_not_yet_activity():
    facts = replace(YEARLY, activities=on("2010-03-01", "2012-03-01"))
    answer = as_of(facts, date(2012, 2, 29))
    assert (answer.state, answer.last_activity_on) == (State.DORMANT, date(2010, 3, 1))
    assert answer.good_until == date(2012, 2, 29)


def test_symbolic_activity_moves_no_due_day_and_is_no_last_activity():
    facts = replace(YEARLY, activities=((date(2010, 12, 1), False),))
    answer = as_of(facts, date(2011, 9, 1))
    assert (answer.state, answer.due_on, answer.last_activity_on) == (State.SYMBOLIC, date(2011, 1, 1), None)
    assert answer.symbolic_until == date(2010, 12, 1) + timedelta(365 + 182)


# Cadence and grace -----------------------------------------------------------------------------------------------


def test_a_fifth_of_the_cadence_is_rounded_down():
    facts = replace(YEARLY, cadence=34)
    assert as_of(facts, date(2010, 1, 1)).active_until == date(2010, 1, 1) + timedelta(28)


def test_clause_counts_for_commissions_alone():
    facts = replace(YEARLY, cadence=None, clause=100)
    assert as_of(facts, date(2010, 1, 1)).cadence_days == 100
    assert as_of(replace(facts, kind="programme"), date(2010, 1, 1)).cadence_source == "default"


def test_inferred_cadence_reads_activity_of_before_the_tracked_days():
    facts = replace(YEARLY, cadence=None, activities=on("2001-01-01", "2001-03-01", "2001-05-01", "2001-07-01"))
    answer = as_of(facts, date(2010, 1, 1))
    assert (answer.cadence_days, answer.cadence_source) == (92, "inferred")  # gaps 59, 61, 61: 61 × 1.5 = 91.5


def test_symbolic_activity_is_not_inferred_from():
    three, symbolic = on("2010-02-01", "2010-04-01", "2010-06-01"), (date(2010, 8, 1), False)
    assert as_of(replace(YEARLY, cadence=None, activities=(*three, symbolic)), date(2011, 1, 1)).cadence_days == 365


@pytest.mark.parametrize(("cadence", "grace", "expected"), [(365, None, 182), (40, None, 30), (365, 0, 0)])
def test_grace_is_half_the_cadence_and_at_least_thirty_days(cadence, grace, expected):
    assert as_of(replace(YEARLY, cadence=cadence, grace=grace), date(2010, 1, 1)).grace_days == expected


# Lapses ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"activities": on("2012-01-01")}, "activity"),
        ({"suspensions": ((date(2012, 1, 1), None),)}, "suspension"),
        ({"end": date(2011, 12, 31)}, "conclusion"),
        ({"tracked_until": date(2011, 12, 31)}, "end_of_tracking"),
        ({"activities": on("2012-01-01"), "suspensions": ((date(2012, 1, 1), None),)}, "suspension"),
    ],
)
def test_what_ended_a_lapse(change, by):
    assert lapses(replace(YEARLY, **change), date(2012, 6, 1)) == (Lapse(date(2011, 7, 3), date(2012, 1, 1), by),)


def test_symbolic_activity_neither_ends_nor_splits_a_lapse():
    facts = replace(YEARLY, activities=((date(2011, 12, 1), False),))
    assert lapses(facts, date(2020, 1, 1)) == (Lapse(date(2011, 7, 3)),)


def test_a_lapse_that_reaches_the_day_is_open():
    facts = replace(YEARLY, end=date(2011, 12, 31))
    assert lapses(facts, date(2011, 7, 2)) == ()
    assert lapses(facts, date(2011, 12, 31)) == (Lapse(date(2011, 7, 3)),)
    assert lapses(facts, date(2012, 1, 1)) == (Lapse(date(2011, 7, 3), date(2012, 1, 1), "conclusion"),)


# The end of the calendar -----------------------------------------------------------------------------------------


def test_sums_stop_at_the_last_day_of_the_calendar():
    facts = replace(YEARLY, end=date.max, activities=((date(9999, 3, 1), True), (date(9999, 3, 2), False)))
    answer = as_of(facts, date.max)
    assert (answer.state, answer.good_until) == (State.DUE, date.max)
    assert answer.active_until == date(9999, 12, 18)  # the lead is taken from the due day of a longer calendar
    assert {answer.due_on, answer.lapses_on, answer.symbolic_until} == {date.max}
    assert lapses(replace(facts, activities=()), date.max)[-1] == Lapse(date(2011, 7, 3))


def test_the_example_in_the_documentation():
    days_of_culture = Facts("programme", tracked_from=date(2015, 1, 1), activities=on("2015-07-08", "2016-11-16"))
    answer = as_of(days_of_culture, date(2026, 11, 22))
    assert (answer.state, answer.baseline, answer.cadence_days, answer.grace_days) == (
        State.DORMANT,
        date(2016, 11, 16),
        365,
        182,
    )
    assert (answer.active_until, answer.due_on, answer.lapses_on) == (
        date(2017, 9, 4),
        date(2017, 11, 16),
        date(2018, 5, 17),
    )


# Random histories ------------------------------------------------------------------------------------------------


@given(histories)
@PROPERTY
def test_stored_limits_give_the_right_state_up_to_good_until(facts):
    for start in edges(facts):
        stored = as_of(facts, start)
        assert stored.good_until >= start
        limits = stored.active_until, stored.due_on, stored.lapses_on, stored.symbolic_until
        reached = [limit + timedelta(more) for limit in limits if limit for more in (0, 1)]
        for later in (start, *reached, start + timedelta(100), min(stored.good_until, date(2020, 1, 1))):
            if start <= later <= stored.good_until:
                assert state_from_stored(later, stored.fixed_state, *limits) == slow_state(facts, later)
        if stored.good_until < date.max:
            assert stored.good_until + timedelta(1) in edges(facts)


@given(histories)
@PROPERTY
def test_lapses_are_what_counting_day_by_day_finds(facts):
    until = max(edges(facts)) + timedelta(300)
    assert lapses(facts, until) == slow_lapses(facts, until)
