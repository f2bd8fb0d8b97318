"""The FilterSet: one per kind of record serves its page and its API."""

from collections.abc import Callable, Iterable
from datetime import date
from itertools import chain, islice
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property

from registry.core import access, clock
from registry.core.filters import RecordFilter, having
from registry.core.fold import canonical
from registry.core.models import Record
from registry.core.on_file import Has, Held, things_of
from registry.core.parameters import Problem, StrictForm
from registry.core.ranges import Bound, Certainty, UpdatedSince
from registry.core.ranks import ranks

MOST_KEYS = 100
"""More keys of one filter than that make a statement that is not kept."""

Shape = tuple[tuple[str, int], ...]
"""Path from a row → how many keys are looked for at its end, filter by filter."""


class RecordFilterSet(django_filters.FilterSet):
    """Filters of one kind of record, for the user of `request` (nobody, where there is none).

    `also` names the parameters that page or API read by themselves. Without `queryset`: all the user may see. Where
    anything is wrong no row is chosen, and `problems` says what. `drawn`: a page draws every field.

    `on_file` names the fields and links of the kind that `has` and `has_not` take, `more_on_file` what else they do;
    how ranges take loose dates and when a record was written can be asked wherever there is such a thing.
    """

    base_filters: dict[str, RecordFilter]
    on_file: tuple[str, ...] = ()
    more_on_file: dict[str, Held] = {}

    @classmethod
    def get_filters(cls) -> dict[str, RecordFilter]:
        found = dict(super().get_filters())
        model = cls._meta.model
        if any(isinstance(each, Bound) and each.fuzzy for each in found.values()):
            found["dates"] = Certainty()
        if model is not None and (things := things_of(model, cls.on_file, cls.more_on_file)):
            found |= {"has": Has(things), "has_not": Has(things, absent=True)}
        if model is not None and issubclass(model, Record):
            found["updated_since"] = UpdatedSince()
        return found

    def __init__(
        self,
        data: Any = None,
        queryset: QuerySet | None = None,
        *,
        request: Any = None,
        also: Iterable[str] = (),
        drawn: bool = True,
    ) -> None:
        self.user = getattr(request, "user", access.NOBODY)
        self.also, self.drawn = tuple(also), drawn
        if queryset is None:
            queryset = self._meta.model.objects.visible_to(self.user)
        if not drawn:  # each filter would be copied for this request
            self.base_filters = {name: each for name, each in self.base_filters.items() if name in (data or ())}
        super().__init__(data, queryset, request=request)

    def get_form_class(self) -> Callable[..., StrictForm]:
        """Return what makes the form: a class of its own for each request would only be copied from once."""

        def make(*args: Any, **kwargs: Any) -> StrictForm:
            form = StrictForm(*args, **kwargs)
            form.fields = {name: each.field for name, each in self.filters.items()}
            form.also = (*self.also, *type(self).base_filters)
            return form

        return make

    @property
    def qs(self) -> QuerySet:
        if self.is_bound and not self.form.is_valid():
            return self.queryset.none()
        return super().qs

    def by_keys(self) -> tuple[Shape, list[Any]] | None:
        """Return which filters were given with how many keys each, and all these keys.

        None where one does more than look for keys: then the query must be written anew for each value.
        """
        given = {self.filters[name]: value for name, value in self.form.cleaned_data.items() if value}
        if not all(each.by_keys for each in given):
            return None
        keys = {each: list(each.keys(value)) for each, value in given.items()}
        if not all(0 < len(some) <= MOST_KEYS for some in keys.values()):
            return None
        return tuple((each.field_name, len(some)) for each, some in keys.items()), [*chain(*keys.values())]

    def chosen_by(self, shape: Shape, slots: Iterable[Any]) -> QuerySet:
        """Return the query of such filters, with these places for the keys."""
        rows, places = self.queryset, iter(slots)
        for path, number in shape:
            rows = having(rows, path, [*islice(places, number)], "among")
        return rows

    @property
    def problems(self) -> list[Problem]:
        """Everything that is wrong with the parameters."""
        return self.form.problems if self.is_bound else []

    @cached_property
    def as_of_asked(self) -> date | None:
        """The day that the parameter `as_of` names; None without it."""
        return self.form.cleaned_data.get("as_of") if self.is_valid() else None

    @property
    def as_of(self) -> date:
        """The day for which states are asked: the parameter `as_of`, or today."""
        return self.as_of_asked or clock.today()

    @cached_property
    def asked(self) -> str:
        """What the parameter `q` searches for, in canonical form; "" without it."""
        query = self.form.cleaned_data.get("q") if self.is_bound and self.is_valid() else ""
        return canonical(query) if query else ""

    @property
    def ranks(self) -> tuple[Q, ...]:
        """The conditions by which what a search has found is ordered first (`registry.core.ranks`)."""
        return ranks(self.asked)
