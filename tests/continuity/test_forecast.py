"""The forecast from an initiative's own gaps: its model, what it goes by, and where it is not shown."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from continuity import forecast, rules
from continuity.forecast import FITTED, Absence, Number, Past, Regularity, alive, group_of, past_of, window
from tests.continuity.histories import PROPERTY, edges, histories

FIRST = date(2010, 3, 1)


def met_every(*gaps: int, **more) -> rules.Facts:
    """Return a commission that met first on 1 March 2010 and then after each of these gaps."""
    days = [FIRST]
    for gap in gaps:
        days.append(days[-1] + timedelta(gap))
    return rules.Facts("commission", FIRST, tracked_from=FIRST, activities=tuple((on, True) for on in days), **more)


def told(facts: rules.Facts, silence: int) -> forecast.Forecast:
    day = max(on for on, substantive in facts.activities if substantive) + timedelta(silence)
    return forecast.forecast(facts, rules.as_of(facts, day), day)


# The model -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("silence", "chance"), [(0, 24 / 25), (400, 0.93), (800, 0.548), (1600, 0.001)])
def test_the_example_of_the_documentation(silence: int, chance: float) -> None:
    assert alive(Past((400,) * 4, silence), FITTED) == pytest.approx(chance, abs=0.0005)


@pytest.mark.parametrize(  # from a printed table of Student's distribution
    ("t", "freedom", "share"),
    [(1, 1, 0.75), (2.92, 2, 0.95), (2.353, 3, 0.95), (-2.132, 4, 0.05), (5.408, 7, 0.9995), (0, 8, 0.5), (40, 9, 1)],
)
def test_students_distribution(t: float, freedom: int, share: float) -> None:
    assert forecast.student(t, freedom) == pytest.approx(share, abs=0.0001)


gaps = st.lists(st.integers(1, 3000), min_size=4, max_size=30).map(tuple)


@PROPERTY
@given(gaps, st.integers(0, 40_000), st.integers(1, 40_000))
def test_more_silence_never_makes_it_likelier(some: tuple[int, ...], silence: int, more: int) -> None:
    sooner, later = (alive(Past(some, days), FITTED) for days in (silence, silence + more))
    assert 0 <= later <= sooner < 1


@PROPERTY
@given(gaps, st.integers(0, 10_000), st.integers(2, 9))
def test_only_the_proportions_of_the_gaps_count(some: tuple[int, ...], silence: int, times: int) -> None:
    longer = Past(tuple(times * gap for gap in some), times * silence)
    assert alive(longer, FITTED) == pytest.approx(alive(Past(some, silence), FITTED))


@PROPERTY
@given(gaps, st.integers(0, 10_000), st.randoms())
def test_the_order_of_the_gaps_does_not_count(some: tuple[int, ...], silence: int, dice) -> None:
    mixed = Past(tuple(dice.sample(some, len(some))), silence)
    assert alive(mixed, FITTED) == pytest.approx(alive(Past(some, silence), FITTED))


def test_the_more_even_the_gaps_the_sooner_silence_tells() -> None:
    even, uneven = (360, 362, 370, 368, 365), (260, 300, 365, 440, 520)
    late = [alive(Past(some, 550), FITTED) for some in (even, uneven)]
    assert late[0] < late[1] - 0.05


# What it goes by -----------------------------------------------------------------------------------------------------


def test_two_activities_on_one_day_are_one_and_symbolic_ones_none() -> None:
    once = met_every(300, 310, 320, 330)
    first = once.activities[0]
    twice = replace(once, activities=(*once.activities, first, (FIRST + timedelta(100), False)))
    day = FIRST + timedelta(1500)
    assert past_of(twice, day) == past_of(once, day) == Past((300, 310, 320, 330), 240)


def test_it_knows_nothing_of_later_days() -> None:
    facts = met_every(300, 310, 320, 330, 340)
    assert past_of(facts, FIRST + timedelta(1000)) == Past((300, 310, 320), 70)


def test_activities_of_before_the_tracked_days_are_left_out() -> None:
    facts = replace(met_every(700, 310, 320, 330), tracked_from=FIRST + timedelta(700))
    assert past_of(facts, FIRST + timedelta(1700)) == Past((310, 320, 330), 40)
    assert past_of(replace(facts, tracked_from=None), FIRST + timedelta(1700)) is None


@pytest.mark.parametrize(
    ("suspensions", "count"),
    [
        ([], 100),
        ([(1, 10)], 90),
        ([(-5, 10), (91, 200)], 80),
        ([(20, 60), (40, 70), (30, 35)], 49),
        ([(-9, 0), (101, 110)], 100),
        ([(50, None)], 49),
    ],
)
def test_days_of_suspension_are_not_counted(suspensions: list, count: int) -> None:
    facts = replace(
        met_every(),
        suspensions=tuple(
            (FIRST + timedelta(first), None if last is None else FIRST + timedelta(last)) for first, last in suspensions
        ),
    )
    assert forecast.unsuspended(facts, FIRST, FIRST + timedelta(100)) == count


@settings(PROPERTY, max_examples=30)
@given(histories)
def test_days_of_suspension_are_those_of_the_rule(facts: rules.Facts) -> None:
    facts = replace(facts, start=None, end=None, stated="")
    first, last = min(edges(facts)), max(edges(facts))
    days = (first + timedelta(number + 1) for number in range((last - first).days))
    counted = sum(rules.fixed_state(facts, day) != rules.State.SUSPENDED for day in days)
    assert forecast.unsuspended(facts, first, last) == counted


def test_an_activity_amid_a_suspension_leaves_no_gap_of_nought() -> None:
    whole = (FIRST + timedelta(1), FIRST + timedelta(400))
    assert past_of(met_every(300, 300, suspensions=(whole,)), FIRST + timedelta(600)) == Past((1, 200), 0)


# The window ----------------------------------------------------------------------------------------------------------


def test_the_window_is_the_quartiles_of_the_gaps() -> None:
    day = date(2020, 1, 31)
    assert window(Past((300, 340, 320), 30), day) == tuple(day + timedelta(days) for days in (270, 290, 310))
    # of five gaps the quartiles stand at places 1.5, 3 and 4.5
    assert window(Past((10, 20, 30, 40, 50), 0), day) == tuple(day + timedelta(days) for days in (15, 30, 45))


@PROPERTY
@given(histories, st.integers(0, 1400))
def test_whatever_is_on_file_the_forecast_keeps_its_word(facts: rules.Facts, later: int) -> None:
    day = min(edges(facts)) + timedelta(later)
    answer = rules.as_of(facts, day)
    found = forecast.forecast(facts, answer, day)
    if answer.state in rules.FIXED:
        assert found == forecast.Forecast(Absence.NO_CLOCK)
        return
    number = found.past.number if found.past else 0
    assert (found.absence == Absence.TOO_FEW) == (number < 5)
    assert (found.alive is None) == (found.absence != "")
    assert (found.window is None) == (number < 4 or answer.state in rules.LAPSED)
    if found.window:
        assert list(found.window) == sorted(found.window)


def test_a_window_ends_with_the_calendar() -> None:
    facts = rules.Facts("commission", date(9000, 1, 1), tracked_from=date(9000, 1, 1), cadence=9_000_000)
    days = [date(9000, 1, 1) + timedelta(number * 90_000) for number in range(4)]
    facts = replace(facts, activities=tuple((on, True) for on in days))
    assert told(facts, 1).window[-1] <= date.max


# Where it is shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gaps", "absence"),
    [
        ((365, 365), Absence.TOO_FEW),
        ((365, 365, 365), Absence.TOO_FEW),
        ((365, 360, 370, 365), ""),
        ((365, 200, 500, 365), Absence.TOO_IRREGULAR),
        ((365, 20, 1500, 365), Absence.TOO_IRREGULAR),
        ((365, 200, 500, 365) * 3, ""),
        ((365, 20, 1500, 365) * 3, Absence.TOO_IRREGULAR),
    ],
)
def test_the_gate(gaps: tuple[int, ...], absence: str) -> None:
    found = told(met_every(*gaps), 10)
    assert found.absence == absence
    assert (found.alive is not None) == (absence == "")


def test_the_groups() -> None:
    assert [group_of(Past((100,) * number, 0))[0] for number in (4, 6, 7, 11, 12)] == [
        *(Number.FEW, Number.FEW, Number.SOME, Number.SOME, Number.MANY)
    ]
    for scatter, regularity in ((0.25, Regularity.EVEN), (0.3, Regularity.UNEVEN), (0.7, Regularity.RAGGED)):
        near, far = round(10_000 * math.exp(-scatter)), round(10_000 * math.exp(scatter))
        # five gaps: squares of 0, 0, 0 and twice the scatter, over four: half of it, as the root
        assert group_of(Past((near, far, 10_000, near, far), 0))[1] == regularity, scatter
