"""What a column of a snapshot holds: its type (Table Schema), its meaning, the list its codes are of, where it leads.

Columns are those of the API's CSV; all of it follows from the serializer and its model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from rest_framework import serializers

from registry.core.export import columns_of_field
from registry.core.serializers import (
    GivenLinksField,
    LinkField,
    LinksField,
    NumberField,
    PartSerializer,
    TextsField,
)
from registry.core.wanted import fields_of

TYPES: tuple[tuple[type[serializers.Field], str], ...] = (
    (serializers.BooleanField, "boolean"),
    (serializers.IntegerField, "integer"),
    (serializers.FloatField, "number"),
    (NumberField, "number"),
    (serializers.DateField, "date"),
    (serializers.ListSerializer, "array"),
    (serializers.BaseSerializer, "object"),
    (TextsField, "object"),
)
"""Class of a field → its type. Everything else is text; objects and arrays are JSON in one cell."""

HINTS = {bool: "boolean", int: "integer", float: "number"}
"""What a method of a serializer says it returns → its type."""

PARTED = (LinksField, GivenLinksField, serializers.ListField)
"""Fields with several values in one cell."""


@dataclass(frozen=True)
class Column:
    """One column. `leads_to`: the model whose references it holds; `vocabulary`: the list whose codes it holds."""

    name: str
    type: str
    about: str
    cell: Callable[[dict[str, Any]], Any]
    leads_to: type[models.Model] | None = None
    vocabulary: str = ""

    def text(self, value: Any) -> str:
        """Return a value, as the registry, a CSV file or a Parquet file holds it, in one way of writing."""
        if value is None or value == "":
            return ""
        if self.type == "number":
            return repr(float(value))
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)


def columns_of(serializer: type[PartSerializer]) -> list[Column]:
    """Return the columns of a kind, in the order of its CSV."""
    found = []
    for name, field in fields_of(serializer).items():
        about = field.help_text
        if isinstance(field, PARTED):
            about = f"{about.rstrip('.')}. Several are parted by semicolons."
        for head, cell in columns_of_field(name, field).items():
            title = head == f"{name}_title"
            found.append(
                Column(
                    name=head,
                    type=type_of(serializer, field),
                    about=f"{about.rstrip('.')}: its title." if title else about,
                    cell=cell,
                    leads_to=None if title else target_of(serializer, field),
                    vocabulary=vocabulary_of(serializer, name),
                )
            )
    return found


def type_of(serializer: type[PartSerializer], field: serializers.Field) -> str:
    """Return the type of what a field is laid flat into."""
    if isinstance(field, serializers.SerializerMethodField):
        hint = get_type_hints(getattr(serializer, field.method_name))["return"]
        return next((HINTS[part] for part in (hint, *get_args(hint)) if part in HINTS), "string")
    return next((name for kind, name in TYPES if isinstance(field, kind)), "string")


def target_of(serializer: type[PartSerializer], field: serializers.Field) -> type[models.Model] | None:
    """Return the model that a field holds one reference of; None where it holds none, or of several kinds."""
    if not isinstance(field, (LinkField, serializers.CharField)):
        return None
    for relation in serializer.Meta.model._meta.fields:
        wanted = relation.name if isinstance(field, LinkField) else relation.attname
        if relation.is_relation and field.source == wanted:
            return relation.related_model
    return None


def vocabulary_of(serializer: type[PartSerializer], name: str) -> str:
    """Return the list of which a field holds codes; "" where they are of none. The label beside it knows."""
    label = fields_of(serializer).get(f"{name}_label")
    of = getattr(label, "vocabulary", "") or getattr(getattr(label, "of", None), "vocabulary", "")
    if of or label is None:
        return of
    try:
        field: Any = serializer.Meta.model._meta.get_field(name)
    except FieldDoesNotExist:
        return ""
    return (field.get_limit_choices_to() or {}).get("vocabulary", "") if field.many_to_many else ""
