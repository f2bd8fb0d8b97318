"""Is another activity to be expected, and when? Read off an initiative's own gaps; docs/forecast.md says it in words.

A reader's aid beside the rule and never part of it: no state, sweep or mail depends on it. Pure functions on
`rules.Facts` and a day.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import quantiles

from django.db import models
from django.utils.translation import gettext_lazy as _

from continuity import rules

ENOUGH_FOR_WINDOW = rules.ENOUGH_TO_INFER
ENOUGH_FOR_ALIVE = 5


SEEN_IN = 4
"""The spread taken for granted counts as if it had been seen in so many gaps."""
SKIPPING = 0.1
"""The share of gaps that are twice as long because an edition was left out. Taken for granted, not fitted: a series
that has never yet left one out has no trace of it, and would else be given up at the first."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is taken from other histories while an initiative's own gaps are few.

    `survived`: how many occasions to end it counts as having survived before its first gap. `spread`: how far gaps
    scatter (standard deviation of their natural logarithms).
    """

    survived: int
    spread: float


FITTED = Model(survived=20, spread=0.15)
"""What fits the made-up histories of `manage.py calibrate` best; a test holds it to that."""


class Number(models.TextChoices):
    """How many days of activity there are."""

    FEW = "few", _("5 to 7 activities")
    SOME = "some", _("8 to 12 activities")
    MANY = "many", _("13 activities and more")


class Regularity(models.TextChoices):
    """How far the gaps differ: by the standard deviation of their natural logarithms."""

    EVEN = "even", _("even gaps")
    UNEVEN = "uneven", _("uneven gaps")
    RAGGED = "ragged", _("ragged gaps")


Group = tuple[Number, Regularity]
SHOWN: frozenset[Group] = frozenset(
    {
        (Number.FEW, Regularity.EVEN),
        (Number.SOME, Regularity.EVEN),
        (Number.MANY, Regularity.EVEN),
        (Number.MANY, Regularity.UNEVEN),
    }
)
"""Where the model foretells better than the plain rule; elsewhere it is not shown.

These are the groups of `calibration.better` on made-up histories, less those that real records refute
(`calibration.refuted`); tests hold the set to both.
"""


class Absence(models.TextChoices):
    """Why nothing is foretold of whether another activity follows."""

    NO_CLOCK = "no_clock", _("no clock runs")
    TOO_FEW = "too_few", _("too few activities")
    TOO_IRREGULAR = "too_irregular", _("too irregular")


@dataclass(frozen=True, slots=True)
class Past:
    """An initiative's gaps within its tracked days, the oldest first, and its present silence.

    Both in days on which no declared suspension held. Activities of before the first tracked day are left out: others
    may lie between them that nobody claims to know.
    """

    gaps: tuple[int, ...]
    silence: int

    @property
    def number(self) -> int:
        """On how many days there was activity."""
        return len(self.gaps) + 1

    @property
    def longer_gaps(self) -> int:
        """How many gaps were longer than the present silence."""
        return sum(gap > self.silence for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an initiative's own gaps let expect on a day.

    `absence` says why `alive` is not shown, "" where it is: how likely it is that another activity follows. `window`
    holds three days: a quarter each of what follows comes before, between and after them; None where it has lapsed.
    """

    absence: str
    past: Past | None = None
    window: tuple[date, ...] | None = None
    alive: float | None = None


def forecast(facts: rules.Facts, answer: rules.Answer, day: date) -> Forecast:
    """Return what is to be expected of an initiative that the rule gives this answer on this day."""
    if answer.state in rules.FIXED:
        return Forecast(Absence.NO_CLOCK)
    past = past_of(facts, day)
    if past is None or past.number < ENOUGH_FOR_WINDOW:
        return Forecast(Absence.TOO_FEW, past)
    days = None if answer.state in rules.LAPSED else window(past, day)
    if past.number < ENOUGH_FOR_ALIVE:
        return Forecast(Absence.TOO_FEW, past, days)
    if group_of(past) not in SHOWN:
        return Forecast(Absence.TOO_IRREGULAR, past, days)
    return Forecast("", past, days, alive(past, FITTED))


# The past ----------------------------------------------------------------------------------------------------------


def past_of(facts: rules.Facts, day: date) -> Past | None:
    """Return gaps and silence on `day`; None without an activity on a tracked day by then."""
    days = [on for on in rules.activity_days(facts, day) if facts.tracked_from and on >= facts.tracked_from]
    if not days:
        return None
    gaps = tuple(max(unsuspended(facts, *both), 1) for both in pairwise(days))
    return Past(gaps, unsuspended(facts, days[-1], day))


def unsuspended(facts: rules.Facts, after: date, until: date) -> int:
    """Count the days after one day and up to another on which no declared suspension held."""
    free, count = after.toordinal() + 1, 0
    for first, last in sorted((first, last or date.max) for first, last in facts.suspensions):
        first_day, last_day = first.toordinal(), last.toordinal()
        if last_day >= free and first_day <= until.toordinal():
            count += max(first_day - free, 0)
            free = last_day + 1
    return count + max(until.toordinal() + 1 - free, 0)


def group_of(past: Past) -> Group:
    """Return the group by which the calibration decides whether a forecast is shown."""
    _middle, squares = moments([math.log(gap) for gap in past.gaps])
    scatter = math.sqrt(squares / (len(past.gaps) - 1))
    return (
        Number.FEW if past.number <= 7 else Number.SOME if past.number <= 12 else Number.MANY,
        Regularity.EVEN if scatter <= 0.25 else Regularity.UNEVEN if scatter <= 0.6 else Regularity.RAGGED,
    )


# The model ---------------------------------------------------------------------------------------------------------


def window(past: Past, day: date) -> tuple[date, ...]:
    """Return the days on which the next activity is expected, by the quartiles of the gaps.

    Of n gaps and the next one each is as likely as any other to be the longest, the second longest and so on: so the
    quartiles count n + 1 places, whatever the gaps look like.
    """
    return tuple(rules.plus(day, round(gap) - past.silence) for gap in quantiles(past.gaps, n=4))


def alive(past: Past, model: Model) -> float:
    """Return how likely another activity is: that the initiative did not end with its last one.

    By Bayes. Ended, it is silent for certain; alive, it is silent with the share of its gaps that last longer than
    the silence. The odds of ending at one occasion are one to those survived: its gaps, and those the model grants.
    """
    longer = (1 - SKIPPING) * share_longer(past.gaps, past.silence, model)
    longer += SKIPPING * share_longer(past.gaps, past.silence / 2, model)
    lives = (model.survived + len(past.gaps)) * longer
    return lives / (lives + 1)


def share_longer(gaps: Sequence[int], silence: float, model: Model) -> float:
    """Return the share of gaps that last longer than a silence: log-normal of unknown spread, so Student's t."""
    if silence <= 0:
        return 1.0
    middle, squares = moments([math.log(gap) for gap in gaps])
    freedom = SEEN_IN + len(gaps) - 1
    spread = math.sqrt((SEEN_IN * model.spread**2 + squares) / freedom * (1 + 1 / len(gaps)))
    return student((middle - math.log(silence)) / spread, freedom)


def moments(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of some values, and the sum of their squared distances from it."""
    middle = math.fsum(values) / len(values)
    return middle, math.fsum((value - middle) ** 2 for value in values)


def student(t: float, freedom: int) -> float:
    """Return Student's distribution function, in closed form for whole degrees of freedom.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    angle = math.atan(t / math.sqrt(freedom))
    odd, square = freedom % 2, math.cos(angle) ** 2
    term = math.cos(angle) if odd else 1.0
    total = term if freedom > 1 else 0.0
    for step in range(2 + odd, freedom - 1, 2):
        term *= square * (step - 1) / step
        total += term
    within = math.sin(angle) * total
    return max((1 + (2 / math.pi * (angle + within) if odd else within)) / 2, 0.0)
