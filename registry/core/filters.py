"""Filters: what a value does to the rows. The FilterSets they make up stand in `filter_sets` and by kind."""

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from registry.core import vocabularies
from registry.core.kept import KEYS, rows_of
from registry.core.models import (
    Citation,
    Pair,
    Source,
    Term,
)
from registry.core.models.about import record_models
from registry.core.parameters import (
    CodesField,
    CountriesField,
    FilterField,
    PairsField,
    RecordsField,
    RefsField,
    TagsField,
    TextField,
)

MANY = gettext_lazy("Several are parted by commas.")


class RecordFilter(django_filters.Filter):
    """A filter of a FilterSet below; `field_name` is the path to what it looks at."""

    field_class = FilterField

    def __deepcopy__(self, memo: Any) -> "RecordFilter":
        """Return a copy for one request's FilterSet, which gives it a field and itself; all else stays as declared."""
        return copy(self)

    @property
    def user(self) -> Any:
        return self.parent.user

    def field_arguments(self) -> dict[str, Any]:
        """Return what the field needs to know besides label and help text."""
        return {}

    @cached_property
    def field(self) -> forms.Field:
        return self.field_class(
            label=self._label or capfirst(self.model._meta.get_field(self.field_name).verbose_name),
            required=False,
            help_text=self.extra.get("help_text", ""),
            **self.field_arguments(),
        )

    def filter(self, rows: QuerySet, value: Any) -> QuerySet:
        return self.chosen(rows, value) if value else rows

    def chosen(self, rows: QuerySet, value: Any) -> QuerySet:
        """Keep the rows for a value that was given: those that have one of its keys at the path."""
        return having(rows, self.field_name, self.keys(value))

    def keys(self, value: Any) -> Any:
        """Return what a value that was given is called at the path."""
        return value

    @property
    def by_keys(self) -> bool:
        """Whether it does no more than look for keys."""
        return type(self).filter is RecordFilter.filter and type(self).chosen is RecordFilter.chosen


class Read:
    """A filter that only reads its value: what it asks is applied together with others."""

    def filter(self, rows: QuerySet, value: Any) -> QuerySet:
        return rows


def having(rows: QuerySet, path: str, values: Any, lookup: str = "in") -> QuerySet:
    """Keep the rows that have one of `values` at the end of `path`; each row once, however many it has."""
    condition = Q(**{f"{path}__{lookup}": values})
    first: Any = rows.model._meta.get_field(path.split("__")[0])
    if first.name == path and first.many_to_many and not first.auto_created:  # the table of links alone says which
        target = f"{first.m2m_reverse_field_name()}__{lookup}"
        linked = first.remote_field.through._default_manager.filter(**{target: values})
        condition = Q(pk__in=linked.values(first.m2m_field_name()))
    elif first.many_to_many or first.one_to_many:
        condition = Q(pk__in=rows.model._base_manager.filter(condition).values("pk"))
    return rows.filter(condition)


class Search(RecordFilter):
    """Words in any script, all of which must be found."""

    field_class = TextField

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Search"))
        kwargs.setdefault("help_text", gettext_lazy("Words in any script; all must be found."))
        super().__init__(**kwargs)

    def chosen(self, rows: Any, value: str) -> QuerySet:
        return rows.containing(self.parent.asked)


class Exactly(RecordFilter):
    """A text that must be met exactly."""

    field_class = TextField

    def chosen(self, rows: QuerySet, value: str) -> QuerySet:
        return having(rows, self.field_name, [value])


class Languages(RecordFilter):
    """Tags of languages in a column."""

    field_class = TagsField

    def __init__(self, field_name: str = "language", **kwargs: Any) -> None:
        super().__init__(field_name=field_name, help_text=gettext_lazy("BCP 47 tags, as ru or uz-Cyrl."), **kwargs)


class Codes(RecordFilter):
    """Codes of a vocabulary in a column."""

    field_class = CodesField

    def __init__(self, vocabulary: str, field_name: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", MANY)
        super().__init__(field_name=field_name, **kwargs)
        self.vocabulary = vocabulary

    def field_arguments(self) -> dict[str, Any]:
        known = vocabularies.lists()[self.vocabulary]
        shown = [code for code, term in known.items() if not term.get("retired")]
        return {
            "known": known,
            "shown": lambda: [(code, vocabularies.label(self.vocabulary, code)) for code in shown],
        }


class Terms(Codes):
    """Codes of a vocabulary behind a many-to-many link to terms."""

    def keys(self, value: list[str]) -> list[int]:
        terms = partial(Term.objects.filter, vocabulary=self.vocabulary, code__among=KEYS)
        found = rows_of(lambda: terms().order_by(), ["pk"], value, kept_as=(Terms, self.vocabulary))
        return [key for (key,) in found]


class Choices(RecordFilter):
    """Values of a TextChoices in a column."""

    field_class = CodesField

    def __init__(self, choices: Any, field_name: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", MANY)
        super().__init__(field_name=field_name, **kwargs)
        self.choices = choices

    def field_arguments(self) -> dict[str, Any]:
        return {"known": [value for value, _label in self.choices], "shown": lambda: list(self.choices)}


class YesNo(Choices):
    """Whether the rows fulfil the condition that `condition()` returns."""

    def __init__(self, condition: Callable[[], Q], **kwargs: Any) -> None:
        super().__init__([("YES", gettext_lazy("yes")), ("NO", gettext_lazy("no"))], **{"help_text": "", **kwargs})
        self.condition = condition

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        if len(set(value)) == 2:
            return rows
        matching = rows.model._base_manager.filter(self.condition()).values("pk")
        return rows.filter(pk__in=matching) if value == ["YES"] else rows.exclude(pk__in=matching)


class Refs(RecordFilter):
    """References of visible records of one kind, to which a foreign key or a link of the row points."""

    field_class = RefsField

    def __init__(self, kind: type[models.Model], field_name: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("label", capfirst(kind._meta.verbose_name))
        kwargs.setdefault("help_text", gettext_lazy("References as they stand in addresses, parted by commas."))
        super().__init__(field_name=field_name, **kwargs)
        self.kind = kind

    def field_arguments(self) -> dict[str, Any]:
        return {"kind": self.kind, "user": self.user}


class Pairs(RecordFilter):
    """Pairs in either order; `field_name` is the path to the pair, "" for the pair itself."""

    field_class = PairsField

    def __init__(self, field_name: str = "pair", **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Pair"))
        kwargs.setdefault("help_text", gettext_lazy("Two country codes in either order, as KG-TJ."))
        super().__init__(field_name=field_name, **kwargs)

    def field_arguments(self) -> dict[str, Any]:
        return {"user": self.user}


class BorderOf(Pairs):
    """Pairs in whose border region a place lies, as far as the user may see them: all else of a place is open."""

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return having(rows, self.field_name, Pair.objects.visible_to(self.user).filter(pk__in=value))


class Countries(RecordFilter):
    """Countries that are either side of the pair at the path `field_name`."""

    field_class = CountriesField

    def __init__(self, field_name: str = "pair", **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Country"))
        kwargs.setdefault("help_text", gettext_lazy("Codes of countries, as KG; either side of a pair."))
        super().__init__(field_name=field_name, **kwargs)

    def field_arguments(self) -> dict[str, Any]:
        return {"user": self.user}

    def keys(self, value: list[str]) -> list[str]:
        # named one by one: the database does not guess how few pairs a country has, and would begin elsewhere
        pairs = partial(Pair.objects.filter, Q(a__among=KEYS) | Q(b__among=KEYS))
        found = rows_of(lambda: pairs().order_by(), ["pk"], value, kept_as=Countries)
        return [key for (key,) in found]


class EitherSide(Countries):
    """Countries that are either side of the pair itself."""

    def __init__(self) -> None:
        super().__init__("")

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        return rows.filter(Q(a__in=value) | Q(b__in=value))


class OneCountry(Countries):
    """The one country of a row, at the path `field_name`."""

    def __init__(self, field_name: str = "country", **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("Codes of countries, as KG."))
        super().__init__(field_name, **kwargs)

    def keys(self, value: list[str]) -> list[str]:
        return value


class CitedFrom(RecordFilter):
    """Records for which a citation names one of these sources."""

    field_class = RefsField

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Source"))
        kwargs.setdefault("help_text", gettext_lazy("References of sources that are cited for the record."))
        super().__init__(**kwargs)

    def field_arguments(self) -> dict[str, Any]:
        return {"kind": Source, "user": self.user}

    def chosen(self, rows: QuerySet, value: list[Any]) -> QuerySet:
        kinds = [kind for kind in record_models() if issubclass(kind, rows.model)]
        types = [content_type.pk for content_type in ContentType.objects.get_for_models(*kinds).values()]
        cited = Citation.objects.filter(content_type__in=types, source__in=value)
        return rows.filter(pk__in=cited.values("object_id"))


class AboutRecord(RecordFilter):
    """Attachments of these records, of whatever kind."""

    field_class = RecordsField

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Record"))
        kwargs.setdefault("help_text", gettext_lazy("References of records of any kind."))
        super().__init__(**kwargs)

    def field_arguments(self) -> dict[str, Any]:
        return {"user": self.user}

    def chosen(self, rows: QuerySet, value: list[tuple[int, int]]) -> QuerySet:
        condition = Q(pk__in=[])
        for content_type, key in value:
            condition |= Q(content_type=content_type, object_id=key)
        return rows.filter(condition)


def by_visibility() -> Codes:
    """Return the filter by visibility; the rows are never more than the user may see."""
    return Codes("visibility", "visibility", label=gettext_lazy("Visibility"))
