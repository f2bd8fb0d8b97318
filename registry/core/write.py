"""The one write path: every change of a record, from page, API, admin or loader, goes through here.

What happens, in one transaction:

1. the rights of the writer are checked, on the record as it was and as it will be;
2. the version is claimed: one conditional update on the table that owns the column. Exactly one writer wins; the
   others get `Conflict` and have written nothing;
3. the caller saves the record, its links and its child rows;
4. what follows from it is reported (`Record.written`, the door of continuity);
5. one revision is stored: who, when, why, and every edited field as it now stands;
6. what everyone sees of it goes into the changes feed (`registry.core.changes`).

Undo (`registry.core.undo`) is a new write that sets the edited fields back.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.db.models import ProtectedError, UniqueConstraint
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import access, changes
from registry.core.emptiness import empty_ones
from registry.core.models import Citation, Comment, Confirmation, Document, Record, Revision, User


class _System:
    """The registry itself, as writer: a file being loaded, a demonstration."""

    def __repr__(self) -> str:
        return "SYSTEM"


SYSTEM = _System()
Writer = User | _System


class Conflict(Exception):
    """Somebody else has written the record since it was read; nothing of this write is stored."""

    def __init__(self, record: Record, expected: int) -> None:
        self.record, self.expected = record, expected
        super().__init__(
            _("“%(record)s” was changed by somebody else since version %(version)s was read. Compare and save again.")
            % {"record": record, "version": expected}
        )


def owner_model(model: type[models.Model]) -> type[models.Model]:
    """Return the model whose table holds the version: Initiative for an agreement, else the model itself.

    On the manager of a multi-table child Django turns the conditional update into a SELECT of ids and an UPDATE … IN
    (ids), and two writers can win.
    """
    return model._meta.get_field("version").model


def _claim(record: Record, expected: int) -> None:
    rows = owner_model(type(record))._base_manager.filter(pk=record.pk, version=expected)
    if rows.update(version=expected + 1) != 1:
        raise Conflict(record, expected)
    record.version = expected + 1


def _check_rights(record: Record, by: Writer, stored: Record | None) -> None:
    """Raise PermissionDenied unless `by` may turn `stored` (None: nothing yet) into `record`."""
    if by is SYSTEM:
        return
    for state in filter(None, (stored, record)):
        if not access.may_edit(by, state):
            raise PermissionDenied(
                _("You do not sit as an editor at a desk of “%(record)s”. Ask its desk to make this change.")
                % {"record": state}
            )
    before = getattr(stored, "visibility", access.DRAFT)
    after = getattr(record, "visibility", before)
    moved = stored is not None and record.desk_countries() != stored.desk_countries()
    if before != after or (moved and after != access.DRAFT):  # what is moved is published at the other desk
        check_may_publish(record, by)
    if record.gives_word(stored) and not access.may_publish(by, record):
        raise PermissionDenied(
            _("Only an approver of either side may declare for a desk or change what it has declared. Ask one.")
        )


def check_may_publish(record: Record, by: Writer) -> None:
    """Raise PermissionDenied unless `by` may change who sees `record`."""
    if by is not SYSTEM and not access.may_publish(by, record):
        raise PermissionDenied(
            _("Publishing “%(record)s” needs an approver of either side. Save it as a draft and ask one.")
            % {"record": str(record) or record._meta.verbose_name}
        )


@contextmanager
def change(record: Record, *, by: Writer, version: int | None = None, why: str = "") -> Iterator[Record]:
    """Write `record` in the body of a `with`: save it and its child rows there, and nowhere else.

    `version` is the version the writer has read (default: the one on the object). Raises PermissionDenied, Conflict
    or ValidationError, and then nothing is stored.
    """
    with _all_or_nothing(record):
        is_new = begin(record, by, version)
        yield record
        finish(record, by, why, Revision.Kind.CREATED if is_new else Revision.Kind.CHANGED)


@contextmanager
def _all_or_nothing(record: Record) -> Iterator[None]:
    """Do the body in one transaction; where nothing is stored the object does not claim another version either."""
    before = record.version
    try:
        with transaction.atomic():
            yield
    except BaseException:
        record.version = before
        raise


def begin(record: Record, by: Writer, version: int | None = None) -> bool:
    """Check the rights and claim the version (steps 1 and 2). Return whether the record is new."""
    stored = None if record._state.adding else type(record)._base_manager.filter(pk=record.pk).first()
    if stored is None and not record._state.adding:
        raise Conflict(record, version or record.version)
    _check_rights(record, by, stored)
    if wrong := record.in_future():
        raise ValidationError(dict(wrong))
    record.hold()
    if stored is not None:
        _claim(record, version if version is not None else record.version)
    return stored is None


def finish(record: Record, by: Writer, why: str, kind: str) -> Revision:
    """Report what follows, store the revision and feed the change (steps 4 to 6)."""
    record.written()
    revision = _log(record, by, why, kind)
    changes.note(record, revision)
    return revision


def log_first(model: type[Record], pk: Any) -> None:
    """Store the first revision of a record that came into being without one, if it is on file and has none yet."""
    stored = model._base_manager.filter(pk=pk).first()
    if stored is not None and not Revision.objects.filter(model=model._meta.label, ref=stored.ref).exists():
        _log(stored, SYSTEM, "", Revision.Kind.CREATED)


def _log(record: Record, by: Writer, why: str, kind: str, into: Record | None = None) -> Revision:
    return Revision.objects.create(
        model=record._meta.label,
        ref=record.ref,
        version=record.version,
        kind=kind,
        by=by if isinstance(by, User) else None,
        why=why[:300],
        title=str(record)[:600],
        visibility=getattr(record, "visibility", ""),
        into=into.ref if into else "",
        content=content(record),
    )


def save(record: Record, *, by: Writer, version: int | None = None, why: str = "", links: dict | None = None) -> Record:
    """Write a record that has no child rows to save but the many-to-many `links` (field name → values)."""
    with change(record, by=by, version=version, why=why):
        record.save()
        for name, values in (links or {}).items():
            getattr(record, name).set(values)
    return record


def delete(
    record: Record,
    *,
    by: Writer,
    version: int | None = None,
    why: str = "",
    into: Record | None = None,
    moving: Callable[[], None] = lambda: None,
) -> Revision:
    """Remove a record with its child rows and attachments; the revision keeps what it was.

    Where it is merged, `into` goes on for it, and `moving` takes away what it need not lose (`registry.core.merging`).
    Raises ValidationError that names what still hangs on it.
    """
    with _all_or_nothing(record):
        _check_rights(record, by, record)
        if getattr(record, "visibility", access.DRAFT) != access.DRAFT:
            check_may_publish(record, by)
        record.hold()
        _claim(record, version if version is not None else record.version)
        revision = _log(record, by, why, Revision.Kind.DELETED, into)
        moving()
        memory = record.removing()
        documents = list(Document.objects.about(record))
        logged = [_log(document, by, why, Revision.Kind.DELETED) for document in documents]
        for kind in (Citation, Comment, Confirmation, Document):
            kind.objects.about(record).delete()
        remove(record, by)
        record.removed(memory)
        for document, its in zip(documents, logged, strict=True):
            changes.note(document, its)
        changes.note(record, revision, into)
    return revision


def remove(row: models.Model, by: Writer) -> None:
    """Delete a row. Raises ValidationError that names what still points to it, as far as `by` may see that."""
    held = [one for rows in naming(row) for one in _some(rows, by)]
    if not held:
        try:
            row.delete()
        except ProtectedError as error:
            held = [*error.protected_objects]
    if held:
        raise ValidationError(
            _("“%(record)s” cannot be deleted while these point to it: %(held)s. %(remedy)s")
            % {"record": row, "held": ", ".join(sorted({_named(one, by) for one in held})[:5]), "remedy": LET_GO}
        )


LET_GO = gettext_lazy("Delete or move them first, or take it out of them.")


def naming(row: models.Model) -> Iterator[models.QuerySet]:
    """Yield, by kind, the rows that name `row` among others (many to many).

    A database would let it vanish from them without a word, and their histories would not tell of it.
    """
    for relation in row._meta.related_objects:
        if relation.many_to_many:
            kind: Any = relation.related_model
            yield kind._default_manager.filter(**{relation.field.name: row.pk})


def _some(rows: Any, by: Writer) -> list[models.Model]:
    """Return a few of many rows: such as `by` may see, where there are any."""
    seen = rows if by is SYSTEM else rows.visible_to(by)
    return list(seen[:5]) or list(rows[:1])


def _named(row: models.Model, by: Writer) -> str:
    """Return kind and name of a row; the kind alone where `by` may not see it, as a draft of another pair."""
    kind = str(row._meta.verbose_name)
    rows: Any = type(row)._default_manager.filter(pk=row.pk)
    seen = by is SYSTEM or access.is_registrar(by) or (isinstance(row, Record) and rows.visible_to(by).exists())
    return f"{kind} “{row}”" if seen else kind


def erase(record: Record, *, by: Writer, why: str = "") -> None:
    """Remove a record so that nothing of it remains, in its revisions neither: for a person who is to be forgotten.

    Only a registrar may. What stays is one empty revision that says who erased something, when and why.
    """
    if by is not SYSTEM and not access.is_registrar(by):
        raise PermissionDenied(_("Only a registrar may erase a record for good. Ask one, or delete it instead."))
    with transaction.atomic():
        documents, its = Revision.objects.filter(model=Document._meta.label), ContentType.objects.get_for_model(record)
        about = documents.filter(content__content_type=its.pk, content__object_id=record.pk)
        delete(record, by=by, why=why)
        # files that were replaced are kept for undo, and those of documents that were deleted before
        for one in documents.filter(ref=record.ref) if isinstance(record, Document) else about:
            if name := one.content.get("file"):
                transaction.on_commit(partial(default_storage.delete, name))
        about.delete()
        for ref in [record.ref, *_merged_into(record)]:
            traces = Revision.objects.filter(model=record._meta.label, ref=ref)
            last = traces.latest("id")
            traces.exclude(pk=last.pk).delete()
            traces.update(title="", content={})


def _merged_into(record: Record) -> Iterator[str]:
    """Yield the references of what was merged into a record, and into that: they were the same person."""
    passed, level = {record.ref}, [record.ref]
    while level:
        merged = Revision.objects.filter(model=record._meta.label, into__in=level).values_list("ref", flat=True)
        level = sorted(set(merged) - passed)
        passed.update(level)
        yield from level


# What a person edits, as JSON --------------------------------------------------------------------------------------


def edited_fields(model: type[models.Model]) -> list[models.Field]:
    """Return the fields and links of `model` that a person edits."""
    derived = getattr(model, "DERIVED", frozenset({"id"}))
    return [
        field
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if (field.editable or field.name in getattr(model, "RESTORED", ()))
        and field.name not in derived
        and not getattr(field.remote_field, "parent_link", False)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return str(value) if isinstance(value, models.fields.files.FieldFile) else value


def row_content(row: models.Model, leave_out: Collection[str] = ()) -> dict[str, Any]:
    return {
        field.name: (
            sorted(target.pk for target in getattr(row, field.name).all())
            if field.many_to_many
            else _plain(getattr(row, field.attname))
        )
        for field in edited_fields(type(row))
        if field.name not in leave_out
    }


def content(record: Record) -> dict[str, Any]:
    """Return every edited field of `record`, under each name of its `ROWS` its child rows, and its citations."""
    names = *(field.name for field in edited_fields(type(record)) if field.many_to_many), *record.ROWS, "citations"
    empty = empty_ones(record, names)
    rows = {name: _rows(record, name) for name in record.ROWS if name not in empty}
    if "citations" not in empty:
        rows["citations"] = list(Citation.objects.about(record).order_by("pk").values(*CITED))
    return row_content(record, empty) | dict.fromkeys(empty, []) | rows


def _rows(record: Record, name: str) -> list[dict[str, Any]]:
    """Return the child rows of a record under one name."""
    rows, parent = getattr(record, name).order_by("pk"), parent_of(record, name)
    links = [field.name for field in rows.model._meta.many_to_many]
    return [row_content(row, {parent}) for row in rows.prefetch_related(*links)]


CITED = ("source", "field", "value", "locator")
"""What a revision keeps of a citation: the fields that a person edits."""


def parent_of(record: Record, rows: str) -> str:
    """Return the name of the foreign key by which the child rows point to the record."""
    relation: Any = record._meta.get_field(rows)
    return relation.field.name


# Child rows --------------------------------------------------------------------------------------------------------


def identity(model: type[models.Model], parent: str) -> tuple[str, ...]:
    """Return the fields by which a child row is known among its siblings: its unique ones, else all it has."""
    unique = [constraint.fields for constraint in model._meta.constraints if isinstance(constraint, UniqueConstraint)]
    names = unique[0] if unique else [field.name for field in edited_fields(model)]
    return tuple(name for name in names if name != parent)


def let_take_places(rows: Collection[models.Model]) -> None:
    """Take rows out of their table that are saved next, so that each may say what another said and no two may.

    They come back under the same keys: what points to them is looked at only when all is written.
    """
    for model in {type(row) for row in rows}:
        model._base_manager.filter(pk__in=[row.pk for row in rows])._raw_delete(connection.alias)
