"""Pages that show all rooms at once: home, search, the page of a pair, and what stands in the footer."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from actors import tables as actor_tables
from agreements import tables as agreement_tables
from agreements.models import Agreement, Commission
from continuity import explain, rules, states
from continuity import tables as continuity_tables
from continuity.filters import AsOf
from continuity.lapse_tables import visible_lapses
from continuity.models import Initiative, Transition
from continuity.tables import answered, explained, initiatives
from continuity.views import tallies
from events import tables as event_tables
from events.indices.definitions import BY_CODE
from events.models import Programme
from registry.core import clock, pages
from registry.core.days import page
from registry.core.filter_kinds import PairFilterSet
from registry.core.fold import canonical
from registry.core.models import Pair, Source, Subject
from registry.core.parameters import TextField
from registry.core.ranks import best_first
from registry.core.tables import Column, Table, named
from registry.core.templatetags.concord import day as shown_day
from registry.core.views import RecordList, WrongParameter, any_day
from registry.site.pair import ALIVE, LAPSING

SOME = 10
"""How many rows stand where a list of all is a link away."""


# Home ------------------------------------------------------------------------------------------------------------


def counts_by_pair(user: Any, day: date) -> dict[str, Counter[str]]:
    """Return, by pair, how many initiatives that `user` may see are in each state on `day`."""
    rows = Initiative.objects.visible_to(user).order_by()
    found: dict[str, Counter[str]] = defaultdict(Counter)
    if states.stored_results_hold(day):
        told = rows.values_list("pair_id", states.stored_state(day)).annotate(Count("pk"))
        for pair, state, count in told:
            found[pair][state] += count
        return found
    rows = list(rows)
    answers = states.answers(rows, day)
    for row in rows:
        found[row.pair_id][str(answers[row.pk].state)] += 1
    return found


def counted(pairs: Iterable[Pair], found: dict[str, Counter[str]]) -> list[Pair]:
    """Give each pair its `alive`, `lapsing`, `lapsed` and `others`."""
    pairs = list(pairs)
    for pair in pairs:
        states_of = found.get(pair.pk, Counter())
        pair.alive = sum(states_of[state] for state in ALIVE)
        pair.lapsing = sum(states_of[state] for state in LAPSING)
        pair.lapsed = sum(states_of[state] for state in rules.LAPSED)
        pair.others = sum(states_of.values()) - pair.alive - pair.lapsing - pair.lapsed
    return pairs


PAIRS = (
    Column(gettext_lazy("Pair"), lambda pair: named(pair), head=True),
    Column(gettext_lazy("Alive"), lambda pair: str(pair.alive), css="n"),
    Column(gettext_lazy("Lapsing"), lambda pair: str(pair.lapsing), css="n"),
    Column(gettext_lazy("Lapsed"), lambda pair: str(pair.lapsed), css="n"),
    Column(gettext_lazy("Without a clock"), lambda pair: str(pair.others), css="n"),
    Column(
        gettext_lazy("Completeness"),
        lambda pair: (
            _("%(basis)s from %(day)s")
            % {"basis": pair.get_tracking_basis_display().lower(), "day": shown_day(pair.tracked_from)}
            if pair.tracked_from
            else ""
        ),
        empty=gettext_lazy("not tracked"),
    ),
)


@dataclass(frozen=True)
class Change:
    """One change of state, as announced by the sweep or as the rule gives it."""

    initiative: Initiative
    before: str
    state: str
    day: date


def latest_changes(user: Any, day: date) -> list[Change]:
    """Return the latest changes of state up to `day` among what `user` may see.

    Today those that the sweep has announced; computed for another day, and where none has been announced.
    """
    visible = initiatives(user)
    announced = Transition.objects.filter(initiative__in=visible.values("pk")).exclude(from_state="")
    rows = announced.select_related("initiative__pair__a", "initiative__pair__b")[:SOME]
    if day == clock.today() and rows:
        return [Change(row.initiative, row.from_state, row.to_state, row.changed_on) for row in rows]
    ticking = states.in_states(visible, rules.TICKING, day)
    found = [Change(row, "", str(row.answer.state), since) for row in answered(ticking, day) if (since := entered(row))]
    return sorted(found, key=lambda change: (change.day, change.initiative.pk), reverse=True)[:SOME]


def entered(row: Initiative) -> date | None:
    """Return the day on which an initiative came into the state it is in, as far as its limits tell it."""
    answer = row.answer
    before = {"active": None, "due": answer.active_until, "overdue": answer.due_on}
    limit = before.get(answer.state, answer.lapses_on)
    return answer.baseline if answer.state == "active" else rules.day_after(limit)


@require_safe
@any_day
def home(request: HttpRequest, day: date) -> HttpResponse:
    """The first page: what is lapsing, what has changed, and the way to everything else."""
    user = request.user
    visible = initiatives(user)
    lapsing = answered(states.in_states(visible, (*LAPSING, *rules.LAPSED), day), day)
    lapsing.sort(key=lambda row: (row.answer.state in rules.LAPSED, -row.answer.lapses_on.toordinal()))
    found = counts_by_pair(user, day)
    pairs = Pair.objects.visible_to(user).select_related("a", "b").filter(pk__in=list(found))
    listed = sorted(counted(pairs, found), key=lambda pair: (-pair.alive - pair.lapsing - pair.lapsed, pair.ref))
    context = {
        "day": day,
        "is_today": day == clock.today(),
        "tallies": tallies(Initiative.objects.visible_to(user), day, "initiative-list"),
        "lapsing": explained(lapsing[:SOME]),
        "lapsing_count": len(lapsing),
        "changes": latest_changes(user, day),
        "pairs": Table(_("Initiatives of each pair, by whether they are alive"), PAIRS, listed[:30]),
        "pairs_count": Pair.objects.visible_to(user).count(),
        "lists": kinds_on_file(user),
    }
    return render(request, "site/home.html", context)


@dataclass(frozen=True)
class Kind:
    """One kind of record: its plural, its list, how its rows are read and shown."""

    title: Any
    name: str
    rows: Any
    columns: tuple[Column, ...] = ()
    dated: bool = False
    """Whether its columns show a state, which must be asked for first."""
    within: bool = False
    """Whether a search leaves it out: it is found among another kind, or in a list of its own."""


KINDS = (
    Kind(gettext_lazy("Pairs"), "pair", lambda user: Pair.objects.visible_to(user).select_related("a", "b"), PAIRS[:1]),
    Kind(gettext_lazy("Initiatives"), "initiative", initiatives, continuity_tables.INITIATIVES, dated=True),
    Kind(gettext_lazy("Agreements"), "agreement", lambda user: initiatives(user, Agreement), within=True),
    Kind(gettext_lazy("Commissions"), "commission", lambda user: initiatives(user, Commission), within=True),
    Kind(gettext_lazy("Programmes"), "programme", lambda user: initiatives(user, Programme), within=True),
    Kind(gettext_lazy("Lapses"), "lapse", visible_lapses, within=True),
    Kind(gettext_lazy("Sessions"), "session", agreement_tables.sessions, agreement_tables.SESSIONS),
    Kind(gettext_lazy("Events"), "event", event_tables.events, event_tables.EVENTS),
    Kind(gettext_lazy("Outputs"), "output", event_tables.outputs, event_tables.OUTPUTS),
    Kind(gettext_lazy("Commitments"), "commitment", agreement_tables.commitments, agreement_tables.COMMITMENTS),
    Kind(gettext_lazy("Actors"), "actor", actor_tables.actors, actor_tables.ACTORS),
    Kind(
        gettext_lazy("Tension episodes"),
        "episode",
        continuity_tables.episodes,
        (*continuity_tables.EPISODES, continuity_tables.PAIR),
    ),
    Kind(
        gettext_lazy("Milestones"),
        "milestone",
        continuity_tables.milestones,
        (*continuity_tables.MILESTONES, continuity_tables.PAIR),
    ),
    Kind(gettext_lazy("Indicators"), "indicator", pages.indicators, (*pages.INDICATORS, pages.PAIR)),
    Kind(gettext_lazy("Places"), "place", pages.places, pages.PlaceList.columns),
    Kind(gettext_lazy("Frameworks"), "framework", pages.frameworks, pages.FRAMEWORKS),
    Kind(gettext_lazy("Subjects"), "subject", lambda user: Subject.objects.visible_to(user), pages.SUBJECTS),
    Kind(gettext_lazy("Sources"), "source", lambda user: Source.objects.visible_to(user), pages.SOURCES),
)


def kinds_on_file(user: Any) -> list[tuple[Any, str, int]]:
    """Return (title, address of the list, how many the reader may see) of every kind."""
    return [(kind.title, page(f"{kind.name}-list"), kind.rows(user).order_by().count()) for kind in KINDS]


# Search ----------------------------------------------------------------------------------------------------------


@require_safe
@any_day
def search(request: HttpRequest, day: date) -> HttpResponse:
    """Find records of all kinds by words in any script."""
    asked, user = request.GET.get("q", "").strip(), request.user
    if "\x00" in asked:
        raise WrongParameter(_("The words to search for (q) contain a null character. Leave it out."))
    if len(asked) > TextField.longest:
        raise WrongParameter(
            _("The words to search for (q) are %(length)s characters long. Give at most %(longest)s.")
            % {"length": len(asked), "longest": TextField.longest}
        )
    found, words = [], canonical(asked)
    for kind in KINDS if asked else ():
        if kind.within:
            continue  # an agreement is found among the initiatives, a lapse in the list of them
        rows = kind.rows(user).containing(words)
        some = list(best_first(rows, words)[: SOME + 1])
        if not some:
            continue
        count = rows.order_by().count() if len(some) > SOME else len(some)
        shown = some[:SOME]
        if kind.dated:
            shown = answered(shown, day)
        more = page(f"{kind.name}-list", q=asked) if count > SOME else ""
        found.append(Table("", kind.columns, shown, title=kind.title, more=more, count=count))
    return render(request, "site/search.html", {"asked": asked, "day": day, "tables": found})


# Pairs -----------------------------------------------------------------------------------------------------------


class PairsOnDay(PairFilterSet):
    """The filters of pairs, and the day for which their initiatives are counted."""

    as_of = AsOf()


class PairList(RecordList):
    any_day = True
    model = Pair
    template_name = "site/pairs.html"
    filterset_class = PairsOnDay
    filters = ("q", "country", "tracking_basis", "as_of")
    columns = PAIRS
    title = gettext_lazy("Pairs")
    lede = gettext_lazy("Any two countries between which something is on file.")
    caption = gettext_lazy("Initiatives of each pair, by whether they are alive")

    def records(self) -> QuerySet:
        return Pair.objects.visible_to(self.request.user).select_related("a", "b")

    def table(self, rows: Iterable[Pair]) -> Table:
        found = counts_by_pair(self.request.user, self.filterset.as_of)
        return Table(self.caption, self.columns, counted(rows, found))


# What stands in the footer ---------------------------------------------------------------------------------------


@require_safe
def methods(request: HttpRequest) -> HttpResponse:
    """How states are computed, in plain words, with a worked example that the rule itself computes."""
    found = [(state, WHEN[state]) for state in rules.State.values]
    caption = _("Each index: what is divided by what, and what else must be known to use it")
    indices = Table(caption, FORMULAS, BY_CODE.values())
    context = {"example": worked_example(), "states": found, "indices": indices}
    return render(request, "site/methods.html", context)


FORMULAS = (
    Column(gettext_lazy("Index"), lambda one: one.name, head=True),
    Column(gettext_lazy("Formula"), lambda one: one.formula),
    Column(gettext_lazy("To be known"), lambda one: one.choices),
)

WHEN = {
    "planned": gettext_lazy("It has not begun, or it is under negotiation and no start is on file."),
    "concluded": gettext_lazy("It has ended."),
    "suspended": gettext_lazy("A declared suspension covers the day."),
    "untracked": gettext_lazy("The day lies outside those for which completeness is claimed: nothing is claimed."),
    "episodic": gettext_lazy("No rhythm is expected of it."),
    "active": gettext_lazy("The next activity is not yet due."),
    "due": gettext_lazy("The next activity falls due within a fifth of the cadence."),
    "overdue": gettext_lazy("The due day has passed; the grace has not."),
    "symbolic": gettext_lazy("Lapsed, but a symbolic activity within cadence and grace shows that contact was kept."),
    "dormant": gettext_lazy("Lapsed: due day and grace have passed."),
}


def worked_example() -> dict[str, Any]:
    """Return the steps of the example of docs/continuity.md: two editions, asked ten years after the second."""
    first, second, asked = date(2015, 7, 8), date(2016, 11, 16), date(2026, 11, 22)
    facts = rules.Facts(
        kind="programme",
        start=first,
        tracked_from=date(2015, 1, 1),
        activities=((first, True), (second, True)),
    )
    answer = rules.as_of(facts, asked)
    return {
        "first": first,
        "second": second,
        "tracked_from": facts.tracked_from,
        "asked": asked,
        "answer": answer,
        "dormant_since": rules.day_after(answer.lapses_on),
        "explanation": explain.explain(facts, answer, asked, "DAYS"),
    }


@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    """Under which licences the sources that state one may be used."""
    rows = Source.objects.visible_to(request.user).exclude(licence="")
    table = Table("", LICENSED, rows, title=_("Sources that state a licence"))
    return render(request, "site/licences.html", {"table": table})


LICENSED = (
    Column(gettext_lazy("Source"), lambda row: named(row, row.publisher), head=True),
    Column(gettext_lazy("Licence"), lambda row: row.licence),
)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What has been done so that everyone can use these pages."""
    return render(request, "site/accessibility.html")
