"""manage.py calibrate"""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from statistics import fmean
from typing import Any

from django.core.management.base import BaseCommand

from continuity import calibration, regimes, results, rules
from continuity.calibration import Foretold
from continuity.forecast import FITTED, Model, Number, Regularity
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

        parser.add_argument(
            "--seed",
            type=int,
            default=regimes.SEED,
            metavar="NUMBER",
            help="another one makes up other histories; left out: that of docs/forecast.md",
        )

        parser.add_argument(
            "--each",
            type=int,
            default=regimes.EACH,
            metavar="NUMBER",
            help="how many histories of each regime are made up; left out: as many as for docs/forecast.md",
        )

    def handle(self, until: date | None, seed: int, each: int, **options: Any) -> None:
        cases = regimes.cases(max(each, 2), seed)
        model, models = calibration.fitted(cases)
        rows = calibration.foretold(cases, models)
        for line in (*made_up(seed, model, rows), "", *registry(until or clock.today())):
            self.stdout.write(line)


# What is measured --------------------------------------------------------------------------------------------------


def made_up(seed: int, model: Model, rows: Sequence[Foretold]) -> Iterator[str]:
    """Yield the tables of the made-up histories."""
    folds, groups = calibration.by_fold(rows), calibration.by_group(rows)
    better = calibration.better(rows)
    yield f"### Made-up histories: {len(rows)} cases, seed {seed}"
    yield from _titled("The model of least log loss over all of them", [str(model)])
    yield from _scored(rows)
    yield from _titled("By regime", comparison("regime", folds))
    yield from _titled("By group", comparison("group", {_name(*group): some for group, some in groups.items()}))
    proven = [f"- {_name(*group)}" for group in groups if group in better]
    yield from _titled("Better than the rule by the criterion", proven)
    yield from _titled("Where the last gap fell among the quartiles of those before it", windows("regime", folds))


def registry(until: date) -> Iterator[str]:
    """Yield the tables of the registry's own records."""
    hidden = f"{calibration.CUTS} times {calibration.HIDDEN_YEARS} years hidden, the last until {until}"
    yield f"### The registry's own records: {hidden}"
    yield from real("Initiatives", initiatives(), until)
    yield from real("Agreements signed, by pair", signatures(), until)


def real(name: str, series: Mapping[str, rules.Facts], until: date) -> Iterator[str]:
    """Yield the tables of some real records; fewer than the least number of cases are counted and not compared."""
    cases = calibration.real_cases(series, until)
    counts = f"{len(series)} series; {len(cases)} cases with five activities or more and a clock running."
    if len(cases) < calibration.LEAST_CASES:
        yield from _titled(name, [f"{counts} Fewer than {calibration.LEAST_CASES} prove nothing: nothing is compared."])
        return
    rows = calibration.foretold(cases, dict.fromkeys((case.fold for case in cases), FITTED))
    gaps = calibration.by_gaps(rows)
    refuted = calibration.refuted(rows)
    yield from _titled(name, [counts])
    yield from _scored(rows)
    yield from _titled("By gaps", comparison("gaps", {str(kind.label): some for kind, some in gaps.items()}))
    yield from _titled(
        "Not better than the rule", [f"- {kind.label}" for kind in gaps if kind in refuted] or ["- nowhere"]
    )
    yield from _titled(
        "Where the last gap fell among the quartiles of those before it",
        windows("gaps", {str(kind.label): some for kind, some in gaps.items()}),
    )


def initiatives() -> dict[str, rules.Facts]:
    """Return the facts of every initiative that everyone may see, by its reference."""
    rows = list(Initiative.objects.filter(visibility=PUBLISHED))
    facts = results.facts_of(rows)
    return {row.ref: facts[row.pk] for row in rows}


def signatures() -> dict[str, rules.Facts]:
    """Return the days on which two countries signed agreements, as if each pair were an initiative.

    A stand-in for series of real activities, of which a young registry has few. It counts as tracked from the first.
    """
    signed = Initiative.objects.filter(kind="agreement", visibility=PUBLISHED)
    days: dict[str, list[date]] = {}
    for pair, day in signed.order_by("started_on_earliest").values_list("pair", "started_on_earliest"):
        if day:
            days.setdefault(pair, []).append(day)
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


def _scored(rows: Sequence[Foretold]) -> Iterator[str]:
    yield from _titled("How good each predictor is", overall(rows))
    yield from _titled("What was foretold, and what came", reliability(rows))


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


def windows(name: str, parts: Mapping[str, Sequence[Foretold]]) -> Iterator[str]:
    """Yield how often a gap fell before, within and after the quartiles of those before it."""
    yield from _heading(name, "cases", "before", "within", "after")
    for title, some in parts.items():
        if some:
            yield _line(
                title,
                len(some),
                *(f"{hits / len(some):.2f}" for hits in calibration.window_hits(row.case for row in some)),
            )


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", f"**{title}**", "", *lines)


def _name(number: Number, regularity: Regularity) -> str:
    return f"{number.label}, {regularity.label}"


def _heading(*cells: str) -> Iterator[str]:
    yield _line(*cells)
    yield _line(*["---"] + ["---:"] * (len(cells) - 1))


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"
