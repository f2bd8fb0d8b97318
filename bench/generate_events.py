"""A synthetic registry as a reader of the API meets it: events of programmes and agreements, and who takes part.

Its initiatives are those of `generate`; countries, pairs and actors are as unequal in it as they are in life. It is the
same for the same seed. Nothing in it is real, and every title says so. The ledger of its initiatives is drawn apart.
"""

import json
import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import accumulate, islice, product
from random import Random
from typing import Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection

from actors.models import Actor
from agreements.models import Agreement
from bench.generate import FAMILY, SEED, TODAY, Rows, family, store_pairs
from bench.load import BulkLoad
from continuity.models import Initiative
from events.models import Event, EventParticipation
from registry.core.fold import whole_name
from registry.core.models import Pair, Term

PER_FAMILY = 20
"""So many events come to one family of initiatives: an agreement, a commission, two programmes."""
PER_ACTOR = 10
PAIRS = 2000
PARTAKERS = (1, 2, 2, 3, 3, 4)
"""How many take part in an event: 2.5 on average."""
AT_ONCE = 20_000

STYLES = (
    *("folk", "classical", "contemporary", "youth", "traditional", "baroque", "urban", "jazz", "sacred", "regional"),
    *("chamber", "nomadic", "mountain", "documentary"),
)
THINGS = (
    *("festival", "exhibition", "concert", "workshop", "symposium", "residency", "film week", "book fair", "tour"),
    *("masterclass", "retrospective", "biennial", "dance evening", "craft fair"),
)
THEMES = ("of the coast", "in dialogue", "for children", "of two cities", "of the river", "in translation", "and light")
SYLLABLES = ("ka", "lo", "mi", "ra", "ten", "sur", "vel", "dor", "an", "bel", "gri", "os", "hal", "ny", "ver", "tu")
KINDS = ("FESTIVAL", "EXHIBITION", "CONCERT", "FILM", "CONFERENCE", "EXCHANGE", "TRAINING", "CRAFT_FAIR", "OTHER")
ROLES = ("ORGANISER", "CO_ORGANISER", "FUNDER", "HOST", "PERFORMER", "GUEST")
ACTORS = (
    ("S_MIN_CULT", "STATE"),
    ("S_EMB", "STATE"),
    ("N_UNI", "MIXED"),
    ("N_ASSOC", "NON_STATE"),
    ("N_CSO", "NON_STATE"),
)
STATUSES = ("IN_FORCE", "SIGNED", "EXPIRED", "TERMINATED", "UNKNOWN")


class Unequal:
    """Numbers from 0 up, each drawn less often than the one before it (Zipf)."""

    def __init__(self, random: Random, number: int, steepness: float) -> None:
        self.random = random
        self.sums = list(accumulate(1 / (at + 1) ** steepness for at in range(number)))

    def draw(self) -> int:
        return bisect(self.sums, self.random.random() * self.sums[-1])


def fill(events: int, seed: int = SEED) -> None:
    """Fill an empty, migrated PostgreSQL with so many events, 2.5 times as many participations, and what is around."""
    random = Random(seed)
    call_command("load_vocabularies", verbosity=0)
    pairs = store_pairs(random, min(PAIRS, max(events // 100, 1)), 1)[0]
    fields = list(Term.objects.filter(vocabulary="field").order_by("pk").values_list("pk", flat=True))
    popular = Unequal(random, len(pairs), 0.8)
    of_pair: dict[str, list[int]] = {}
    with BulkLoad() as load:
        actors = max(events // PER_ACTOR, len(PARTAKERS))
        for some in lots((_actor(random, pk, pairs) for pk in range(1, actors + 1)), AT_ONCE):
            load.put(Actor, some)
        for some in lots(_families(random, events // PER_FAMILY, pairs, popular, fields, of_pair), AT_ONCE // 20):
            _put(load, some)
        for some in lots(_events(random, events, pairs, popular, fields, of_pair, actors), AT_ONCE):
            _put(load, some)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Actor, Initiative, Event, EventParticipation]):
            cursor.execute(statement)
        # what the ledger names is drawn apart: an event that is entered later must not take its place
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('events_event', 'id'), max(evidence_id)) FROM continuity_activity"
        )


def lots(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield rows in lists of this size, the last of what is left."""
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


def _put(load: BulkLoad, many: list[Rows]) -> None:
    rows: Rows = {}
    for one in many:
        for model, some in one.items():
            rows.setdefault(model, []).extend(some)
    for model, some in rows.items():
        load.put(model, some)


def _actor(random: Random, pk: int, pairs: list[Pair]) -> dict[str, Any]:
    kind, sector = random.choice(ACTORS)
    name = f"Synthetic {_word(random)} {_word(random)} {pk} (bench)"
    country = random.choice((None, random.choice(pairs).a_id))
    return {
        "id": pk,
        "ref": f"BENCH-A{pk}",
        "name": name,
        "folded": f"{whole_name(_plain(name))} bench a{pk}",
        "type": kind,
        "sector": sector,
        "country_id": country,
        "visibility": _visibility(random),
    }


def _families(
    random: Random, number: int, pairs: list[Pair], popular: Unequal, fields: list[int], of_pair: dict[str, list[int]]
) -> Iterator[Rows]:
    """Yield the rows of each family, and note in `of_pair` the first id of each."""
    links = Initiative.fields.through
    for at in range(number):
        pair = pairs[popular.draw()]
        first = at * len(FAMILY) + 1
        of_pair.setdefault(pair.ref, []).append(first)
        rows: Rows = {}
        for one in family(random, first, pair):
            for model, some in one.rows().items():
                rows.setdefault(model, []).extend(some)
            chosen = random.sample(fields, random.randint(1, 5))
            rows.setdefault(links, []).extend({"initiative_id": one.pk, "term_id": term} for term in chosen)
        del rows[Event]  # here they come by themselves
        initiative, agreement = rows[Initiative][0], rows[Agreement][0]
        initiative["titles"] = _titles(random, first)
        agreement["declared_status"] = random.choices(STATUSES, (70, 10, 10, 5, 5))[0]
        agreement["type"] = random.choice(("IGA", "INTERMIN", "PROTOCOL", "MOU"))
        agreement["in_force_on"] = agreement["signed_on"] if random.random() < 0.9 else ""
        yield rows


def _events(
    random: Random,
    number: int,
    pairs: list[Pair],
    popular: Unequal,
    fields: list[int],
    of_pair: dict[str, list[int]],
    actors: int,
) -> Iterator[Rows]:
    """Yield the rows of each event."""
    partakers = Unequal(random, actors, 0.7)
    links = Event.fields.through
    for pk in range(1, number + 1):
        pair = pairs[popular.draw()]
        day = date.fromordinal(random.randint(date(1991, 1, 1).toordinal(), TODAY.toordinal()))
        style, thing, theme = random.choice(STYLES), random.choice(THINGS), random.choice(THEMES)
        title = f"Synthetic {style} {thing} {theme}, {_word(random)} {day.year} (bench)"
        event = {
            "id": pk,
            "ref": f"BENCH-E{pk}",
            "title": title,
            "folded": f"{whole_name(_plain(title))} bench e{pk} {_plain(pair.ref)}",
            "titles": _titles(random, pk),
            "visibility": _visibility(random),
            "pair_id": pair.ref,
            "initiative_id": _owner(random, of_pair.get(pair.ref)),
            "kind": random.choice(KINDS),
            "level": random.choice(("", "STATE", "MINISTERIAL")),
            "format": random.choices(("ONSITE", "ONLINE", "HYBRID"), (80, 8, 12))[0],
            "outcome": "HELD" if random.random() < 0.93 else "CANCELLED",
            "country_id": random.choice((None, pair.a_id, pair.b_id)),
            "started_on": day,
            "started_on_earliest": day,
            "started_on_latest": day,
            "sort_day": day,
        }
        who = {partakers.draw() + 1 for _one in range(random.choice(PARTAKERS))}
        yield {
            Event: [event],
            links: [{"event_id": pk, "term_id": random.choice(fields)}],
            EventParticipation: [
                {"event_id": pk, "actor_id": actor, "role": random.choice(ROLES)} for actor in sorted(who)
            ],
        }


def _owner(random: Random, firsts: list[int] | None) -> int | None:
    """Return the programme (60 %) or agreement (25 %) that an event is of, or none."""
    drawn = random.random()
    if not firsts or drawn > 0.85:
        return None
    return random.choice(firsts) + (random.choice((2, 3)) if drawn < 0.6 else 0)


def _visibility(random: Random) -> str:
    return random.choices(("published", "draft", "staff_only"), (92, 5, 3))[0]


def _titles(random: Random, number: int) -> str:
    return json.dumps(
        {"ru": f"Вымышленное название {number} (bench)"} if random.random() < 0.5 else {}, ensure_ascii=False
    )


def _word(random: Random) -> str:
    return "".join(random.choices(SYLLABLES, k=3)).capitalize()


def _plain(text: str) -> str:
    """Return what `fold.fold` makes of Latin words, faster."""
    return " ".join(re.findall("[a-z0-9]+", text.lower()))


def two_words() -> list[tuple[str, str]]:
    """Return every two words that a title may hold, as readers search for them."""
    return [(style, thing.split()[0]) for style, thing in product(STYLES, THINGS)]
