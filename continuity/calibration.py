"""How good is the forecast? Records whose last years are hidden, foretold and compared (docs/forecast.md).

`manage.py calibrate` prints what is measured here. Nothing is written, and nothing of it takes part in any state.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from statistics import fmean, quantiles

from continuity import rules
from continuity.forecast import (
    ENOUGH_FOR_ALIVE,
    Group,
    Model,
    Number,
    Past,
    Regularity,
    alive,
    group_of,
    moments,
    past_of,
)

GRID = [Model(*values) for values in product((5, 10, 20), (0.15, 0.3))]
"""Among these the model is fitted."""
LEAST_CASES = 30
"""Fewer prove nothing."""
LEAST_GAIN = 0.1
"""The model must take away this share of the plain rule's Brier score, at the least that its interval allows."""
HIDDEN_YEARS, CUTS = 5, 3
"""Of real records five years are hidden, on each of three days five years apart: so no outcome is asked twice."""


@dataclass(frozen=True, slots=True)
class Case:
    """One initiative on the day after which its record is hidden, and whether the hidden years brought an activity.

    `fold`: what it is left out with when the predictors are fitted to the others, that none has seen its like.
    """

    fold: str
    past: Past
    state: rules.State
    follows: bool


def case_of(fold: str, facts: rules.Facts, cut: date, hidden_until: date) -> Case | None:
    """Hide what came after `cut`.

    None where nothing is foretold (too few activities, no clock running) or what came is not known (not tracked).
    """
    if facts.tracked_until and facts.tracked_until < hidden_until:
        return None
    days = rules.activity_days(facts, hidden_until)
    known = replace(facts, activities=tuple((on, substantive) for on, substantive in facts.activities if on <= cut))
    past = past_of(known, cut)
    if past is None or past.number < ENOUGH_FOR_ALIVE:
        return None
    state = rules.as_of(known, cut).state
    return None if state in rules.FIXED else Case(fold, past, state, days[-1] > cut)


def real_cases(series: Mapping[str, rules.Facts], until: date) -> list[Case]:
    """Return the cases of real records, by name, that are taken to be complete up to a day."""
    years = [until.year - HIDDEN_YEARS * back for back in range(1, CUTS + 1)]
    found = (
        case_of(name, facts, _on(until, year), _on(until, year + HIDDEN_YEARS))
        for name, facts in series.items()
        for year in years
    )
    return [case for case in found if case]


def _on(day: date, year: int) -> date:
    """Return the same day of another year; 28 February for the 29th."""
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)


# What is foretold --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Foretold:
    """What the model and the plain rule foretell of a case.

    The rule foretells in three ways: as a certainty (it lives unless it has lapsed), by how often other cases went on
    that had lapsed or had not, and by how often those went on that were in the same state.
    """

    case: Case
    model: float
    certain: float
    by_lapse: float
    by_state: float


def foretold(cases: Sequence[Case], models: Mapping[str, Model]) -> list[Foretold]:
    """Foretell each case: by the model of its fold, and by the frequencies among the cases of the other folds."""
    found = []
    for fold in dict.fromkeys(case.fold for case in cases):
        others = [case for case in cases if case.fold != fold]
        by_state = _frequencies(others, lambda case: case.state)
        by_lapse = _frequencies(others, has_lapsed)
        found += [
            Foretold(
                case,
                alive(case.past, models[fold]),
                float(not has_lapsed(case)),
                by_lapse.get(has_lapsed(case), 0.5),
                by_state.get(case.state, 0.5),
            )
            for case in cases
            if case.fold == fold
        ]
    return found


def has_lapsed(case: Case) -> bool:
    return case.state in rules.LAPSED


def _frequencies(cases: Iterable[Case], key: Callable[[Case], object]) -> dict[object, float]:
    """Return how often cases went on, by key: one success and one failure are added, that none is a certainty."""
    counted: dict[object, list[int]] = {}
    for case in cases:
        count = counted.setdefault(key(case), [1, 2])
        count[0] += case.follows
        count[1] += 1
    return {name: went_on / number for name, (went_on, number) in counted.items()}


def fitted(cases: Sequence[Case]) -> tuple[Model, dict[str, Model]]:
    """Return the model of least log loss over all cases, and for each fold that over the cases of the others."""
    loss: dict[Model, dict[str, float]] = {model: {} for model in GRID}
    for model, case in product(GRID, cases):
        loss[model][case.fold] = loss[model].get(case.fold, 0) + log_loss(alive(case.past, model), case.follows)

    def best(fold: str = "") -> Model:
        return min(GRID, key=lambda model: math.fsum(loss[model][other] for other in loss[model] if other != fold))

    return best(), {case.fold: best(case.fold) for case in cases}


# How good it is ----------------------------------------------------------------------------------------------------


def brier(chance: float, follows: bool) -> float:
    """Return the squared error of one forecast: 0 is perfect; always to say one half gives 0.25."""
    return (chance - follows) ** 2


def log_loss(chance: float, follows: bool) -> float:
    """Return the surprise at the outcome; certainty is taken for 999 in 1,000."""
    return -math.log(max(chance if follows else 1 - chance, 0.001))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Brier scores of the model and of the plain rule by state; `margin` makes the 95 % interval of the difference."""

    number: int
    went_on: float
    model: float
    rule: float
    margin: float

    @property
    def difference(self) -> float:
        return self.model - self.rule

    @property
    def gain(self) -> float:
        return -self.difference / self.rule

    @property
    def proven_better(self) -> bool:
        return self.difference + self.margin <= -LEAST_GAIN * self.rule

    @property
    def proven_worse(self) -> bool:
        return self.difference - self.margin > 0


def compared(rows: Sequence[Foretold]) -> Comparison:
    """Compare model and rule on the same cases, two at least."""
    model = [brier(row.model, row.case.follows) for row in rows]
    rule = [brier(row.by_state, row.case.follows) for row in rows]
    differences = [one - other for one, other in zip(model, rule, strict=True)]
    _mean, squares = moments(differences)
    margin = 1.96 * math.sqrt(squares / (len(rows) - 1) / len(rows))
    return Comparison(len(rows), fmean(row.case.follows for row in rows), fmean(model), fmean(rule), margin)


def better(rows: Sequence[Foretold]) -> frozenset[Group]:
    """Return the groups in which the model is proven better than the rule, and in no fold proven worse."""
    return frozenset(
        group
        for group, some in by_group(rows).items()
        if len(some) >= LEAST_CASES
        and compared(some).proven_better
        and not any(compared(part).proven_worse for part in by_fold(some).values() if len(part) >= LEAST_CASES)
    )


def refuted(rows: Sequence[Foretold]) -> frozenset[Regularity]:
    """Return the kinds of gaps for which real records, where there are enough, do not show the model to be better."""
    return frozenset(
        regularity
        for regularity, some in by_gaps(rows).items()
        if len(some) >= LEAST_CASES and compared(some).difference >= 0
    )


def by_group(rows: Iterable[Foretold]) -> dict[Group, list[Foretold]]:
    """Return the rows of each group, every group named."""
    found: dict[Group, list[Foretold]] = {group: [] for group in product(Number, Regularity)}
    for row in rows:
        found[group_of(row.case.past)].append(row)
    return found


def by_gaps(rows: Iterable[Foretold]) -> dict[Regularity, list[Foretold]]:
    """Return the rows of each kind of gaps, every kind named."""
    found: dict[Regularity, list[Foretold]] = {regularity: [] for regularity in Regularity}
    for row in rows:
        found[group_of(row.case.past)[1]].append(row)
    return found


def by_fold(rows: Iterable[Foretold]) -> dict[str, list[Foretold]]:
    found: dict[str, list[Foretold]] = {}
    for row in rows:
        found.setdefault(row.case.fold, []).append(row)
    return found


def window_hits(cases: Iterable[Case]) -> tuple[int, int, int]:
    """Count how often the last gap fell before, within and after the quartiles of those before it."""
    before = within = after = 0
    for case in cases:
        *gaps, last = case.past.gaps
        first, _middle, third = quantiles(gaps, n=4)
        before, within, after = before + (last < first), within + (first <= last <= third), after + (last > third)
    return before, within, after
