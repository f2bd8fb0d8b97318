"""What the tests of the indices share: actors, what they lead, and the figure of one index."""

from datetime import date
from typing import Any

from actors.models import Actor
from events.indices.counting import COMPUTED
from events.indices.figures import Figure, Period
from events.indices.reading import gather
from events.models import Event
from registry.core import clock, write
from registry.core.models import Pair, Term
from tests.cast import event


def keep(record: Any) -> Any:
    return write.save(record, by=write.SYSTEM)


def actor(ref: str, kind: str = "N_CSO", sector: str = "NON_STATE", **fields: Any) -> Actor:
    return keep(Actor(**{"ref": ref, "name": ref, "type": kind, "sector": sector, "visibility": "published"} | fields))


def held(pair: Pair, ref: str, day: str, *leading: Actor, with_: tuple[Actor, ...] = (), **fields: Any) -> Event:
    """Store a held event, led by some and with others taking part."""
    made = event(pair, ref=ref, started_on=day, **fields)
    for one in leading:
        made.participations.create(actor=one, role="ORGANISER")
    for one in with_:
        made.participations.create(actor=one, role="GUEST")
    return made


def terms(vocabulary: str, *codes: str) -> list[Term]:
    return list(Term.objects.filter(vocabulary=vocabulary, code__in=codes))


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def figure(pair: Pair, code: str, first: str, last: str, basis: str = "sector", part: str = "") -> Figure:
    """Return one index of a pair, read from the database."""
    material = gather([pair], clock.today())[pair.ref]
    return next(one for one in COMPUTED[code](material, period(first, last), basis) if one.part == part)


def counts(pair: Pair, code: str, first: str, last: str, basis: str = "sector", part: str = "") -> tuple:
    """Return numerator and denominator of one index of a pair."""
    found = figure(pair, code, first, last, basis, part)
    return found.numerator, found.denominator
