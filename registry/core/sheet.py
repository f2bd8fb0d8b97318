"""A sheet: the form of one record with all its child rows and citations, checked, saved and compared as one."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.core import write
from registry.core.forms import Difference, RecordForm
from registry.core.models import Pair, Record
from registry.core.offered import Offered
from registry.core.rows import CITATIONS


@dataclass(frozen=True)
class Problem:
    """One thing to put right: the field it is about, by its id on the page, and the sentence that says so."""

    target: str
    text: str


class Sheet:
    """What one editing page shows of one record.

    `data` is what was typed, `only` the child rows that it is of, `files` what was uploaded.
    """

    def __init__(
        self,
        form: type[RecordForm],
        record: Record,
        user: Any,
        data: QueryDict | None = None,
        only: Container[str] | None = None,
        files: Any = None,
    ) -> None:
        self.record = record
        self.offered = Offered(user, pair_of(record))
        self.form = form(data, files, instance=record, offered=self.offered)
        self.rows = [
            rows(data, instance=record, offered=self.offered, prefix=prefix)
            for rows in (*form.rows, *([CITATIONS] if form.cited else []))
            if (prefix := rows.get_default_prefix()) and (only is None or prefix in only)
        ]

    def is_valid(self) -> bool:
        """Say whether everything can be saved; all of it is checked, so that all errors are shown at once."""
        return all([self.form.is_valid(), *(rows.is_valid() for rows in self.rows)])

    def foresee(self) -> Any:
        """Return what saving it would change of others, if its writer must be told (`Record.foresee`)."""
        rows = {one.prefix: one.staying() for one in self.rows}
        many = {field.name for field in self.record._meta.many_to_many}
        return self.record.foresee(rows, {k: value for k, value in self.form.cleaned_data.items() if k in many})

    def save(self, by: Any) -> Record:
        """Write the record and its rows as one change, and nothing where anything of it fails."""
        typed = self.form.cleaned_data
        with write.change(self.record, by=by, version=typed.get("version"), why=typed.get("why", "")):
            _store_pair(self.record)
            self.form.save()
            for rows in self.rows:
                rows.save()
        return self.record

    @property
    def problems(self) -> Iterator[Problem]:
        """Everything to put right, in the order of the page."""
        yield from _problems(self.form, "")
        for rows in self.rows:
            yield from (Problem(f"part-{rows.prefix}", str(error)) for error in rows.non_form_errors())
            for number, form in enumerate(rows.forms, start=1):
                if not rows._should_delete_form(form):
                    yield from _problems(form, f"{capfirst(rows.one)} {number}, ")

    @property
    def left_alone(self) -> list[str]:
        """What stands in the record and its editor may not see."""
        return [*self.form.left_alone, *(name for rows in self.rows for form in rows for name in form.left_alone)]

    def differences(self) -> list[Difference]:
        """Return where what was typed differs from what is on file."""
        return [*self.form.differences(), *(one for rows in self.rows for one in rows.differences())]

    def hush(self) -> None:
        """Show what was typed and say nothing of errors."""
        for part in (self.form, *self.rows):
            part.hush()


def pair_of(record: Record) -> Pair | None:
    """Return the pair of a record; None where its kind has none."""
    owner: Any = record
    for step in filter(None, record.PAIR.split("__")):
        owner = getattr(owner, step)
    return None if owner is record else owner


def _store_pair(record: Record) -> None:
    """A pair comes into being when first used."""
    pair = pair_of(record)
    if record.PAIR == "pair" and pair is not None and pair._state.adding:
        record.pair = Pair.objects.between(pair.a_id, pair.b_id)


def _problems(form: forms.BaseForm, row: str) -> Iterator[Problem]:
    for name, errors in form.errors.items():
        if name not in form.fields:
            yield from (Problem("sheet", f"{row}{error}") for error in errors)
            continue
        bound = form[name]
        for error in errors:
            text = f"{row}{bound.label}: {error}"
            typed = bound.value()
            if typed and isinstance(typed, str) and typed not in text:
                text += " " + _("You wrote “%(value)s”.") % {"value": typed}
            yield Problem(bound.auto_id, text)
