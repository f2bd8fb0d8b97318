"""Merging: two records that are one and the same become one. Everything that points to the duplicate goes to the other.

What happens, in one transaction, through the one write path:

1. both are of one kind and one pair, and the writer may publish at both;
2. the duplicate's revision is stored as that of a deletion; its reason names the record that goes on;
3. every record that points to the duplicate, or has a row that does, is written with the other in its place: a new
   version and a revision each, so that the history of each tells of it and the door of continuity is told;
4. its child rows, citations, documents and comments go to the record that goes on. A row that stands there word for
   word goes, and so does what one of the two was to the other; a row that cannot stand beside those that are there is
   an error, and then nothing is written;
5. the duplicate is removed. Its address leads to the record that goes on (301), and the feed of changes says so.

What the duplicate itself says (title, dates, links) is not taken over: whoever merges copies first what is better
there. Confirmations were given of the duplicate and go with it; what is computed (ledger, lapses, transitions) too.

There is no undo in one step. Restoring the duplicate from its history brings back its own fields, rows and citations
as a draft; what has moved stays moved, and is brought back by restoring each of those records.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from registry.core import access, write
from registry.core.changes import fed_kinds
from registry.core.models import Citation, Comment, Document, Pair, Record, Revision
from registry.core.models.about import record_models

MOST = 1000
"""So many rows are moved at most: every other writer of an embedded database waits meanwhile."""

FOLLOWING: list[type[models.Model]] = []
"""Kinds of rows that are part of no record and go with what they point to, as subscriptions; rooms below add theirs."""


def can_be_merged(model: type[models.Model]) -> bool:
    """Say whether records of this kind are ever one and the same; a pair is known by its code."""
    return model in fed_kinds() and model not in (Pair, Document)


@dataclass(frozen=True)
class Pointer:
    """One row that points to a record: by which field, and the record of which it is a part (itself, if it is one)."""

    row: models.Model
    field: Any
    owner: Record | None


def merge(
    record: Record,
    *,
    into: Record,
    by: write.Writer,
    why: str = "",
    version: int | None = None,
    into_version: int | None = None,
) -> Revision:
    """Merge `record` into another one; return the revision of its removal.

    Raises PermissionDenied, write.Conflict or ValidationError, and then nothing is written.
    """
    check(record, into, by)
    reason = _("Merged into %(ref)s. %(why)s") % {"ref": into.ref, "why": why}
    with transaction.atomic():
        _hold(record)
        return write.delete(
            record,
            by=by,
            version=version,
            why=reason.strip(),
            into=into,
            moving=lambda: _move(record, into, by, why, into_version),
        )


def _hold(record: Record) -> None:
    """Lock what will be written with the record, where its own writers lock it before what it stands under: else they
    and the merging would wait for each other, as when a session is published meanwhile.
    """
    keys: dict[Any, set[Any]] = {}
    for pointer in pointers(record):
        if pointer.owner is not None and type(pointer.owner).hold is Record.hold:
            keys.setdefault(type(pointer.owner), set()).add(pointer.owner.pk)
    for kind in sorted(keys, key=lambda kind: kind._meta.label):
        rows = kind._base_manager.select_for_update(no_key=True).filter(pk__in=keys[kind])
        list(rows.order_by("pk").values_list("pk"))


def check(record: Record, into: Record, by: write.Writer) -> None:
    """Raise ValidationError or PermissionDenied where `by` cannot merge these two, as far as that is seen before."""
    if type(record) is not type(into) or record.pk == into.pk or not can_be_merged(type(record)):
        raise ValidationError(_("Choose another record of the same kind."))
    if _pair(record) != _pair(into):
        raise ValidationError(
            _("“%(record)s” and “%(into)s” belong to different pairs. Move one of them first, if they are the same.")
            % {"record": record, "into": into}
        )
    for each in (record, into):
        if by is not write.SYSTEM and not access.may_publish(by, each):
            raise PermissionDenied(
                _("Merging needs an approver of both “%(record)s” and “%(into)s”. Ask one, or a registrar.")
                % {"record": record, "into": into}
            )


def _pair(record: Any) -> Any:
    for step in filter(None, record.PAIR.split("__")):
        record = getattr(record, f"{step}_id") if step == "pair" else getattr(record, step)
    return None if isinstance(record, Record) else record


# What points to a record ---------------------------------------------------------------------------------------------


def pointers(record: Record) -> Iterator[Pointer]:
    """Yield every row that points to a record and is moved when it is merged, but for its own child rows.

    Raises ValidationError where there are too many.
    """
    left = MOST
    own: set[Any] = {type(record)._meta.get_field(name).related_model for name in record.ROWS}
    relation: Any
    for relation in type(record)._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.one_to_one:
            continue
        model, field = relation.related_model, relation.field
        goes_with_it = getattr(relation, "on_delete", None) is models.CASCADE
        if model._meta.auto_created or (goes_with_it and (model in own or getattr(model, "COMPUTED", False))):
            continue
        if not (issubclass(model, Record) or model in parents() or model in FOLLOWING or model is Citation):
            continue  # what is computed of it goes with it
        for row in model._base_manager.filter(**{field.name: record.pk}).order_by("pk")[: left + 1]:
            if not left:
                raise ValidationError(
                    _("More than %(most)s rows point to “%(record)s”, too many to move. Merge the other into it.")
                    % {"most": MOST, "record": record}
                )
            left -= 1
            yield Pointer(row, field, owner_of(row))


@cache
def parents() -> dict[type[models.Model], str]:
    """Return, of every kind of child row, the name of the foreign key by which it belongs to its record."""
    relations: list[Any] = [kind._meta.get_field(name) for kind in record_models() for name in kind.ROWS]
    return {relation.related_model: relation.field.name for relation in relations}


def owner_of(row: Any) -> Record | None:
    """Return the record that must be written where a row changes; None where it is part of none."""
    if isinstance(row, Citation):
        return row.record
    owner = getattr(row, parents()[type(row)]) if type(row) in parents() else row
    if not isinstance(owner, Record):
        return None
    finer = next((kind for kind in record_models() if issubclass(kind, type(owner)) and _has(kind, owner)), None)
    return finer._base_manager.get(pk=owner.pk) if finer and finer is not type(owner) else owner


def _has(kind: type[Record], row: Record) -> bool:
    return kind is type(row) or kind._base_manager.filter(pk=row.pk).exists()


def attached(record: Record) -> Iterator[tuple[type[models.Model], models.QuerySet]]:
    """Yield what goes from a duplicate to the record that goes on: its child rows and attachments, by kind."""
    for name in record.ROWS:
        rows = getattr(record, name).order_by("pk")
        yield rows.model, rows
    for kind in (Citation, Document, Comment):
        yield kind, kind.objects.about(record).order_by("pk")


# Moving --------------------------------------------------------------------------------------------------------------


def _move(record: Record, into: Record, by: write.Writer, why: str, into_version: int | None) -> None:
    """Do steps 3 and 4: write every record concerned, each once, in one order."""
    told = (_("%(ref)s was merged into %(into)s. %(why)s") % {"ref": record.ref, "into": into.ref, "why": why}).strip()
    written: dict[tuple[str, Any], tuple[Record, list[Pointer]]] = {_key(into): (into, [])}
    for pointer in pointers(record):
        if pointer.owner is None:
            _follow(pointer, into)
        elif _key(pointer.owner) != _key(record):
            written.setdefault(_key(pointer.owner), (pointer.owner, []))[1].append(pointer)
    owners = [owner for owner, _rows in written.values()]
    _check_owners(owners, by)
    for key in sorted(written, key=str):
        owner, rows = written[key]
        is_goal = owner is into
        for pointer in rows:
            if isinstance(pointer.row, Record) and not pointer.field.many_to_many:
                setattr(owner, pointer.field.name, _target(pointer.field, into))
        try:
            owner.clean()
            _check_unique(owner)
            with write.change(owner, by=by, version=into_version if is_goal else None, why=told):
                for pointer in rows:
                    _repoint(pointer, owner, record, into)
                if is_goal:
                    _take_over(record, into, by, told)
                owner.save()
        except ValidationError as error:
            raise ValidationError(
                _("“%(owner)s” cannot be moved to “%(into)s”: %(reason)s Mend that first; nothing was merged.")
                % {"owner": owner, "into": into, "reason": " ".join(error.messages)}
            ) from error


def _check_unique(row: models.Model) -> None:
    """Raise ValidationError where a row cannot stand beside what is there."""
    try:
        row.validate_constraints()
    except ValidationError as error:
        raise ValidationError(
            _("“%(row)s” (%(kind)s) would stand beside another that it must differ from.")
            % {"row": row, "kind": row._meta.verbose_name}
        ) from error


def _key(row: Any) -> tuple[str, Any]:
    return row._meta.label, row.pk


def _target(field: Any, into: Record) -> Any:
    """Return the record as the field's table knows it: an agreement is an initiative to most."""
    wanted = field.related_model
    return into if isinstance(into, wanted) and type(into) is wanted else wanted._base_manager.get(pk=into.pk)


def _check_owners(owners: list[Record], by: write.Writer) -> None:
    """Raise where there are some that `by` may not edit; those that may not be seen are not named."""
    barred = [] if by is write.SYSTEM else [owner for owner in owners if not access.may_edit(by, owner)]
    if barred:
        raise PermissionDenied(
            _("These point to it and are not yours to edit: %(held)s. Ask a registrar to merge the two.")
            % {"held": ", ".join(sorted({write._named(owner, by) for owner in barred})[:5])}
        )


def _repoint(pointer: Pointer, owner: Record, record: Record, into: Record) -> None:
    """Let one row point to the other record; where an equal one stands beside it, it goes."""
    row, field = pointer.row, pointer.field
    if field.many_to_many:
        links = getattr(owner, field.name)
        links.remove(record.pk)
        links.add(into.pk)
    elif not isinstance(row, Record):  # else it is set already
        setattr(row, field.name, _target(field, into))
        _store(row, _siblings(row, owner))


def _siblings(row: models.Model, owner: Record) -> Iterable[models.Model]:
    if isinstance(row, Citation):
        return Citation.objects.about(owner).exclude(pk=row.pk)
    return type(row)._base_manager.filter(**{parents()[type(row)]: owner.pk}).exclude(pk=row.pk)


def _take_over(record: Record, into: Record, by: write.Writer, told: str) -> None:
    """Give child rows and attachments of the duplicate to the record that goes on."""
    for kind, rows in attached(record):
        if kind is Comment:
            rows.update(object_id=into.pk)
            continue
        for row in rows:
            if kind is Document:
                row.record = into
                with write.change(row, by=by, why=told):
                    row.save()
            elif kind is Citation:
                row.record = into
                _store(row, _siblings(row, into))
            else:
                parent = row._meta.get_field(parents()[kind])
                setattr(row, parent.name, _target(parent, into))
                _store(row, _siblings(row, into))


def _store(row: models.Model, beside: Iterable[models.Model]) -> None:
    """Save a row that has moved, unless it now says nothing, or one beside it the same word for word; then it goes."""
    own = {field.name for field in row._meta.fields if field.unique}  # a reference is no other row's, whatever both say
    same = write.row_content(row, own)
    if _leads_back(row) or any(write.row_content(other, own) == same for other in beside):
        write.remove(row, write.SYSTEM)
        return
    _check_unique(row)
    row.save()


def _leads_back(row: models.Model) -> bool:
    """Say whether a child row leads from its record to the same one: a relation between the two that become one."""
    if type(row) not in parents():
        return False
    owner: Any = row._meta.get_field(parents()[type(row)])
    others = [field for field in row._meta.fields if field is not owner and field.related_model is owner.related_model]
    return any(getattr(row, field.attname) == getattr(row, owner.attname) for field in others)


def _follow(pointer: Pointer, into: Record) -> None:
    """Let a row that is part of no record point to the other record; what then says nothing new goes."""
    setattr(pointer.row, pointer.field.name, _target(pointer.field, into))
    try:
        with transaction.atomic():
            pointer.row.full_clean()
            pointer.row.save()
    except (ValidationError, IntegrityError):
        pointer.row.delete()
