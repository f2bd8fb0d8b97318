"""Made-up histories on which the forecast is tried (docs/forecast.md): several regimes, always the same by their seed.

None of it stands in any registry.
"""

import math
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from continuity import rules
from continuity.calibration import Case, case_of

SEED = 1
EACH = 600
"""How many histories of each regime are made up."""
FIRST, CUT, HIDDEN_UNTIL = date(1980, 1, 1), date(2016, 1, 1), date(2025, 12, 31)


def even(base: float, number: int, dice: random.Random) -> float:
    """Gaps that scatter by about a tenth."""
    return base * math.exp(dice.gauss(0, 0.1))


def skipping(base: float, number: int, dice: random.Random) -> float:
    """A series kept to its season, of which about every seventh edition is left out, or two."""
    left_out = dice.choice((1, 1, 2)) if dice.random() < 0.15 else 0
    return base * (1 + left_out) * math.exp(dice.gauss(0, 0.06))


def drifting(base: float, number: int, dice: random.Random) -> float:
    """Gaps that grow longer by a fifteenth each time."""
    return base * 1.07**number / 2 * math.exp(dice.gauss(0, 0.15))


def irregular(base: float, number: int, dice: random.Random) -> float:
    """Gaps of which many are half or twice the others."""
    return base * math.exp(dice.gauss(0, 0.6))


def bursty(base: float, number: int, dice: random.Random) -> float:
    """A few in quick succession, then a long pause."""
    return base * (dice.uniform(0.1, 0.3) if dice.random() < 0.6 else dice.uniform(1.5, 3))


REGIMES: dict[str, Callable[[float, int, random.Random], float]] = {
    "even": even,
    "skipping": skipping,
    "drifting": drifting,
    "irregular": irregular,
    "bursty": bursty,
    "suspended": even,
    "gaps in the record": even,
    "ended by the calendar": even,
}
"""What is generated, by the length of its gaps. The last three are even: with declared suspensions; with two in five
activities of before the tracked days missing; and ending on a day of their own instead of after an activity."""


def history(regime: str, dice: random.Random) -> rules.Facts:
    """Make up one history. It ends after any activity with a chance of its own (nought for one in four)."""
    base = math.exp(dice.uniform(math.log(120), math.log(900)))
    ending = dice.choice((0, 0.03, 0.08, 0.15))
    start = day = FIRST + timedelta(dice.randrange(28 * 365))
    tracked_from = date(2005, 1, 1) + timedelta(dice.randrange(3000)) if regime == "gaps in the record" else FIRST
    last = date.max
    if regime == "ended by the calendar" and ending:
        ending, last = 0, start + timedelta(min(dice.expovariate(ending) * base, 30_000))
    activities, suspensions = [], []
    while day <= min(last, HIDDEN_UNTIL):
        if day >= tracked_from or dice.random() < 0.6:
            activities.append((day, True))
        if dice.random() < ending:
            break
        gap = max(round(REGIMES[regime](base, len(activities), dice)), 1)
        if regime == "suspended" and dice.random() < 0.12:
            first, length = day + timedelta(dice.randint(1, gap)), dice.randint(200, 1200)
            suspensions.append((first, first + timedelta(length - 1)))
            gap += length
        day += timedelta(gap)
    return rules.Facts(
        "commission", start, tracked_from=tracked_from, activities=tuple(activities), suspensions=tuple(suspensions)
    )


def cases(each: int = EACH, seed: int = SEED) -> list[Case]:
    """Return so many cases of each regime, always the same ones for the same seed."""
    return [case for regime in REGIMES for case in _cases(regime, each, random.Random(f"{seed} {regime}"))]  # noqa: S311 - no secret is drawn


def _cases(regime: str, each: int, dice: random.Random) -> Iterator[Case]:
    while each:
        if case := case_of(regime, history(regime, dice), CUT, HIDDEN_UNTIL):
            each -= 1
            yield case
