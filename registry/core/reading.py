"""How the API reads rows: their columns by one query, and what a field leads to by one more, however many rows.

What a row consists of is said by its serializer (`registry.core.serializers`), from which the description of the API is
made. Here the serializer is asked once for all rows and not once for each: rows are models that hold nothing but their
columns, and every field becomes a function of a row. Only what the reader may see is loaded; a link that was not loaded
is an error and not a query, so that nothing is shown by accident.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property, partial, reduce
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.db.models.base import ModelState
from rest_framework import serializers

from registry.core import access, clock, days, languages, paging
from registry.core.emptiness import empty_ones
from registry.core.kept import KEY, KEYS, rows_of
from registry.core.models import Citation, Country, Document, Pair
from registry.core.models.countries import pair_name
from registry.core.serializers import (
    DETAIL,
    LINK,
    NAMED_WITH,
    CodesField,
    FirstField,
    HeadField,
    LabelField,
    LabelsField,
    LinkField,
    LinksField,
    NameField,
    PartSerializer,
    RowSerializer,
    link,
    visible,
)
from registry.core.wanted import ROWS, Wanted, fields_of, relation_of, remembered, rows_at, sent

Write = Callable[[Any], Any]
"""What one field says of a row."""


HISTORIC = 4
"""So many letters has the code of a state that no longer exists (ISO 3166-3)."""


@dataclass
class Asked:
    """Who asks, and for which day, where one is named."""

    user: Any
    day: date | None = None
    named_pairs: dict[str, str] = field(default_factory=dict)

    @cached_property
    def historic(self) -> dict[str, str]:
        """Codes and names of the states that no longer exist."""
        return dict(Country.objects.exclude(historic_name="").values_list("code", "historic_name"))

    @property
    def on(self) -> date:
        """The day for which rows are told: the one that is named, or today."""
        return self.day or clock.today()

    def country(self, code: str) -> str:
        """Return the name of a country in the reader's language."""
        historic = len(code) == HISTORIC and self.historic.get(code)
        return historic or languages.country_name(code)

    def pair(self, ref: str) -> str:
        """Return the names of both countries of a pair."""
        if ref not in self.named_pairs:
            self.named_pairs[ref] = pair_name(*map(self.country, ref.split("-")))
        return self.named_pairs[ref]


def read(serializer: type[PartSerializer], rows: QuerySet, also: str, wanted: Wanted) -> list[Any]:
    """Return the rows of a query with the columns that are wanted and one `also`, and with what was added by name."""
    return fetched(serializer, lambda names: rows.values_list(*names), wanted, [also, *rows.query.annotation_select])


def written(serializer: type[PartSerializer], rows: Sequence[Any], asked: Asked, wanted: Wanted) -> list[dict]:
    """Return rows that were read as they are sent."""
    attach(serializer, rows, asked, wanted)
    serializer.prepare(rows, asked, wanted)
    chosen = writers(serializer, rows, asked, wanted)
    return [{name: write(row) for name, write in chosen} for row in rows]


# Columns -----------------------------------------------------------------------------------------------------------


Joined = Mapping[str, Sequence[str]]
"""Path of foreign keys → columns of the row that it leads to. What is on the way stands before."""


Fetch = Callable[[Sequence[str]], Iterable[Sequence[Any]]]
"""Fetches these columns of some rows."""


def bare(
    model: type[models.Model],
    fetch: Fetch,
    columns: Sequence[str],
    joined: Joined | None = None,
    path: str = "",
    owner: str = "",
) -> list[Any]:
    """Return what is fetched as rows of a kind that hold these columns only, with what is joined to them.

    `path` leads to them from what the query is of, where that is something else; `owner` then names their `of_row`.
    """
    places, names = [], [path + column for column in columns]
    for along, theirs in (joined or {}).items():
        *way, last = along.split("__")
        target = model_at(model, along)
        places.append((way, last, target, theirs, len(names), len(names) + theirs.index(target._meta.pk.attname)))
        names += [f"{path}{along}__{column}" for column in theirs]
    made = []
    for values in fetch([*names, *filter(None, [owner])]):
        row = one_row(model, columns, values)
        for way, last, target, theirs, start, key in places:
            at = reduce(lambda at, step: at and at._state.fields_cache[step], way, row)
            if at is not None:
                found = None if values[key] is None else one_row(target, theirs, values[start:])
                at._state.fields_cache[last] = found
        if owner:
            row.of_row = values[-1]
        made.append(row)
    return made


def known(model: type[models.Model], column: str, keys: Collection[Any], joined: Iterable[str] = ()) -> list[Any]:
    """Return the rows of a kind that have one of `keys` in a column, each with what these foreign keys lead to.

    Whoever asks has the right to all of them: what a person may see is not looked at.
    """
    make = partial(model._base_manager.filter, **{f"{column}__among": KEYS})
    fetch = partial(rows_of, lambda: make().order_by(), keys=keys, kept_as=(model, column))
    return bare(model, fetch, every_column(model), along(model, joined))


def fetched(serializer: type[PartSerializer], fetch: Fetch, wanted: Wanted, also: Iterable[str]) -> list[Any]:
    """As `read`, of rows that `fetch` fetches."""
    columns = {*columns_of(serializer, wanted), *filter(None, also)}
    return bare(serializer.Meta.model, fetch, sorted(columns), joined_of(serializer, wanted))


def one_row(model: type[models.Model], columns: Sequence[str], values: Sequence[Any]) -> Any:
    """Return a row that holds nothing but these columns."""
    row = model.__new__(model)
    row.__dict__.update(zip(columns, values))  # noqa: B905 - the values may go on
    row._state = ModelState()
    row._state.adding = False
    return row


def model_at(model: type[models.Model], path: str) -> Any:
    """Return the kind of record to which a path of foreign keys leads."""
    at: Any = model
    for step in path.split("__"):
        at = at._meta.get_field(step).related_model
    return at


@cache
def every_column(model: type[models.Model]) -> list[str]:
    """Return all columns of a kind but those that only searches and sweeps read."""
    return [one.attname for one in model._meta.concrete_fields if one.name != "folded" and not one.generated]


NAMES = ("title", "titles", "name", "text", "what", "value", "unit", "authors", "publisher", "about")
"""Columns of which records make their names."""


def name_columns(model: type[models.Model]) -> list[str]:
    """Return the columns that a link to a record of this kind says."""
    every = every_column(model)
    said = {"id", "ref", "kind", model._meta.pk.attname, *NAMES}
    return every if model in NAMED_WITH else [column for column in every if column in said]


@remembered
def columns_of(serializer: type[PartSerializer], wanted: Wanted) -> list[str]:
    """Return the columns that the wanted fields are made of: all, where one is more than a column or a link."""
    model = serializer.Meta.model
    every = every_column(model)
    if wanted.names is None:
        return every
    owner = getattr(serializer.Meta, "page_of", "")
    found = {"id", "ref", "kind", model._meta.pk.attname, f"{owner}_id"} & set(every)
    for name in wanted.names:
        one = fields_of(serializer)[name]
        stored = one.of if isinstance(one, LabelField) else relation_of(serializer, one)
        if getattr(stored, "attname", "") in every:
            found.add(stored.attname)
        elif not isinstance(one, (HeadField, CodesField, LinksField, FirstField, serializers.ListSerializer)):
            return every
    return sorted(found)


@remembered
def joined_of(serializer: Any, wanted: Wanted) -> Joined:
    """Return what is read together with a row: it is seen whenever the row is, and the wanted fields say it."""
    model = serializer.Meta.model
    whole = len(columns_of(serializer, wanted)) == len(every_column(model))
    fields = {name: fields_of(serializer)[name] for name in wanted.names or ()}
    said = {one.source for one in fields.values() if isinstance(one, LinkField)}
    said |= {getattr(serializer.Meta, "page_of", "")} if "url" in wanted else set()
    first = {path: path.partition("__")[0] for path in getattr(serializer.Meta, "joined", ())}
    # what is expanded is read by itself, with what its own row says
    apart = [relation_of(serializer, fields_of(serializer)[name]) for name in wanted.expanded if name in wanted]
    by_itself = {relation.name for relation in apart if relation}
    paths = [path for path, at in first.items() if (whole or at in said) and at not in by_itself]
    return along(model, paths, every_column if whole else name_columns)


def along(
    model: type[models.Model], paths: Iterable[str], of: Callable[[type[models.Model]], list[str]] | None = None
) -> Joined:
    """Return these paths and those on the way and to what names are made of, each with the columns `of` it, or all."""
    found: dict[str, Sequence[str]] = {}
    for path in paths:
        steps = path.split("__")
        for at in ("__".join(steps[:number]) for number in range(1, len(steps) + 1)):
            target = model_at(model, at)
            found[at] = (of or every_column)(target)
            found |= {f"{at}__{need}": columns for need, columns in along(target, NAMED_WITH.get(target, ())).items()}
    return found


# What fields lead to -----------------------------------------------------------------------------------------------


def attach(serializer: type[PartSerializer], rows: Sequence[Any], asked: Asked, wanted: Wanted) -> None:
    """Give rows what the wanted fields lead to and is not joined to them, as far as the reader may see it."""
    if not rows:
        return
    done, empty = set(joined_of(serializer, wanted)), empty_under(serializer, rows, wanted)
    if about := details(serializer, wanted):
        attach_about(rows[0], asked.user, [name for name in about if name not in empty])
    for name, one in sent(serializer, wanted):
        relation = relation_of(serializer, one)
        if relation is None or relation.name in done or not relation.is_relation:
            continue
        done.add(relation.name)
        if relation.name in empty:
            give(rows, relation.name, (), attrgetter("of_row"))
            continue
        if isinstance(one, serializers.ListSerializer):
            attach_parts(rows, relation, type(one.child), asked, wanted.of(name))
        elif isinstance(one, (CodesField, LinksField)):
            attach_many(rows, relation, asked.user)
        elif isinstance(one, LinkField):
            attach_one(rows, relation, asked.user, whole=name in wanted.expanded)


def empty_under(serializer: type[PartSerializer], rows: Sequence[Any], wanted: Wanted) -> Collection[str]:
    """Return under which wanted names a single row has nothing, where that can spare queries; of a page nothing."""
    if len(rows) != 1:
        return ()
    relations = (relation_of(serializer, one) for _name, one in sent(serializer, wanted))
    many = {one.name for one in relations if one is not None and (one.many_to_many or one.one_to_many)}
    many |= {*details(serializer, wanted)}
    return empty_ones(rows[0], sorted(many)) if len(many) > 1 else ()


def details(serializer: type[PartSerializer], wanted: Wanted) -> list[str]:
    """Return what only a single record says, where it is wanted: its citations, its documents."""
    return [name for name, _one in sent(serializer, wanted) if name in DETAIL]


def attach_about(record: Any, user: Any, names: Collection[str]) -> None:
    """Give one record its citations and documents, as far as they are among `names` and are seen."""
    record.cited = list(Citation.objects.seen_on(record, user).select_related("source")) if "citations" in names else []
    record.attached = list(Document.objects.seen_on(record, user)) if "documents" in names else []


def among(user: Any, what: Any, keys: Collection[Any], make: Callable[[], QuerySet]) -> Fetch:
    """Return what fetches the rows of `make`, to which `what` leads, that belong to keys; its statement serves all who
    see the same.
    """
    some_hidden = hasattr(what.related_model, "visible_q")
    return lambda names: rows_of(make, names, keys, (what, access.eyes(user) if some_hidden else None))


def attach_one(rows: Sequence[Any], relation: Any, user: Any, *, whole: bool) -> None:
    """Give each row what its foreign key names, or None where it is not seen; `whole`: with more than its name."""
    target, key = relation.related_model, relation.target_field.attname
    keys = {at for row in rows if (at := getattr(row, relation.attname)) is not None}
    columns = every_column(target) if whole else name_columns(target)
    joined = along(target, getattr(ROWS[target].Meta, "joined", ()) if whole else NAMED_WITH.get(target, ()))
    fetch = the_one(relation, keys, user)
    by_key = {getattr(one, key): one for one in bare(target, fetch, columns, joined)} if keys else {}
    for row in rows:
        row._state.fields_cache[relation.name] = by_key.get(getattr(row, relation.attname))


def the_one(relation: Any, keys: Collection[Any], user: Any) -> Fetch:
    """Return what fetches those to which a foreign key leads by `keys`, as far as they are seen."""
    target, key = relation.related_model, relation.target_field.attname
    return among(user, relation, keys, lambda: visible(target, user).filter(**{f"{key}__among": KEYS}).order_by())


def attach_many(rows: Sequence[Any], relation: Any, user: Any) -> None:
    """Give each row those that its link to many names and that are seen, in the order of their kind."""
    owner, target, model = relation.m2m_field_name(), relation.m2m_reverse_field_name(), relation.related_model
    fetch = links_to(relation, [row.pk for row in rows], user)
    joined = along(model, NAMED_WITH.get(model, ()))
    found = bare(model, fetch, every_column(model), joined, path=f"{target}__", owner=owner)
    give(rows, relation.name, found, attrgetter("of_row"))


def links_to(relation: Any, keys: Collection[Any], user: Any) -> Fetch:
    """Return what fetches the links to many of the rows with these `keys`, as far as they are seen."""
    owner, target, model = relation.m2m_field_name(), relation.m2m_reverse_field_name(), relation.related_model
    order = (f"{'-' * name.startswith('-')}{target}__{name.strip('-')}" for name in model._meta.ordering)

    def links() -> QuerySet:
        found = relation.remote_field.through._default_manager.filter(**{f"{owner}__pk__among": KEYS})
        if (targets := visible(model, user)).query.where:
            found = found.filter(**{f"{target}__in": targets.order_by().values("pk")})
        return found.order_by(*order)

    return among(user, relation, keys, links)


def attach_parts(rows: Sequence[Any], relation: Any, part: type[PartSerializer], asked: Asked, wanted: Wanted) -> None:
    """Give each row the rows that point to it and are seen, in their own order, with what those lead to."""
    owner = relation.field
    fetch = parts_of(relation, part.Meta.model, [row.pk for row in rows], asked.user)
    columns = sorted({*columns_of(part, wanted), owner.attname})
    found = bare(part.Meta.model, fetch, columns, joined_of(part, wanted))
    attach(part, found, asked, wanted)
    give(rows, relation.name, found, attrgetter(owner.attname))


def parts_of(relation: Any, model: type[models.Model], keys: Collection[Any], user: Any) -> Fetch:
    """Return what fetches the rows of a kind that point to the rows with these `keys`, as far as they are seen."""
    name = relation.field.name
    return among(user, relation, keys, lambda: visible(model, user).filter(**{f"{name}__pk__among": KEYS}))


def give(rows: Sequence[Any], name: str, found: Sequence[Any], owner: Write) -> None:
    """Give each row those of `found` that are its own, under this name."""
    of_row: dict[Any, list[Any]] = {row.pk: [] for row in rows}
    for one in found:
        of_row[owner(one)].append(one)
    for row in rows:
        row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = of_row[row.pk]


# What fields say ---------------------------------------------------------------------------------------------------


def writers(serializer: Any, rows: Sequence[Any], asked: Asked, wanted: Wanted) -> list[tuple[str, Write]]:
    """Return the wanted fields by name, each as a function of one of these rows, to which everything is attached."""
    return [(name, writer(serializer, name, one, rows, asked, wanted)) for name, one in sent(serializer, wanted)]


def writer(serializer: Any, name: str, one: Any, rows: Sequence[Any], asked: Asked, wanted: Wanted) -> Write:
    """Return what one field says of a row, as a function."""
    within, relation = wanted.of(name), relation_of(serializer, one)
    if isinstance(one, (LinkField, LinksField)):
        return links(one, rows, asked, within, rows_at(serializer, name) if name in wanted.expanded else None)
    if isinstance(one, FirstField):
        return partial(first_of, one, asked, within)
    if isinstance(one, serializers.ListSerializer) and isinstance(one.child, PartSerializer):
        return parts(one, rows, asked, within)
    if isinstance(one, LabelsField):
        name_of: Write = (lambda each: asked.country(each.pk)) if relation.related_model is Country else str
        return lambda row: [name_of(each) for each in one.get_attribute(row)]
    if isinstance(one, NameField):
        say = asked.pair if relation.related_model is Pair else asked.country
        code = attrgetter(relation.attname)
        return lambda row: (key := code(row)) and say(key)
    if isinstance(one, serializers.SerializerMethodField):
        return or_none(getattr(one.parent, one.method_name))
    if isinstance(relation, models.Field) and type(one) in (serializers.CharField, serializers.URLField):
        return or_none(attrgetter(relation.attname))
    if within.names is not None:
        return lambda row: (made := said(one, row)) and cut(made, within)
    return or_none(one.to_representation) if one.source == "*" else or_none(partial(said, one))


def said(one: Any, row: Any) -> Any:
    """Return what a field of the framework says of a row."""
    value = one.get_attribute(row)
    return None if value is None else one.to_representation(value)


def or_none(write: Write) -> Write:
    """Return the same, but for an empty text: what is not on file is null."""
    return lambda row: None if (value := write(row)) == "" else value


def cut(made: Any, wanted: Wanted) -> Any:
    """Return the wanted names of what a field has said: of one thing, or of each in a list."""
    if isinstance(made, list):
        return [cut(each, wanted) for each in made]
    return {name: value for name, value in made.items() if name in wanted}


def links(one: Any, rows: Sequence[Any], asked: Asked, wanted: Wanted, target: type[RowSerializer] | None) -> Write:
    """Return what a link to one or to many says: each record in short, or the row of it that `target` writes."""
    many, get = isinstance(one, LinksField), one.get_attribute
    if target is None:
        write = linked(wanted)
    else:
        records = [record for row in rows for record in (get(row) if many else [get(row)]) if record is not None]
        distinct = list({record.pk: record for record in records}.values())
        made = {record.pk: row for record, row in zip(distinct, written(target, distinct, asked, wanted), strict=True)}
        write = lambda record: made[record.pk]  # noqa: E731
    if many:
        return lambda row: [write(record) for record in get(row)]
    return lambda row: None if (record := get(row)) is None else write(record)


def linked(wanted: Wanted) -> Write:
    """Return what is said in short of a record, as a function: what `LinkSerializer` describes, or part of it."""
    if wanted.names is None:
        return link
    chosen = [(name, write) for name, write in LINK.items() if name in wanted]
    return lambda record: {name: write(record) for name, write in chosen}


def parts(one: Any, rows: Sequence[Any], asked: Asked, wanted: Wanted) -> Write:
    """Return what the rows within a row say."""
    source = one.source
    get: Write = lambda row: row._prefetched_objects_cache[source]  # noqa: E731
    if rows and source not in getattr(rows[0], "_prefetched_objects_cache", ()):
        get = attrgetter(source)
    every = [each for row in rows for each in get(row)]
    chosen = writers(type(one.child), every, asked, wanted)
    return lambda row: [{name: write(each) for name, write in chosen} for each in get(row)]


# What points to a record --------------------------------------------------------------------------------------------


IN_A_RECORD = 10
"""So many rows of what points to a record stand within it."""


def first_of(one: FirstField, asked: Asked, wanted: Wanted, record: Any) -> dict[str, Any]:
    """Return the first rows of a list that point to a record, as they are sent within it."""
    serializer, place = ROWS[one.model], ["sort_day", paging.tie_breaker(one.model)]
    fetch = partial(rows_of, lambda: newest(one, asked.user)[: IN_A_RECORD + 1], keys=[record.pk])
    kept_as = one, access.eyes(asked.user)
    rows = fetched(serializer, partial(fetch, kept_as=kept_as), wanted, place)
    write = partial(written, serializer, asked=asked, wanted=wanted)
    return page_within(one, record.ref, rows, write, attrgetter(*place))


def newest(one: FirstField, user: Any) -> QuerySet:
    """Return the rows of a list that point to a `KEY` and are seen, in the list's own order."""
    found = visible(one.model, user).filter(**{f"{one.path}__pk__among": KEY})
    return found.order_by("-sort_day", f"-{paging.tie_breaker(one.model)}")


def page_within(
    one: FirstField, ref: str, rows: Sequence[Any], write: Callable[[Sequence[Any]], Any], place: Write
) -> dict[str, Any]:
    """Return the first of these rows, which point to the record `ref`, and the address of the page after them.

    `place` tells their sort key and tie-breaker; one row more than are shown says that there is such a page.
    """
    there, shown = None, rows[:IN_A_RECORD]
    if len(rows) > IN_A_RECORD:
        cursor = paging.encode("-day", *place(shown[-1]))
        there = settings.SITE_URL + days.page(one.list_name, **{one.path: ref, "cursor": cursor})
    return {"results": write(shown), "next": there}
