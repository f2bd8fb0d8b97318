"""What the rows of single kinds say beyond one cell for one field: `finish` and `build` of their layouts."""

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError

from actors.models import ActorName
from agreements.models import Agreement, Article, Registration, Session
from continuity.models import Initiative
from events.models import Event, Fulfilment, Sent
from events.models.programme import SERIES
from registry.core import vocabularies, write
from registry.core.access import PUBLISHED
from registry.core.fold import fold
from registry.core.models import Document, Pair, Place, Source
from registry.site.loader import cells
from registry.site.loader.catalogue import Wrong
from registry.site.loader.drafts import Entry, cite, clean, is_repeated, put, record


def pair(entry: Entry) -> None:
    """A pair, in either order of its codes."""
    entry.owner = entry.must("code", entry.catalogue.pair_of_code)
    if entry.owner is not None:
        record(entry)


def pair_of(entry: Entry) -> Pair | None:
    """Take the pair from the columns of its two countries; where the file has `pair` too, they must agree."""
    one, other = entry.read("country_a", str), entry.read("country_b", str)
    if not (one and other):
        return entry.catalogue.pairs.get(entry.row["pair"])
    found = entry.read("country_b", lambda _text: entry.catalogue.pair(one, other))
    if found is not None and entry.row["pair"] not in ("", f"{found.a_id}-{found.b_id}", f"{found.b_id}-{found.a_id}"):
        entry.refuse("pair", f"“{entry.row['pair']}” is not the pair of {one} and {other}. Correct one of them.")
    elif found is not None:
        put(entry, "pair", found)
    return found


def source_of(entry: Entry) -> None:
    """Cite the source that the row names for the record as a whole."""
    source = entry.read("source_ref", lambda ref: entry.catalogue.need(Source, ref))
    if source is not None:
        cite(entry, entry.owner, source, entry.row["source_id"])


def propose_rhythm(entry: Entry, is_regular: bool) -> None:
    """Give a new initiative the rhythm that is proposed on entry, where its row gives none."""
    if entry.owner._state.adding and not entry.row["rhythm"]:
        entry.owner.rhythm = "regular" if is_regular or entry.owner.cadence else "irregular"


def commission(entry: Entry) -> None:
    """A commission is expected to meet."""
    propose_rhythm(entry, is_regular=True)


def programme(entry: Entry) -> None:
    """A series is expected to come back."""
    propose_rhythm(entry, is_regular=entry.owner.programme_kind in SERIES)


def agreement_row(entry: Entry) -> None:
    """An agreement, with a relation whose other end no file names as a sentence of its note."""
    relation = entry.read("relation", partial(cells.code, "agreement_relation"))
    if relation is not None:
        what = vocabularies.lists()["agreement_relation"][relation]["label"]
        sentence = f"{what} another instrument, which is not linked."
        entry.row.cells["note"] = "; ".join(filter(None, [entry.row["note"], sentence]))
    record(entry)


def agreement(entry: Entry) -> None:
    """Pair, place by name, registration, document and source of an agreement."""
    between = pair_of(entry)
    propose_rhythm(entry, is_regular=False)
    place = entry.read("place", lambda name: entry.catalogue.place_named(name, between))
    if place is not None:
        put(entry, "signed_place", place)
    _registration(entry)
    _document(entry)
    source_of(entry)


def _registration(entry: Entry) -> None:
    scheme, number = entry.row["registration_scheme"], entry.row["registration_no"]
    if not (scheme or number):
        return
    if not (scheme and number):
        empty = "registration_no" if scheme else "registration_scheme"
        entry.refuse(empty, "The cell is empty beside a registration. Give both, or neither.")
    elif not _children(entry, "registrations").filter(scheme=scheme, number=number).exists():
        row = Registration(agreement=entry.owner, scheme=scheme, number=number)
        entry.children.append(row)
        clean(entry, row, {"scheme": "registration_scheme", "number": "registration_no"})


def _document(entry: Entry) -> None:
    address = entry.row["document_url"]
    if not address:
        return
    try:
        Document._meta.get_field("address").clean(address, None)
    except ValidationError as error:
        entry.refuse("document_url", f"“{address}”: {error.messages[0]}")
        return
    is_new = entry.owner._state.adding
    if is_new or not Document.objects.about(entry.owner).filter(address=address).exists():
        fields = {"kind": "TEXT", "address": address, "language": entry.owner.title_language, "visibility": PUBLISHED}
        if is_new:
            fields["ref"] = f"D-{entry.owner.ref}"
        entry.after.append(lambda why: write.save(Document(record=entry.owner, **fields), by=write.SYSTEM, why=why))


def _children(entry: Entry, rows: str) -> Any:
    manager = type(entry.owner)._meta.get_field(rows).related_model._base_manager
    name = type(entry.owner)._meta.get_field(rows).field.name
    return manager.none() if entry.owner._state.adding else manager.filter(**{name: entry.owner})


def actor(entry: Entry) -> None:
    """Further names of an actor, as lang:name."""
    stored = set(_children(entry, "other_names").values_list("language", "name"))
    for language, name in entry.read("other_names", cells.tagged) or []:
        if (language, name) not in stored:
            row = ActorName(actor=entry.owner, language=language, name=name)
            entry.children.append(row)
            clean(entry, row, {"name": "other_names", "language": "other_names"})


def event(entry: Entry) -> None:
    """Numbers sent, as TJ:40."""
    stored = {row.country_id: row for row in _children(entry, "sent")}
    for code, people in entry.read("sent_by_country", cells.tagged) or []:
        country = entry.read("sent_by_country", lambda _text, code=code: entry.catalogue.country(code))
        count = entry.read("sent_by_country", lambda _text, people=people: cells.number(people))
        if country is None or count is None:
            continue
        row = stored.get(code) or Sent(event=entry.owner, country=country)
        if row.people != count:
            row.people = count
            entry.children.append(row)


def place(entry: Entry) -> None:
    """A place, known by its ref, or where the file has none by its English name and country."""
    if not entry.row["ref"]:
        _place_by_name(entry)
        if entry.owner is None:
            return
        entry.row.cells |= {"ref": entry.owner.ref, "name": entry.row["name_en"]}
    record(entry)


def _place_by_name(entry: Entry) -> None:
    name, country = entry.must("name_en", str), entry.read("country", entry.catalogue.country)
    if not name or entry.problems or is_repeated(entry, (name, country)):
        return
    entry.owner = entry.catalogue.place_known(name, country)
    if entry.owner is None:
        ref = f"P-{fold(name).upper().replace(' ', '-')}"[:34]
        if entry.catalogue.stored(Place, ref) or entry.catalogue.first_said_in(ref, entry.row.line):
            ref += f"-{country.code}" if country else "-OPEN"
        entry.owner = Place(ref=ref)


def place_names(entry: Entry) -> None:
    """Further names of a place: as lang:name, or Portuguese ones as Brazil's register has them."""
    told = entry.read("other_names", cells.tagged) or []
    told += [("pt", name) for name in [entry.row["place"], *cells.parts(entry.row["aliases"])] if name]
    names = {tag: list(known) for tag, known in entry.owner.other_names.items()}
    for tag, name in told:
        if name != entry.owner.name and name not in names.get(tag, []):
            names.setdefault(tag, []).append(name)
    if names != entry.owner.other_names:
        put(entry, "other_names", names)


def episode(entry: Entry) -> None:
    """Pair and source of a tension episode; title and whether its end is known, where the row leaves them open."""
    pair_of(entry)
    source_of(entry)
    owner = entry.owner
    if entry.problems or not owner._state.adding:
        return
    if not owner.title and owner.kind:
        years = dict.fromkeys(day[:4] for day in (owner.started_on, owner.ended_on) if day)
        owner.title = f"{vocabularies.lists()['tension_kind'][owner.kind]['label']}, {'–'.join(years)}"
    if not entry.row["end_known"] and owner.ended_on:
        owner.end_known = "YES"


def commitment(entry: Entry) -> None:
    """Where a commitment comes from, and what keeps it."""
    origins = {"session": _from_session, "article": _from_article, "event": _from_event}
    kind = entry.row["origin_kind"]
    if kind in origins:
        origins[kind](entry)
    elif kind or entry.row["origin_ref"]:
        entry.refuse("origin_kind", f"“{kind}” is no origin of a commitment. Write session, article or event.")
    _fulfilment(entry)


def _from_session(entry: Entry) -> None:
    session = entry.must("origin_ref", lambda ref: entry.catalogue.need(Session, ref))
    if session is not None:
        put(entry, "session", session)


def _from_article(entry: Entry) -> None:
    article = entry.must("origin_ref", partial(_article, entry))
    if article is not None:
        put(entry, "article", article)


def _article(entry: Entry, text: str) -> Article:
    ref, _space, number = text.partition(" ")
    found = Article.objects.filter(agreement=entry.catalogue.need(Agreement, ref), number=cells.number(number)).first()
    if found is None:
        raise Wrong(f"“{text}” is no article on file. Write the agreement and the number, as R04 3.")
    return found


def _from_event(entry: Entry) -> None:
    meeting = entry.must("origin_ref", lambda ref: entry.catalogue.need(Event, ref))
    if meeting is None:
        return
    if entry.owner.pair_id and meeting.pair_id != entry.owner.pair_id:
        entry.refuse("origin_ref", f"“{meeting.ref}” is an event of {meeting.pair_id}. Name one of the same pair.")
    elif entry.owner._state.adding or not meeting.promises.filter(pk=entry.owner.pk).exists():
        entry.after.append(partial(_promise, meeting, entry.owner))


def _promise(meeting: Event, promised: Any, why: str) -> None:
    with write.change(meeting, by=write.SYSTEM, why=why):
        meeting.promises.add(promised)


def _fulfilment(entry: Entry) -> None:
    day = entry.read("fulfilled_on", cells.fuzzy) or ""
    target = entry.read("fulfilled_by", partial(_event_or_initiative, entry))
    if target is None:
        if day and not entry.row["fulfilled_by"]:
            entry.refuse("fulfilled_by", "The cell is empty beside a day of fulfilment. Name the event or initiative.")
        return
    keeps = {"event" if isinstance(target, Event) else "initiative": target}
    stored = None
    if not entry.owner._state.adding:
        stored = Fulfilment.objects.filter(commitment=entry.owner, **keeps).first()
    kept = stored or Fulfilment(ref=f"{entry.owner.ref}-{target.ref}"[:40], commitment=entry.owner, **keeps)
    if stored is None or (day and stored.fulfilled_on != day):
        kept.fulfilled_on = day
        clean(entry, kept)
        entry.after.append(lambda why: write.save(kept, by=write.SYSTEM, why=why))


def _event_or_initiative(entry: Entry, ref: str) -> Any:
    return entry.catalogue.stored(Event, ref) or entry.catalogue.need(Initiative, ref)
