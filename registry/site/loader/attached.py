"""Rows that hang on a record: actions, chairs, participations, relations, citations."""

from typing import Any

from actors.models import Actor
from agreements.models import Agreement, AgreementAction, Chair, Commission
from continuity.models import Initiative, InitiativeParticipation, Relation
from events.models import Event, EventParticipation
from registry.core.models import Citation, Source
from registry.site.loader.drafts import Entry, attach, is_repeated

ALSO_CITED = {"sent_by_country": "sent", "place": "signed_place"}
"""Columns that fill no single field → what a citation of them speaks of."""


def _filled(entry: Entry, row: Any) -> Any:
    """Set the fields of `row` that the layout names."""
    for column, name in entry.layout.fields.items():
        found = entry.fill(row._meta.get_field(name), column)
        if found is not None:
            setattr(row, name, found)
    return row


def action(entry: Entry) -> None:
    """What was done to an agreement."""
    agreement = entry.must("agreement_ref", lambda ref: entry.catalogue.need(Agreement, ref))
    row = _filled(entry, AgreementAction(agreement=agreement))
    if not entry.must("ref", str) or agreement is None or is_repeated(entry, row.ref):
        return
    stored = agreement.actions.filter(ref=row.ref).first()
    attach(entry, agreement, row, ("action", "party", "acted_on", "note"), stored)


def relation(entry: Entry) -> None:
    """What one initiative does to another."""
    source = entry.must("from_ref", lambda ref: entry.catalogue.need(Initiative, ref))
    target = entry.must("to_ref", lambda ref: entry.catalogue.need(Initiative, ref))
    row = _filled(entry, Relation(source=source, target=target))
    if not entry.must("ref", str) or source is None or target is None or is_repeated(entry, row.ref):
        return
    if source.pk == target.pk:
        entry.refuse("to_ref", f"“{target.ref}” stands on both sides. A relation is between two initiatives.")
    stored = Relation.objects.filter(ref=row.ref).first()
    stored = stored or Relation.objects.filter(source=source, target=target, kind=row.kind).first()
    attach(entry, source, row, ("source", "kind", "target", "note"), stored)


def chair(entry: Entry) -> None:
    """Who heads one side of a commission."""
    commission = entry.must("commission_ref", lambda ref: entry.catalogue.need(Commission, ref))
    person = entry.must("actor_ref", lambda ref: entry.catalogue.need(Actor, ref))
    side = entry.must("side", entry.catalogue.country)
    row = _filled(entry, Chair(commission=commission, actor=person, side=side))
    if entry.problems:
        return
    known_by = {"actor": person, "side": side, "office": row.office, "on_file_on": row.on_file_on}
    if not is_repeated(entry, (commission, *known_by.values())):
        attach(entry, commission, row, (), commission.chairs.filter(**known_by).first())


def participation(entry: Entry) -> None:
    """Who took part in an event or an initiative."""
    owner = entry.must("record_ref", lambda ref: _event_or_initiative(entry, ref))
    person = entry.must("actor_ref", lambda ref: entry.catalogue.need(Actor, ref))
    entry.must("role", str)
    if owner is None or person is None:
        return
    if isinstance(owner, Event):
        row = _filled(entry, EventParticipation(event=owner, actor=person))
    else:
        row = _filled(entry, InitiativeParticipation(initiative=owner, actor=person))
    if not is_repeated(entry, (owner, person, row.role)):
        stored = owner.participations.filter(actor=person, role=row.role).first()
        attach(entry, owner, row, ("side", "note"), stored)


def _event_or_initiative(entry: Entry, ref: str) -> Any:
    return entry.catalogue.stored(Event, ref) or entry.catalogue.need(Initiative, ref)


def citation(entry: Entry) -> None:
    """What one source says of one field of one record."""
    cited = entry.must("record_ref", entry.catalogue.need_any)
    source = entry.must("source_ref", lambda ref: entry.catalogue.need(Source, ref))
    if cited is None or source is None:
        return
    owner, name = _owner_and_field(entry, cited)
    row = Citation(record=owner, source=source, field=name, value=entry.row["value"], locator=entry.row["locator"])
    if not is_repeated(entry, (owner, source, name, row.value, row.locator)):
        same = Citation.objects.about(owner).filter(source=source, field=name, value=row.value, locator=row.locator)
        attach(entry, owner, row, (), same.first())


def _owner_and_field(entry: Entry, cited: Any) -> tuple[Any, str]:
    """Return the record that is cited, and the name of its field in the model."""
    # One object for each record: two of them would each claim its version.
    name = entry.row["field"]
    if isinstance(cited, AgreementAction):
        owner = entry.catalogue.need(Agreement, cited.agreement.ref)
        return owner, " ".join(filter(None, ["action", cited.ref, field_name(AgreementAction, name)]))
    if isinstance(cited, Relation):
        owner = entry.catalogue.need(Initiative, cited.source.ref)
        return owner, " ".join(filter(None, ["relation", cited.ref, field_name(Relation, name)]))
    return cited, field_name(type(cited), name)


def field_name(model: type, column: str) -> str:
    """Return what the model calls the field that a file of its kind calls `column`."""
    from registry.site.loader.layouts import LAYOUTS

    layout = next((one for one in LAYOUTS.values() if one.model is model), None)
    return (layout.fields.get(column) if layout else None) or ALSO_CITED.get(column, column)
