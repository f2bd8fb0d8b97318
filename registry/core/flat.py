"""Flat rows said as expressions of the database, so that it writes the lines of a CSV file and no row is made of them.

`registry.core.reading` says what a field says of a row that was read. Here the same is said to the database, for fields
that are plain: columns, their labels, and what one other record is called. What is made of more, as who takes part or
the state on a day, is not plain, and a file with such a column is written row by row.

Nothing is worded anew: a label, the name of a country and the address of a page are asked of the function that says
them in Python, once for each code, and the database looks the answers up. A test holds both ways to each other.
"""

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Case, F, Func, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, NullIf
from django.urls import NoReverseMatch
from django.utils.translation import get_language
from rest_framework import serializers

from registry.core import patience
from registry.core.export import Line
from registry.core.models import Country, Pair, Term
from registry.core.models.record import Titled
from registry.core.paging import tie_breaker
from registry.core.plain import NotPlain, column_of
from registry.core.reading import Asked, model_at
from registry.core.serializers import (
    NAMED_BY,
    ApiField,
    LabelField,
    LinkField,
    NameField,
    PageField,
    PartSerializer,
    RefField,
    TextsField,
    api_url,
    kind_name,
    page_url,
    visible,
)
from registry.core.wanted import Wanted, fields_of, relation_of

AT_ONCE = 10_000
"""So many lines are read at a time, and held until they are on the way."""

Cell = Any
"""An expression of the database."""

TEXTS = (models.CharField, models.TextField)


def cells(serializer: type[PartSerializer], asked: Asked, wanted: Wanted) -> list[Cell] | None:
    """Return the columns of a flat row, as `export.columns_of` names them; None where one of them is not plain.

    A file of one column is none of these either: CSV says its empty cells in another way.
    """
    found: list[Cell] = []
    try:
        for name, one in fields_of(serializer).items():
            if name in wanted:
                found += cells_of(serializer, one, asked, wanted.of(name), expanded=name in wanted.expanded)
    except NotPlain:
        return None
    return found if len(found) > 1 else None


def cells_of(serializer: Any, one: Any, asked: Asked, wanted: Wanted, *, expanded: bool) -> list[Cell]:
    """Return what one field says. Raises NotPlain."""
    model, kind = serializer.Meta.model, type(one)
    if expanded:
        raise NotPlain
    if kind is LinkField:
        return linked(serializer, one, asked, wanted)
    if kind is RefField:
        return [key(model)]
    if kind is ApiField:
        return [address(api_url, model)]
    if kind is PageField:
        owner = getattr(serializer.Meta, "page_of", "")
        return [address(page_url, model_at(model, owner) if owner else model, f"{owner}__" if owner else "")]
    if kind is LabelField:
        return [text(Coalesce(Words(one.of.attname, one.labels), F(one.of.attname), output_field=TextField()))]
    if kind is NameField:
        relation: Any = relation_of(serializer, one)
        return [Words(relation.attname, cache(partial(names, relation, asked)))]
    return [own(serializer, one)]


# Own columns -------------------------------------------------------------------------------------------------------


def own(serializer: Any, one: Any) -> Cell:
    """Return what a field says that is a column of the row, or of a record that is seen whenever the row is."""
    path, field = column_of(serializer, one)
    column = F(path)
    stored = getattr(field, "target_field", field)
    if type(one) in (serializers.CharField, serializers.URLField) and isinstance(stored, TEXTS):
        return text(column)
    if type(one) is serializers.BooleanField:
        return Case(When(**{path: True}, then=Value("true")), When(**{path: False}, then=Value("false")))
    if type(one) in (serializers.DateField, serializers.IntegerField):
        return column
    if type(one) is TextsField and connection.vendor == "postgresql":  # SQLite keeps it as it came, and escaped
        return Cast(column, TextField())
    raise NotPlain


def text(column: Cell) -> Cell:
    """Return a text; an empty one is not on file."""
    return NullIf(column, Value(""), output_field=TextField())


class Words(Func):
    """What Python says of a code, by a table of codes and words; null for a code that is not in it.

    `words` makes the table. It is asked when a statement is, so that nothing is read for a file that is written row by
    row after all.
    """

    output_field = TextField()

    def __init__(self, column: str, words: Callable[[], Mapping[str, str]]) -> None:
        super().__init__(F(column))
        self.words = words

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.looked_up(compiler, "(%%s::jsonb ->> %s)")

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.looked_up(compiler, """json_extract(%%s, '$."' || %s || '"')""")

    def looked_up(self, compiler: Any, template: str) -> Any:
        code, params = compiler.compile(self.source_expressions[0])
        return template % code, [json.dumps(self.words(), ensure_ascii=False), *params]


def names(relation: Any, asked: Asked) -> dict[str, str]:
    """Return what all countries, or all pairs, are called in the reader's language."""
    say = asked.pair if relation.related_model is Pair else asked.country
    return {code: say(code) for code in relation.related_model._default_manager.values_list("pk", flat=True)}


# Other records -----------------------------------------------------------------------------------------------------


class Together(Func):
    """Texts one after the other; null where one of them is."""

    output_field = TextField()
    template = "(%(expressions)s)"
    arg_joiner = " || "


ANY_KEY = "9" * 18
"""Stands in an address for the reference or the number of a row."""


def linked(serializer: Any, one: Any, asked: Asked, wanted: Wanted) -> list[Cell]:
    """Return the wanted parts of a link, null where there is none or the reader may not see what it leads to."""
    relation: Any = relation_of(serializer, one)
    if relation is None:
        raise NotPlain
    target, parts = relation.related_model, wanted.names or ("ref", "title")
    if relation.name in {path.partition("__")[0] for path in getattr(serializer.Meta, "joined", ())}:
        said = [part_of_link(part, target, f"{relation.name}__") for part in parts]
        there = {f"{relation.attname}__isnull": False}
        return [Case(When(**there, then=each), output_field=TextField()) for each in said] if relation.null else said
    column = relation.target_field.attname
    seen = visible(target, asked.user).filter(**{column: OuterRef(relation.attname)}).order_by()
    return [Subquery(seen.annotate(said=part_of_link(part, target)).values("said")[:1]) for part in parts]


def part_of_link(part: str, model: Any, path: str = "") -> Cell:
    """Return what `serializers.LINK` says under this name of the row of a kind to which `path` leads."""
    if part == "title":
        return title(model, path)
    if part == "kind":
        return kinds(model, path, lambda kind: kind)
    return key(model, path) if part == "ref" else address(page_url if part == "url" else api_url, model, path)


def title(model: Any, path: str) -> Cell:
    """Return what a record is called in the reader's language, where a column says it."""
    if model in NAMED_BY:
        return text(F(f"{path}{NAMED_BY[model]}"))
    if model.__str__ is not Titled.__str__:
        raise NotPlain
    return text(
        Coalesce(KeyTextTransform(get_language() or "en", f"{path}titles"), F(f"{path}title"), output_field=TextField())
    )


def key(model: Any, path: str = "") -> Cell:
    """Return the permanent reference of a row, or its number where it has none."""
    if model in (Term, Country):
        raise NotPlain
    number = Cast(F(f"{path}{model._meta.pk.attname}"), TextField())
    if not any(field.name == "ref" for field in model._meta.fields):
        return number
    return Coalesce(text(F(f"{path}ref")), number, output_field=TextField())


def kinds(model: Any, path: str, say: Callable[[str], str]) -> Cell:
    """Return what is said of the kind of a row; the common table of initiatives names it in a column."""
    if (kind := kind_name(model)) != "initiative":
        return Value(say(kind), output_field=TextField())
    said = {each: say(each) for each, _label in model._meta.get_field("kind").flatchoices}
    return Words(f"{path}kind", lambda: said)  # made now, as addresses keep the day of this request


def address(write: Callable[[str, str], str], model: Any, path: str = "") -> Cell:
    """Return the address of a row; `write` makes it of kind and key."""
    try:
        before = kinds(model, path, lambda kind: write(kind, ANY_KEY).split(ANY_KEY)[0])
        behind = kinds(model, path, lambda kind: write(kind, ANY_KEY).split(ANY_KEY)[1])
    except NoReverseMatch:
        raise NotPlain from None
    return Together(before, key(model, path), behind)


# Lines -------------------------------------------------------------------------------------------------------------


class Hex(Func):
    """A text as digits behind an x, so that no comma is in it."""

    output_field = TextField()
    template = "'x' || encode(convert_to(%(expressions)s, 'UTF8'), 'hex')"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="'x' || hex(%(expressions)s)", **context)


def read(said: Sequence[Cell], rows: QuerySet, column: str) -> list[bytes]:
    """Return what is said of the rows of a query as lines of CSV, behind each its place in a list by `column`."""
    computed = rows.query.annotations.get(column)
    kind = computed.output_field if computed else rows.model._meta.get_field(column)
    place = Hex(F(column)) if isinstance(kind, TEXTS) else F(column)
    try:
        sql, params = rows.values_list(*said, place, F(tie_breaker(rows.model))).query.sql_with_params()
    except EmptyResultSet:
        return []
    return copied(sql, params) if connection.vendor == "postgresql" else joined(sql, params)


def copied(sql: str, params: Any) -> list[bytes]:
    """Return what a statement finds as lines that PostgreSQL writes."""
    lines: list[bytes] = []
    with connection.cursor() as cursor, connection.wrap_database_errors:
        patience.tell(connection)
        statement = cursor.mogrify(f"COPY ({sql}) TO STDOUT (FORMAT csv)", params)
        cursor.copy_expert(statement, SimpleNamespace(write=lines.append))  # which is handed one line at a time
    return lines


def joined(sql: str, params: Any) -> list[bytes]:
    """Return what a statement finds as lines, which SQLite cannot write."""
    write: Any = csv.writer(Line()).writerow
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [write(row).encode() for row in cursor]


def place_of(line: bytes) -> tuple[str, str]:
    """Return sort key and tie-breaker of the row of a line."""
    _said, key, last = line.rstrip().decode().rsplit(",", 2)
    return bytes.fromhex(key[1:]).decode() if key.startswith("x") else key, last


def without_place(lines: Iterable[bytes]) -> bytes:
    """Return lines as they stand in a file."""
    return b"".join([line.rsplit(b",", 2)[0] + b"\r\n" for line in lines])
