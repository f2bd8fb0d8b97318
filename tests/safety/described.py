"""The committed description of the API, by which schemathesis asks, with values beside it that mean something here.

Of texts made up by chance hardly one is a reference or the code of a country, and nearly every answer would be a 400 or a
404. So beside what the description allows stand references that are on file, hidden or gone, what `addresses.py` asks of
each parameter, versions, and bodies as a read returns them.
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import schemathesis
import yaml
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from schemathesis.config import SchemathesisConfig
from schemathesis.hooks import HookContext

from registry.core.api import DESCRIPTION
from registry.core.grouping import GroupByField
from tests.safety.addresses import References, declared, names, values
from tests.safety.routes import KINDS, Route, key_of, routes
from tests.safety.world import World

SETTINGS = {
    "suppress-health-check": ["all"],
    "generation": {"deterministic": True, "database": "none"},
    # Every boundary of every parameter would be thousands of requests: the soak asks them.
    "phases": {"coverage": {"enabled": False}, "stateful": {"enabled": False}},
    "checks": {
        # A schema cannot say that a reference exists, that the end is not before the beginning, or that two parameters
        # do not go together.
        "positive_data_acceptance": {"enabled": False},
        # An address that leads further has not looked at its parameters; the next one refuses them.
        "negative_data_rejection": {"expected-statuses": [302, "4xx"]},
    },
}
VERSIONS = ['"v1", "v2", "v3", "v4", "v5"', 'W/"v99-abc"']
"""What is said in `If-Match`: any version that a record of the world can have, and one that none has."""
SAMPLES = {"pair": ["KG-TJ", "KG-UZ"], "country": ["KG"], "seed": ["1"]}
"""What is asked of parameters that no filter declares."""


def schema_of(world: World, examples: int, **settings: Any) -> Any:
    """Return the description, to be asked by in this process; `examples`: requests by chance for each operation."""
    raw = yaml.load(DESCRIPTION.read_text(encoding="utf-8"), yaml.CSafeLoader)
    routes_by_address = {route.address.replace("<", "{").replace(">", "}"): route for route in routes()}
    for address, operations in raw["paths"].items():
        fill(raw, routes_by_address[address], operations, world)
    config = SETTINGS | settings
    config["generation"] = SETTINGS["generation"] | {"max-examples": examples} | settings.get("generation", {})
    schema = schemathesis.openapi.from_dict(raw, config=SchemathesisConfig.from_dict(config))
    schema.app = application
    schema.hook(filter_query)
    return schema


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as the server does, but not packed, and in the transaction of whoever asks."""
    environ.pop("HTTP_ACCEPT_ENCODING", None)
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    response = HANDLER(environ, start_response)
    try:
        return [b"".join(response)]
    finally:
        response.close()  # gives up the place of a file that is on its way
        for signal in signals:
            signal.connect(close_old_connections)


HANDLER = WSGIHandler()


def filter_query(context: HookContext, query: dict[str, Any]) -> bool:
    """Ask for nothing empty: it counts as none, as in a form that was sent without it, and is no wrong value."""
    return all(value != "" for value in (query or {}).values())


# What is on file -------------------------------------------------------------------------------------------------


def fill(raw: dict[str, Any], route: Route, operations: dict[str, Any], world: World) -> None:
    """Put what is on file beside what is described of one address."""
    kind = KINDS.get(route.address.split("/")[3])
    rows = [made[kind] for made in world.records.values() if kind in made]
    refs = {each: [key_of(made[each]) for made in world.records.values() if each in made] for each in KINDS.values()}
    bodies = read(world, route, rows)
    for method, operation in operations.items():
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                parameter["schema"] = {"enum": [key_of(row) for row in rows]}
                parameter["examples"] = named(parameter["schema"]["enum"])
            elif parameter["name"] == "If-Match":
                parameter["schema"] = {"enum": VERSIONS}
                parameter["example"] = VERSIONS[0]
            elif parameter["in"] == "query":
                known = parameter["schema"].get("items", parameter["schema"])
                offer(known, asked(route, parameter["name"], refs, world))
        if method in ("post", "patch"):
            content = operation["requestBody"]["content"]["application/json"]
            content["examples"] = named(bodies)
            whole = content["schema"]["allOf"][0] if "allOf" in content["schema"] else content["schema"]
            members = raw["components"]["schemas"][whole["$ref"].rpartition("/")[2]]["properties"]
            if method == "post":
                for name in members:
                    offer(members[name], [body[name] for body in bodies if name in body])


def asked(route: Route, name: str, refs: References, world: World) -> Iterable[Any]:
    """Return what is asked of one parameter."""
    if name in ("fields", "expand"):
        return names(route, name)
    if name == "cursor":
        following = world.clients["aigul"].get(f"{route.filled()}?limit=1").json()["next"]
        return parse_qs(urlsplit(following or "").query).get(name, [])
    field = declared(route).get(name)
    if isinstance(field, GroupByField):
        return field.names[:2]
    if field is None or name == "seed":
        return SAMPLES.get(name, [])
    return values(name, field, refs)


def read(world: World, route: Route, rows: list[Any]) -> list[dict[str, Any]]:
    """Return what an editor reads of these records, where they can be written."""
    if not hasattr(route.view, "form_class"):
        return []
    base = "/".join(route.address.split("/")[:4])
    answers = [world.clients["aigul"].get(f"{base}/{key_of(row)}/") for row in rows]
    return [answer.json() for answer in answers if answer.status_code == 200]


def named(values: list[Any]) -> dict[str, Any]:
    return {str(number): {"value": value} for number, value in enumerate(values)}


def offer(schema: dict[str, Any], values: Iterable[Any]) -> None:
    """Let these values stand beside what a schema allows."""
    told = {json.dumps(value): value for value in values}
    if told and "enum" not in schema:
        described = {**schema}
        if described.get("type") == "integer":
            told = {text: int(value) for text, value in told.items()}
        schema.clear()
        schema["anyOf"] = [{"enum": [*told.values()]}, described]
