"""The numbered sources of one page, and where they disagree."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q
from django.utils.translation import gettext

from registry.core import dates, vocabularies
from registry.core.models import Citation, Source
from registry.core.models.about import record_models
from registry.core.vocabularies import VocabularyField
from registry.core.write import owner_model

Key = tuple[type[Model], int]


def key(record: Model) -> Key:
    """Return what tells records apart whatever object stands for them: an initiative or its agreement are one."""
    return owner_model(type(record)), record.pk


def kinds(model: type[Model]) -> list[type[Model]]:
    """Return the concrete kinds under which citations of a record of `model` are kept."""
    owner = owner_model(model)
    return [kind for kind in record_models() if owner_model(kind) is owner]


@dataclass(frozen=True)
class Statement:
    """What one or more sources say of one field."""

    text: str
    sources: list[Source]
    shown: bool
    """Whether it is the value the record bears."""


@dataclass(frozen=True)
class Disagreement:
    """One field of one record of which sources say different things."""

    record: Model
    field: str
    statements: list[Statement]


class Notes:
    """The citations of the records of one page, numbered in the order in which the page comes to them."""

    def __init__(self, user: Any, *groups: Iterable[Model]) -> None:
        """Read all citations of the records of `groups` that `user` may see. One query."""
        self.user = user
        self.records: dict[Key, Model] = {}
        for record in (record for group in groups for record in group):
            self.records.setdefault(key(record), record)
        self.citations: dict[Key, list[Citation]] = {}
        self.order: dict[int, tuple[int, Source]] = {}
        by_model: dict[type[Model], list[int]] = {}
        for model, pk in self.records:
            by_model.setdefault(model, []).append(pk)
        conditions = [
            Q(content_type__in=[ContentType.objects.get_for_model(kind) for kind in kinds(model)], object_id__in=pks)
            for model, pks in by_model.items()
        ]
        if not conditions:
            return
        owners = {ContentType.objects.get_for_model(kind).pk: model for model in by_model for kind in kinds(model)}
        rows = Citation.objects.filter(
            reduce(or_, conditions), source__in=Source.objects.visible_to(user).values("pk")
        ).select_related("source")
        for citation in rows.order_by("pk"):
            about = owners[citation.content_type_id], citation.object_id
            self.citations.setdefault(about, []).append(citation)

    def number(self, source: Source) -> int:
        """Return the number of a source on this page, giving out the next one when it is new."""
        number, _source = self.order.setdefault(source.pk, (len(self.order) + 1, source))
        return number

    def numbers(self, record: Model, fields: Iterable[str] = ()) -> list[int]:
        """Return the numbers of the sources cited for a record, or for some of its fields, in rising order."""
        wanted = set(fields)
        found = self.citations.get(key(record), []) if record is not None else []
        return sorted({self.number(row.source) for row in found if not wanted or row.field in wanted})

    @property
    def listed(self) -> list[tuple[int, Source]]:
        """The sources numbered so far: for the foot of the page, after all else has been written."""
        return list(self.order.values())

    def disagreements(self) -> list[Disagreement]:
        """Return where sources give different values for one field of one record; remarks in words do not count."""
        found = []
        for about, citations in self.citations.items():
            values: dict[str, dict[str, list[Citation]]] = {}
            for citation in citations:
                if citation.value and citation.field != "note":
                    said = values.setdefault(citation.field, {})
                    said.setdefault(citation.value.casefold(), []).append(citation)
            for field, said in values.items():
                if len(said) > 1:
                    record = self.records[about]
                    statements = [_statement(record, field, rows) for rows in said.values()]
                    found.append(Disagreement(record, field_name(record, field), statements))
        return found


def _statement(record: Model, field: str, rows: list[Citation]) -> Statement:
    value = rows[0].value
    shown = str(getattr(record, field, "")).casefold() == value.casefold()
    sources = list({row.source_id: row.source for row in rows}.values())
    return Statement(value_shown(record, field, value), sources, shown)


def _field(record: Model, name: str) -> Any:
    try:
        return record._meta.get_field(name.removesuffix("_refs").removesuffix("_ref"))
    except FieldDoesNotExist:
        return None


def field_name(record: Model, name: str) -> str:
    """Return what a cited field is called; citations name fields as the files do."""
    field = _field(record, name)
    words = str(field.verbose_name) if field is not None and hasattr(field, "verbose_name") else gettext(name)
    return words[:1].upper() + words[1:]


def value_shown(record: Model, name: str, value: str) -> str:
    """Write a cited value for a reader: a date as a date, a code as its label, anything else as it is."""
    field = _field(record, name)
    if isinstance(field, dates.FuzzyDateField):
        try:
            return dates.display(value)
        except ValidationError:
            return value
    return vocabularies.label(field.vocabulary, value) if isinstance(field, VocabularyField) else value
