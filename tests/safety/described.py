"""The committed description of the API, by which schemathesis asks, with values beside it that mean something here.

Of texts made up by chance hardly one is a reference or the code of a country, and nearly every answer would be a 400 or
a 404. So beside what the description allows stand references that are on file, hidden or gone, what `addresses.py` asks
of each parameter, versions, and bodies as a read returns them.
"""

import json
from collections.abc import Iterable
from typing import Any

import schemathesis
import yaml
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from schemathesis.config import SchemathesisConfig
from schemathesis.hooks import HookContext

from registry.core.api_root import DESCRIPTION
from registry.core.grouping import GroupByField
from tests.safety.addresses import References, declared, names, values
from tests.safety.routes import KINDS, Route, key_of, routes
from tests.safety.world import World

SETTINGS: dict[str, Any] = {
    "suppress-health-check": ["all"],
    "generation": {"deterministic": True, "database": "none"},
    # what it would pick up from our sources and from answers would make one request depend on others
    "analysis": {"constants": {"enabled": False}},
    "phases": {
        "fuzzing": {"error-feedback": {"enabled": False}, "extra-data-sources": {"responses": False}},
        "coverage": {"enabled": False},  # every boundary of every parameter: tens of thousands of requests
        "stateful": {"enabled": False},
    },
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
NOT_IN_A_NEW_ONE = {"visibility", "documents", "stances", "identifiers", "number"}
"""What a read returns and a new record of an editor is refused for: what stands once, and what is not written here."""
WRITES = ("post", "patch", "delete")


def filled(world: World) -> dict[str, Any]:
    """Return the description with what is on file beside it."""
    raw = yaml.load(DESCRIPTION.read_text(encoding="utf-8"), yaml.CSafeLoader)
    refs = {kind: [key_of(made[kind]) for made in world.records.values() if kind in made] for kind in KINDS.values()}
    by_address = {route.address.replace("<", "{").replace(">", "}"): route for route in routes()}
    for address, operations in raw["paths"].items():
        route = by_address[address]
        for operation in operations.values():
            for parameter in operation["parameters"]:
                fill(parameter, route, refs)
        if "patch" in operations:
            offer_bodies(raw, address, read(world, route, refs))
    return raw


def asked_by(raw: dict[str, Any], examples: int, **settings: Any) -> Any:
    """Return the description, to be asked by in this process, by `examples` requests made up for each operation."""
    generation = SETTINGS["generation"] | settings.pop("generation", {}) | {"max-examples": examples}
    config = SchemathesisConfig.from_dict(SETTINGS | settings | {"generation": generation})
    schema = schemathesis.openapi.from_dict(raw, config=config)
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
    """Ask for nothing empty, nor for commas alone: it counts as none, as in a form that was left empty."""
    each = [list(value) if isinstance(value, list | dict) else [value] for value in (query or {}).values()]
    return all(any(text is not None and str(text).strip(" ,") for text in texts) for texts in each)


# What is on file -------------------------------------------------------------------------------------------------


def fill(parameter: dict[str, Any], route: Route, refs: References) -> None:
    """Put what is on file beside what is described of one parameter."""
    if parameter["in"] == "path":
        parameter["schema"] = {"enum": refs[KINDS[route.address.split("/")[3]]]}
        parameter["examples"] = named(parameter["schema"]["enum"])
    elif parameter["name"] == "If-Match":
        parameter |= {"schema": {"enum": VERSIONS}, "example": VERSIONS[0]}
    elif parameter["in"] == "query":
        offer(parameter["schema"].get("items", parameter["schema"]), asked(route, parameter["name"], refs))


def asked(route: Route, name: str, refs: References) -> Iterable[Any]:
    """Return what is asked of one parameter."""
    if name in ("fields", "expand"):
        return names(route, name)
    field = declared(route).get(name)
    if isinstance(field, GroupByField):
        return field.names[:2]
    if field is None or name in ("cursor", "seed"):
        return SAMPLES.get(name, [])
    return values(name, field, refs)


def read(world: World, route: Route, refs: References) -> list[dict[str, Any]]:
    """Return what an editor reads of records that can be written."""
    kind = KINDS[route.address.split("/")[3]]
    answers = [world.clients["aigul"].get(route.filled(ref=ref)) for ref in refs[kind]]
    return [answer.json() for answer in answers if answer.status_code == 200]


def offer_bodies(raw: dict[str, Any], address: str, rows: list[dict[str, Any]]) -> None:
    """Let records be sent back as they were read, whole or in part, and entered anew."""
    single = raw["paths"][address]["patch"]["requestBody"]["content"]["application/json"]
    single["examples"] = named(rows)
    members = raw["components"]["schemas"][single["schema"]["$ref"].rpartition("/")[2]]["properties"]
    for name in members:
        offer(members[name], [row[name] for row in rows if name in row])
    begin = raw["paths"][address.removesuffix("{ref}/")].get("post")
    if begin:
        new = [{name: row[name] for name in row if name not in NOT_IN_A_NEW_ONE} for row in rows]
        begin["requestBody"]["content"]["application/json"]["examples"] = named(new)


def named(values: list[Any]) -> dict[str, Any]:
    """Return values as the examples of a description."""
    return {str(number): {"value": value} for number, value in enumerate(values)}


def offer(schema: dict[str, Any], values: Iterable[Any]) -> None:
    """Let these values stand beside what a schema allows."""
    several = {json.dumps(value): value for value in values}
    if several and "enum" not in schema:
        described = {**schema}
        whole = described.get("type") == "integer"
        schema.clear()
        schema["anyOf"] = [{"enum": [int(value) if whole else value for value in several.values()]}, described]
