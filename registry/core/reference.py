"""The reference of the API, as a book: an opening page and a chapter for each kind of record.

It is made from the committed description and nothing else (docs/openapi.yaml): what is wrong here is mended there.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.core.api_root import DESCRIPTION
from registry.core.examples import GIVEN, HOST

Schema = dict[str, Any]

BY_LIST = "code, of each list"
"""What stands for the sort of a parameter that knows other values in each list."""

BESIDE = ("_label", "_earliest", "_latest")
"""Ends of names that stand beside a name, and are told with it."""
WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list", "object": "members"}
FORMATS = {"date": "day", "date-time": "moment", "uri": "address"}
LARGE = 100_000
"""A bound of numbers from which on nobody will come near it."""
EVERYWHERE = 0.7
"""A parameter that so many of the lists, or of the single records, know and say the same of is told once."""


@dataclass(frozen=True)
class Line:
    """A parameter or a field: what it is called, of what sort it is, what it means, and which values there are."""

    name: str
    sort: str
    about: str
    values: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked: its own parameters, the general ones that know other values here, and the names of
    those that are told once for all; its samples."""

    id: str
    method: str
    path: str
    summary: str
    is_list: bool
    parameters: list[Line]
    general: list[Line]
    besides: list[str]
    samples: list[dict[str, str]]
    answer: str
    """Address of the answer to the example; "" where it needs a token or a reference of the reader."""

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass
class Chapter:
    """All that is said of one kind of record."""

    name: str
    about: list[str] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    row: list[Line] = field(default_factory=list)
    single: list[Line] = field(default_factory=list)
    written: list[Line] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.name.replace("-", " ").capitalize()

    @property
    def short(self) -> str:
        """The first sentence of what it is about; without its title, which stands beside it."""
        text = re.sub(f"^{self.title}[:.,] ", "", self.about[0]).split(". ")[0].rstrip(".")
        return text[0].upper() + text[1:]


@dataclass
class Book:
    """The whole reference."""

    about: list[str]
    of_lists: list[Line]
    of_singles: list[Line]
    link: list[Line]
    answers: list[tuple[str, str]]
    chapters: dict[str, Chapter]


@lru_cache(maxsize=1)
def book(site: str) -> Book:
    """Return the reference for the installation at `site`. Reading the description takes half a second, once."""
    return Reader(yaml.load(DESCRIPTION.read_bytes(), yaml.CSafeLoader), site).book()  # noqa: S506 - a safe loader


class Reader:
    """Reads a description of an API, as far as ours uses what OpenAPI knows."""

    def __init__(self, described: Schema, site: str) -> None:
        self.described, self.site = described, site
        self.schemas = described["components"]["schemas"]
        self.operations = [
            (path, method.upper(), of) for path, methods in described["paths"].items() for method, of in methods.items()
        ]
        lists = [of for _path, method, of in self.operations if method == "GET" and is_list(of)]
        singles = [of for path, method, of in self.operations if method == "GET" and path.endswith("{ref}/")]
        self.of_lists, self.of_singles = general(lists), general(singles)

    def book(self) -> Book:
        chapters: dict[str, Chapter] = {}
        for path, method, of in self.operations:
            chapter = chapters.setdefault(of["tags"][0], Chapter(of["tags"][0]))
            self.add(chapter, path, method, of)
        for chapter in chapters.values():
            chapter.operations.sort(key=lambda one: one.writes)
        answers = {
            (status, said["description"]) for *_op, of in self.operations for status, said in of["responses"].items()
        }
        return Book(
            about=self.described["info"]["description"].split("\n\n"),
            of_lists=[self.line(name, one["schema"], one) for name, one in self.of_lists.items()],
            of_singles=[self.line(name, one["schema"], one) for name, one in self.of_singles.items()],
            link=list(self.fields(self.schemas["Link"])),
            answers=sorted((status, text) for status, text in answers if text),
            chapters=dict(sorted(chapters.items())),
        )

    def add(self, chapter: Chapter, path: str, method: str, of: Schema) -> None:
        """Tell of an operation in its chapter."""
        chapter.operations.append(self.operation(path, method, of))
        if method != "GET":
            if (body := of.get("requestBody")) and not chapter.written:
                chapter.written = list(self.fields(body["content"]["application/json"]["schema"]))
            return
        said = of["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        rows = self.whole(said).get("properties", {}).get("results", {}).get("items")
        lines = list(self.fields(rows or said))
        if not chapter.row:
            chapter.about = of["description"].split("\n\n")
            chapter.row = lines
        elif path.endswith("{ref}/"):
            chapter.single = [line for line in lines if line.name not in {known.name for known in chapter.row}]

    def operation(self, path: str, method: str, of: Schema) -> Operation:
        once = self.of_lists if is_list(of) else self.of_singles
        own, here, besides = [], [], []
        for one in queries(of):
            known, line = once.get(one["name"]), self.line(one["name"], one["schema"], one)
            if not known or known["description"] != one["description"]:
                own.append(line)
            elif not same_everywhere(known):
                here.append(line)
            else:
                besides.append(line.name)
        samples = [sample | {"source": sample["source"].replace(HOST, self.site)} for sample in of["x-codeSamples"]]
        asked = samples[0]["source"].split("'")
        answer = asked[1] if method == "GET" and GIVEN not in samples[0]["source"] else ""
        return Operation(
            of["operationId"], method, path, of["summary"], is_list(of), own, here, besides, samples, answer
        )

    def fields(self, schema: Schema, before: str = "", within: frozenset[str] = frozenset()) -> Iterator[Line]:
        """Yield the members of a schema, each with those within it, named as the parameter `fields` names them."""
        whole = self.whole(schema)
        members = whole.get("properties", {})
        for name, one in members.items():
            stem = next((name.removesuffix(end) for end in BESIDE if name.endswith(end)), "")
            if stem in members:
                continue
            beside = tuple(f"{before}{name}{end}" for end in BESIDE if name + end in members)
            yield self.line(before + name, one, one, beside, name in whole.get("required", ()))
            inner = reference_in(one)
            if inner and inner != "Link" and inner not in within:
                yield from self.fields(self.schemas[inner], f"{before}{name}.", within | {inner})

    def whole(self, schema: Schema) -> Schema:
        """Return a schema with what it refers to in its place, and the parts of `allOf` as one."""
        if "$ref" in schema:
            return self.whole(self.schemas[schema["$ref"].rsplit("/", 1)[1]])
        whole = dict(schema)
        for part in map(self.whole, schema.get("allOf", ())):
            whole["properties"] = whole.get("properties", {}) | part.get("properties", {})
            whole["required"] = [*whole.get("required", ()), *part.get("required", ())]
        return whole

    def line(
        self, name: str, schema: Schema, about: Schema, beside: tuple[str, ...] = (), needed: bool = False
    ) -> Line:
        one = schema.get("items", schema) if "in" in about else schema
        values = tuple(str(value) for value in one.get("enum", ()) if value not in ("", None))
        sort = "loose date" if f"{name}_earliest" in beside else "code" if values else sort_of(one)
        needed = needed or about.get("required") is True
        text = about.get("description", "").partition("\n\n* `")[0]  # after it the values are listed once more
        return Line(name, sort, text, values, beside, needed)


def is_list(of: Schema) -> bool:
    return any(one["name"] == "limit" for one in of.get("parameters", ()))


def queries(of: Schema) -> list[Schema]:
    """Return the parameters of an operation but those in its path."""
    return [one for one in of.get("parameters", ()) if one["in"] != "path"]


def general(operations: list[Schema]) -> dict[str, Schema]:
    """Return the parameters that nearly all of these operations know and say the same of, by name.

    What the values of one differ in is left out of it.
    """
    told: Counter[tuple[str, str]] = Counter()
    schemas: dict[tuple[str, str], list[Schema]] = {}
    for of in operations:
        for one in queries(of):
            key = (one["name"], one["description"])
            told[key] += 1
            schemas.setdefault(key, []).append(one["schema"])
    found = {}
    for (name, text), times in sorted(told.items()):
        if times >= EVERYWHERE * len(operations):
            first, *others = schemas[name, text]
            same = all(other == first for other in others)
            found[name] = {"in": "query", "description": text, "schema": first if same else {"type": BY_LIST}}
    return found


def same_everywhere(parameter: Schema) -> bool:
    return parameter["schema"].get("type") != BY_LIST


def reference_in(schema: Schema) -> str:
    """Return the name of the schema that a member refers to, itself or in its list; "" of one that refers to none."""
    for one in (schema, schema.get("items", {}), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        if "$ref" in one:
            return one["$ref"].rsplit("/", 1)[1]
    return ""


def sort_of(schema: Schema) -> str:
    """Return in words what sort of value a schema asks for."""
    if "$ref" in schema:
        return "link" if schema["$ref"].endswith("/Link") else "members"
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        sorts = dict.fromkeys(sort_of(one) for one in choices)
        if "link" in sorts:
            sorts.pop("members", None)  # what `expand` puts in its place is told once, with the parameter
        return " or ".join(sorts)
    types = schema.get("type", "any")
    if isinstance(types, list):
        return " or ".join(sort_of(schema | {"type": one}) for one in types)
    if types == "null":
        return types
    if types == "array":
        return f"list of {sort_of(schema.get('items', {}))}"
    if "minimum" in schema and schema.get("maximum", LARGE) < LARGE:
        return f"whole number, {schema['minimum']} to {schema['maximum']}"
    if "examples" in schema:
        return f"text, as {schema['examples'][-1]}"
    return FORMATS.get(schema.get("format", "")) or WORDS.get(types) or str(types)


@require_safe
def reference(request: HttpRequest, name: str = "") -> HttpResponse:
    """The opening page, or the chapter of a name."""
    whole = book(settings.SITE_URL)
    chapter = whole.chapters.get(name)
    if name and chapter is None:
        raise Http404
    context = {"book": whole, "chapter": chapter, "chapters": whole.chapters.values()}
    return render(request, "core/reference_chapter.html" if chapter else "core/reference.html", context)
