"""From JSON to a form: what a program says of a record, as if somebody had typed it.

So every rule stays where it is, in the forms of the desk: here is only said how a JSON value is written into a control.
A reference, a code or a link that a read returned names a record; nothing is looked up by name.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from registry.core.fields import Choose, LookUp, Pick
from registry.core.forms import Offering
from registry.core.models import Country, Record, Term
from registry.core.offered import Offered
from registry.core.parameters import unknown_value

NUMBERS = (forms.IntegerField, forms.DecimalField, forms.FloatField)
LONGEST_LIST = 1000
"""How many rows or links one list may have."""


def preload(offered: Offered, said: Iterable[tuple[forms.Field, Any]]) -> None:
    """Read what these values name, in one query for each kind however many rows name it."""
    wanted: dict[type[models.Model], set[str]] = {}
    chosen: dict[Choose, set[str]] = {}
    for field, value in said:
        if isinstance(field, LookUp):
            some = value if isinstance(value, list) else [value]
            wanted.setdefault(field.model, set()).update(filter(None, map(ref_of, some)))
        elif isinstance(field, Choose) and (ref := ref_of(value)):
            chosen.setdefault(field, set()).add(ref)
    for field, refs in chosen.items():
        if len(refs) > 1:
            field.options.read_whole()
    for model, refs in wanted.items():
        column = "pk" if model is Country else "ref"
        for row in offered.visible(model).filter(**{f"{column}__in": refs}):
            offered.once((model, in_form(row)), partial(_same, row))


def _same(row: Any) -> Any:
    return row


def in_form(row: Any) -> str:
    """Write a record as it is typed to be found for sure."""
    return row.pk if isinstance(row, Country) else f"[{row.ref}]"


def typed(field: forms.Field, value: Any) -> list[str]:
    """Return what stands in the control `field` of a form for a JSON value. Raises ValidationError with the remedy."""
    if isinstance(field, Pick):
        return _picked(field, value)
    if isinstance(field, forms.BooleanField):
        if not isinstance(value, bool):
            raise ValidationError(_("Write true or false, without quotes."))
        return [str(value)]
    if value is None:
        return [""]
    if isinstance(field, NUMBERS):
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError(_("Write it as a number, without quotes, or null."))
        return [str(value)]
    if not isinstance(value, str):
        raise ValidationError(_("Write it as text in quotes, or null."))
    if value and isinstance(field, forms.TypedChoiceField):
        choices: Any = field.choices
        codes = [str(code) for code, _label in choices if code]
        if value not in codes:
            raise unknown_value(value, codes)
    return [value]


def _picked(field: Pick, value: Any) -> list[str]:
    if not field.many:
        return [""] if value in (None, "") else [_named(field, value)]
    if not isinstance(value, list | None):
        raise ValidationError(_("Write a list: [“…”, “…”]."))
    if len(value or ()) > LONGEST_LIST:
        raise ValidationError(_("A list has at most %(most)s entries."), params={"most": LONGEST_LIST})
    named = list(dict.fromkeys(_named(field, one) for one in value or ()))
    return ["\n".join(named)] if isinstance(field, LookUp) else named


def _named(field: Any, value: Any) -> str:
    """Return what is typed for one record: its key in a list, or its reference."""
    ref = ref_of(value)
    if ref is None:
        raise ValidationError(_("Write its reference or code as text, or the link to it that a read returned."))
    if isinstance(field, Choose):
        column = "code" if field.model in (Country, Term) else "ref" if issubclass(field.model, Record) else "pk"
        if (row := field.find(column, ref)) is not None:
            return str(row.pk)
        if column == "code":
            raise unknown_value(ref, (row.code for row in field.rows.values()))
        raise _not_on_file(ref)
    if not re.fullmatch(r"[A-Za-z0-9-]+", ref):
        raise _not_on_file(ref)
    text = ref if field.model is Country else f"[{ref}]"
    try:
        field.offered.find(field.model, text)
    except ValidationError:
        raise _not_on_file(ref) from None
    return text


def ref_of(value: Any) -> str | None:
    """Return the reference or code that a JSON value names: as text, or in a link; else None."""
    ref = value.get("ref") if isinstance(value, dict) else value
    return ref if isinstance(ref, str) else None


def _not_on_file(ref: str) -> ValidationError:
    return ValidationError(
        _("“%(value)s” is not on file, or not for you to see. Write the reference of one that is."),
        params={"value": ref[:60]},
    )


def as_on_file(form: Offering, name: str) -> list[str]:
    """Return what stands in a control of a form before anything is typed into it."""
    field = form.fields[name]
    value = form.get_initial_for_field(field, name)
    if isinstance(field, Pick):
        rows = list(value or []) if field.many else [value] if value else []
        if isinstance(field, LookUp):
            found = "\n".join(in_form(row) for row in rows)
            for row in rows:
                form.offered.once((field.model, in_form(row)), partial(_same, row))
            return [found]
        keys = [str(getattr(row, "pk", row)) for row in rows]
        return keys if field.many else keys or [""]
    value = field.prepare_value(value)
    return ["" if value is None else str(value)]
