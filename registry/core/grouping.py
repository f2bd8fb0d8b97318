"""Counts of what a list finds: `group_by=` names up to three things by which its rows are counted, by one statement.

A viewset says in `groups` by what: name → `By` and its kinds below; what a value is called follows from the model.
A row with several values, as fields or both countries of its pair, counts once in each of their groups.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection, models
from django.db.models import F, Func, IntegerField, QuerySet, Value
from django.db.models.functions import NullIf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import vocabularies
from registry.core.dates import NOT_ON_FILE, day_of_number
from registry.core.export import Columns
from registry.core.models import Country, Pair, Term
from registry.core.parameters import ManyField, ManyText, Problem, unknown_value
from registry.core.problems import BadParameters
from registry.core.reading import Asked
from registry.core.serializers import visible
from registry.core.vocabularies import VocabularyField

MOST_NAMES, MOST_GROUPS = 3, 10_000

Say = Callable[[Asked, Any], str]
"""What a value is called in the reader's language."""
SQL = tuple[str, Sequence[Any]]


class GroupByField(ManyField):
    """Names of what is counted by, parted by commas: at most three, each once."""

    widget = ManyText

    def __init__(self, names: Sequence[str]) -> None:
        text = gettext_lazy("Count the rows by these, up to three, instead of sending them.")
        super().__init__(required=False, help_text=text)
        self.names = list(names)
        self.schema = {"type": "string", "enum": self.names}

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        for name in value:
            if name not in self.names:
                raise unknown_value(name, self.names)
        if len(value) > MOST_NAMES or len({*value}) < len(value):
            raise ValidationError(_("Name at most three, each once."), params={"value": ",".join(value)})


# By what -----------------------------------------------------------------------------------------------------------


class By:
    """The code at the end of `path`: a term, a choice, a country or a pair; null where there is none."""

    table = ""
    """Name of what holds the values, where the row does not; those of one name are told together."""
    repeats = False
    """Whether a row may come by the same value more than once."""

    def __init__(self, path: str) -> None:
        self.path = path

    def values(self, model: type[models.Model]) -> list[Any]:
        """Return the expressions for the values of a row; each of them is a value of it."""
        field = self.field(model)
        if field.is_relation:
            return [F(f"{self.path}__code" if field.related_model is Term else self.path)]
        return [NullIf(F(self.path), Value(""))]

    def told(self, rows: QuerySet, columns: Mapping[str, Any], view: Any) -> SQL:
        """Return a statement for `id` of a row and these columns (name → what it tells); for those with a `table`."""
        raise NotImplementedError

    def say(self, model: type[models.Model]) -> Say | None:
        """Return what tells the name of a value; None where a value is its own name."""
        field = self.field(model)
        if field.related_model is Pair:
            return Asked.pair
        if field.related_model is Country:
            return Asked.country
        vocabulary = field.vocabulary if isinstance(field, VocabularyField) else ""
        if field.related_model is Term:
            vocabulary = field.get_limit_choices_to()["vocabulary"]
        if vocabulary:
            return lambda _asked, code: vocabularies.label(vocabulary, code)
        names = dict(field.flatchoices)
        return lambda _asked, code: str(names.get(code, code))

    def field(self, model: type[models.Model]) -> Any:
        """Return the field at the end of the path."""
        at: Any = model
        *way, last = self.path.split("__")
        for step in way:
            at = at._meta.get_field(step).related_model
        return at._meta.get_field(last)


class Sides(By):
    """Both countries of the pair at `path` ("": the row is the pair)."""

    def values(self, model: type[models.Model]) -> list[Any]:
        before = f"{self.path}__" if self.path else ""
        return [F(f"{before}{side}") for side in ("a", "b")]

    def say(self, model: type[models.Model]) -> Say:
        return Asked.country


class OfSeen(By):
    """What the rows of `link` say at `within`, as far as the reader may see them; named together, of one such row."""

    repeats = True

    def __init__(self, link: str, within: str) -> None:
        super().__init__(f"{link}__{within}")
        self.link, self.within, self.table = link, within, f"seen_{link}"

    def told(self, rows: QuerySet, columns: Mapping[str, Any], view: Any) -> SQL:
        link: Any = rows.model._meta.get_field(self.link)
        seen = visible(link.related_model, view.request.user).order_by()
        values = {name: NullIf(F(group.within), Value("")) for name, group in columns.items()}
        found = seen.annotate(row_key=F(link.field.attname), **values).values("row_key", *values)
        sql, params = found.query.sql_with_params()
        return f"SELECT row_key AS id, {', '.join(values)} FROM ({sql}) AS found", params  # noqa: S608 - our own names


class YearOf(Func):
    """The year of a date."""

    arity = 1
    output_field = IntegerField()
    template = "CAST(EXTRACT(YEAR FROM %(expressions)s) AS integer)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(substr(%(expressions)s, 1, 4) AS integer)"  # Django's own asks Python for each row
        return self.as_sql(compiler, connection, template=template, **context)


class DayOf(Func):
    """The date with a day number."""

    arity = 1
    output_field = models.DateField()

    template = day_of_number("%(expressions)s", "postgresql")

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = day_of_number("%(expressions)s", "sqlite")
        return self.as_sql(compiler, connection, template=template, **context)


class Year(By):
    """The year of the day at `path`, null where there is none. However loose a date is, it lies within one year."""

    def values(self, model: type[models.Model]) -> list[Any]:
        day: Any = F(self.path)
        if isinstance(self.field(model), IntegerField):
            day = DayOf(day)
        return [NullIf(YearOf(day), Value(NOT_ON_FILE.year))]

    def say(self, model: type[models.Model]) -> None:
        return None


def by_pair(path: str = "pair") -> dict[str, By]:
    """Return the two names that go with the pair at `path`."""
    return {"pair": By(path), "country": Sides(path)}


# Counting ----------------------------------------------------------------------------------------------------------


def statement(rows: QuerySet, groups: Sequence[By], view: Any) -> SQL:
    """Return the statement that counts rows by groups: their values, then the count. Raises EmptyResultSet."""
    rows = rows.order_by()
    tables: dict[str, dict[str, By]] = {"": {}}
    for number, group in enumerate(groups):
        tables.setdefault(group.table, {})[f"value_{number}"] = group
    own = tables.pop("")
    parts: list[str] = []
    params: list[Any] = []
    for values in product(*(group.values(rows.model) for group in own.values())):
        part = rows.annotate(row_key=F("pk"), **dict(zip(own, values, strict=True))).values("row_key", *own)
        sql, held = part.query.sql_with_params()
        parts.append(sql)
        params += held
    source = f"({' UNION ALL '.join(parts)}) AS chosen"
    for table, columns in tables.items():
        sql, held = next(iter(columns.values())).told(rows, columns, view)
        source += f" LEFT JOIN ({sql}) AS {table} ON {table}.id = chosen.row_key"
        params += held
    names = ", ".join(f"{group.table or 'chosen'}.value_{number}" for number, group in enumerate(groups))
    count = "count(DISTINCT chosen.row_key)" if any(group.repeats for group in groups) else "count(*)"
    return f"SELECT {names}, {count} FROM {source} GROUP BY {names} LIMIT {MOST_GROUPS + 1}", params  # noqa: S608 - our own names


def counted(rows: QuerySet, groups: Sequence[By], view: Any) -> list[tuple[Any, ...]]:
    """Return the values and the count of each group, in the order of the values; null comes last.

    Raises BadParameters where there are more groups than are told at once.
    """
    try:
        sql, params = statement(rows, groups, view)
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    if len(found) > MOST_GROUPS:
        remedy = _("That makes more than %(most)s groups. Filter, or name fewer.") % {"most": MOST_GROUPS}
        raise BadParameters([Problem("group_by", view.request.query_params["group_by"], remedy)])
    # not by the database: each sorts words and nulls in its own way
    return sorted(found, key=lambda row: [(True,) if value is None else (False, value) for value in row])


def told(rows: QuerySet, names: Sequence[str], view: Any) -> tuple[Columns, list[dict[str, Any]]]:
    """Return the columns of the groups, and each group as it is sent: every value with its label, and the count."""
    groups: Mapping[str, By] = view.groups
    asked = Asked(view.request.user, view.day_named)
    says = [groups[name].say(rows.model) for name in names]
    heads: list[str] = []
    for name, say in zip(names, says, strict=True):
        heads += [name, f"{name}_label"] if say else [name]

    def cells(values: Sequence[Any]) -> Iterator[Any]:
        for value, say in zip(values, says, strict=True):
            yield value
            if say:
                yield None if value is None else say(asked, value)

    found = counted(rows, [groups[name] for name in names], view)
    answer = [dict(zip(heads, cells(values), strict=True), count=count) for *values, count in found]
    return {head: itemgetter(head) for head in [*heads, "count"]}, answer
