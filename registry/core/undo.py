"""Undo: a new write that sets what a person edits back to an earlier revision, or brings a deleted record back.

It never touches version, visibility or anything derived.
"""

from collections.abc import Callable, Collection
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from registry.core import write
from registry.core.models import Citation, Record, Revision


def as_it_was(revision: Revision) -> Record:
    """Return the record with what a person edits as in `revision`, not saved; a new one where it was deleted.

    Raises ValidationError where something it pointed to is gone, or where the record was erased for good.
    """
    if not revision.content:
        raise ValidationError(_("This was erased for good and cannot be brought back. Enter it anew where need be."))
    model = apps.get_model(revision.model)
    record = model._base_manager.filter(ref=revision.ref).first() or model(ref=revision.ref)
    _set(record, revision.content)
    return record


def foresee_restoring(revision: Revision) -> Any:
    """Return what `restore` would change of others, if its writer must be told (`Record.foresee`)."""
    record = as_it_was(revision)
    rows: dict[str, list[models.Model]] = {name: [] for name in record.ROWS if name in revision.content}
    for name, restored in rows.items():
        relation: Any = record._meta.get_field(name)
        for stored in revision.content[name]:
            restored.append(relation.related_model())
            _set(restored[-1], stored)
    links: dict[str, Any] = {}
    for field in record._meta.many_to_many:
        if field.name in revision.content:
            target: Any = field.related_model
            links[field.name] = target._base_manager.filter(pk__in=revision.content[field.name])
    return record.foresee(rows, links)


def restore(revision: Revision, *, by: write.Writer, why: str = "") -> Record:
    """Undo: set what a person edits back to `revision`, as a new write. A deleted record comes back as a draft.

    Raises PermissionDenied, or ValidationError where something it pointed to is gone.
    """
    with transaction.atomic():
        record = as_it_was(revision)
        if write.begin(record, by):
            versions = Revision.objects.filter(model=revision.model, ref=revision.ref).values_list("version", flat=True)
            record.version = max(versions) + 1
        edited = {field.name for field in write.edited_fields(type(record))} & revision.content.keys()
        record.full_clean(exclude=[field.name for field in record._meta.fields if field.name not in edited])
        record.save()
        _set_links(record, revision.content)
        for name in record.ROWS:
            if name in revision.content:  # else these rows were no part of the record yet, and stay
                parent = write.parent_of(record, name)
                _restore_rows(getattr(record, name).all(), {parent: record}, revision.content[name], by)
        if "citations" in revision.content:
            about = {"content_type": ContentType.objects.get_for_model(record), "object_id": record.pk}
            _restore_rows(Citation.objects.about(record), about, revision.content["citations"], by, write.CITED)
        write.finish(record, by, why, Revision.Kind.RESTORED)
    return record


def _set(row: models.Model, stored: dict[str, Any]) -> None:
    for field in write.edited_fields(type(row)):
        if field.many_to_many or field.name not in stored:
            continue
        value = field.to_python(stored[field.name])
        if field.many_to_one and value is not None:
            _check_target(field, value)
        setattr(row, field.attname, value)


def _check_target(field: Any, value: Any) -> None:
    if not field.related_model._base_manager.filter(pk=value).exists():
        raise ValidationError(
            _("That version names number %(value)s under “%(field)s”, which is gone. Undo that deletion first.")
            % {"value": value, "field": field.verbose_name}
        )


def _set_links(row: models.Model, stored: dict[str, Any]) -> None:
    """Set the links; what they led to may have been deleted since, and then there is nothing to link."""
    field: Any
    for field in write.edited_fields(type(row)):
        if field.many_to_many and field.name in stored:
            getattr(row, field.name).set(field.related_model._base_manager.filter(pk__in=stored[field.name]))


def _restore_rows(
    rows: models.QuerySet, owner: dict[str, Any], stored: list[dict], by: write.Writer, names: tuple = ()
) -> None:
    """Make `rows` what `stored` says. One that is still there is changed in place: a commitment may point to it."""
    model, parent = rows.model, next(iter(owner))
    names = names or write.identity(model, parent)
    there = {row: write.row_content(row, {parent}) for row in rows.order_by("pk")}
    known = _known_again(there, stored, names)
    for row in there.keys() - known.values():  # first: a new row may take its number
        write.remove(row, by)
    moved = [row for at, row in known.items() if _said(there[row], names) != _said(stored[at], names)]
    write.let_take_places(moved)
    for at, fields in enumerate(stored):
        row = known.get(at) or model(**owner)
        _set(row, fields)
        _leave_taken(row)
        row.save()
        _set_links(row, fields)


def _known_again(
    there: dict[models.Model, dict[str, Any]], stored: list[dict], names: Collection[str]
) -> dict[int, models.Model]:
    """Return which of the rows that are there each stored one is, by its place.

    First those that say the same, then those of which only the identity has changed, as an article that was given
    another number, then those that stand in its place.
    """
    found: dict[int, models.Model] = {}
    ways: list[Callable[[dict], Any]] = [
        lambda fields: fields,
        lambda fields: {name: value for name, value in fields.items() if name not in names and value},
        lambda fields: _said(fields, names),
    ]
    for say in ways:
        left: dict[str, list[models.Model]] = {}
        for row, fields in there.items():
            if row not in found.values():
                left.setdefault(repr(say(fields)), []).append(row)
        for at, fields in enumerate(stored):
            if at not in found and say(fields) and (same := left.get(repr(say(fields)))):
                found[at] = same.pop(0)
    return found


def _said(fields: dict[str, Any], names: Collection[str]) -> list[Any]:
    return [fields.get(name) for name in names]


def _leave_taken(row: models.Model) -> None:
    """Give a row another reference where its own has gone elsewhere since, as with what was merged."""
    for field in row._meta.fields:
        if field.unique and not field.primary_key and field.has_default():
            taken = type(row)._base_manager.filter(**{field.name: getattr(row, field.attname)}).exclude(pk=row.pk)
            if taken.exists():
                setattr(row, field.attname, field.get_default())
