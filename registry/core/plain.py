"""Rows of which only plain fields are wanted, written from what the database answers, without a model in between.

`registry.core.reading` makes a model of each row and asks the fields of its serializer. For a list of names that would
be half of the time. Here it is worked out once what values a wish needs and at what place each stands; then a row is
written by looking at them. What is read, by what statements and as far as the reader may see it, is said there alone.

Plain is what a column says, what a code is called, and what links and rows within a row say of such columns. What is
computed, or expanded, is not: then all of the row is written there. A test holds both ways to each other.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from operator import itemgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import FilteredRelation, Q, QuerySet
from django.utils.translation import get_language
from rest_framework import serializers

from registry.core import access, vocabularies
from registry.core.kept import rows_of
from registry.core.models import Country, Pair, Term
from registry.core.models.record import Titled
from registry.core.paging import tie_breaker
from registry.core.reading import (
    IN_A_RECORD,
    Asked,
    links_to,
    model_at,
    newest,
    page_within,
    parts_of,
    the_one,
)
from registry.core.serializers import (
    LINK,
    NAMED_BY,
    ApiField,
    CodesField,
    FirstField,
    LabelField,
    LabelsField,
    LinkField,
    LinksField,
    NameField,
    NumberField,
    PageField,
    PartSerializer,
    RefField,
    TextsField,
    api_url,
    kind_name,
    page_url,
)
from registry.core.wanted import ROWS, Wanted, relation_of, remembered, sent

Values = Sequence[Any]
"""What the database answers of one row."""

Say = Callable[[Values], Any]
"""What one field says of a row."""

OWN: Collection[type[serializers.Field]] = {
    *(serializers.CharField, serializers.URLField, serializers.BooleanField, serializers.DateField),
    *(serializers.IntegerField, serializers.FloatField, NumberField, TextsField),
}
"""Fields that say what stands in a column."""


class NotPlain(Exception):
    """What is more than columns say."""


@dataclass
class Page:
    """Rows to be written, and for whom; what was read beside them is read once, however many fields say it."""

    rows: Sequence[Values]
    asked: Asked
    _read: dict[Any, Any] = field(default_factory=dict)

    def once(self, key: Any, read: Callable[[], Any]) -> Any:
        if key not in self._read:
            self._read[key] = read()
        return self._read[key]


def saying(said: Sequence[tuple[str, Say]]) -> Callable[[Values], dict[str, Any]]:
    """Return what says several things of a row, by name."""

    def say(row: Values) -> dict[str, Any]:
        found = {}
        for name, one in said:  # a comprehension would be called once more for each of the many rows
            found[name] = one(row)
        return found

    return say


Bind = Callable[[Page], Say]
"""Makes of a field what it says of the rows of a page."""


class Columns(list[str]):
    """Names of columns below a path of foreign keys, each with its place among the values.

    `joins`: foreign keys to what is joined as far as everyone sees it, by the name that its columns begin with.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        super().__init__(names)
        self.joins: dict[str, str] = {}

    def place(self, name: str) -> int:
        if name not in self:
            self.append(name)
        return self.index(name)


@dataclass(frozen=True)
class Plan:
    """How rows of a kind are written: which columns are read of each, and what every wanted field says of them."""

    columns: Columns
    fields: Sequence[tuple[str, Bind]]

    def read(self, rows: QuerySet, column: str) -> list[Values]:
        """Return what the rows of a query hold, and their place in a list by `column`."""
        return list(self.joined_to(rows).values_list(*self.read_with(column, tie_breaker(rows.model))))

    def joined_to(self, rows: QuerySet) -> QuerySet:
        """Return a query of rows with what is joined to them."""
        if not self.columns.joins:
            return rows
        seen = {at: Q(**{f"{name}__visibility": access.PUBLISHED}) for at, name in self.columns.joins.items()}
        return rows.annotate(**{at: FilteredRelation(self.columns.joins[at], condition=seen[at]) for at in seen})

    def place(self, model: type[models.Model], column: str) -> Callable[[Values], Any]:
        """Return what says sort key and tie-breaker of rows that were read for a list by `column`."""
        names = self.read_with(column, tie := tie_breaker(model))
        return itemgetter(names.index(column), names.index(tie))

    def read_with(self, *also: str) -> list[str]:
        """Return all columns that are read, each once."""
        return list(dict.fromkeys(filter(None, [*self.columns, *also])))

    def written(self, rows: Sequence[Values], asked: Asked) -> list[dict[str, Any]]:
        """Return rows that were read as they are sent."""
        page = Page(rows, asked)
        said = [(name, bind(page)) for name, bind in self.fields]
        return [*map(saying(said), rows)]


def plan(serializer: type[PartSerializer], wanted: Wanted, public: bool = False) -> Plan | None:
    """Return how rows are written in the reader's language; None where a field that is wanted is not plain.

    `public`: for whoever sees no more than everyone does. What rows lead to is then joined to them where that is one
    condition, which spares a statement.
    """
    return _plan(serializer, wanted, get_language(), public)


@remembered
def _plan(serializer: type[PartSerializer], wanted: Wanted, _language: str, public: bool) -> Plan | None:
    try:
        return planned(serializer, wanted, public)
    except NotPlain:
        return None


def planned(serializer: Any, wanted: Wanted, public: bool = False) -> Plan:
    """Return how rows of a kind are written. Raises NotPlain."""
    columns, found = Columns(), []
    for name, one in sent(serializer, wanted):
        if isinstance(one, FirstField):
            found.append((name, first(one, serializer.Meta.model, wanted.of(name), columns, public)))
        elif name in wanted.expanded:
            raise NotPlain
        else:
            found.append((name, bound(serializer, one, wanted.of(name), columns, public)))
    return Plan(columns, found)


def bound(serializer: Any, one: Any, wanted: Wanted, columns: Columns, public: bool) -> Bind:
    """Return what one field says. Raises NotPlain."""
    model, of, relation = serializer.Meta.model, type(one), relation_of(serializer, one)
    if of is LinkField and relation is not None:
        return linked(serializer, relation, wanted, columns, public)
    if isinstance(one, (LinksField, CodesField)) and relation is not None:
        return many(one, relation, wanted, columns.place(model._meta.pk.attname))
    if isinstance(one, serializers.ListSerializer) and isinstance(one.child, PartSerializer):
        return parts(type(one.child), relation, wanted, columns.place(model._meta.pk.attname))
    if of is RefField:
        return fixed(key(model, columns))
    if of is ApiField:
        return fixed(address(api_url, model, columns))
    if of is PageField:
        if not (owner := getattr(serializer.Meta, "page_of", "")):
            return fixed(address(page_url, model, columns))
        return fixed(address(page_url, model_at(model, owner), columns, f"{owner}__"))
    if of is LabelField:
        code = columns.place(one.of.attname)
        return lambda page: looked_up(code, cache(one.word))
    if of is NameField:
        code = columns.place(relation.attname)
        return lambda page: looked_up(code, name_of(relation.related_model, page.asked))
    return fixed(own(serializer, one, columns))


def fixed(say: Say) -> Bind:
    """Return a field that says the same of a row, whoever asks and whatever page it is on."""
    return lambda page: say


def looked_up(place: int, word: Callable[[str], str]) -> Say:
    """Return a field that says what a code is called."""
    return lambda row: word(code) or None if (code := row[place]) else None


def name_of(model: Any, asked: Asked) -> Callable[[str], str]:
    """Return what tells how a pair or a country is called."""
    return asked.pair if model is Pair else cache(asked.country)


def own(serializer: Any, one: Any, columns: Columns) -> Say:
    """Return what a field says that is a column."""
    path, _stored = column_of(serializer, one)
    if type(one) not in OWN:
        raise NotPlain
    place = columns.place(path)
    if type(one) in (serializers.CharField, serializers.URLField, TextsField):
        return lambda row: None if (value := row[place]) == "" else value
    return lambda row: None if (value := row[place]) is None else one.to_representation(value)


def column_of(serializer: Any, one: Any) -> tuple[str, models.Field]:
    """Return the path to the column that a field says, of the row or of a record that is seen whenever the row is, and
    the field that is stored there. Raises NotPlain where it says no such column.
    """
    way, _dot, last = one.source.rpartition(".")
    if way and way not in getattr(serializer.Meta, "joined", ()):
        raise NotPlain
    model = serializer.Meta.model
    try:
        stored: Any = (model_at(model, way) if way else model)._meta.get_field(last)
    except FieldDoesNotExist:
        raise NotPlain from None
    if not isinstance(stored, models.Field) or stored.many_to_many:
        raise NotPlain
    return f"{way}__{stored.attname}" if way else stored.attname, stored


# Names and addresses -------------------------------------------------------------------------------------------------


def key(model: Any, columns: Columns, path: str = "") -> Say:
    """Return what says the permanent reference of a row, or its number where it has none (`serializers.key_of`)."""
    if model in (Term, Country):
        raise NotPlain
    number = columns.place(path + model._meta.pk.attname)
    if not any(each.name == "ref" for each in model._meta.fields):
        return lambda row: str(row[number])
    ref = columns.place(f"{path}ref")
    return lambda row: row[ref] or str(row[number])


def kind(model: Any, columns: Columns, path: str = "") -> Say:
    """Return what says the kind of a row (`serializers.kind_of`)."""
    if (name := kind_name(model)) != "initiative":
        return lambda row: name
    place = columns.place(f"{path}kind")
    return lambda row: row[place]


def address(write: Callable[[str, str], str], model: Any, columns: Columns, path: str = "") -> Say:
    """Return what says the address of a row; `write` makes it of kind and key."""
    of_kind, of_key = kind(model, columns, path), key(model, columns, path)
    return lambda row: write(of_kind(row), of_key(row))


def title(model: Any, columns: Columns, path: str = "") -> Say:
    """Return what says how a row is called in the reader's language, where columns say it."""
    if model in NAMED_BY:
        return itemgetter(columns.place(path + NAMED_BY[model]))
    if model.__str__ is not Titled.__str__:
        raise NotPlain
    entered, others, language = columns.place(f"{path}title"), columns.place(f"{path}titles"), get_language() or "en"
    return lambda row: row[others].get(language, row[entered])


LINKED: Mapping[str, Callable[..., Say]] = {
    "kind": kind,
    "ref": key,
    "title": title,
    "url": partial(address, page_url),
    "api": partial(address, api_url),
}
"""What `serializers.LINK` says of a record, part by part."""


def in_short(model: Any, wanted: Wanted, columns: Columns, path: str = "") -> Say:
    """Return what says the wanted parts of a link to a row."""
    said = [(name, LINKED[name](model, columns, path)) for name in LINK if name in wanted]
    return saying(said)


# What is linked and what is within -----------------------------------------------------------------------------------


def linked(serializer: Any, relation: Any, wanted: Wanted, columns: Columns, public: bool) -> Bind:
    """Return what a link says: null where there is none, or the reader may not see what it leads to."""
    target, place = relation.related_model, columns.place(relation.attname)
    if relation.name in {path.partition("__")[0] for path in getattr(serializer.Meta, "joined", ())}:
        say = in_short(target, wanted, columns, f"{relation.name}__")
        return fixed((lambda row: None if row[place] is None else say(row)) if relation.null else say)
    if public and relation.null and is_own_word(target):  # else Django leaves out rows of which the target is not seen
        alias = f"seen_{relation.name}"
        columns.joins[alias] = relation.name
        found, short = columns.place(f"{alias}__pk"), in_short(target, wanted, columns, f"{alias}__")
        return fixed(lambda row: None if row[found] is None else short(row))
    theirs = Columns([relation.target_field.attname])
    write = in_short(target, wanted, theirs)

    def bind(page: Page) -> Say:
        keys = {at for row in page.rows if (at := row[place]) is not None}
        found = {row[0]: write(row) for row in the_one(relation, keys, page.asked.user)(theirs)} if keys else {}
        return lambda row: found.get(row[place])

    return bind


def is_own_word(model: Any) -> bool:
    """Say whether a column of its own table alone says that everyone sees a record."""
    own = any(field.name == "visibility" for field in model._meta.local_fields)
    return own and model.visible_q(access.NOBODY) == Q(visibility=access.PUBLISHED)


def many(one: Any, relation: Any, wanted: Wanted, number: int) -> Bind:
    """Return what a link to many says: codes, what they are called, or links."""
    model, path = relation.related_model, f"{relation.m2m_reverse_field_name()}__"
    theirs = Columns([relation.m2m_field_name()])
    links = isinstance(one, LinksField)
    write = fixed(in_short(model, wanted, theirs, path)) if links else code_of(one, model, theirs, path)

    def bind(page: Page) -> Say:
        fetch = links_to(relation, [row[number] for row in page.rows], page.asked.user)
        found = page.once((relation, *theirs), lambda: grouped((row[0], row) for row in fetch(theirs)))
        say = write(page)
        return lambda row: [say(each) for each in found.get(row[number], ())]

    return bind


def code_of(one: Any, model: Any, columns: Columns, path: str) -> Bind:
    """Return what says the code of a term or a country, or what it is called; both of the same columns."""
    if model not in (Term, Country):
        raise NotPlain
    code = columns.place(f"{path}code")
    vocabulary = columns.place(f"{path}vocabulary") if model is Term else code
    if not isinstance(one, LabelsField):
        return fixed(itemgetter(code))
    if model is Country:
        return lambda page: looked_up(code, page.asked.country)
    return fixed(lambda row: vocabularies.label(row[vocabulary], row[code]))


def parts(part: Any, relation: Any, wanted: Wanted, number: int) -> Bind:
    """Return what the rows within a row say."""
    if relation is None or not relation.one_to_many or not hasattr(relation, "field"):
        raise NotPlain
    within = planned(part, wanted)
    owner = within.columns.place(relation.field.attname)

    def bind(page: Page) -> Say:
        keys = [row[number] for row in page.rows]
        rows = list(parts_of(relation, part.Meta.model, keys, page.asked.user)(within.columns))
        of_row = grouped(zip([row[owner] for row in rows], within.written(rows, page.asked), strict=True))
        return lambda row: of_row.get(row[number], [])

    return bind


def first(one: FirstField, model: Any, wanted: Wanted, columns: Columns, public: bool) -> Bind:
    """Return what the first rows of a list that point to a row say."""
    within, tie = planned(ROWS[one.model], wanted, public), tie_breaker(one.model)
    number, ref = columns.place(model._meta.pk.attname), columns.place("ref")
    names, place = within.read_with("sort_day", tie), within.place(one.model, "sort_day")

    def bind(page: Page) -> Say:
        user = page.asked.user
        rows = partial(rows_of, lambda: within.joined_to(newest(one, user))[: IN_A_RECORD + 1], names)
        found = partial(rows, kept_as=(one, access.eyes(user)))
        return lambda row: page_within(
            one, row[ref], found([row[number]]), lambda some: within.written(some, page.asked), place
        )

    return bind


def grouped(each: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    """Return what belongs to each key, in the order in which it came."""
    found: dict[Any, list[Any]] = {}
    for key, one in each:
        found.setdefault(key, []).append(one)
    return found
