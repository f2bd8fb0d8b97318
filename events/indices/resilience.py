"""What was held before, during and after each episode of tension: a coincidence of dates, not a cause."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from events.indices.counting import ties
from events.indices.figures import Counts, Figure, Period, ones, runs_on, share
from events.indices.material import Held, Material, Run, Tension

LEADS = ("state", "non_state", "unknown")
DAY = timedelta(1)


@dataclass(frozen=True)
class Cut:
    """Days that are left out of a window: `by` today, tracking or another episode, which is then named."""

    by: str
    days: int
    episode: Tension | None = None


@dataclass(frozen=True)
class Window:
    """Days before, during or after an episode; `days` of them are left when the cuts are out, with what was held.

    `overlaps` are the other episodes that share days with a window of which theirs are not cut out: that of the
    episode itself.
    """

    name: str
    first: date
    last: date
    days: int
    cuts: list[Cut]
    events: dict[str, list[Held]]
    overlaps: list[Tension] = field(default_factory=list)

    def held(self, lead: str = "") -> int:
        """Return how many events were held, led by `lead` or by anyone."""
        return sum(len(events) for name, events in self.events.items() if lead in ("", name))

    def per_30_days(self, lead: str = "") -> float | None:
        """Return the held events per 30 days; None where no day is left to divide by."""
        return round(30 * self.held(lead) / self.days, 6) if self.days else None

    def ids(self, lead: str = "") -> Counts:
        """Return the references of the events led by `lead` or by anyone."""
        return ones(event for name, events in self.events.items() if lead in ("", name) for event in events)


@dataclass(frozen=True)
class Around:
    """What is counted around one episode. `windows` holds those whose days are known.

    `survival` divides the initiatives not lapsed at its start that never lapsed during it by those not lapsed at its
    start; `halted` counts the former whose clock did not run on all its days. `recovery` is the number of days from
    its end to `recovered`, the first event held after it; where there is none yet, `waited` are the days since.
    `untracked`: of some of these days nothing is claimed. `ties` are the lasting ones. All is None or nothing where
    the end of the episode is not on file, but for what was held before it.
    """

    episode: Tension
    windows: list[Window]
    survival: Figure | None = None
    halted: int = 0
    recovered: Held | None = None
    recovery: int | None = None
    waited: int | None = None
    untracked: bool = False
    ties: Figure | None = None


def around(material: Material, period: Period, basis: str, window: int | None) -> list[Around]:
    """Return what is counted around every episode that overlaps a period; `window`: days, else the episode's length."""
    overlapping = (e for e in material.episodes if e.days[0] <= period.last and period.first <= e.days[1])
    return [around_one(material, episode, basis, window) for episode in overlapping]


def around_one(material: Material, episode: Tension, basis: str, window: int | None) -> Around:
    """Return what is counted around one episode. Events before and after it are taken from all of the record."""
    windows = [cut_out(material, episode, basis, *bounds) for bounds in bounds_of(episode, window)]
    if episode.last is None:
        return Around(episode, windows)
    today, last = material.today, min(episode.last, material.today)
    ran = [course for course in material.courses.values() if runs_on(course.ran, episode.first)]
    alive = [course for course in ran if not runs_on(course.lapsed, episode.first)]
    during = Period(episode.first, last)
    survived = [course for course in alive if not during.days_of(course.lapsed)]
    halted = sum(during.days_of(course.ran) < during.days for course in survived)
    first = min((e for e in material.events if e.day > episode.last), key=lambda e: (e.day, e.ref), default=None)
    over = episode.last < today
    passed = Period(episode.last + DAY, first.day if first else today) if over else Period(today, today - DAY)
    working = ties(event for event in material.events if event.day < episode.first)
    later = ties(event for event in material.events if event.day > episode.last)
    return Around(
        episode,
        windows,
        survival=share("resilience", ones(survived), ones(alive)),
        halted=halted,
        recovered=first,
        recovery=(first.day - episode.last).days if first else None,
        waited=(today - episode.last).days if over and not first else None,
        untracked=passed.days_of(material.tracked) < passed.days,
        ties=share("lasting_ties", dict.fromkeys(sorted(working & later), 1), dict.fromkeys(sorted(working), 1)),
    )


def bounds_of(episode: Tension, window: int | None) -> Iterator[tuple[str, date, date]]:
    """Yield name, first and last day of each window that has any: without an end on file only the one before.

    Then its length is not known either, so that the days must be asked for. The calendar has a first and a last day.
    """
    first, last = episode.first.toordinal(), episode.last and episode.last.toordinal()
    length = window or (last and last - first + 1)
    if length and first > 1:
        yield "before", date.fromordinal(max(first - length, 1)), episode.first - DAY
    if episode.last and last:
        yield "during", episode.first, episode.last
        if length and episode.last < date.max:
            yield "after", episode.last + DAY, date.fromordinal(min(last + length, date.max.toordinal()))


def cut_out(material: Material, episode: Tension, basis: str, name: str, first: date, last: date) -> Window:
    """Return a window without the days that tell nothing; each of these is told of once, in this order."""
    left: list[Run] = [(first, last)]
    cuts: list[Cut] = []

    def cut(by: str, rest: list[Run], other: Tension | None = None) -> list[Run]:
        if gone := length_of(left) - length_of(rest):
            cuts.append(Cut(by, gone, other))
        return rest

    left = cut("today", within(left, (date.min, material.today)))
    left = cut("tracking", [run for tracked in material.tracked for run in within(left, tracked)])
    others = [other for other in material.episodes if other is not episode and shares(other.days, (first, last))]
    if name != "during":
        for other in others:
            left = cut("episode", without(left, other.days), other)
    held = [event for event in material.events if runs_on(left, event.day)]
    events = {lead: [event for event in held if event.led_by(basis) == lead] for lead in LEADS}
    return Window(name, first, last, length_of(left), cuts, events, others if name == "during" else [])


def length_of(runs: list[Run]) -> int:
    """Return how many days there are in runs that do not overlap."""
    return sum((last - first).days + 1 for first, last in runs)


def within(runs: list[Run], bounds: Run) -> list[Run]:
    """Return what of the runs lies within `bounds`."""
    cut = ((max(first, bounds[0]), min(last, bounds[1])) for first, last in runs)
    return [(first, last) for first, last in cut if first <= last]


def without(runs: list[Run], hole: Run) -> list[Run]:
    """Return the runs without the days of another."""
    before = within(runs, (date.min, hole[0] - DAY)) if hole[0] > date.min else []
    return before + (within(runs, (hole[1] + DAY, date.max)) if hole[1] < date.max else [])


def shares(one: Run, other: Run) -> bool:
    """Say whether two runs of days share one."""
    return one[0] <= other[1] and other[0] <= one[1]
