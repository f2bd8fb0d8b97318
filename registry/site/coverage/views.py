"""The page of coverage: pairs by year, and one pair in full."""

from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.core import clock, vocabularies
from registry.core.models import Pair
from registry.core.tables import Column, Table
from registry.core.templatetags.concord import number
from registry.site.coverage.asking import CoverageForm
from registry.site.coverage.counting import SAYS, Cell, cells, says

PAIRS_ON_A_PAGE = 50
YEARS_SIDE_BY_SIDE = 12
MOST_SIDE_BY_SIDE = 20

SIGNS = {"not_tracked": "–", "none_on_file": "0", "on_file": "%s", "on_file_not_tracked": "(%s)"}
"""How a year is written: what it says → its sign, in which `%s` is the number on file."""


def sign(cell: Cell, count: int) -> str:
    """Write a number of a year by the sign for what it says, and in words for whoever hears the page."""
    code = says(cell.days_tracked, count)
    shown = SIGNS[code].replace("%s", number(count))
    return format_html('{}<span class="visually-hidden"> {}</span>', shown, SAYS[code])


def tracked(cell: Cell) -> str:
    """Write how many days of a year are tracked, and on whose word."""
    said = _("%(days)s of %(of)s days") % {"days": number(cell.days_tracked), "of": number(cell.days)}
    basis = vocabularies.label("tracking_basis", cell.pair.tracking_basis).lower()
    return f"{said}, {basis}" if cell.days_tracked else said


def counted(what: str) -> Any:
    """Return what writes one count of a year."""
    return lambda cell: sign(cell, cell.counts.get(what, 0))


def year_column(at: int, year: int) -> Column:
    """Return the column of one year, the cell of which stands at this place in a row."""
    return Column(str(year), lambda row: sign(row[at], row[at].on_file), css="n")


OF_ONE = (
    Column(gettext_lazy("Year"), lambda cell: str(cell.year), head=True),
    Column(gettext_lazy("Says"), lambda cell: SAYS[cell.says]),
    Column(gettext_lazy("Tracked"), tracked),
    Column(gettext_lazy("Agreements"), counted("agreements"), css="n"),
    Column(gettext_lazy("Sessions"), counted("sessions"), css="n"),
    Column(gettext_lazy("Events"), counted("events"), css="n"),
    Column(gettext_lazy("Entries by hand"), counted("entries"), css="n"),
    Column(gettext_lazy("Activities"), counted("activities"), css="n"),
    Column(gettext_lazy("Sources cited"), counted("sources"), css="n"),
)


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Show what is tracked and how much is on file: of one pair year by year, else of pairs side by side."""
    form = CoverageForm(request.GET, user=request.user)
    form.fields.pop("lang")
    form.also = ("page",)
    form.order_fields(["pair", "country", "from", "to"])
    form.fields["from"].help_text = _("First year; without it the latest twelve, or all of one pair.")
    context: dict[str, Any] = {"form": form, "signs": signs()}
    if not form.is_valid():
        return render(request, "site/coverage.html", context | {"problems": form.problems}, status=400)
    asked = form.cleaned_data
    data = {name: ",".join(value) if isinstance(value, list) else value for name, value in asked.items() if value}
    context |= {"data": f"{reverse('api-coverage')}?{urlencode(data)}"}
    pairs = form.pairs.select_related("a", "b").order_by("ref")
    if len(asked["pair"]) == 1 and (pair := pairs.first()):
        return render(request, "site/coverage.html", context | of_one(pair, asked))
    return render(request, "site/coverage.html", context | side_by_side(pairs, asked, request.GET.get("page")))


def signs() -> list[tuple[str, Any]]:
    """Return how years are written, and what each sign means."""
    return [(SIGNS[code].replace("%s", "3"), text) for code, text in SAYS.items()]


def of_one(pair: Pair, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the years of one pair, the newest first."""
    found = list(cells(Pair.objects.filter(pk=pair.pk), asked["from"], asked["to"]))[::-1]
    table = Table(_("By year, the newest first"), OF_ONE, found)
    return {"pair": pair, "table": table, "undated": found[0].undated}


def side_by_side(pairs: Any, asked: dict[str, Any], page: str | None) -> dict[str, Any]:
    """Return a page of pairs with some years beside each other: those asked for, or the latest."""
    last = asked["to"] or max(clock.today().year, asked["from"] or 0)
    first = max(asked["from"] or last - YEARS_SIDE_BY_SIDE + 1, last - MOST_SIDE_BY_SIDE + 1, 1)
    paginator = Paginator(pairs, PAIRS_ON_A_PAGE)
    some = paginator.get_page(page)
    found = cells(Pair.objects.filter(pk__in=[pair.pk for pair in some]), first, last)
    rows = [list(of_pair) for _pair, of_pair in groupby(found, attrgetter("pair.ref"))]
    columns = [
        Column(_("Pair"), lambda row: linked_to(row[0].pair), head=True),
        *(year_column(at, year) for at, year in enumerate(range(first, last + 1))),
    ]
    empty = _("No pair is on file for this.")
    caption = _("Records on file, %(first)s to %(last)s") % {"first": first, "last": last}
    table = Table(caption, columns, rows, empty=empty)
    return {"table": table, "page_obj": some, "paginator": paginator}


def linked_to(pair: Pair) -> str:
    """Write a pair as a link to its own coverage."""
    return format_html('<a href="{}?pair={}">{}</a>', reverse("coverage"), pair.ref, pair)
