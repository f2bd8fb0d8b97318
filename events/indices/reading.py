"""Reads what the indices are made from, for any number of pairs in a number of statements that stays the same.

Only what everyone may see is read, whoever asks: the same figures for all readers.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from actors.models import LEADING_ROLES
from agreements.models import AgendaItem, Agreement, Commitment, Session
from agreements.models.commission import HELD, activity_day
from continuity import history, results, rules
from continuity.models import Initiative, TensionEpisode
from events.indices.material import Course, Held, Material, Met, Part, Promise, Tension, Treaty
from events.models import Event, EventParticipation, Fulfilment, Programme
from registry.core.access import NOBODY
from registry.core.models import Pair

Found = dict[str, Material]


def gather(pairs: Iterable[Pair], today: date) -> Found:
    """Return what the indices of each pair are made from, by its reference."""
    found = {pair.ref: Material(pair, today) for pair in pairs}
    for read in (read_initiatives, read_events, read_sessions, read_agreements, read_commitments, read_episodes):
        read(found, today)
    return found


def read_initiatives(found: Found, today: date) -> None:
    """Add the initiatives. Their lapses come from the rule itself, not from what is stored of it."""
    rows = list(Initiative.objects.visible_to(NOBODY).filter(pair__in=found).order_by("pk"))
    programmes = Programme.objects.visible_to(NOBODY).filter(pair__in=found).order_by()
    kinds = dict(programmes.values_list("pk", "programme_kind"))
    facts, lapses = results.facts_of(rows), rules.lapses_all(today, [row.pk for row in rows])
    for row in rows:
        lapsed = [
            (lapse.began_on, lapse.ended_on - timedelta(1) if lapse.ended_on else today)
            for lapse in lapses.get(row.pk, ())
        ]
        ran = history.running(facts[row.pk], today)
        course = Course(row.ref, row.kind, row.parent_id, facts[row.pk], ran, lapsed, kinds.get(row.pk, ""))
        found[row.pair_id].courses[row.pk] = course


def read_events(found: Found, today: date) -> None:
    """Add the held events with those who took part, their fields and audiences."""
    rows = Event.objects.visible_to(NOBODY).filter(pair__in=found, outcome__in=HELD)
    held: dict[int, Held] = {}
    for event in rows.order_by("sort_day", "pk"):
        day, material = activity_day(event), found[event.pair_id]
        if day is None:
            material.undated.append(event.ref)
        elif day <= today:
            online = event.format in ("ONLINE", "HYBRID") or event.outcome == "MOVED_ONLINE"
            held[event.pk] = Held(event.ref, day, event.initiative_id, online, event.border, event.occasion)
            material.events.append(held[event.pk])
    for material in found.values():
        material.events.sort(key=lambda event: (event.day, event.ref))
    taking_part = EventParticipation.objects.visible_to(NOBODY).filter(event__in=rows.values("pk")).order_by("pk")
    for pk, *who, role in taking_part.values_list("event", "actor__ref", "actor__sector", "actor__type", "role"):
        if pk in held:
            held[pk].parts.append(Part(*who, role in LEADING_ROLES))
    for name in ("fields", "audiences"):
        coded = rows.order_by().filter(**{f"{name}__isnull": False})
        for pk, code in coded.values_list("pk", f"{name}__code"):
            if pk in held:
                getattr(held[pk], name).add(code)


def read_sessions(found: Found, today: date) -> None:
    """Add the held sessions with a day on file. Fields stand on the agenda as a whole, or on its items."""
    rows = Session.objects.visible_to(NOBODY).filter(commission__pair__in=found, outcome__in=HELD)
    whole = rows.order_by().filter(agenda_fields__isnull=False).values_list("pk", "agenda_fields__code")
    items = AgendaItem.objects.filter(session__in=rows.values("pk")).order_by().values_list("session", "fields__code")
    agenda: dict[int, set[str]] = defaultdict(set)
    for pk, code in [*whole, *items]:
        agenda[pk] |= {code} if code else set()  # an item that is not coded: the agenda is on file all the same
    for session in rows.select_related("commission").order_by("sort_day", "pk"):
        day = activity_day(session)
        if day is not None and day <= today:
            fields = frozenset(agenda[session.pk]) if session.pk in agenda else None
            met = Met(session.ref, day, session.commission_id, fields)
            found[session.commission.pair_id].sessions.append(met)


def read_agreements(found: Found, today: date) -> None:
    """Add the agreements, by the days on file of their entry into force and their end."""
    rows = Agreement.objects.visible_to(NOBODY).filter(pair__in=found)
    fields: dict[int, set[str]] = defaultdict(set)
    for pk, code in rows.order_by().filter(fields__isnull=False).values_list("pk", "fields__code"):
        fields[pk].add(code)
    for row in rows.order_by("sort_day", "pk"):
        found[row.pair_id].treaties.append(
            Treaty(
                ref=row.ref,
                signed_on=row.signed_on_latest,
                first=row.in_force_on_latest,
                last=row.ended_on_latest,
                ended=row.stated == "ended",
                fields=frozenset(fields[row.pk]),
            )
        )


def read_commitments(found: Found, today: date) -> None:
    """Add the commitments with a due day, and the day of the first dated fulfilment of each."""
    dated = Fulfilment.objects.visible_to(NOBODY).filter(commitment__pair__in=found, fulfilled_on_latest__isnull=False)
    kept: dict[int, date] = {}
    for pk, day in dated.order_by().values_list("commitment", "fulfilled_on_latest"):
        kept[pk] = min(day, kept.get(pk, day))
    rows = Commitment.objects.visible_to(NOBODY).filter(pair__in=found, due_on_latest__isnull=False)
    for row in rows.order_by("due_on_latest", "pk"):
        found[row.pair_id].promises.append(Promise(row.ref, row.due_on_latest, row.state, kept.get(row.pk)))


def read_episodes(found: Found, today: date) -> None:
    """Add the episodes of tension that have begun. As a suspension, each lasts from its earliest to its latest day."""
    rows = TensionEpisode.objects.visible_to(NOBODY).filter(pair__in=found, started_on_earliest__lte=today)
    for row in rows.order_by("sort_day", "pk"):
        found[row.pair_id].episodes.append(
            Tension(
                record=row,
                first=row.started_on_earliest,
                known=min(row.started_on_latest, today),
                last=row.ended_on_latest,
            )
        )
