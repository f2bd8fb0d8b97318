"""Pages of lapses: all of them, filtered and counted, and each with what it overlaps and what revived it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from continuity import lapses, tables
from continuity.evidence import EVIDENCE, shown_by
from continuity.filters import LapseFilterSet
from continuity.lapse_tables import COINCIDENCE, LAPSES, told, visible_lapses
from continuity.models import Initiative, Lapse
from registry.core import dates
from registry.core.days import page
from registry.core.filters import RecordFilter
from registry.core.parameters import CodesField
from registry.core.tables import Column, Fact, Table, one
from registry.core.templatetags.concord import chip, linked, number
from registry.core.views import RecordList, RecordPage

# The list ------------------------------------------------------------------------------------------------------------

ORDERS = {"-began_on": gettext_lazy("newest first"), "-days": gettext_lazy("longest first")}


class OrderField(CodesField):
    """One of the orders that the page offers."""

    many = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(known=ORDERS, shown=lambda: [], **kwargs)
        self.widget.choices = [("", ORDERS["-began_on"]), ("-days", ORDERS["-days"])]


class Ordering(RecordFilter):
    """What rows are ordered by; it chooses none."""

    field_class = OrderField

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return rows


class LapsesInOrder(LapseFilterSet):
    """The filters of lapses, and the order in which the page shows them."""

    ordering = Ordering(label=gettext_lazy("Order"))


@dataclass(frozen=True)
class Tally:
    """How many lapses have ended so, and the address of the list of them."""

    name: Any
    count: int
    address: str


class LapseList(RecordList):
    """All lapses, those that are over and those that are open."""

    any_day = True
    model = Lapse
    template_name = "continuity/lapses.html"
    filterset_class = LapsesInOrder
    filters = (
        *("q", "pair", "country", "kind", "field", "open", "ended_by", "in_tension", "has_cause"),
        *("shortest", "longest", "began_after", "began_before", "ordering", "as_of"),
    )
    columns = LAPSES
    title = gettext_lazy("Lapses")
    caption = gettext_lazy("From the first lapsed day to the first day after; the length of an open one grows")
    lede = gettext_lazy("Every time an initiative went on for longer than its interval and grace without activity.")

    def records(self) -> QuerySet:
        return visible_lapses(self.request.user)

    def order(self) -> Iterable[str]:
        chosen = self.filterset.form.cleaned_data["ordering"] if self.filterset.is_valid() else []
        return [*chosen, "-began_on"]

    def table(self, rows: Iterable[Lapse]) -> Table:
        return Table(self.caption, self.columns, told(rows, self.request.user, self.filterset.as_of))

    def new(self) -> str:
        return ""  # the rule alone finds them

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.filterset.qs.order_by()
        found = self.filterset.is_valid()
        return super().get_context_data(**kwargs) | {
            "day": self.filterset.as_of,
            "tallies": self.tallies(rows) if found else [],
            "years": Table(_("Lapses found, by the year of their first day"), YEARS, by_year(rows) if found else []),
        }

    def tallies(self, rows: QuerySet) -> list[Tally]:
        """Return how many of the rows found are open and how many have ended in each way."""
        counts = dict(rows.values_list("ended_by").annotate(Count("pk")))
        query = {name: value for name, value in self.request.GET.items() if name != "page"}
        found = [Tally(_("open"), counts.get("", 0), page("lapse-list", **query | {"open": "YES"}))]
        for code, label in Lapse.EndedBy.choices:
            found.append(Tally(label, counts.get(code, 0), page("lapse-list", **query | {"ended_by": code})))
        return [tally for tally in found if tally.count]


def by_year(rows: QuerySet) -> QuerySet:
    """Return the counts of lapses by the year in which they began, the latest first."""
    counts = {
        "begun": Count("pk"),
        "still_open": Count("pk", filter=Q(ended_on=None)),
        "revived": Count("pk", filter=Q(ended_by=Lapse.EndedBy.ACTIVITY)),
        "lapsed": Sum("days"),
    }
    return rows.values(year=ExtractYear("began_on")).annotate(**counts).order_by("-year")


YEARS = (
    Column(gettext_lazy("Year"), lambda row: str(row["year"]), head=True),
    Column(gettext_lazy("Begun"), lambda row: number(row["begun"]), css="n"),
    Column(gettext_lazy("Of these open"), lambda row: number(row["still_open"]), css="n"),
    Column(gettext_lazy("Of these revived"), lambda row: number(row["revived"]), css="n"),
    Column(gettext_lazy("Lapsed days in all"), lambda row: number(row["lapsed"]), css="n"),
)


# The page of one -----------------------------------------------------------------------------------------------------


class LapsePage(RecordPage):
    any_day = True
    model = Lapse
    template_name = "continuity/lapse.html"

    def get_queryset(self) -> QuerySet:
        of = Initiative.objects.filter(lapses__ref=self.kwargs["ref"])
        return lapses.as_of(visible_lapses(self.request.user), self.day, of)

    def get_object(self, queryset: QuerySet | None = None) -> Lapse:
        lapse = super().get_object(queryset)
        (lapse.initiative,) = tables.explained(tables.answered([lapse.initiative], self.last_day(lapse)))
        return lapses.with_episodes([lapse], self.request.user, self.day)[0]

    def last_day(self, lapse: Lapse) -> date:
        """Return the last lapsed day, as far as the day asked."""
        return lapse.ended_on - timedelta(days=1) if lapse.ended_on else self.day

    def facts_shown(self) -> list[Fact]:
        row = self.object
        length = tables.in_days(row.days)
        ended = dates.display_day(row.ended_on) if row.ended_on else _("still open")
        return [
            Fact(_("initiative"), linked(row.initiative)),
            Fact(_("state on its last day"), chip(row.initiative.answer.state)),
            Fact(_("first day"), dates.display_day(row.began_on)),
            Fact(_("first day after"), ended),
            Fact(_("length"), length if row.ended_on else _("%(days)s so far") % {"days": length}),
            Fact(_("ended by"), self.ended_by()),
            Fact(_("cause as stated"), row.cause),
            Fact(_("who says so"), one(row.source, self.request.user)),
        ]

    def ended_by(self) -> str:
        """Write what ended it."""
        if self.object.ended_on is None:
            return _("nothing yet")
        said = self.object.get_ended_by_display()
        return _("%(by)s (a revival)") % {"by": said} if self.object.is_revival else said

    def tables(self) -> list[Table]:
        row, user = self.object, self.request.user
        revived = shown_by(lapses.revivals([row]).get(row.pk, ()), user)
        none = _("No episode of tension on file overlaps it.")
        return [
            Table("", EVIDENCE, revived, title=_("What revived it"), sourced=True),
            Table(
                "",
                tables.EPISODES,
                row.episodes,
                title=_("Episodes of tension it overlaps"),
                about=COINCIDENCE,
                sourced=True,
                empty=none,
            ),
            *super().tables(),
        ]
