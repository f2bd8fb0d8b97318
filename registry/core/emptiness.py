"""Which links, child rows and attachments a record has none of, asked of all of them in one statement.

Of most records most are empty, and each would be a query that brings nothing.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from registry.core.models import Citation, Document

ATTACHED: dict[str, type[models.Model]] = {"citations": Citation, "documents": Document}


def empty_ones(record: models.Model, names: Collection[str]) -> frozenset[str]:
    """Return those of `names`, links to many, child rows and what is `ATTACHED`, under which nothing is on file."""
    asked = tuple(names)
    statement, params = _statement(type(record), asked)
    kind = ContentType.objects.get_for_model(record).pk if "kind" in params else 0
    with connection.cursor() as cursor:
        cursor.execute(statement, [kind if param == "kind" else record.pk for param in params])
        return frozenset(name for name, found in zip(asked, cursor.fetchone(), strict=True) if not found)


@lru_cache(maxsize=1000)  # whoever asks for fields may ask for any of them
def _statement(model: type[models.Model], names: Sequence[str]) -> tuple[str, list[str]]:
    """Return the statement, and whether the number of the kind or of the record stands at each place."""
    places = [_place(model, name) for name in names]
    asked = (f"EXISTS (SELECT 1 FROM {table} WHERE {where})" for table, where, _params in places)  # noqa: S608 - our names
    return f"SELECT {', '.join(asked)}", [param for _table, _where, params in places for param in params]


def _place(model: type[models.Model], name: str) -> tuple[str, str, Sequence[str]]:
    """Return the table that tells what is on file under a name, the condition, and what stands in it."""
    if name in ATTACHED:
        if not isinstance(model._meta.pk, models.IntegerField | models.OneToOneField):
            return ATTACHED[name]._meta.db_table, "1 = 0", ()  # nothing attaches to a pair, whose key is no number
        return ATTACHED[name]._meta.db_table, "content_type_id = %s AND object_id = %s", ("kind", "record")
    relation: Any = model._meta.get_field(name)
    if relation.many_to_many:
        return relation.m2m_db_table(), f"{relation.m2m_column_name()} = %s", ("record",)
    return relation.related_model._meta.db_table, f"{relation.field.column} = %s", ("record",)
