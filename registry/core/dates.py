"""Dates as the sources give them: often only a year or a month, sometimes in doubt.

A date is stored as a subset of EDTF (ISO 8601-2): `1994`, `1994-01`, `1994-01-10`, each with `~` (about) or `?`
(in doubt) behind it. Beside it stand its earliest and its latest possible day; a qualifier never widens them.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

BEFORE_DAY_1 = 1721424.5
"""The Julian day number, as SQLite counts, of the day before 1 January of the year 1, which is day number 1."""

NOT_ON_FILE = date.min
"""Stands for "no day on file" in `sort_day` columns, which may not be null because lists are paged by them."""

FORM = re.compile(r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d))?)?(?P<qualifier>[~?]?)", re.ASCII)


@dataclass(frozen=True)
class FuzzyDate:
    """One parsed date: its bounds, how exact it is (`year`, `month`, `day`) and its qualifier (``, `~` or `?`)."""

    earliest: date
    latest: date
    precision: str
    qualifier: str


def parse(text: str) -> FuzzyDate:
    """Read an EDTF text such as `1994-01~`. Raise ValidationError that says what to write instead."""
    found = FORM.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        year = int(found["year"])
        month, day = (int(found[part]) if found[part] else None for part in ("month", "day"))
        if month is not None and day is not None:
            first = last = date(year, month, day)
            precision = "day"
        elif month is not None:
            first, last = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
            precision = "month"
        else:
            first, last, precision = date(year, 1, 1), date(year, 12, 31), "year"
    except ValueError:
        raise ValidationError(
            _(
                "“%(value)s” is not a date of the calendar. Write a year, a month or a day as 1994, 1994-01 or "
                "1994-01-10, with ~ behind it for “about” or ? for “in doubt”."
            ),
            code="invalid_date",
            params={"value": text},
        ) from None
    return FuzzyDate(first, last, precision, found["qualifier"])


def add_months(day: date, months: int) -> date:
    """Return the day so many calendar months after `day`, or before it: 31 January + 1 month = last of February.

    Count several periods from their common first day, not one from the other, or a 31st becomes a 28th for good.
    The calendar ends on 31 December 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _locale() -> Locale:
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def display_day(day: date) -> str:
    """Write a day in the reader's language: “12 March 2019”."""
    locale = _locale()
    return format_date(day, "d MMMM y" if locale.language == "en" else "long", locale=locale)


def display(text: str) -> str:
    """Write a fuzzy date in the reader's language, as exact as it is: “April 2017 (in doubt)”; "" stays ""."""
    if not text:
        return ""
    fuzzy = parse(text)
    if fuzzy.precision == "day":
        words = display_day(fuzzy.earliest)
    elif fuzzy.precision == "month":
        words = format_date(fuzzy.earliest, "LLLL y", locale=_locale())
    else:
        words = str(fuzzy.earliest.year)
    if fuzzy.qualifier == "~":
        return _("about %(date)s") % {"date": words}
    if fuzzy.qualifier == "?":
        return _("%(date)s (in doubt)") % {"date": words}
    return words


class FuzzyDateField(models.CharField):
    """An EDTF text; declare a `BoundField` of each side beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 11)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        value = (value or "").strip()
        if value:
            parse(value)
        return super().clean(value, model_instance)


class BoundField(models.DateField):
    """The earliest or latest day of the fuzzy date `of`, written whenever the row is saved; never edited by hand."""

    def __init__(self, of: str = "", side: str = "earliest", **kwargs: Any) -> None:
        self.of, self.side = of, side
        kwargs.update(null=True, editable=False, blank=True)
        kwargs.setdefault(
            "help_text",
            gettext_lazy("Derived: the earliest day it can mean.")
            if side == "earliest"
            else gettext_lazy("Derived: the latest day it can mean."),
        )
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for derived in ("null", "editable", "blank"):
            kwargs.pop(derived, None)
        return name, path, args, kwargs | {"of": self.of, "side": self.side}

    def pre_save(self, model_instance: models.Model, add: bool) -> date | None:
        text = getattr(model_instance, self.of)
        bound = getattr(parse(text), self.side) if text else None
        setattr(model_instance, self.attname, bound)
        return bound


def check_order(errors: dict[str, list], record: models.Model, first: str, last: str) -> None:
    """Add to `errors` where the fuzzy date `last` can only lie before `first`."""
    begin, end = getattr(record, first), getattr(record, last)
    if begin and end and parse(end).latest < parse(begin).earliest:
        field: Any = record._meta.get_field(first)
        errors.setdefault(last, []).append(
            ValidationError(
                _("“%(end)s” lies before “%(begin)s” (%(field)s). Correct the one that is wrong."),
                params={"end": end, "begin": begin, "field": field.verbose_name},
            )
        )


# Days as numbers (`date.toordinal`) in SQL, which the two databases reckon differently --------------------------------


class DayNumber(models.Func):
    """The day number of a column of dates."""

    arity = 1
    output_field = models.IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"CAST(julianday(%(expressions)s) - {BEFORE_DAY_1} AS integer)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(%(expressions)s - DATE '0001-01-01' + 1)"
        return self.as_sql(compiler, connection, template=template, **context)


def day_of_number(number: str, vendor: str) -> str:
    """Return SQL for the date with a day number: the opposite of `DayNumber`."""
    if vendor == "sqlite":
        return f"date({number} + {BEFORE_DAY_1})"
    return f"(DATE '0001-01-01' + CAST({number} - 1 AS integer))"
