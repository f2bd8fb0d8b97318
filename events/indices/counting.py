"""One function for each index: what of a pair's records is counted in a period, and what divides it.

Each is named after its definition, which says in words what the function says in code.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta
from itertools import combinations
from operator import attrgetter

from django.utils.translation import gettext as _

from continuity import rules
from continuity.models import Kind
from events.indices.definitions import RUNGS
from events.indices.figures import Figure, Period, ones, runs_on, share, told
from events.indices.material import BROAD, CULTURAL, YOUNG, Course, Held, Material, Part, sector
from registry.core import vocabularies

Compute = Callable[[Material, Period, str], list[Figure]]
COMPUTED: dict[str, Compute] = {}
"""Code of an index → its function (material, period, basis) → figures, one for each part."""


def index(compute: Compute) -> Compute:
    """Register the function of the index it is named after."""
    COMPUTED[compute.__name__] = compute
    return compute


# Continuity and coordination ----------------------------------------------------------------------------------------


@index
def continuity(material: Material, period: Period, basis: str) -> list[Figure]:
    return [days_alive("continuity", material, period, material.courses.values())]


def days_alive(code: str, material: Material, period: Period, courses: Collection[Course], part: str = "") -> Figure:
    """Return the days of initiatives on which their clock ran and they were not lapsed, among those on which it ran."""
    ran = {course.ref: days for course in courses if (days := period.days_of(course.ran))}
    lapsed = {course.ref: period.days_of(course.lapsed) for course in courses if course.ref in ran}
    alive = {ref: days - lapsed[ref] for ref, days in ran.items() if days > lapsed[ref]}
    others = len(courses) - len(ran)
    notes = (
        told(len(ran), _("Initiatives whose clock ran on some day: %(n)s.")),
        told(others, _("Without a clock on any day: %(n)s.")),
    )
    return share(code, alive, ran, *notes, part=part)


@index
def sessions(material: Material, period: Period, basis: str) -> list[Figure]:
    bodies = {pk: course for pk, course in material.courses.items() if course.kind == Kind.COMMISSION}
    ran = {pk: days for pk, course in bodies.items() if (days := period.days_of(course.ran))}
    expected = {bodies[pk].ref: days // rules.cadence_of(bodies[pk].facts, period.last)[0] for pk, days in ran.items()}
    held = [met for met in material.sessions if period.has(met.day)]
    counted = [met for met in held if met.commission in ran and runs_on(bodies[met.commission].ran, met.day)]
    notes = (
        told(len(ran), _("Commissions of which sessions were expected on some day: %(n)s.")),
        told(len(bodies) - len(ran), _("Commissions without a clock on any day: %(n)s.")),
        told(len(held) - len(counted), _("Held on days on which none was expected, and not counted: %(n)s.")),
    )
    among = {ref: number for ref, number in expected.items() if number}
    return [share("sessions", ones(counted), among, *notes)]


@index
def commitments(material: Material, period: Period, basis: str) -> list[Figure]:
    due = [promise for promise in material.promises if period.has(promise.due) and promise.due < material.today]
    done = [promise for promise in due if promise.state == "DONE"]
    on_time = [promise for promise in done if promise.kept_on and promise.kept_on <= promise.due]
    dropped = [promise for promise in due if promise.state in ("DROPPED", "CARRIED_OVER")]
    notes = (
        told(
            sum(promise.kept_on is None for promise in done),
            _("Done on a day not on file, and not counted as on time: %(n)s."),
        ),
        told(len(dropped), _("Dropped or carried over: %(n)s.")),
    )
    return [share("commitments", ones(on_time), ones(due), *notes)]


@index
def agenda(material: Material, period: Period, basis: str) -> list[Figure]:
    held = [met for met in material.sessions if period.has(met.day)]
    known = [met for met in held if met.fields is not None]
    cultural = [met for met in known if met.fields and met.fields & CULTURAL]
    notes = (
        told(len(held) - len(known), _("Held sessions whose agenda is not on file: %(n)s.")),
        told(sum(not met.fields for met in known), _("Agendas of which no item is coded: %(n)s.")),
    )
    return [share("agenda", ones(cultural), ones(known), *notes)]


# Who leads -----------------------------------------------------------------------------------------------------------


day_of = attrgetter("day")


def events_in(material: Material, period: Period) -> list[Held]:
    """Return the held events of a period, the oldest first: they lie by day."""
    first = bisect_left(material.events, period.first, key=day_of)
    after = bisect_right(material.events, period.last, key=day_of)
    return material.events[first:after]


@index
def non_state(material: Material, period: Period, basis: str) -> list[Figure]:
    held = events_in(material, period)
    led = [event for event in held if event.leading]
    counted = [event for event in led if "NON_STATE" in event.sectors(basis)]
    others = [sectors for event in led if "NON_STATE" not in (sectors := event.sectors(basis)) and sectors != {"STATE"}]
    notes = (
        told(len(held) - len(led), _("Held events of which no leading actor is on file: %(n)s.")),
        told(len(others), _("Led by mixed or international actors without a non-state one: %(n)s.")),
    )
    return [share("non_state", ones(counted), ones(led), *notes)]


@index
def actor_diversity(material: Material, period: Period, basis: str) -> list[Figure]:
    return [diversity("actor_diversity", material, period, lambda part: part.actor)]


@index
def sector_diversity(material: Material, period: Period, basis: str) -> list[Figure]:
    return [diversity("sector_diversity", material, period, lambda part: sector(basis, part.sector, part.kind))]


def diversity(code: str, material: Material, period: Period, group: Callable[[Part], str]) -> Figure:
    """Return 1 − Σ share² of the groups of leading participations, in whole numbers."""
    found = Counter(group(part) for event in events_in(material, period) for part in event.leading)
    number = found.total()
    squares = sum(count * count for count in found.values())
    notes = told(number, _("Leading participations on file: %(n)s."))
    if code == "sector_diversity":
        spread = [f"{vocabularies.label('sector', name)} {count}" for name, count in sorted(found.items())]
        notes = f"{notes} {', '.join(spread)}." if spread else ""
    return Figure(code, number * number - squares, number * number, {}, dict(found), tuple(filter(None, [notes])))


# Structure -----------------------------------------------------------------------------------------------------------


@index
def structure(material: Material, period: Period, basis: str) -> list[Figure]:
    held = events_in(material, period)
    return [share("structure", ones(e for e in held if e.initiative in material.courses), ones(held))]


@index
def ladder(material: Material, period: Period, basis: str) -> list[Figure]:
    held = events_in(material, period)
    on: dict[str, list[Held]] = {rung: [] for rung, _name in RUNGS}
    for event in held:
        on[material.rung(event.initiative)].append(event)
    return [share("ladder", ones(events), ones(held), part=rung) for rung, events in on.items()]


@index
def ladder_continuity(material: Material, period: Period, basis: str) -> list[Figure]:
    found: dict[str, list[Course]] = {rung: [] for rung, _name in RUNGS[1:]}
    for pk, course in material.courses.items():
        found[material.rung(pk)].append(course)
    return [days_alive("ladder_continuity", material, period, courses, rung) for rung, courses in found.items()]


@index
def long_term(material: Material, period: Period, basis: str) -> list[Figure]:
    held = events_in(material, period)
    counted = [event for event in held if any(lasts(course, event.day) for course in material.chain(event.initiative))]
    return [share("long_term", ones(counted), ones(held))]


def lasts(course: Course, day: date) -> bool:
    """Say whether it is a programme of three years or more; with no end on file, whether it was one on `day`."""
    start, end = course.facts.start, course.facts.end or day
    if course.kind != Kind.PROGRAMME or start is None:
        return False
    return end >= three_years_from(start)


def three_years_from(start: date) -> date:
    """Return the last day of the three years that begin on `start`."""
    if (start.month, start.day) == (2, 29):
        return date(start.year + 3, 2, 28)
    return start.replace(year=start.year + 3) - timedelta(1)


# Breadth and stock ---------------------------------------------------------------------------------------------------


@index
def breadth(material: Material, period: Period, basis: str) -> list[Figure]:
    held = {code for event in events_in(material, period) for code in event.fields} & BROAD
    in_force = [treaty for treaty in material.treaties if period.days and treaty.in_force(period.first, period.last)]
    agreed = {code for treaty in in_force for code in treaty.fields} & BROAD
    notes = told(len(in_force), _("Agreements in force on some day: %(n)s.")) or not_in_force(material, period.last)
    return [share("breadth", dict.fromkeys(sorted(held & agreed), 1), dict.fromkeys(sorted(agreed), 1), notes)]


@index
def stock(material: Material, period: Period, basis: str) -> list[Figure]:
    ends = [date(year, 12, 31) for year in range(period.first.year, period.last.year + 1)]
    on = max((day for day in ends if period.has(day)), default=None)
    if on is None:
        note = _("No 31 December lies in the period.")
        return [Figure("stock", None, None, notes=(note,), part=part) for part in ("all", "cultural")]
    in_force = [treaty for treaty in material.treaties if treaty.in_force(on, on)]
    cultural = [treaty for treaty in in_force if treaty.fields & CULTURAL]
    notes = tuple(filter(None, [_("On 31 December %(year)s.") % {"year": on.year}, not_in_force(material, on)]))
    return [
        Figure("stock", len(treaties), None, ones(treaties), notes=notes, part=part)
        for part, treaties in (("all", in_force), ("cultural", cultural))
    ]


def not_in_force(material: Material, on: date) -> str:
    """Say how many agreements had been signed of whose entry into force nothing is on file."""
    signed = [treaty for treaty in material.treaties if treaty.signed_on and treaty.signed_on <= on]
    return told(sum(t.first is None for t in signed), _("Signed, entry into force not on file: %(n)s."))


# What the events are like --------------------------------------------------------------------------------------------


@index
def digital(material: Material, period: Period, basis: str) -> list[Figure]:
    held = events_in(material, period)
    return [share("digital", ones(event for event in held if event.online), ones(held))]


@index
def youth(material: Material, period: Period, basis: str) -> list[Figure]:
    held = events_in(material, period)
    unknown = told(sum(not event.audiences for event in held), _("Held events whose audience is not on file: %(n)s."))
    return [share("youth", ones(event for event in held if event.audiences & YOUNG), ones(held), unknown)]


@index
def border(material: Material, period: Period, basis: str) -> list[Figure]:
    held = events_in(material, period)
    unknown = told(sum(event.border == "UNKNOWN" for event in held), _("Of which it is not on file: %(n)s."))
    return [share("border", ones(event for event in held if event.border == "YES"), ones(held), unknown)]


@index
def beyond_cycles(material: Material, period: Period, basis: str) -> list[Figure]:
    held = events_in(material, period)
    known = [event for event in held if event.occasion not in ("", "UNKNOWN")]
    unknown = told(len(held) - len(known), _("Held events whose occasion is not on file: %(n)s."))
    return [share("beyond_cycles", ones(event for event in known if event.occasion == "NONE"), ones(known), unknown)]


# Series, silence, ties -----------------------------------------------------------------------------------------------


@index
def recurrence(material: Material, period: Period, basis: str) -> list[Figure]:
    again, among, undecided = [], [], 0
    for pk, editions in material.editions.items():
        course = material.courses.get(pk)
        if course is None or not course.is_series or not period.has(editions[0]):
            continue
        window = editions[0], rules.plus(editions[0], 2 * rules.cadence_of(course.facts, editions[0])[0])
        if window[1] >= material.today or not any(a <= window[0] and window[1] <= b for a, b in course.ran):
            undecided += 1
            continue
        among.append(course)
        if len(editions) > 1 and editions[1] <= window[1]:
            again.append(course)
    unknown = told(undecided, _("Series whose clock has not run through two cadences since: %(n)s."))
    return [share("recurrence", ones(again), ones(among), unknown)]


@index
def without_sessions(material: Material, period: Period, basis: str) -> list[Figure]:
    held = events_in(material, period)
    bodies = [course for course in material.courses.values() if course.kind == Kind.COMMISSION]
    lapsed = [event for event in held if any(runs_on(body.lapsed, event.day) for body in bodies)]
    unknown = sum(not any(runs_on(body.ran, event.day) for body in bodies) for event in held)
    notes = told(unknown, _("Held on days on which no commission’s clock ran: %(n)s."))
    return [share("without_sessions", ones(lapsed), ones(held), notes)]


@index
def lasting_ties(material: Material, period: Period, basis: str) -> list[Figure]:
    lasting: set[str] = set()
    before: set[str] = set()
    episodes = [e for e in material.episodes if e.days[0] <= period.last and period.first <= e.days[1]]
    ended = [episode for episode in episodes if episode.last and episode.last < material.today]
    held = events_in(material, period)
    for episode in ended:
        earlier = ties(event for event in held if event.day < episode.first)
        before |= earlier
        lasting |= earlier & ties(event for event in held if event.day > episode.days[1])
    notes = (
        told(len(ended), _("Episodes that overlap the period and are over: %(n)s.")),
        told(len(episodes) - len(ended), _("Episodes whose end is not on file or not over, and not counted: %(n)s.")),
    )
    return [share("lasting_ties", dict.fromkeys(sorted(lasting), 1), dict.fromkeys(sorted(before), 1), *notes)]


def ties(events: Iterable[Held]) -> set[str]:
    """Return the pairs of actors that took part in one event, as “A-1 + A-2”."""
    who = (sorted({part.actor for part in event.parts}) for event in events)
    return {f"{one} + {other}" for actors in who for one, other in combinations(actors, 2)}
