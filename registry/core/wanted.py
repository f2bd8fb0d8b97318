"""What a reader wants of each row: `fields=` names what is sent, `expand=` puts rows in the place of links.

Both are names parted by commas, with a dot between a name and one within it: `fields=title,initiative.title` and
`expand=initiative.parent`. A name that is not there is refused with the names that are.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar, cast

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from registry.core.parameters import Problem, did_you_mean
from registry.core.serializers import (
    FirstField,
    GivenLinkField,
    LinkField,
    LinkSerializer,
    LinksField,
    PartSerializer,
    RowSerializer,
)

DEEPEST = 2
"""So many rows may stand within each other."""

ROWS: dict[type[models.Model], type[RowSerializer]] = {}
"""Kind of record → how a row of its list is written; the router adds each kind, and expanding a link reads it."""

Tree = dict[str, "Tree"]


@dataclass(frozen=True, eq=False)
class Wanted:
    """These names (None: all of them), and those of them whose links are written out as rows.

    Each is known by itself, so that what follows from one is kept with it: the same parameters come again.
    """

    names: Mapping[str, "Wanted"] | None = None
    expanded: Mapping[str, "Wanted"] = field(default_factory=dict)
    _within: dict[str, "Wanted"] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return self.names is None or name in self.names

    def sends(self, name: str, one: serializers.Field) -> bool:
        """Say whether a field is sent: a page of what points to a record only where it is expanded."""
        return name in self and (name in self.expanded or not isinstance(one, FirstField))

    def any(self, names: Collection[str]) -> bool:
        """Say whether any of these is wanted."""
        return any(name in self for name in names)

    def of(self, name: str) -> "Wanted":
        """Return what is wanted of what stands under this name."""
        if name not in self._within:
            names = self.names[name].names if self.names and name in self.names else None
            expanded = self.expanded[name].expanded if name in self.expanded else {}
            self._within[name] = Wanted(names or None, expanded) if names or expanded else ALL
        return self._within[name]


ALL = Wanted()


Function = TypeVar("Function", bound=Callable[..., Any])


def remembered(function: Function) -> Function:
    """Let a process remember what follows from the last few wishes of readers: the same come again and again.

    As `lru_cache`, of which the checker of types believes that it takes no class. A wish with every name there is takes
    tens of kilobytes, and anybody can make up more of them.
    """
    return cast(Function, lru_cache(maxsize=256)(function))


def wanted(serializer: type[PartSerializer], fields: str, expand: str) -> tuple[Wanted, list[Problem]]:
    """Return what these two parameters want of rows of this kind, and what is wrong with them."""
    try:
        return _understood(serializer, fields, expand), []
    except WrongNames as error:
        return ALL, error.problems


class WrongNames(Exception):
    """What is wrong with the parameters."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems


@remembered
def _understood(serializer: type[PartSerializer], fields: str, expand: str) -> Wanted:
    """Return what is wanted. Raises WrongNames, which is not kept: it is told in the reader's language."""
    problems: list[Problem] = []
    expanded = _expanded(serializer, _tree(expand), DEEPEST, problems)
    names = _named(serializer, _tree(fields), expanded, "", problems)
    if problems:
        raise WrongNames(problems)
    return Wanted(names or None, expanded) if names or expanded else ALL


def _tree(text: str) -> Tree:
    tree: Tree = {}
    for path in filter(None, (path.strip() for path in text.split(","))):
        at = tree
        for name in path.split("."):
            at = at.setdefault(name, {})
    return tree


def _expanded(serializer: Any, tree: Tree, levels: int, problems: list[Problem]) -> dict[str, Wanted]:
    found = {}
    for name, within in tree.items():
        known = [each for each in fields_of(serializer) if rows_at(serializer, each)] if levels else []
        if name not in known:
            remedy = _("It cannot be expanded here.%(near)s Known: %(known)s.")
            said = {"near": did_you_mean(name, known), "known": ", ".join(known) or "–"}
            problems.append(Problem("expand", name, remedy % said))
            continue
        target = rows_at(serializer, name)
        below = levels if target is shape_of(fields_of(serializer)[name]) else levels - 1
        found[name] = Wanted(None, _expanded(target, within, below, problems))
    return found


def _named(
    serializer: Any, tree: Tree, expanded: Mapping[str, Wanted], path: str, problems: list[Problem]
) -> dict[str, Wanted]:
    known = fields_of(serializer)
    found = {}
    for name, within in tree.items():
        if name not in known:
            remedy = _("There is no field “%(name)s” here.%(near)s Known: %(known)s.")
            said = {"name": path + name, "near": did_you_mean(name, known), "known": ", ".join(known)}
            problems.append(Problem("fields", path + name, remedy % said))
            continue
        if isinstance(known[name], FirstField) and name not in expanded:
            remedy = _("“%(name)s” is sent where expand names it, too. Add expand=%(name)s.")
            problems.append(Problem("fields", path + name, remedy % {"name": path + name}))
            continue
        target = rows_at(serializer, name) if name in expanded else shape_of(known[name])
        if within and target is None:
            remedy = _("“%(name)s” is one value, with nothing in it to choose from. Leave out what follows the dot.")
            problems.append(Problem("fields", f"{path}{name}.{next(iter(within))}", remedy % {"name": path + name}))
            continue
        below = expanded[name].expanded if name in expanded else {}
        found[name] = Wanted(_named(target, within, below, f"{path}{name}.", problems)) if within else ALL
    return found


# What a serializer says of itself ----------------------------------------------------------------------------------


_FIELDS: dict[Any, dict[str, serializers.Field]] = {}


def fields_of(serializer: type[serializers.Serializer]) -> dict[str, serializers.Field]:
    """Return the fields of a serializer by name: the same ones for all requests, which only read them."""
    if serializer not in _FIELDS:
        _FIELDS[serializer] = dict(serializer().fields)
    return _FIELDS[serializer]


@remembered
def sent(serializer: type[serializers.Serializer], wanted: Wanted) -> list[tuple[str, serializers.Field]]:
    """Return the fields of a serializer that are sent, by name."""
    return [(name, one) for name, one in fields_of(serializer).items() if wanted.sends(name, one)]


_RELATIONS: dict[Any, Any] = {}


def relation_of(serializer: type[serializers.Serializer], one: serializers.Field) -> Any:
    """Return the field or relation of the model that a field is read from; None where it is none of its own."""
    if (serializer, one) not in _RELATIONS:
        try:
            found = serializer.Meta.model._meta.get_field(one.source)  # type: ignore[attr-defined]
        except (AttributeError, FieldDoesNotExist):
            found = None
        _RELATIONS[serializer, one] = found
    return _RELATIONS[serializer, one]


def shape_of(one: serializers.Field) -> type[serializers.Serializer] | None:
    """Return the serializer of what stands within a field; None where it is one value."""
    if isinstance(one, serializers.ListSerializer):
        return type(one.child)
    if isinstance(one, serializers.Serializer):
        return type(one)
    return LinkSerializer if isinstance(one, (LinkField, LinksField, GivenLinkField)) else None


def rows_at(serializer: type[serializers.Serializer], name: str) -> type[PartSerializer] | None:
    """Return the serializer of the rows that a field can be expanded to, or that it consists of already."""
    one = fields_of(serializer)[name]
    shape = shape_of(one)
    if shape is not None and issubclass(shape, PartSerializer):
        return shape
    if isinstance(one, FirstField):
        return ROWS.get(one.model)
    relation = relation_of(serializer, one) if isinstance(one, (LinkField, LinksField)) else None
    return None if relation is None else ROWS.get(relation.related_model)
