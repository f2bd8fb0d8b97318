"""The indices of some pairs, put together for page and API."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from events.indices.asking import Question
from events.indices.counting import COMPUTED
from events.indices.definitions import DEFINITIONS, RESILIENCE, Definition
from events.indices.figures import Figure, Period, told
from events.indices.material import Material
from events.indices.reading import gather
from events.indices.resilience import Around, around
from registry.core import clock
from registry.core.models import Pair
from registry.core.templatetags.concord import number


@dataclass(frozen=True)
class Line:
    """One figure of the whole period, and the same of each of its years where they were asked for."""

    definition: Definition
    figure: Figure
    years: list[tuple[Period, Figure]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the index, and of the part of it that this is."""
        part = dict(self.definition.parts).get(self.figure.part)
        return f"{self.definition.name}: {part}" if part else str(self.definition.name)


@dataclass(frozen=True)
class OfPair:
    """The indices of one pair, and how much of the period its record is claimed to be complete for."""

    pair: Pair
    tracked_days: int
    days: int
    lines: list[Line]
    episodes: list[Around] | None
    undated: list[str]
    notes: list[str]


def indices_of(pairs: Iterable[Pair], question: Question) -> list[OfPair]:
    """Return the indices of each pair, in the order of the pairs; in as many statements for many as for one."""
    pairs = list(pairs)
    materials = gather(pairs, clock.today())
    return [of_pair(materials[pair.ref], question) for pair in pairs]


def of_pair(material: Material, question: Question) -> OfPair:
    """Return the indices of one pair."""
    period, basis = question.period, question.basis
    lines = [line for one in DEFINITIONS if one.code in question.codes for line in lines_of(one, material, question)]
    asked_for = RESILIENCE.code in question.codes
    return OfPair(
        pair=material.pair,
        tracked_days=period.days_of(material.tracked),
        days=period.days,
        lines=lines,
        episodes=around(material, period, basis, question.window) if asked_for else None,
        undated=material.undated,
        notes=caveats(material, question),
    )


def lines_of(one: Definition, material: Material, question: Question) -> list[Line]:
    """Return an index as one line for each of its parts. The stock is told each 31 December in any case."""
    compute, basis = COMPUTED[one.code], question.basis
    whole = compute(material, question.period, basis)
    if not one.yearly or not (question.by_year or one.code == "stock"):
        return [Line(one, figure) for figure in whole]
    years = [(year, compute(material, year, basis)) for year in question.years]
    return [Line(one, figure, [(year, figures[at]) for year, figures in years]) for at, figure in enumerate(whole)]


def caveats(material: Material, question: Question) -> list[str]:
    """Return what must be known of all figures of a pair."""
    period = question.period
    untracked = period.days - period.days_of(material.tracked)
    found = [
        told(
            len(material.undated),
            _("Held events without a day on file, which are in no period: %(n)s."),
        ),
        _("On %(n)s of %(days)s days the record is not claimed to be complete: not found is not the same as not held.")
        % {"n": number(untracked), "days": number(period.days)}
        if untracked
        else "",
        _("Counted up to today: the rest of the period has not come.") if question.last > period.last else "",
    ]
    return [note for note in found if note]
