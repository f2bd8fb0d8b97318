"""The list of what needs care besides changes of state: where mails lead to, and where it rests."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from continuity import care
from continuity.filters import ConcernFilterSet
from continuity.models import Concern
from registry.core import clock, dates
from registry.core.models import Pair
from registry.core.tables import Column, Table, named
from registry.core.views import RecordList


@dataclass(frozen=True)
class Row:
    """One thing that needs care today, whether a sweep has raised it or not."""

    kind: str
    told: care.Told
    pair: Pair


COLUMNS = (
    Column(gettext_lazy("What needs care"), lambda row: capfirst(str(care.CONCERNS[row.kind].gist))),
    Column(
        gettext_lazy("Record"),
        lambda row: format_html('<a href="{}">{}</a>', row.told.path, row.told.title),
        head=True,
    ),
    Column(gettext_lazy("Pair"), lambda row: named(row.pair)),
    Column(gettext_lazy("Since"), lambda row: dates.display_day(row.told.worry.since), css="nowrap"),
    Column(gettext_lazy("What is on file"), lambda row: row.told.happened),
)


class ConcernList(RecordList):
    """All that needs care today, the latest first. It is found anew, so that what was withdrawn is not named."""

    model = Concern
    filterset_class = ConcernFilterSet
    filters = ("kind", "pair", "country")
    columns = COLUMNS
    title = gettext_lazy("What needs care")
    lede = gettext_lazy(
        "Events of which nobody has said what became of them, promises overdue, agreements about to end or open to "
        "notice, and suspensions of more than a year."
    )
    caption = gettext_lazy("The latest first")

    def records(self) -> QuerySet:
        return Concern.objects.none()

    def get_queryset(self) -> list[tuple[str, care.Worry]]:  # type: ignore[override]
        super().get_queryset()
        if self.filterset is None or not self.filterset.is_valid():
            return []
        chosen = self.filterset.form.cleaned_data
        found = [
            (kind, worry)
            for kind in (chosen["kind"] or sorted(care.CONCERNS))
            for worry in care.CONCERNS[kind].find(clock.today(), None)
            if _is_chosen(worry.pair_id, chosen["pair"], chosen["country"])
        ]
        return sorted(found, key=lambda row: (-row[1].since.toordinal(), row[0], row[1].key))

    def table(self, rows: Iterable[Any]) -> Table:
        found = list(rows)
        pairs = Pair.objects.select_related("a", "b").in_bulk({worry.pair_id for _kind, worry in found})
        told = {
            (kind, one.worry.key): one
            for kind in {kind for kind, _worry in found}
            for one in care.told(kind, [worry for of, worry in found if of == kind], clock.today())
        }
        keys = [(kind, worry.key) for kind, worry in found]
        shown: Any = [Row(key[0], told[key], pairs[told[key].worry.pair_id]) for key in keys if key in told]
        return super().table(shown)

    def new(self) -> str:
        return ""

    def downloads(self) -> list[tuple[str, str]]:
        return []


def _is_chosen(pair: str, pairs: Iterable[str], countries: Iterable[Any]) -> bool:
    return (not pairs or pair in pairs) and (not countries or bool(set(pair.split("-")) & set(countries)))
