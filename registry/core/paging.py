"""Pages of rows by key: the next page begins after the last row of this one, not after a number of rows.

So a row whose sort key is unchanged is never skipped or repeated, whatever is written between two pages. The cursor
holds ordering, sort key and id of the last row. Equal sort keys are told apart by the id: without it rows of one day
would be lost at the end of a page.

What a search finds is ordered by rank first. The rank is no column: sorting by it would read every row that is found
before the first is shown. Each rank is a list of its own instead, read in its index and only as far as the page goes,
and the cursor holds its number too.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, QuerySet, Value, prefetch_related_objects
from django.utils.translation import gettext as _

DEFAULT_LIMIT, MAX_LIMIT = 50, 200


Load = Callable[[QuerySet, str], Sequence[Any]]
"""Fetches the rows of a query with the column they are ordered by."""


class Order(NamedTuple):
    """How rows are ordered: the name used in addresses (with `-` for descending), and the column.

    `ranks` are conditions of which each row fulfils exactly one: all rows of the first come before those of the next.
    """

    name: str
    column: str
    ranks: tuple[Q, ...] = ()

    @property
    def descending(self) -> bool:
        return self.name.startswith("-")


def tie_breaker(model: type[models.Model]) -> str:
    """Return the column that tells rows apart: the id of the table that the list's index is on, else the key."""
    return "id" if any(field.name == "id" for field in model._meta.fields) else model._meta.pk.name


def page_of(
    rows: QuerySet,
    order: Order,
    limit: int,
    cursor: str = "",
    load: Load | None = None,
    place: Callable[[Any], tuple[Any, Any]] | None = None,
) -> tuple[list[Any], str]:
    """Return at most `limit` rows after `cursor`, and the cursor of the next page ("": this is the last).

    `load` fetches them; without it Django does. `place` tells sort key and tie-breaker of what it has fetched, where
    that are no rows with these columns.

    Raises ValidationError for a cursor that was not given out for this ordering.
    """
    tie = tie_breaker(rows.model)
    sign = "-" if order.descending else ""
    rows = rows.order_by(*dict.fromkeys([sign + order.column, sign + tie]))
    first, behind = after(rows, order, tie, cursor) if cursor else (0, Q())
    found: list[Any] = []
    ends_in = 0
    for rank, condition in list(enumerate(order.ranks or (Q(),)))[first:]:
        of_rank = rows.filter(where) if (where := condition & behind if rank == first else condition) else rows
        some = of_rank.prefetch_related(None)[: limit + 1 - len(found)]
        if len(found) < limit:
            ends_in = rank
        found += load(some, order.column) if load else some
        if len(found) > limit:
            break
    page = found[:limit]
    lookups: Any = rows
    prefetch_related_objects(page, *lookups._prefetch_related_lookups)  # once, however many ranks the page spans
    if len(found) <= limit:
        return page, ""
    return page, encode(order.name, *(place or attrgetter(order.column, tie))(page[-1]), ends_in)


class Row(Func):
    """Several values as one: both databases compare rows value by value, and begin in an index where one begins."""

    template = "(%(expressions)s)"
    output_field = models.Field()


class Beyond(Func):
    """Whether one row comes behind another."""

    template = "%(expressions)s"
    output_field = models.BooleanField()


def after(rows: QuerySet, order: Order, tie: str, cursor: str) -> tuple[int, Q]:
    """Return the rank of the row that `cursor` names, and the condition for those behind it in the same rank."""
    name, key, last, rank = decode(cursor)
    if name != order.name or rank not in range(max(len(order.ranks), 1)):
        raise wrong(cursor)
    computed = rows.query.annotations.get(order.column)
    column: Any = computed.output_field if computed else rows.model._meta.get_field(order.column)
    unique: Any = rows.model._meta.get_field(tie)
    try:
        key, last = column.to_python(key), unique.to_python(last)
    except (ValidationError, TypeError, ValueError, OverflowError):
        raise wrong(cursor) from None
    if key is None or last is None or any(isinstance(part, int) and abs(part) >= 2**63 for part in (key, last)):
        raise wrong(cursor)
    # not “earlier, or of the same day and before it”: PostgreSQL then takes rows of a late page for few, and sorts all
    own, its = Row(F(order.column), F(tie)), Row(Value(key, output_field=column), Value(last, output_field=unique))
    behind = Q(Beyond(own, its, arg_joiner=" < " if order.descending else " > "))
    if unique.model is not rows.model:
        # Django takes the id from the child and the day from the parent: only this says where to begin in its index
        behind &= Q(**{f"{order.column}__{'lt' if order.descending else 'gt'}e": key})
    return rank, behind


def encode(name: str, key: Any, last: Any, rank: int = 0) -> str:
    """Return the cursor for the row with this sort key and tie-breaker, in this rank."""
    text = json.dumps([name, key.isoformat() if isinstance(key, date) else key, last, rank])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[str, Any, Any, Any]:
    """Return what `encode` was given, days as text."""
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise wrong(cursor) from None
    if not isinstance(found, list) or len(found) != 4:
        raise wrong(cursor)
    if any(isinstance(part, (dict, list, bool, float)) or (isinstance(part, str) and "\0" in part) for part in found):
        raise wrong(cursor)
    return found[0], found[1], found[2], found[3]


def wrong(cursor: str) -> ValidationError:
    """Return the error for a cursor that was not given out here."""
    return ValidationError(
        _("This cursor was not given out for this ordering. Follow “next” of the page before, or leave it out."),
        params={"value": cursor},
    )
