"""Fields of forms: dates as the sources give them, and records chosen from a list or looked up by name.

What belongs to one pair is few and chosen from a list; what belongs to everyone (actors, sources, places) is typed in
any script, by name or by reference, so that no page carries the whole registry and nothing needs JavaScript.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.choices import CallableChoiceIterator
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from registry.core import dates, vocabularies
from registry.core.dates import FuzzyDateField
from registry.core.models import Country, Record
from registry.core.offered import Offered, Options, label_of, list_id
from registry.core.vocabularies import VocabularyField

NOTHING = ("", "–")

LONGEST_NAME = 2000
"""Characters that a name typed to look up a record may have; an address of a source is the longest."""


# Choosing ----------------------------------------------------------------------------------------------------------


class Pick(forms.Field):
    """One record or several; the form says which (`offer`)."""

    many = False

    def __init__(self, model: type[models.Model], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model

    def offer(self, offered: Offered, current: list[Any], options: Options) -> None:
        """Take up what may be chosen; `current` is what stands there now, which is always among it."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        value = self.to_python(value)
        self.validate(value)
        return value


class Choose(Pick):
    """One record out of a short list."""

    widget = forms.Select
    name_of: Callable[[Any], str] = staticmethod(str)
    """How a row is written in the list."""

    def offer(self, offered: Offered, current: list[Any], options: Options) -> None:
        self.current, self.options = {str(row.pk): row for row in current}, options
        self.widget.choices = CallableChoiceIterator(self._drawn)

    @property
    def rows(self) -> dict[str, Any]:
        """All that may be chosen, by key."""
        return {str(row.pk): row for row in self.options.rows} | self.current

    def _drawn(self) -> list[tuple[str, str]]:
        labels = [(key, self.name_of(row)) for key, row in self.rows.items()]
        return labels if self.many else [NOTHING, *labels]

    def find(self, column: str, value: str) -> Any:
        """Return the row with this value in a column, if it may be chosen; else None."""
        found = next((row for row in self.current.values() if str(getattr(row, column)) == value), None)
        return found or self.options.find(column, value)

    def prepare_value(self, value: Any) -> Any:
        return getattr(value, "pk", value)

    def to_python(self, value: Any) -> Any:
        return None if value in self.empty_values else self._one(value)

    def _one(self, value: Any) -> Any:
        row = self.find("pk", str(value))
        if row is None:
            raise ValidationError(
                _("“%(value)s” is not offered here. Choose one from the list."), params={"value": value}
            )
        return row

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(getattr(initial, "pk", initial) or "") != str(data or "")

    def words(self, value: Any) -> str:
        row = self.find("pk", str(self.prepare_value(value) or ""))
        return "" if row is None else self.name_of(row)


class ChooseMany(Choose):
    """Any number of records out of a short list, each with a box to tick. The list is read whole for the first one."""

    many = True
    widget = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})

    def find(self, column: str, value: str) -> Any:
        return next((row for row in self.rows.values() if str(getattr(row, column)) == value), None)

    def prepare_value(self, value: Any) -> Any:
        return [getattr(row, "pk", row) for row in value or []]

    def to_python(self, value: Any) -> Any:
        return [self._one(key) for key in value or []]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return {str(row.pk) for row in initial or []} != {str(key) for key in data or []}

    def words(self, value: Any) -> str:
        return ", ".join(str(self.rows.get(str(key), key)) for key in self.prepare_value(value))


class LookUp(Pick):
    """One record, typed as a name in any script or as a reference."""

    widget = forms.TextInput

    def offer(self, offered: Offered, current: list[Any], options: Options) -> None:
        self.offered = offered
        self.current = {label_of(row): row for row in current}
        if not self.many:
            self.widget.attrs["list"] = list_id(self.model)
            offered.completed[self.model] = None

    def prepare_value(self, value: Any) -> Any:
        return label_of(value) if isinstance(value, models.Model) else value

    def to_python(self, value: Any) -> Any:
        text = (value or "").strip()
        return self._one(text) if text else None

    def _one(self, text: str) -> Any:
        if len(text) > LONGEST_NAME or not text.isprintable():
            raise ValidationError(
                _("“%(value)s” is no name: it is too long or holds signs that cannot be seen. Write the name anew."),
                params={"value": f"{text[:60]}…".replace("\0", "")},
            )
        return self.current[text] if text in self.current else self.offered.find(self.model, text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "").strip() != (data or "").strip()

    def words(self, value: Any) -> str:
        return self.prepare_value(value) or ""


class LookUpMany(LookUp):
    """Any number of records, one to a line."""

    many = True
    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else "\n".join(label_of(row) for row in value)

    def to_python(self, value: Any) -> Any:
        lines = dict.fromkeys(filter(None, map(str.strip, (value or "").splitlines())))
        return [self._one(line) for line in lines]

    def has_changed(self, initial: Any, data: Any) -> bool:
        written = (self.prepare_value(initial) or "").splitlines()
        return set(written) != {line.strip() for line in (data or "").splitlines() if line.strip()}


# Dates -------------------------------------------------------------------------------------------------------------

A_DATE = gettext_lazy("A day, a month or a year.")
HOW_TO_WRITE = gettext_lazy(
    "As 13.02.2026, 2026-02 or 2026; with ~ behind it for about, ? if in doubt. Never guess a day."
)
A_DAY = gettext_lazy("A day: 13.02.2026 or 2026-02-13.")
WITH_DOTS = re.compile(r"(?:(?P<day>\d{1,2})\.)?(?P<month>\d{1,2})\.(?P<year>\d{4})(?P<qualifier>[~?]?)", re.ASCII)


def from_dots(text: str) -> str:
    """Turn “13.02.2026” and “02.2026” into the stored form; any other text stays as it is."""
    found = WITH_DOTS.fullmatch(text)
    if not found:
        return text
    parts = [found["year"], found["month"].zfill(2), *([found["day"].zfill(2)] if found["day"] else [])]
    return "-".join(parts) + found["qualifier"]


class FuzzyBound(forms.BoundField):
    """A date in a form that has been sent once: it says how what was typed is understood."""

    @property
    def understood(self) -> str:
        """How the typed text is read: “April 2017, any day from 1 to 30 April 2017”."""
        text = from_dots((self.value() or "").strip())
        if not (self.form.is_bound and text) or self.errors:
            return ""
        try:
            read = dates.parse(text)
        except ValidationError:
            return ""
        if read.precision == "day":
            return dates.display(text)
        return _("%(date)s, any day from %(first)s to %(last)s") % {
            "date": dates.display(text),
            "first": dates.display_day(read.earliest),
            "last": dates.display_day(read.latest),
        }

    @property
    def aria_describedby(self) -> str | None:
        described = super().aria_describedby
        return " ".join(filter(None, [described, f"{self.auto_id}_understood" if self.understood else ""]))


class FuzzyDateInput(forms.CharField):
    """A date as exact as the source gives it."""

    bound_field_class = FuzzyBound
    widget = forms.TextInput(attrs={"class": "w-date"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"max_length": None})

    def to_python(self, value: Any) -> str:
        text = from_dots(super().to_python(value))
        if text:
            dates.parse(text)
        return text


class DayInput(forms.DateField):
    """One exact day."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"class": "w-date"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, input_formats=["%Y-%m-%d", "%d.%m.%Y"])

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValidationError:
            raise ValidationError(
                _("“%(value)s” is not a day of the calendar. Write it as 2026-02-13 or 13.02.2026."),
                code="invalid",
                params={"value": value},
            ) from None


# From the fields of a model -----------------------------------------------------------------------------------------


ANY_SCRIPT = gettext_lazy("Type a name in any script, or a reference.")
ONE_PER_LINE = gettext_lazy("One per line: a name in any script, or a reference.")
sentences = partial(format_lazy, "{} {}")


def form_field(db_field: Any, **kwargs: Any) -> forms.Field | None:
    """Return the form field for a field of a model: the `formfield_callback` of every form of records."""
    said = {"label": capfirst(db_field.verbose_name), "help_text": db_field.help_text, "required": not db_field.blank}
    said |= kwargs
    if isinstance(db_field, FuzzyDateField):
        with override(None):
            says_more = str(said["help_text"]) != "1994, 1994-01 or 1994-01-10."
        said["help_text"] = sentences(A_DATE, said["help_text"]) if says_more else A_DATE
        return FuzzyDateInput(**said)
    if isinstance(db_field, VocabularyField):
        return code_field(db_field, said)
    if db_field.many_to_many or db_field.many_to_one:
        return pick_field(db_field, said)
    if isinstance(db_field, models.DateField):
        return DayInput(**said | {"help_text": sentences(A_DAY, db_field.help_text)})
    if isinstance(db_field, models.IntegerField):
        kwargs["widget"] = forms.TextInput(attrs={"inputmode": "numeric", "class": "w-no"})
    elif isinstance(db_field, models.URLField):
        kwargs["assume_scheme"] = "https"
    elif isinstance(db_field, models.TextField):
        kwargs["widget"] = forms.Textarea(attrs={"rows": 4})
    return db_field.formfield(**kwargs)


def code_field(db_field: VocabularyField, said: dict[str, Any]) -> forms.Field:
    """Return a list of the codes of a vocabulary; empty where none is chosen yet or none need be."""
    first = [] if db_field.has_default() and not db_field.blank else [NOTHING]
    initial = db_field.get_default() if db_field.has_default() else ""
    codes = Codes(lambda: [*first, *vocabularies.choices(db_field.vocabulary)])
    return forms.TypedChoiceField(choices=codes, empty_value="", initial=initial, **said)


class Codes(CallableChoiceIterator):
    """Choices that are flat: Django would look for groups among them each time that a form looks at one of them."""

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        yield from self.func()


def pick_field(db_field: Any, said: dict[str, Any]) -> Pick:
    """Return the field that suits the target: chosen from a list where few, else looked up."""
    target = db_field.remote_field.model
    looked_up = (issubclass(target, Record) and not target.PAIR) or (target is Country and db_field.many_to_many)
    if db_field.many_to_many:
        if looked_up:
            return LookUpMany(target, **said | {"help_text": sentences(said["help_text"], ONE_PER_LINE)})
        return ChooseMany(target, **said)
    if looked_up:
        return LookUp(target, **said | {"help_text": sentences(said["help_text"], ANY_SCRIPT)})
    return Choose(target, **said)
