"""How the forecast is tried: what is hidden, how it is scored, what it is held to, and the documented tables."""

import math
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from continuity import calibration, forecast, regimes, rules
from continuity.calibration import Case, Foretold
from continuity.forecast import FITTED, SHOWN, Model, Past, Regularity
from continuity.management.commands import calibrate
from continuity.pace import TOO_HOPEFUL
from registry.core.models import Pair
from tests.cast import agreement, commission, session

pytestmark = pytest.mark.once

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "forecast.md").read_text(encoding="utf-8")


def yearly(number: int, **more) -> rules.Facts:
    days = [date(2000 + year, 5, 1) for year in range(number)]
    activities = tuple((on, True) for on in days)
    return rules.Facts("commission", days[0], tracked_from=days[0], activities=activities, **more)


# What is hidden ------------------------------------------------------------------------------------------------------


def test_what_is_foretold_knows_nothing_of_the_hidden_years() -> None:
    case = calibration.case_of("x", yearly(12), date(2009, 1, 1), date(2014, 1, 1))
    assert case == Case("x", Past((365, 365, 365, 366, 365, 365, 365, 366), 245), rules.State.ACTIVE, True)
    # the third of nine cases: an activity after the hidden years is none that followed
    assert not calibration.case_of("x", yearly(9), date(2008, 6, 1), date(2013, 1, 1)).follows


def test_nothing_is_foretold_of_few_activities_or_without_a_clock() -> None:
    cut, until = date(2009, 1, 1), date(2014, 1, 1)
    assert calibration.case_of("x", yearly(4), cut, until) is None
    assert calibration.case_of("x", yearly(12, rhythm="irregular"), cut, until) is None
    assert calibration.case_of("x", yearly(12, end=date(2008, 12, 31)), cut, until) is None
    assert calibration.case_of("x", yearly(12, tracked_until=date(2013, 12, 31)), cut, until) is None
    assert calibration.case_of("x", yearly(12, tracked_until=until), cut, until)


def test_real_records_are_cut_three_times_and_no_outcome_is_asked_twice() -> None:
    found = calibration.real_cases({"A": yearly(12), "B": yearly(7)}, date(2020, 2, 29))
    assert [(case.fold, case.past.number, case.follows) for case in found] == [
        ("A", 12, False),  # 2015 to 2020
        ("A", 10, True),  # 2010 to 2015
        ("A", 5, True),
        ("B", 7, False),
        ("B", 7, False),
        ("B", 5, True),
    ]


def test_made_up_histories_are_the_same_each_time_and_differ_by_seed() -> None:
    assert regimes.cases(3, seed=7) == regimes.cases(3, seed=7) != regimes.cases(3, seed=8)
    assert [case.fold for case in regimes.cases(1)] == list(regimes.REGIMES)


# How it is scored ----------------------------------------------------------------------------------------------------


def case(fold: str, state: str, follows: bool) -> Case:
    return Case(fold, Past((365,) * 5, 100), rules.State(state), follows)


def test_the_plain_rule_foretells_by_what_became_of_the_others() -> None:
    cases = [case("a", "active", True), case("b", "active", False), case("b", "dormant", False), case("b", "due", True)]
    rows = calibration.foretold(cases, {"a": FITTED, "b": FITTED})
    assert [(row.certain, row.by_lapse, row.by_state) for row in rows] == [
        (1, 2 / 4, 1 / 3),  # of b: two that had not lapsed, one of which went on; one active, which did not
        (1, 2 / 3, 2 / 3),
        (0, 0.5, 0.5),  # none like it among the others
        (1, 2 / 3, 0.5),
    ]
    assert {row.model for row in rows} == {forecast.alive(cases[0].past, FITTED)}


def test_scores() -> None:
    assert calibration.brier(0.8, True) == pytest.approx(0.04) and calibration.brier(0.8, False) == pytest.approx(0.64)
    assert calibration.log_loss(0.25, True) == pytest.approx(math.log(4))
    assert calibration.log_loss(1, False) == pytest.approx(math.log(1000))  # a wrong certainty is not endless


def told(model: float, by_state: float, follows: bool, fold: str = "a", gaps: tuple[int, ...] = (365,) * 5) -> Foretold:
    return Foretold(Case(fold, Past(gaps, 100), rules.State.DUE, follows), model, 1, by_state, by_state)


def test_a_comparison_by_hand() -> None:
    found = calibration.compared([told(0.9, 0.5, True), told(0.9, 0.6, False)])
    assert (found.number, found.went_on) == (2, 0.5)
    assert (found.model, found.rule) == (pytest.approx((0.01 + 0.81) / 2), pytest.approx((0.25 + 0.36) / 2))
    # the differences are -0.24 and 0.45: their standard deviation is 0.69 ÷ √2, its error over √2 is 0.345
    assert (found.difference, found.margin) == (pytest.approx(0.105), pytest.approx(1.96 * 0.345))
    assert not found.proven_better and not found.proven_worse


RIGHT, HALF, WRONG = 0.9, 0.5, 0.1


def test_a_group_is_shown_where_it_is_proven_better_and_nowhere_proven_worse() -> None:
    group = forecast.group_of(Past((365,) * 5, 100))
    good = [told(RIGHT, HALF, True) for _ in range(60)]
    assert calibration.better(good) == {group}
    assert calibration.better(good[:29]) == frozenset()
    assert calibration.better([told(HALF, HALF, True) for _ in range(60)]) == frozenset()
    assert calibration.better([told(0.51, HALF, True) for _ in range(60)]) == frozenset()  # by less than a tenth
    bad = [told(WRONG, HALF, True, fold="b") for _ in range(30)]
    assert calibration.better(good * 9 + bad) == frozenset()  # better on the whole, but not in b
    assert calibration.better(good * 9 + bad[:29]) == {group}


def test_real_records_refute_where_they_are_enough() -> None:
    ragged = (10, 1000, 30, 700, 90)
    same = [told(HALF, HALF, True, gaps=ragged) for _ in range(30)]
    assert calibration.refuted(same) == {Regularity.RAGGED}
    assert calibration.refuted(same[:29]) == frozenset()
    assert calibration.refuted([told(RIGHT, HALF, True, gaps=ragged) for _ in range(30)]) == frozenset()


def test_the_window_is_tried_on_the_last_gap() -> None:
    cases = [Case("a", Past((10, 20, 30, last), 5), rules.State.DUE, True) for last in (9, 10, 20, 30, 31, 99)]
    assert calibration.window_hits(cases) == (1, 3, 2)


def test_the_model_is_fitted_to_the_other_folds(monkeypatch) -> None:
    monkeypatch.setattr(calibration, "GRID", [Model(1, 0.2), Model(100, 0.2)])
    lasting, ending = [case("a", "due", True)] * 5, [case("b", "due", False)] * 5
    _all, models = calibration.fitted(lasting + ending)
    assert models == {"a": Model(1, 0.2), "b": Model(100, 0.2)}


# What the documentation says -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows() -> list[Foretold]:
    """The made-up histories of the documentation, foretold; the model that fits them is the one in use."""
    cases = regimes.cases()
    model, models = calibration.fitted(cases)
    assert model == FITTED
    return calibration.foretold(cases, models)


def test_what_is_shown_is_what_has_proved_better(rows: list[Foretold]) -> None:
    refuted = {Regularity.RAGGED}  # by real records: tests/site/test_reference.py
    assert {group for group in calibration.better(rows) if group[1] not in refuted} == SHOWN


def test_where_a_warning_is_given_the_model_has_been_too_hopeful(rows: list[Foretold]) -> None:
    low, high = TOO_HOPEFUL
    middle = [row for row in rows if low <= row.model < high]
    went_on = sum(row.case.follows for row in middle) / len(middle)
    assert len(middle) > 100 and went_on < low


def test_the_tables_of_the_documentation_are_fresh(rows: list[Foretold]) -> None:
    with translation.override("en"):
        tables = "\n".join(calibrate.made_up(regimes.SEED, FITTED, rows))
    assert tables in DOCUMENTED, "Write docs/forecast.md anew with what manage.py calibrate prints."


@pytest.mark.django_db
def test_the_command_tries_the_registrys_own_records(kg_tj: Pair, on_day: Callable) -> None:
    on_day("2026-11-22")
    for year in range(2012, 2020):
        agreement(kg_tj, signed_on=f"{year}-05-01", ref=f"A{year}")
    agreement(kg_tj, signed_on="2009-05-01", visibility="draft")
    council = commission(kg_tj, started_on="2016-01-01")
    for number in range(1, 7):
        session(council, number=number, started_on=f"201{number + 3}-03-12")
    printed = StringIO()
    call_command("calibrate", "--each", "4", "--seed", "7", stdout=printed)
    made_up, registry = printed.getvalue().split("### The registry's own records")
    assert f"{4 * len(regimes.REGIMES)} cases, seed 7" in made_up
    initiatives, signed = registry.split("**Agreements signed, by pair**")
    assert "3 times 5 years hidden, the last until 2026-11-22" in initiatives
    assert "9 series; 1 cases with five activities" in initiatives  # the council on 22 November 2021
    assert "1 series; 2 cases with five activities" in signed  # on that day of 2021 and of 2016; of 2011 there is none


def test_a_day_that_is_none_is_named() -> None:
    with pytest.raises(CommandError, match="2026-13-01.*2026-11-22"):
        call_command("calibrate", "--until", "2026-13-01")
