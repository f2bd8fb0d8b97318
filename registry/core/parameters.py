"""Parameters of addresses: how a value is read, and what is said of a wrong one.

Strict in one place: a parameter or a value that is not known is an error that says what to write instead. A reference
to a record that the user may not see is answered exactly like one that does not exist.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, NamedTuple

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import dates, languages
from registry.core.models import Country, Pair
from registry.core.models.about import record_models

ANY = gettext_lazy("any")


class Problem(NamedTuple):
    """What is wrong with one parameter: its name, the value given, and what to write instead."""

    parameter: str
    value: str
    remedy: str


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return “ Did you mean “x”?” for the nearest of `known`, or ""."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return " " + _("Did you mean “%(near)s”?") % {"near": by_lower[near[0]]} if near else ""


def values_of(data: Any, name: str) -> list[str]:
    """Return all values of a parameter, repeated or parted by commas, without empty ones."""
    values = data.getlist(name) if hasattr(data, "getlist") else [data.get(name) or ""]
    return [part.strip() for value in values for part in str(value).split(",") if part.strip()]


# Fields: how a value is read and what is said of a wrong one --------------------------------------------------------


class ManySelect(forms.Select):
    """A list to choose one of; several are chosen by address, and then all of them are shown as chosen."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return values_of(data, name)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        self.allow_multiple_selected = len(value or ()) > 1
        context = super().get_context(name, value, attrs)
        if self.allow_multiple_selected:
            context["widget"]["attrs"]["multiple"] = True
        return context


class ManyText(forms.TextInput):
    """A line for one reference or several, parted by commas."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return values_of(data, name)

    def format_value(self, value: Any) -> str | None:
        return ",".join(value) if isinstance(value, list) else value


class FilterField(forms.Field):
    """One parameter. `many`: it may be repeated. `schema`: what the API's description says of one value."""

    many = False
    schema: dict[str, Any] = {"type": "string"}

    def clean(self, value: Any) -> Any:
        if any("\0" in text for text in (value if isinstance(value, list) else [value or ""])):
            message = _("There is a null character in it. Leave it out.")
            raise ValidationError(message, code="unknown_value", params={"value": "\\0"})
        return super().clean(value)


class ManyField(FilterField):
    """Several values: a row matches if it has one of them."""

    many = True
    most = 200  # each costs the database something, and no address in use is longer

    def clean(self, value: list[str]) -> Any:
        if len(value or ()) > self.most:
            raise ValidationError(
                _("There are %(number)s values. Give at most %(most)s, and ask again for the others."),
                code="unknown_value",
                params={"value": f"{value[0]},…", "number": len(value), "most": self.most},
            )
        return super().clean(value)


class CodesField(ManyField):
    """Codes of one list; `shown` is what a page offers, `known` also what may stand in an old address."""

    widget = ManySelect

    def __init__(self, *, shown: Callable[[], list[tuple[str, str]]], known: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = list(known)
        self.schema = {"type": "string", "enum": self.known}
        self.widget.choices = CallableChoiceIterator(lambda: [("", ANY), *shown()])

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        for code in value:
            if code not in self.known:
                raise unknown_value(code, self.known)


def unknown_value(value: str, known: Iterable[str]) -> ValidationError:
    """Return the error for a value that is none of `known`."""
    known = list(known)
    return ValidationError(
        _("“%(value)s” is not known here.%(near)s Known: %(known)s."),
        code="unknown_value",
        params={"value": value, "near": did_you_mean(value, known), "known": ", ".join(known)},
    )


class OneOf(FilterField):
    """One value of a short list."""

    def __init__(self, *, known: Iterable[str], **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.known = list(known)
        self.schema = {"type": "string", "enum": self.known}

    def validate(self, value: str | None) -> None:
        if value and value not in self.known:
            raise unknown_value(value, self.known)


class NumberField(FilterField):
    """A whole number within bounds."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.least, self.most = least, most
        self.schema = {"type": "integer", "minimum": least, "maximum": most}

    def to_python(self, value: str | None) -> int | None:
        text = (value or "").strip()
        if not text:
            return None
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not self.least <= int(text) <= self.most:
            raise ValidationError(
                _("“%(value)s” cannot be used. Give a whole number from %(least)s to %(most)s."),
                code="unknown_value",
                params={"value": value, "least": self.least, "most": self.most},
            )
        return int(text)


class CountriesField(ManyField):
    """Codes of countries; a page offers those of the pairs that the user may see."""

    widget = ManySelect
    schema = {"type": "string", "pattern": "^[A-Z]{2}([A-Z]{2})?$"}

    def __init__(self, *, user: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user
        self.widget.choices = CallableChoiceIterator(self._shown)

    def _shown(self) -> list[tuple[str, Any]]:
        sides = Pair.objects.visible_to(self.user).select_related("a", "b")
        countries = {country for pair in sides for country in (pair.a, pair.b)}
        offered = sorted(((country.pk, country.name) for country in countries), key=lambda c: languages.sort_key(c[1]))
        return [("", ANY), *offered]

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        check_countries(value)


class PairsField(ManyField):
    """Pairs, each as two codes in either order; a page offers those that the user may see."""

    widget = ManySelect
    schema = {"type": "string", "examples": ["KG-TJ"]}

    def __init__(self, *, user: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user
        self.widget.choices = CallableChoiceIterator(self._shown)

    def _shown(self) -> list[tuple[str, Any]]:
        pairs = Pair.objects.visible_to(self.user).select_related("a", "b")
        return [("", ANY), *sorted(((p.ref, str(p)) for p in pairs), key=lambda p: languages.sort_key(p[1]))]

    def to_python(self, value: list[str]) -> list[str]:
        return ["-".join(sorted(pair.split("-"))) for pair in value or []]

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        for pair in value:
            sides = pair.split("-")
            if len(sides) != 2 or sides[0] == sides[1]:
                raise ValidationError(
                    _("“%(value)s” is not a pair. Write the codes of two countries, as KG-TJ."),
                    code="unknown_value",
                    params={"value": pair},
                )
        check_countries([side for pair in value for side in pair.split("-")])


_COUNTRIES: set[str] = set()
"""Codes that this process has met in the table. A code once there is permanent, so none is asked for twice."""


def check_countries(codes: list[str]) -> None:
    """Raise ValidationError for the first of `codes` that is no country's."""
    if asked := {*codes} - _COUNTRIES:
        _COUNTRIES.update(Country.objects.filter(pk__in=asked).values_list("pk", flat=True))
    for code in codes:
        if code not in _COUNTRIES:
            every = list(Country.objects.values_list("pk", flat=True))
            raise ValidationError(
                _("“%(value)s” is not the code of a country.%(near)s Write ISO 3166-1 letters, as KG."),
                code="unknown_value",
                params={"value": code, "near": did_you_mean(code, every)},
            )


class RefsField(ManyField):
    """References of records of one kind that the user may see; cleans to their primary keys."""

    widget = ManyText

    def __init__(self, *, kind: type[models.Model], user: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind, self.user = kind, user

    def clean(self, value: list[str]) -> list[Any]:
        super().clean(value)
        if not value:
            return []
        rows = self.kind.objects.visible_to(self.user)
        found = dict(rows.filter(ref__in=value).values_list("ref", "pk"))
        for ref in value:
            if ref not in found:
                raise ValidationError(
                    _("There is no %(kind)s “%(value)s” here. Check the reference."),
                    code="unknown_value",
                    params={"kind": self.kind._meta.verbose_name, "value": ref},
                )
        return list(found.values())


class RecordsField(ManyField):
    """References of visible records of any kind; cleans to (content type, primary key)."""

    widget = ManyText

    def __init__(self, *, user: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user

    def clean(self, value: list[str]) -> list[tuple[int, int]]:
        super().clean(value)
        found = records_called(value, self.user) if value else []
        for ref in value or []:
            if ref not in {name for name, _kind, _key in found}:
                raise ValidationError(
                    _("There is no record “%(value)s” here. Check the reference."),
                    code="unknown_value",
                    params={"value": ref},
                )
        return [(kind, key) for _name, kind, key in found]


def records_called(refs: list[str], user: Any) -> list[tuple[str, int, int]]:
    """Return (reference, content type, primary key) of visible records of any kind in one query."""
    kinds = [model for model in record_models() if any(field.name == "id" for field in model._meta.fields)]
    each = [
        model.objects.visible_to(user)
        .filter(ref__in=refs)
        .order_by()
        .values_list("ref", models.Value(ContentType.objects.get_for_model(model).pk), "pk")
        for model in kinds
    ]
    return list(each[0].union(*each[1:], all=True))


class TagsField(ManyField):
    """Tags of languages."""

    widget = ManyText
    schema = {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "examples": ["ru"]}

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        for tag in value:
            if not re.fullmatch(self.schema["pattern"], tag):
                raise ValidationError(
                    _("“%(value)s” is not the tag of a language. Write BCP 47 tags, as ru or uz-Cyrl."),
                    code="unknown_value",
                    params={"value": tag},
                )


class BoundDayField(FilterField):
    """A day, month or year as the bound of a range; cleans to its first day for `after`, its last for `before`."""

    schema = {"type": "string", "pattern": r"^\d{4}(-\d\d(-\d\d)?)?$", "examples": ["2017", "2017-04-30"]}

    def __init__(self, *, side: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.side = side
        self.widget.attrs |= {"placeholder": "1994-01-10", "inputmode": "numeric", "size": 10}

    def to_python(self, value: str | None) -> date | None:
        if not value or not value.strip():
            return None
        try:
            if not re.fullmatch(r"[0-9-]+", value.strip(), re.ASCII):
                raise ValueError
            found = dates.parse(value)
        except (ValueError, ValidationError):
            raise ValidationError(
                _("“%(value)s” is not a day. Write a year, a month or a day as 1994, 1994-01 or 1994-01-10."),
                code="unknown_value",
                params={"value": value},
            ) from None
        return found.earliest if self.side == "after" else found.latest


class DayField(FilterField):
    """One exact day."""

    schema = {"type": "string", "format": "date"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.input_type = "date"  # a calendar in every browser, and without a script

    def to_python(self, value: str | None) -> date | None:
        if not (value or "").strip():
            return None
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip(), re.ASCII):
                raise ValueError
            return date.fromisoformat(value.strip())
        except ValueError:
            raise ValidationError(
                _("“%(value)s” is not a day of the calendar. Write it as 2026-11-22."),
                code="unknown_value",
                params={"value": value},
            ) from None


class MomentField(FilterField):
    """A day or a moment; without a time zone it is one of UTC. Cleans to the first moment that is meant."""

    schema = {"type": "string", "examples": ["2026-11-22", "2026-11-22T09:30:00Z"]}
    form = r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?"

    def to_python(self, value: str | None) -> datetime | None:
        text = (value or "").strip().replace(" ", "+")  # which is what a plus in an address says
        if not text:
            return None
        try:
            if not re.fullmatch(self.form, text, re.ASCII):
                raise ValueError
            found = datetime.fromisoformat(text)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise ValidationError(
                _("“%(value)s” is no day and no moment. Write it as 2026-11-22 or as 2026-11-22T09:30:00Z."),
                code="unknown_value",
                params={"value": value},
            ) from None


class TextField(FilterField):
    """Words to search for, or a text to be met exactly."""

    longest = 200  # each word is a condition of its own, and a database takes no thousand of them

    def to_python(self, value: str | None) -> str:
        text = (value or "").strip()
        if len(text) > self.longest:
            raise ValidationError(
                _("It is %(length)s characters long. Give at most %(longest)s."),
                code="unknown_value",
                params={"value": f"{text[:20]}…", "length": len(text), "longest": self.longest},
            )
        return text


# Forms: all parameters of one address -----------------------------------------------------------------------------


class ParameterForm(forms.Form):
    """Reads parameters; what else stands in the address is not its business."""

    @property
    def problems(self) -> list[Problem]:
        """Everything that is wrong with the parameters."""
        found = []
        for name, errors in self.errors.as_data().items():
            for error in errors:
                params = error.params or {}
                value = params.get("value", ",".join(values_of(self.data, name)))
                found.append(Problem(params.get("parameter", name), str(value), " ".join(error.messages)))
        return found

    def clean(self) -> dict[str, Any]:
        for name in self.fields:
            given = self.data.getlist(name) if hasattr(self.data, "getlist") else []
            if len(given) > 1 and not self.fields[name].many:
                message = _("It is given more than once. Give it once.")
                self.add_error(name, ValidationError(message, params={"value": ",".join(given)}))
        return self.cleaned_data


class StrictForm(ParameterForm):
    """Refuses parameters that are not known. `also`: those that somebody else reads."""

    also: Iterable[str] = ()

    def clean(self) -> dict[str, Any]:
        known = {*self.fields, *self.also}
        for name in self.data:
            if name not in known:
                self.add_error(None, unknown_parameter(name, self.data.get(name), known))
        return super().clean()


def unknown_parameter(name: str, value: Any, known: Iterable[str]) -> ValidationError:
    """Return the error for a parameter that does not exist."""
    known = sorted(known)
    return ValidationError(
        _("There is no parameter “%(parameter)s” here.%(near)s Known: %(known)s."),
        code="unknown_parameter",
        params={
            "parameter": name,
            "value": value,
            "near": did_you_mean(name, known),
            "known": ", ".join(known),
        },
    )
