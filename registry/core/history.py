"""The history of one record in words: what each write changed, field by field."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.core import dates, vocabularies, write
from registry.core.dates import FuzzyDateField
from registry.core.models import Citation, Record, Revision
from registry.core.offered import Offered
from registry.core.vocabularies import VocabularyField


@dataclass(frozen=True)
class Change:
    """One field before and after; of a child row, which was added, removed or changed, all it says."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """One write and what it changed against the write before it; nothing is compared for the first."""

    revision: Revision
    changes: list[Change]


def steps(model: type[Record], revisions: list[Revision], user: Any) -> list[Step]:
    """Return what each revision changed, for revisions from the newest to the oldest.

    Names are read for all of them at once; what `user` may not see is not named.
    """
    words = Words(model, [revision.content for revision in revisions], user)
    return [
        Step(revision, list(words.changes(before.content, revision.content)) if before else [])
        for revision, before in zip_longest(revisions, revisions[1:])
    ]


class Words:
    """Writes the stored content of revisions as a reader reads it."""

    def __init__(self, model: type[Record], contents: list[dict[str, Any]], user: Any) -> None:
        self.model = model
        self.offered = Offered(user)
        asked: dict[type, set[Any]] = {}
        for content in contents:
            for field, value in self._all_values(content):
                if value and field.is_relation:
                    asked.setdefault(field.related_model, set()).update(value if field.many_to_many else [value])
        for target, keys in asked.items():
            self.offered.known(target, keys)

    def _all_values(self, content: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
        yield from _values(self.model, content)
        for name, row_model in self._row_models().items():
            for row in content.get(name, []):
                yield from _values(row_model, row)

    def _row_models(self) -> dict[str, type[models.Model]]:
        rows = {name: self.model._meta.get_field(name).related_model for name in self.model.ROWS}
        return rows | {"citations": Citation}

    def changes(self, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
        """Yield each difference between two stored contents."""
        for field in write.edited_fields(self.model):
            old, new = before.get(field.name), after.get(field.name)
            if old != new and field.name in before.keys() | after.keys():
                yield Change(capfirst(field.verbose_name), self.value(field, old), self.value(field, new))
        for name, row_model in self._row_models().items():
            if name not in before or name not in after:
                continue  # what was no part of the record yet is not known to differ
            old_rows, new_rows = before[name], after[name]
            what = capfirst(row_model._meta.verbose_name)
            for row in _without(old_rows, new_rows):
                yield Change(what, self.row(row_model, row), "")
            for row in _without(new_rows, old_rows):
                yield Change(what, "", self.row(row_model, row))

    def names(self, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
        """Return the names of the fields and rows in which two stored contents differ, as far as they may be seen."""
        old, new = self._seen(before), self._seen(after)
        unknown = self._row_models().keys() - (before.keys() & after.keys())
        return sorted(name for name in (old.keys() | new.keys()) - unknown if old.get(name) != new.get(name))

    def _seen(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return a stored content without what it says of records that the reader may not see."""
        found = dict(content)
        for field, value in _values(self.model, content):
            if field.is_relation and value:
                found[field.name] = self._known(field, value)
        for name, row_model in self._row_models().items():
            found[name] = [row for row in content.get(name, []) if self._is_seen(row_model, row)]
        return found

    def _is_seen(self, model: type[models.Model], row: dict[str, Any]) -> bool:
        """Say whether the reader may see all that a child row points to."""
        pointing = ((field, value) for field, value in _values(model, row) if field.is_relation and value)
        return all(field.many_to_many or self._known(field, value) for field, value in pointing)

    def _known(self, field: Any, value: Any) -> list[Any]:
        keys = value if field.many_to_many else [value]
        known = self.offered.known(field.related_model, keys)
        return [key for key in keys if key in known]

    def row(self, model: type[models.Model], row: dict[str, Any]) -> str:
        """Write a child row as “field: value” for each field that has one."""
        said = ((field, self.value(field, value)) for field, value in _values(model, row))
        return "; ".join(f"{field.verbose_name}: {value}" for field, value in said if value)

    def value(self, field: Any, value: Any) -> str:
        """Write one stored value; "" for none."""
        if value is None or value == "" or value == [] or value == {}:
            return ""
        if field.is_relation:
            keys = value if field.many_to_many else [value]
            known = self.offered.known(field.related_model, keys)
            return ", ".join(str(known[key]) if key in known else _("not on file, or not yours to see") for key in keys)
        if field.model is Citation and field.name == "field":
            named = {one.name: one.verbose_name for one in write.edited_fields(self.model)}
            return str(named.get(value, value))
        if isinstance(field, VocabularyField):
            return vocabularies.label(field.vocabulary, value)
        if isinstance(field, FuzzyDateField):
            return dates.display(value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, dict):
            return "; ".join(f"{tag}: {text}" for tag, text in sorted(value.items()))
        return str(value)


def _values(model: type[models.Model], stored: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for field in write.edited_fields(model):
        if field.name in stored:
            yield field, stored[field.name]


def _without(rows: list[dict[str, Any]], others: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that are not among the others, each as often as it is there more often."""
    left = list(others)
    found = []
    for row in rows:
        if row in left:
            left.remove(row)
        else:
            found.append(row)
    return found
