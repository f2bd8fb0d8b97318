"""Addresses with parameters, generated from what the views themselves declare, so that a new filter is asked too."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from django.db import models

from agreements.models import Commission, Commitment
from continuity.models import Initiative
from events.models import Event
from registry.core.grouping import GroupByField
from registry.core.parameters import (
    BoundDayField,
    CodesField,
    CountriesField,
    DayField,
    FilterField,
    MomentField,
    NumberField,
    OneOf,
    PairsField,
    RecordsField,
    RefsField,
    TagsField,
    TextField,
)
from registry.core.wanted import fields_of, rows_at
from tests.safety.routes import Route

DAYS = ("2017-06-01", "2026-11-23")
"""When states are asked besides today; between them the worlds change."""
WORDS = ("a", "Театр", "hidden", "HIDDEN-EVENT")
"""What is searched for: words of what is shown, and words that only hidden records contain."""
EACH = ("state", "visibility")
"""The parameters whose codes are asked one by one. Of others all at once: a bare record has none of them, so that
whatever it has is hidden."""

FILES = ({"format": "csv", "safe": "1"}, {"format": "jsonl"})
"""A workbook is left out: it says when it was made."""
KNOWN = ("json", "csv", "jsonl", "xlsx")
"""The formats that are asked for above or everywhere."""

PAGES: dict[str, Iterable[dict[str, str]]] = {
    "/": [{"as_of": day} for day in DAYS],
    "/search/": [*({"q": word} for word in WORDS), {"q": "a", "as_of": DAYS[0]}],
    "/pairs/<ref>/": [{"as_of": day} for day in DAYS],
    "/initiatives/<ref>/": [{"as_of": day} for day in DAYS],
    "/agreements/<ref>/": [{"as_of": day} for day in DAYS],
    "/commissions/<ref>/": [{"as_of": day} for day in DAYS],
    "/programmes/<ref>/": [{"as_of": day} for day in DAYS],
    "/actors/<ref>/": [{"as_of": DAYS[0]}],
    "/episodes/<ref>/": [{"as_of": day} for day in DAYS],
    "/lapses/<ref>/": [{"as_of": day} for day in DAYS],
    "/places/<ref>/": [{"as_of": DAYS[0]}],
    "/frameworks/<ref>/": [{"as_of": day} for day in DAYS],
    "/subjects/<ref>/": [{"as_of": day} for day in DAYS],
    "/indices/": [{"pair": "KG-TJ", "by": "year"}, {"pair": "KG-UZ"}],
    "/coverage/": [{}, {"pair": "KG-TJ"}, {"country": "UZ", "from": "2010"}],
    "/api/v1/coverage/": [{}, {"pair": "KG-UZ", "from": "1990"}, {"format": "csv"}],
    "/pairs/<ref>/indices/": [{"by": "year", "basis": "type", "window": "90"}],
    "/api/v1/indices/": [{"pair": "KG-TJ", "by": "year", "ids": "1"}, {"pair": "KG-UZ"}],
    "/api/v1/pairs/<ref>/indices/": [{"by": "year", "ids": "1", "window": "900", "from": "1990-01-01"}],
}
"""Pages whose parameters no class declares."""


References = dict[type[models.Model], list[str]]
"""Kind of record → references that are asked for: of what is shown, and of what is hidden or not there."""


def values(name: str, field: FilterField, refs: References) -> Iterable[str]:
    """Return what is asked of one parameter. Of a field that is not known here: say what to ask of it."""
    if isinstance(field, CountriesField):
        return ["KG", "UZ"]
    if isinstance(field, PairsField):
        return ["TJ-KG", "KG-UZ"]
    if isinstance(field, CodesField):
        return field.known if name in EACH else [",".join(field.known)]
    if isinstance(field, RefsField):
        return [refs[field.kind][0], *refs[field.kind][-2:]]
    if isinstance(field, RecordsField):
        return refs[Event]
    if isinstance(field, BoundDayField):
        return ["2017"]
    if isinstance(field, DayField):
        return DAYS
    if isinstance(field, MomentField):
        return DAYS[-1:]
    if isinstance(field, OneOf):
        return field.known[-2:] if name == "ordering" else field.known[-1:]
    if isinstance(field, NumberField):
        return [str(field.least)]
    if isinstance(field, TextField):
        return WORDS
    if isinstance(field, TagsField):
        return ["en,tg"]
    raise NotImplementedError(f"tests/safety/addresses.py: what is to be asked of a {type(field).__name__}?")


def asked(route: Route, refs: References) -> Iterator[dict[str, str]]:
    """Yield the parameters with which an address of `route` is asked."""
    yield {}
    yield from PAGES.get(route.address, [])
    if route.address.endswith("/new/"):
        yield {"pair": "KG-UZ"}
        yield from ({"pair": "KZ-UZ", "parent": ref} for ref in refs[Commission][-1:])
        yield from ({"pair": "KZ-UZ", "commission": ref} for ref in refs[Commission][-1:])
        yield from ({"initiative": ref} for ref in refs[Initiative][-1:])
        yield from ({"commitment": ref} for ref in refs[Commitment][-1:])
    if "format" in declared(route):
        yield from FILES if not route.parameters else ()
        yield from ({"format": name} for name in declared(route)["format"].known if name not in KNOWN)
    in_form = getattr(route.view, "filters", ())
    if "sample" in declared(route):
        yield {"sample": "1000", "seed": "a"}
    for name, field in declared(route).items():
        if isinstance(field, GroupByField):
            yield from ({name: ",".join(field.names[at : at + 3])} for at in range(0, len(field.names), 3))
            continue
        if name in ("cursor", "format", "safe", "sample", "seed") or (not route.in_api and name not in in_form):
            continue  # where a page begins is said in `next` of the one before; the API has the filters of the pages
        if name == "lang" and route.parameters:
            continue  # the lists show the same names
        chosen = list(names(route, name) if name in ("fields", "expand") else values(name, field, refs))
        if not route.in_api:
            chosen = chosen[-1:]
        for value in chosen:
            yield {"count": "1", name: value} if route.in_api and not route.parameters else {name: value}


def names(route: Route, parameter: str) -> Iterable[str]:
    """Return what is asked of `fields` (its address alone) and of `expand` (all links, and theirs)."""
    view: Any = route.view
    serializer = (view.detail_class if route.parameters else None) or view.serializer_class
    if parameter == "fields":
        return ["url"]
    links = [name for name in fields_of(serializer) if rows_at(serializer, name)]
    further = [
        f"{name}.{each}"
        for name in links
        for each in fields_of(rows_at(serializer, name))
        if rows_at(rows_at(serializer, name), each)
    ]
    return [",".join([*links, *further])] if links else []


def declared(route: Route) -> dict[str, FilterField]:
    """Return the parameters that the view of a route declares."""
    view = route.view
    if route.parameters:
        if hasattr(view, "single_form"):
            return dict(view.single_form().fields)
        form = getattr(view, "detail_form", None)
        return dict(form.base_fields) if form else {}
    filters = getattr(view, "filterset_class", None)
    fields = dict(filters(None, filters._meta.model._base_manager.none()).form.fields) if filters else {}
    if hasattr(view, "list_form"):
        fields |= view.list_form().fields
    return fields


def addresses(routes: Iterable[Route], refs: References) -> list[str]:
    """Return all addresses of `routes`, with all parameters; `refs`: what they name, by kind."""
    return list(dict.fromkeys(chain.from_iterable(each(route, refs) for route in routes)))


def each(route: Route, refs: References) -> Iterator[str]:
    kind = route.kind
    bases = [route.filled(**dict.fromkeys(route.parameters, ref)) for ref in refs[kind]] if kind else []
    for base in bases if route.parameters else [route.filled()]:
        for parameters in asked(route, refs):
            yield f"{base}?{urlencode(parameters)}" if parameters else base
