"""manage.py calibrate"""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from statistics import fmean
from typing import Any

from django.core.management.base import BaseCommand

from continuity import calibration, door, regimes, rules
from continuity.calibration import Case, Foretold
from continuity.forecast import FITTED, Number, Regularity, group_of
from continuity.models import Initiative
from registry.core import clock
from registry.core.access import PUBLISHED


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is no day. Write it as 2026-11-22.") from error


class Command(BaseCommand):
    help = (
        "Measure how good the forecasts are: hide the last years of made-up histories and of the registry's own "
        "records, foretell them and compare, as tables. Reads only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until",
            type=day,
            metavar="DAY",
            help="the last day up to which the registry's own records are taken to be complete; left out: today",
        )

    def handle(self, until: date | None, **options: Any) -> None:
        for line in (*made_up(), *registry(until or clock.today())):
            self.stdout.write(line)


# What is measured --------------------------------------------------------------------------------------------------


def made_up() -> Iterator[str]:
    """Yield the tables of the made-up histories."""
    cases = regimes.cases()
    model, models = calibration.fitted(cases)
    rows = calibration.foretold(cases, models)
    best = calibration.better(rows)
    yield f"### Made-up histories: {len(cases)} cases, seed {regimes.SEED}"
    yield from titled("Fitted to all of them", [str(model)])
    yield from titled("How good each predictor is", overall(rows))
    yield from titled("What was foretold, and what came", reliability(rows))
    yield from titled("By regime", comparison("regime", calibration.by_fold(rows)))
    groups = calibration.by_group(rows)
    yield from titled("By group", comparison("group", {title(*group): some for group, some in groups.items()}))
    yield from titled(
        "Better than the rule, by the criterion", [f"- {title(*group)}" for group in groups if group in best]
    )
    folds = {fold: [row.case for row in some] for fold, some in calibration.by_fold(rows).items()}
    yield from titled(
        "The window: where the last gap fell among the quartiles of those before it", windows("regime", folds)
    )


def registry(until: date) -> Iterator[str]:
    """Yield the tables of the registry's own records."""
    hidden = f"{calibration.CUTS} times {calibration.HIDDEN_YEARS} years hidden, the last until {until}"
    yield f"### The registry's own records: {hidden}"
    for name, series in (("Initiatives", initiatives()), ("Agreements signed, by pair", signatures())):
        cases = calibration.real_cases(series, until)
        yield from titled(
            name, [f"{len(series)} series, {len(cases)} cases with five activities or more and a clock running."]
        )
        if len(cases) < calibration.LEAST_CASES:
            yield f"Fewer than {calibration.LEAST_CASES} cases prove nothing, so nothing is compared."
            continue
        rows = calibration.foretold(cases, dict.fromkeys((case.fold for case in cases), FITTED))
        yield ""
        yield from overall(rows)
        yield from titled("What was foretold, and what came", reliability(rows))
        by_gaps = {kind.label: [row for row in rows if group_of(row.case.past)[1] == kind] for kind in Regularity}
        yield from titled("By gaps", comparison("gaps", by_gaps))
        yield from titled(
            "The window", windows("gaps", {name: [row.case for row in some] for name, some in by_gaps.items()})
        )
        refuted = calibration.refuted(rows)
        yield from titled("Not better than the rule", [f"- {kind.label}" for kind in refuted] or ["Nowhere."])


def initiatives() -> dict[str, rules.Facts]:
    """Return the facts of every initiative that everyone may see, by its reference."""
    rows = list(Initiative.objects.filter(visibility=PUBLISHED))
    facts = door.facts_of(rows)
    return {row.ref: facts[row.pk] for row in rows}


def signatures() -> dict[str, rules.Facts]:
    """Return the days on which two countries signed agreements, as if each pair were an initiative.

    A stand-in for series of real activities, of which a young registry has few. It counts as tracked from the first.
    """
    signed = Initiative.objects.filter(kind="agreement", visibility=PUBLISHED, rule_start__isnull=False)
    days: dict[str, list[date]] = {}
    for pair, number in signed.order_by("rule_start").values_list("pair", "rule_start"):
        days.setdefault(pair, []).append(date.fromordinal(number))
    return {pair: series_of(found) for pair, found in days.items()}


def series_of(days: Sequence[date]) -> rules.Facts:
    """Return facts with an activity on each of these days, in order, and nothing else on file."""
    activities = tuple((on, True) for on in days)
    return rules.Facts("agreement", start=days[0], tracked_from=days[0], activities=activities)


# How it is written -------------------------------------------------------------------------------------------------

PREDICTORS: dict[str, Callable[[Foretold], float]] = {
    "the model": lambda row: row.model,
    "the rule, by state": lambda row: row.by_state,
    "the rule, lapsed or not": lambda row: row.by_lapse,
    "the rule, as a certainty": lambda row: row.certain,
}


def overall(rows: Sequence[Foretold]) -> Iterator[str]:
    """Yield each predictor with its scores."""
    yield from _heading("predictor", "cases", "Brier score", "log loss")
    for name, chance in PREDICTORS.items():
        scores = [
            fmean(score(chance(row), row.case.follows) for row in rows)
            for score in (calibration.brier, calibration.log_loss)
        ]
        yield _line(name, len(rows), *(f"{score:.4f}" for score in scores))


def reliability(rows: Sequence[Foretold]) -> Iterator[str]:
    """Yield, by tenths of what the model and the rule foretold, how often that many cases went on."""
    yield from _heading("foretold", "model: cases", "mean", "went on", "rule by state: cases", "mean", "went on")
    for tenth in range(10):
        cells: list[object] = []
        for chance in (PREDICTORS["the model"], PREDICTORS["the rule, by state"]):
            some = [row for row in rows if min(int(chance(row) * 10), 9) == tenth]
            shares = (fmean(map(chance, some)), fmean(row.case.follows for row in some)) if some else ()
            cells += [len(some), *(f"{share:.2f}" for share in shares or ("–", "–"))] if some else [0, "–", "–"]
        yield _line(f"{tenth * 10} to {tenth * 10 + 10} %", *cells)


def comparison(name: str, parts: Mapping[str, Sequence[Foretold]]) -> Iterator[str]:
    """Yield model and rule compared, part by part."""
    yield from _heading(name, "cases", "went on", "model", "rule by state", "difference", "gain")
    for title, some in parts.items():
        if len(some) < 2:
            yield _line(title, len(some), *["–"] * 5)
            continue
        found = calibration.compared(some)
        told = [found.number, f"{found.went_on:.2f}", f"{found.model:.4f}", f"{found.rule:.4f}"]
        told += [f"{found.difference:+.4f} ± {found.margin:.4f}", f"{found.gain:+.0%}"]
        yield _line(title, *told)


def windows(name: str, parts: Mapping[str, Sequence[Case]]) -> Iterator[str]:
    """Yield how often a gap fell before, within and after the quartiles of those before it."""
    yield from _heading(name, "cases", "before", "within", "after")
    for title, some in parts.items():
        if some:
            yield _line(title, len(some), *(f"{hits / len(some):.2f}" for hits in calibration.window_hits(some)))


def titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", f"**{title}**", "", *lines)


def title(number: Number, regularity: Regularity) -> str:
    return f"{number.label}, {regularity.label}"


def _heading(*cells: str) -> Iterator[str]:
    yield _line(*cells)
    yield _line(*["---"] + ["---:"] * (len(cells) - 1))


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"
