"""What may be asked of the indices, by page and API alike, and what is taken where nothing is said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.indices.definitions import BY_CODE
from events.indices.figures import Period
from registry.core import clock
from registry.core.access import NOBODY
from registry.core.api_forms import LanguageForm
from registry.core.models import Pair
from registry.core.parameters import CodesField, DayField, NumberField, OneOf, PairsField

BASES = {"sector": gettext_lazy("sector on file"), "type": gettext_lazy("sector of the type")}
MOST_PAIRS, MOST_YEARS = 20, 100
YEARS_WITHOUT_TRACKING = 10
"""How many calendar years are told of, the last one included, where nobody says which and no day is tracked."""


@dataclass(frozen=True)
class Question:
    """What is asked: the period as asked and as far as it has come, the basis, which indices, how they are told."""

    first: date
    last: date
    period: Period
    by_year: bool
    basis: str
    codes: tuple[str, ...]
    ids: bool
    window: int | None

    @property
    def years(self) -> list[Period]:
        return self.period.years()


class PairIndicesForm(LanguageForm):
    """What may be asked of the indices of one pair."""

    to = DayField(
        required=False,
        label=gettext_lazy("To"),
        help_text=gettext_lazy("Last day; today without it. Days to come are not counted."),
    )
    by = OneOf(known=["year"], label=gettext_lazy("By"), help_text=gettext_lazy("year: tell every index by year too."))
    basis = OneOf(
        known=BASES,
        label=gettext_lazy("Basis"),
        help_text=gettext_lazy("Whether an actor counts by the sector on file (sector) or by that of its type (type)."),
    )
    index = CodesField(
        shown=lambda: [(code, str(one.name)) for code, one in BY_CODE.items()],
        known=BY_CODE,
        required=False,
        label=gettext_lazy("Index"),
        help_text=gettext_lazy("Codes of indices; all without it."),
    )
    window = NumberField(
        least=1,
        most=36525,
        label=gettext_lazy("Window"),
        help_text=gettext_lazy("Days before and after an episode; without it as many as the episode lasted."),
    )
    ids = OneOf(
        known=["0", "1"],
        label=gettext_lazy("References"),
        help_text=gettext_lazy("1: name the records behind numerator and denominator."),
    )

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        first, last, today = asked.get("from"), asked.get("to"), clock.today()
        if first and first > today:
            self.add_error("from", wrong(first, _("“%(value)s” lies in the future. Give a day up to today.")))
        elif first and last and last < first:
            self.add_error("to", wrong(last, _("“%(value)s” lies before the first day. Correct either day.")))
        elif first and min(last or today, today).year - first.year >= MOST_YEARS:
            text = _("“%(value)s” is too early: a period may touch %(most)s years. Give a later day.")
            self.add_error("from", wrong(first, text, most=MOST_YEARS))
        return asked


PairIndicesForm.base_fields["from"] = DayField(  # a word of Python, so it cannot stand in the class
    required=False,
    label=gettext_lazy("From"),
    help_text=gettext_lazy("First day; without it the first tracked day, else 1 January nine years before."),
)


class IndicesForm(PairIndicesForm):
    """What may be asked of the indices of several pairs."""

    pair = PairsField(
        user=NOBODY,
        label=gettext_lazy("Pairs"),
        help_text=gettext_lazy("Pairs to be set side by side, as KG-TJ,KZ-UZ."),
        error_messages={"required": gettext_lazy("Say of which pairs, as pair=KG-TJ,KZ-UZ.")},
    )

    def __init__(self, *args: Any, user: Any = NOBODY, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = self.fields["pair"].user = user

    def clean_pair(self) -> list[Pair]:
        refs = list(dict.fromkeys(self.cleaned_data["pair"]))
        if len(refs) > MOST_PAIRS:
            raise wrong(refs[MOST_PAIRS], _("There are more than %(most)s. Ask for fewer at once."), most=MOST_PAIRS)
        seen = Pair.objects.visible_to(self.user).select_related("a", "b").in_bulk(refs)
        for ref in refs:
            if ref not in seen:
                raise wrong(ref, _("Nothing of “%(value)s” is on file here. Choose a pair of the list of pairs."))
        return [seen[ref] for ref in refs]


def wrong(value: Any, text: str, **params: Any) -> ValidationError:
    """Return the error for a value that cannot be used."""
    return ValidationError(text, code="unknown_value", params={"value": str(value), **params})


def question(asked: dict[str, Any], pairs: Iterable[Pair]) -> Question:
    """Return what is asked, with the default for whatever is left open."""
    today = clock.today()
    last = asked["to"] or today
    first = asked["from"] or first_day(pairs, min(last, today))
    return Question(
        first=first,
        last=last,
        period=Period(first, min(last, today)),
        by_year=asked["by"] == "year",
        basis=asked["basis"] or "sector",
        codes=tuple(asked["index"] or BY_CODE),
        ids=asked["ids"] == "1",
        window=asked["window"],
    )


def first_day(pairs: Iterable[Pair], last: date) -> date:
    """Return the first tracked day of any of the pairs up to `last`, else 1 January some years before it."""
    tracked = [pair.tracked_from for pair in pairs if pair.tracked_from and pair.tracked_from <= last]
    return min(tracked) if tracked else date(max(last.year - YEARS_WITHOUT_TRACKING + 1, 1), 1, 1)
