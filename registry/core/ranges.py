"""Filters by ranges: of days, loose or exact, of moments, of numbers; and by when a record was last written."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from registry.core.filters import Read, RecordFilter
from registry.core.models import Document, Revision
from registry.core.models.about import record_models
from registry.core.parameters import BoundDayField, MomentField, NumberField, OneOf

SURELY = "surely"


class Certainty(Read, RecordFilter):
    """How the ranges of the same request take a date that is only known by year or month."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Loose dates"),
            help_text=gettext_lazy(
                "possibly (so it is without this): a date known only by year or month is in a range as soon as it may "
                "lie there; surely: only where all of it lies there. Times of tension take it likewise."
            ),
        )

    @cached_property
    def field(self) -> forms.Field:
        return OneOf(known=["possibly", SURELY], label=self._label, help_text=self.extra["help_text"])


def is_sure(one: RecordFilter) -> bool:
    """Say whether the request wants only what surely lies in a range."""
    return one.parent.form.cleaned_data.get("dates") == SURELY


class Bound(RecordFilter):
    """One end of a range of days.

    A loose date belongs to a range as soon as it may lie in it: `after` compares its latest possible day, `before`
    its earliest. So no row that could be meant is lost. With `dates=surely` it is the other way round, and no row is
    found that may not be meant. Rows without a date are in no range.
    """

    field_class = BoundDayField

    def __init__(self, column: str, side: str, *, fuzzy: bool = True, ordinal: bool = False, **kwargs: Any) -> None:
        super().__init__(field_name=column, **kwargs)
        self.side, self.fuzzy, self.ordinal = side, fuzzy, ordinal

    def field_arguments(self) -> dict[str, Any]:
        return {"side": self.side}

    @property
    def column(self) -> str:
        """The column that is compared."""
        if not self.fuzzy:
            return self.field_name
        return f"{self.field_name}_{'latest' if (self.side == 'after') != is_sure(self) else 'earliest'}"

    def chosen(self, rows: QuerySet, value: date) -> QuerySet:
        lookup = "gte" if self.side == "after" else "lte"
        return rows.filter(**{f"{self.column}__{lookup}": value.toordinal() if self.ordinal else value})


def between(
    column: str, label_after: Any, label_before: Any, kind: type[Bound] = Bound, **kwargs: Any
) -> tuple[Bound, Bound]:
    """Return the two ends of the range of days over `column` (a fuzzy date, unless `fuzzy=False`)."""
    after = gettext_lazy("This day or later. A date known only by year or month counts if it may lie there.")
    before = gettext_lazy("This day or earlier. A date known only by year or month counts if it may lie there.")
    return (
        kind(column, "after", label=label_after, help_text=after, **kwargs),
        kind(column, "before", label=label_before, help_text=before, **kwargs),
    )


class Moment(Bound):
    """One end of a range of days over a column of moments, in UTC."""

    def chosen(self, rows: QuerySet, value: date) -> QuerySet:
        if self.side == "after":
            return rows.filter(**{f"{self.field_name}__gte": datetime.combine(value, time.min, UTC)})
        return rows.filter(**{f"{self.field_name}__lte": datetime.combine(value, time.max, UTC)})


class Number(RecordFilter):
    """One end of a range of whole numbers; `side` is `gte` or `lte`. What has no number is in no range."""

    def __init__(self, column: str, side: str, *, least: int = 0, most: int = 999_999_999, **kwargs: Any) -> None:
        super().__init__(field_name=column, **kwargs)
        self.side, self.least, self.most = side, least, most

    @cached_property
    def field(self) -> forms.Field:
        help_text = self.extra.get("help_text", "")
        return NumberField(least=self.least, most=self.most, label=self._label, help_text=help_text)

    def filter(self, rows: QuerySet, value: int | None) -> QuerySet:
        return rows if value is None else rows.filter(**{f"{self.field_name}__{self.side}": value})


def numbered(column: str, label_least: Any, label_most: Any, **kwargs: Any) -> tuple[Number, Number]:
    """Return the two ends of the range of whole numbers over `column`."""
    least, most = gettext_lazy("So many or more."), gettext_lazy("So many or fewer.")
    return (
        Number(column, "gte", label=label_least, help_text=least, **kwargs),
        Number(column, "lte", label=label_most, help_text=most, **kwargs),
    )


class UpdatedSince(RecordFilter):
    """Records that were written at a moment or later, by the log of writes: no record holds a time of its own."""

    field_class = MomentField

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Written since"),
            help_text=gettext_lazy(
                "A day, or a moment in UTC as 2026-11-22T09:30Z: records with a write in the log since then."
            ),
        )

    def chosen(self, rows: QuerySet, value: datetime) -> QuerySet:
        kinds = [kind for kind in (*record_models(), Document) if issubclass(kind, rows.model)]
        labels = [kind._meta.label for kind in kinds]
        return rows.filter(ref__in=Revision.objects.filter(model__in=labels, at__gte=value).order_by().values("ref"))
