"""Which links, child rows and attachments a record has none of, asked of all of them in one statement.

Of most records most are empty, and each would be a query that brings nothing.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from registry.core.kept import KEY, rows_by
from registry.core.models import Citation, Document

ATTACHED: dict[str, type[models.Model]] = {"citations": Citation, "documents": Document}


def empty_ones(record: models.Model, names: Collection[str]) -> frozenset[str]:
    """Return those of `names`, links to many, child rows and what is `ATTACHED`, under which nothing is on file."""
    model = type(record)
    numbered = isinstance(model._meta.pk, models.IntegerField | models.OneToOneField)
    asked = tuple(name for name in names if numbered or name not in ATTACHED)  # nothing is attached to any other key
    if not asked:
        return frozenset(names)
    [found] = rows_by(lambda: _statement(model, asked), [record.pk], kept_as=("empty", model, asked))
    return frozenset(names) - {name for name, some in zip(asked, found, strict=True) if some}


def _statement(model: type[models.Model], names: Sequence[str]) -> tuple[str, list[Any]]:
    places = [_place(model, name) for name in names]
    asked = (f"EXISTS (SELECT 1 FROM {table} WHERE {where})" for table, where, _params in places)  # noqa: S608 - our names
    return f"SELECT {', '.join(asked)}", [param for _table, _where, params in places for param in params]


def _place(model: type[models.Model], name: str) -> tuple[str, str, Sequence[Any]]:
    """Return the table that tells what is on file under a name, the condition, and what stands in it."""
    if name in ATTACHED:
        kind = ContentType.objects.get_for_model(model).pk
        return ATTACHED[name]._meta.db_table, "content_type_id = %s AND object_id = %s", (kind, KEY)
    relation: Any = model._meta.get_field(name)
    if relation.many_to_many:
        return relation.m2m_db_table(), f"{relation.m2m_column_name()} = %s", (KEY,)
    return relation.related_model._meta.db_table, f"{relation.field.column} = %s", (KEY,)
