"""What the indices are made from: the public records of one pair, as far as they count."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from continuity import rules
from continuity.models import Kind, TensionEpisode
from events.models.programme import SERIES
from registry.core import vocabularies
from registry.core.models import Pair

Run = tuple[date, date]
"""A run of days by its first and its last."""

CULTURAL = frozenset(vocabularies.codes_where("field", cultural=True))
BROAD = CULTURAL - frozenset(vocabularies.codes_where("field", counts_in_breadth=False))
"""The fields that count in breadth: GENERAL and ALL would make whatever names them as broad as can be."""
YOUNG = frozenset(vocabularies.codes_where("audience", youth=True))
NON_STATE_BY_TYPE = ("N_UNI", "N_UNION")
"""The literature counts every university and union as non-state, whoever owns it."""


def sector(basis: str, on_file: str, kind: str) -> str:
    """Return the sector of an actor on one of the two bases: the one on file, or that of its type.

    A person has no sector by type but the own one.
    """
    if basis == "sector" or kind == "N_PERSON":
        return on_file
    if kind in NON_STATE_BY_TYPE:
        return "NON_STATE"
    return vocabularies.lists()["actor_type"].get(kind, {}).get("default_sector", "")


@dataclass(frozen=True)
class Part:
    """One participation in an event: the actor by reference, sector and type, and whether in a leading role."""

    actor: str
    sector: str
    kind: str
    leads: bool


@dataclass(eq=False)
class Held:
    """One held event, on the day it counts from."""

    ref: str
    day: date
    initiative: int | None
    online: bool
    border: str
    occasion: str
    parts: list[Part] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    audiences: set[str] = field(default_factory=set)

    @property
    def leading(self) -> list[Part]:
        return [part for part in self.parts if part.leads]

    def sectors(self, basis: str) -> set[str]:
        """Return the sectors of those who led it."""
        return {sector(basis, part.sector, part.kind) for part in self.leading}

    def led_by(self, basis: str) -> str:
        """Say whether state bodies alone led it: state, non_state, or unknown where nobody is on file."""
        found = self.sectors(basis)
        return "unknown" if not found else "state" if found == {"STATE"} else "non_state"


@dataclass(eq=False)
class Course:
    """One initiative: what the rule reads of it, the days on which its clock ran, those on which it was lapsed."""

    ref: str
    kind: str
    parent: int | None
    facts: rules.Facts
    ran: list[Run]
    lapsed: list[Run]
    programme_kind: str = ""

    @property
    def is_series(self) -> bool:
        return self.programme_kind in SERIES


@dataclass(frozen=True)
class Met:
    """One held session; `fields` are those of its agenda, None where no agenda is on file."""

    ref: str
    day: date
    commission: int
    fields: frozenset[str] | None


@dataclass(frozen=True)
class Treaty:
    """One agreement: first and last day in force (None: not on file), whether its declared status says it has ended."""

    ref: str
    signed_on: date | None
    first: date | None
    last: date | None
    ended: bool
    fields: frozenset[str]

    def in_force(self, first: date, last: date) -> bool:
        """Say whether it was in force on any day from `first` to `last`, by the days on file."""
        if self.first is None or self.first > last or (self.last is None and self.ended):
            return False
        return self.last is None or self.last >= first


@dataclass(frozen=True)
class Promise:
    """One commitment with a due day: `kept_on` is the day of its first dated fulfilment."""

    ref: str
    due: date
    state: str
    kept_on: date | None


@dataclass(frozen=True)
class Tension:
    """One episode of tension; where its end (`last`) is not on file, it is known to have lasted to `known`."""

    record: TensionEpisode
    first: date
    known: date
    last: date | None

    @property
    def ref(self) -> str:
        return self.record.ref

    @property
    def days(self) -> Run:
        """The days that are certainly its own."""
        return self.first, self.last or self.known


@dataclass(eq=False)
class Material:
    """All that is counted of one pair up to `today`: its held `events` by day, the references of those `undated`."""

    pair: Pair
    today: date
    events: list[Held] = field(default_factory=list)
    undated: list[str] = field(default_factory=list)
    courses: dict[int, Course] = field(default_factory=dict)
    sessions: list[Met] = field(default_factory=list)
    treaties: list[Treaty] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    episodes: list[Tension] = field(default_factory=list)

    @property
    def tracked(self) -> list[Run]:
        """The tracked days of the pair up to today."""
        if self.pair.tracked_from is None:
            return []
        return [(self.pair.tracked_from, min(self.pair.tracked_until or self.today, self.today))]

    def chain(self, pk: int | None) -> list[Course]:
        """Return an initiative and those above it, nearest first, as far as they are public."""
        found: list[Course] = []
        while pk in self.courses:
            course = self.courses[pk]
            if course in found:
                break
            found.append(course)
            pk = course.parent
        return found

    @cached_property
    def with_commission(self) -> set[str]:
        """The references of the agreements under which a commission stands, at whatever depth."""
        bodies = (pk for pk, course in self.courses.items() if course.kind == Kind.COMMISSION)
        return {above.ref for pk in bodies for above in self.chain(pk) if above.kind == Kind.AGREEMENT}

    @cached_property
    def editions(self) -> dict[int, list[date]]:
        """The days on which events of each initiative were held, the first one first."""
        found: dict[int, list[date]] = {}
        for event in self.events:
            if event.initiative is not None and event.day not in found.setdefault(event.initiative, [])[-1:]:
                found[event.initiative].append(event.day)
        return found

    def rung(self, pk: int | None) -> str:
        """Return the highest rung of the ladder that an initiative or one above it reaches."""
        return self.rungs.get(pk, "stand_alone") if pk is not None else "stand_alone"

    @cached_property
    def rungs(self) -> dict[int, str]:
        """The rung of each initiative."""
        return {pk: self._rung(self.chain(pk)) for pk in self.courses}

    def _rung(self, chain: list[Course]) -> str:
        agreements = {course.ref for course in chain if course.kind == Kind.AGREEMENT}
        met = any(course.kind == Kind.COMMISSION for course in chain)
        programmes = [course for course in chain if course.kind == Kind.PROGRAMME]
        if agreements and (met or agreements & self.with_commission):
            return "agreement_and_commission"
        if agreements or met:
            return "agreement_or_commission"
        return "recurring" if all(course.is_series for course in programmes) else "programme"
