"""A synthetic registry of any size, the same for the same seed, written straight into the project's own tables.

Nothing in it is real, and every title says so. It is what a steady registry looks like: stored results, lapses and
announced states are what the rule for one initiative says of `TODAY`, so that a sweep on that day finds nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, islice
from random import Random
from typing import Any

from django.core.management import call_command
from django.db import models

from agreements.models import Agreement, Commission
from bench.load import BulkLoad
from continuity import rules
from continuity.models import Activity, Initiative, Lapse, Subscription, Suspension, Transition
from events.models import Event, Programme
from registry.core.fold import fold, whole_name
from registry.core.models import Country, Pair, Term, User

TODAY = date(2026, 11, 22)
SEED = 2026
FAMILY = ("agreement", "commission", "programme", "programme")
"""Initiatives come in families: commission and first programme stand under the agreement, the other stands alone."""
CHILD: dict[str, tuple[type[models.Model], dict[str, Any]]] = {
    "agreement": (Agreement, {"type": "CULTURE", "declared_status": "IN_FORCE"}),
    "commission": (Commission, {"type": "JOINT_CULT"}),
    "programme": (Programme, {"programme_kind": "DAYS"}),
}
BLOCK = 100_000
"""So many initiatives are drawn one by one."""
WITH_EVENTS = 50
"""One family in so many has its events on file, to be edited; of the others only the ledger is."""

Rows = dict[type[models.Model], list[dict[str, Any]]]


def fill(initiatives: int, subscribers: int, seed: int = SEED) -> None:
    """Fill an empty, migrated database with so many initiatives, five times as many activities, and their readers.

    At most `BLOCK` are drawn; a larger registry repeats them between other countries.
    """
    random = Random(seed)
    call_command("load_vocabularies", verbosity=0)
    drawn = min(initiatives, BLOCK)
    pairs = store_pairs(random, max(drawn // 50, 1), initiatives // drawn)
    fields = list(Term.objects.filter(vocabulary="field").order_by("pk").values_list("pk", flat=True))
    links = Initiative.fields.through
    families = (
        family(random, number * len(FAMILY) + 1, random.choice(pairs[0])) for number in range(drawn // len(FAMILY))
    )
    with BulkLoad() as load:
        while some := list(islice(families, 5000)):
            rows: Rows = {links: []}
            for one in (one for family in some for one in family):
                for model, more in one.rows().items():
                    rows.setdefault(model, []).extend(more)
                chosen = random.sample(fields, random.choice((1, 1, 2)))
                rows[links] += [{"initiative_id": one.pk, "term_id": term} for term in chosen]
            for model, many in rows.items():
                load.put(model, many)
        load.repeat(drawn, pairs)
    _readers(random, subscribers, initiatives, fields)


def store_pairs(random: Random, number: int, times: int) -> list[list[Pair]]:
    """Store `times` as many pairs, each lot of them with the same tracking days."""
    codes = [f"{a}{b}{at}" for a in "QXZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for at in ("", 0, 1)]  # no real country
    Country.objects.bulk_create([Country(code=code) for code in sorted(codes)])
    between = random.sample(list(combinations(sorted(codes), 2)), number * times)
    lots: list[list[Pair]] = [[] for _time in range(times)]
    for _at in range(number):
        first = date(random.randint(1990, 2015), 1, 1) if random.random() < 0.8 else None
        last = date(random.randint(2018, 2030), 12, 31) if first and random.random() < 0.05 else None
        tracked = {"tracked_from": first, "tracked_until": last, "tracking_basis": "assumed" if first else ""}
        for lot in lots:
            a, b = between.pop()
            lot.append(Pair(ref=f"{a}-{b}", a_id=a, b_id=b, **tracked))
    Pair.objects.bulk_create([pair for lot in lots for pair in lot], batch_size=500)
    return lots


@dataclass
class _One:
    """One initiative as it will stand on file."""

    pk: int
    kind: str
    pair: Pair
    parent: "_One | None"
    public: bool
    visibility: str
    facts: rules.Facts
    meeting_clause_days: int | None
    tracking: str
    activities: list[tuple[int, int, bool, int]]  # evidence, day, substantive, origin

    def rows(self) -> Rows:
        facts = self.facts
        answer = rules.as_of(facts, TODAY)
        text = f"Synthetic {self.kind} {self.pk} of {self.pair.ref} (bench)"
        own = self.tracking == "own"
        row = {
            "id": self.pk,
            "ref": f"BENCH-{self.pk}",
            "title": text,
            "folded": whole_name(fold(text)),
            "summary": f"{text}: nothing in this row is real. " * 3,
            "visibility": self.visibility,
            "kind": self.kind,
            "pair_id": self.pair.ref,
            "parent_id": self.parent and self.parent.pk,
            "started_on": facts.start or "",
            "started_on_earliest": facts.start,
            "started_on_latest": facts.start,
            "ended_on": facts.end or "",
            "ended_on_earliest": facts.end,
            "ended_on_latest": facts.end,
            "sort_day": facts.start or date(1, 1, 1),
            "rhythm": facts.rhythm,
            "cadence": facts.cadence,
            "grace": facts.grace,
            "meeting_clause_days": self.meeting_clause_days,
            "tracking": self.tracking,
            "tracked_from": facts.tracked_from if own else None,
            "tracked_until": facts.tracked_until if own else None,
            "stated": facts.stated,
            "rule_start": _number(facts.start),
            "rule_end": _number(facts.end),
            "rule_tracked_from": _number(facts.tracked_from),
            "rule_tracked_until": _number(facts.tracked_until),
            "rule_clause": facts.clause,
            "announced_state": str(answer.state) if self.public else "",
            "announced_number": int(self.public),
        }
        lapses = rules.lapses(facts, TODAY)
        row |= {name: getattr(answer, name) for name in Initiative.STORED - {"lapsed_since"}}
        row["fixed_state"], row["cadence_source"] = str(answer.fixed_state), str(answer.cadence_source or "")
        row["lapsed_since"] = next((lapse.began_on for lapse in lapses if lapse.ended_on is None), None)
        model, child = CHILD[self.kind]
        signed = {"signed_on": facts.start or "", "signed_on_latest": facts.start} if self.kind == "agreement" else {}
        return {
            Initiative: [row],
            model: [{"initiative_ptr_id": self.pk, **child, **signed}],
            Suspension: [
                {
                    "initiative_id": self.pk,
                    "started_on": first,
                    "started_on_earliest": first,
                    "started_on_latest": first,
                    "ended_on": last or "",
                    "ended_on_earliest": last,
                    "ended_on_latest": last,
                    "first_day": first.toordinal(),
                    "last_day": _number(last),
                }
                for first, last in facts.suspensions
            ],
            Lapse: [
                {
                    "ref": f"BENCH-{self.pk}-{number}",
                    "initiative_id": self.pk,
                    "began_on": lapse.began_on,
                    "ended_on": lapse.ended_on,
                    "ended_by": lapse.ended_by,
                }
                for number, lapse in enumerate(lapses)
            ],
            Transition: [
                {
                    "initiative_id": self.pk,
                    "number": 1,
                    "to_state": str(answer.state),
                    "changed_on": facts.start or TODAY,
                    "swept_on": date(2026, 1, 1),
                }
            ]
            if self.public
            else [],
            Activity: [
                {
                    "initiative_id": self.pk,
                    "day": day,
                    "substantive": substantive,
                    "evidence_kind": "event",
                    "evidence_id": evidence,
                    "origin_id": origin,
                }
                for evidence, day, substantive, origin in self.activities
            ],
            Event: self._events() if self.pk // len(FAMILY) % WITH_EVENTS == 0 and self.kind == "programme" else [],
        }

    def _events(self) -> list[dict[str, Any]]:
        return [
            {
                "id": evidence,
                "ref": f"BENCH-E{evidence}",
                "title": f"Synthetic event {evidence} (bench)",
                "visibility": "published",
                "pair_id": self.pair.ref,
                "initiative_id": self.pk,
                "kind": "CONCERT",
                "format": "ONSITE",
                "outcome": "HELD" if substantive else "HELD_DOWNGRADED",
                "started_on": date.fromordinal(day),
                "started_on_earliest": date.fromordinal(day),
                "started_on_latest": date.fromordinal(day),
                "sort_day": date.fromordinal(day),
            }
            for evidence, day, substantive, origin in self.activities
            if origin == self.pk
        ]


def family(random: Random, first: int, pair: Pair) -> list[_One]:
    """Return an agreement, a commission and a programme under it, and a programme that stands alone."""
    agreement = _one(random, first, "agreement", pair, None)
    commission = _one(random, first + 1, "commission", pair, agreement)
    under = _one(random, first + 2, "programme", pair, agreement)
    alone = _one(random, first + 3, "programme", pair, None)
    if agreement.public:  # what is public below counts above
        for child in (commission, under):
            agreement.activities += child.activities
    for one in (agreement, commission, under, alone):
        days = tuple((date.fromordinal(day), substantive) for _, day, substantive, _ in one.activities)
        object.__setattr__(one.facts, "activities", days)
    return [agreement, commission, under, alone]


def _one(random: Random, pk: int, kind: str, pair: Pair, parent: _One | None) -> _One:
    start = date(random.randint(1991, 2024), 1, 1) + timedelta(random.randrange(365))
    visibility = random.choices(("published", "draft", "staff_only"), (92, 5, 3))[0]
    clause = random.choice((365, 730)) if kind == "agreement" and random.random() < 0.3 else None
    tracking = random.choices(("inherit", "own", "none"), (90, 7, 3))[0]
    tracked = {"inherit": (pair.tracked_from, pair.tracked_until), "own": (start, None), "none": (None, None)}[tracking]
    regular = random.random() < (0.25 if kind == "agreement" else 0.85)
    pace = random.choice((180, 365, 365, 365, 730, 1095))
    no_start = random.random() < 0.02
    facts = rules.Facts(
        kind=kind,
        start=None if no_start else start,
        end=_end(random, start),
        stated="negotiation" if no_start else "ended" if random.random() < 0.02 else "",
        tracked_from=tracked[0],
        tracked_until=tracked[1],
        rhythm="regular" if regular else "irregular",
        cadence=pace if regular and random.random() < 0.4 else None,
        clause=parent.meeting_clause_days if parent and parent.public and kind == "commission" else None,
        grace=random.choice((0, 30, 90)) if random.random() < 0.1 else None,
        suspensions=_suspensions(random, start) if random.random() < 0.04 else (),
    )
    public = visibility == "published"
    activities = _activities(random, pk, start, pace) if public and kind != "agreement" else []
    return _One(pk, kind, pair, parent, public, visibility, facts, clause, tracking, activities)


def _end(random: Random, start: date) -> date | None:
    drawn = random.random()
    if drawn < 0.2:
        return start + timedelta(random.randint(365, 365 * 20))
    return TODAY + timedelta(random.randint(1, 2200)) if drawn < 0.3 else None


def _suspensions(random: Random, start: date) -> tuple[tuple[date, date | None], ...]:
    first = start + timedelta(random.randint(300, 9000))
    return ((first, None if random.random() < 0.3 else first + timedelta(random.randint(60, 1500))),)


def _activities(random: Random, pk: int, start: date, pace: int) -> list[tuple[int, int, bool, int]]:
    """Return the own activities of an initiative: some four or five, one now and then missed, at most up to today.

    Half of them go on until today, the others have come to rest.
    """
    alive = random.random() < 0.5
    day = max(start.toordinal(), TODAY.toordinal() - pace * random.randint(2, 7) if alive else 0)
    found = []
    for number in range(random.randint(2, 9)):
        if day > TODAY.toordinal():
            break
        found.append((pk * 16 + number, day, random.random() > 0.08, pk))
        day += int(pace * random.uniform(0.8, 1.2))
    return found


def _number(day: date | None) -> int | None:
    return day and day.toordinal()


# Readers ---------------------------------------------------------------------------------------------------------


def _readers(random: Random, number: int, initiatives: int, fields: list[int]) -> None:
    """Store so many readers of one pair and of one initiative, and fewer of what is wider: some one notice a change."""
    pairs = list(Pair.objects.order_by("ref").values_list("ref", flat=True))
    countries = list(Country.objects.order_by("code").values_list("code", flat=True))
    scopes: list[dict[str, Any]] = [
        *({"pair_id": random.choice(pairs)} for _ in range(number)),
        *({"initiative_id": random.randint(1, initiatives)} for _ in range(number)),
        *({"country_id": random.choice(countries)} for _ in range(number // 6)),
        *({"field_id": random.choice(fields)} for _ in range(number // 60)),
        {},
    ]
    zones = ("UTC", "Asia/Bishkek", "Asia/Almaty", "America/Sao_Paulo", "Europe/Paris")
    people = User.objects.bulk_create(
        [
            User(username=f"bench{at}", email=f"bench{at}@example.org", time_zone=random.choice(zones))
            for at in range(len(scopes) * 2 // 3)
        ],
        batch_size=500,
    )
    Subscription.objects.bulk_create(
        [
            Subscription(
                user=random.choice(people),
                every=random.choice(Subscription.Every.values),
                states=["dormant"] if random.random() < 0.3 else [],
                **scope,
            )
            for scope in scopes
        ],
        batch_size=500,
    )
