"""What the description of the API (OpenAPI 3.1) says of our views beyond what is read off their serializers."""

from typing import Any

from django import forms
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, get_doc
from drf_spectacular.utils import OpenApiParameter

from registry.core.examples import samples
from registry.core.fields import Pick
from registry.core.problems import MEDIA_TYPE, ProblemSerializer, WriteProblemSerializer
from registry.core.public_history import StepSerializer
from registry.core.rows import CITATIONS
from registry.core.serializers import FirstField, LinkField, LinkSerializer, LinksField, PartSerializer
from registry.core.wanted import ROWS, rows_at


class Pages:
    """How a list is wrapped."""

    def get_paginated_response_schema(self, rows: dict[str, Any]) -> dict[str, Any]:
        text = {"type": "string"}
        licence = {"type": "object", "properties": {"note": text, "sources": text}, "required": ["note", "sources"]}
        whole = {"type": "integer"}
        drawn = {"type": "object", "properties": {"size": whole, "of": whole, "seed": text}}
        group = {"type": "object", "properties": {"count": whole}, "required": ["count"]}
        return {
            "type": "object",
            "required": ["license"],
            "oneOf": [{"required": ["results", "next"]}, {"required": ["groups"]}],
            "properties": {
                "results": rows,
                "next": {"type": ["string", "null"], "format": "uri", "description": "The next page; null: none."},
                "license": licence | {"description": "Under what terms the facts may be used."},
                "count": whole | {"description": "Rows in all; only with `count=1`."},
                "sample": drawn | {"description": "How many were drawn, of how many; only with `sample`."},
                "groups": {
                    "type": "array",
                    "items": group,
                    "description": "With `group_by`, instead of rows: each group's values, their labels, its count.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return []


class TokenScheme(OpenApiAuthenticationExtension):
    """How a token is sent."""

    target_class = "registry.core.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "A token made on the page /tokens/."}


class FirstRows(OpenApiSerializerFieldExtension):
    """The first rows of a list within a record."""

    target_class = FirstField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        row = auto_schema.resolve_serializer(ROWS[self.target.model](), direction).ref
        following = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "Where the list goes on; null: it ends.",
        }
        return {
            "type": "object",
            "properties": {"results": {"type": "array", "items": row}, "next": following},
            "required": ["results", "next"],
        }


class LinkScheme(OpenApiSerializerFieldExtension):
    """A link, or with `expand` the row that it leads to."""

    target_class = LinkField
    match_subclasses = True
    many = False

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        one = auto_schema.resolve_serializer(LinkSerializer(), direction).ref
        row = rows_at(type(self.target.parent), self.target.field_name)
        if row is not None:
            one = {"anyOf": [one, auto_schema.resolve_serializer(row(), direction).ref]}
        return {"type": "array", "items": one} if self.many else one


class LinksScheme(LinkScheme):
    """Links, or the rows that they lead to."""

    target_class = LinksField
    many = True


WRITES = ("create", "partial_update", "destroy")


class Schema(AutoSchema):
    """Parameters from the forms that read them; problem documents for what goes wrong."""

    @property
    def writes(self) -> bool:
        return self.view.action in WRITES

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        view = self.view
        lists = view.action == "list" or "results" in view.serializer_class().fields
        as_csv = lists and "csv" in getattr(view, "formats", ())
        return operation | {"x-codeSamples": samples(self.method, self.path, view.example, lists, as_csv)}

    def get_override_parameters(self) -> list[OpenApiParameter]:
        view = self.view
        if view.action == "list":
            filters = view.filterset_class(queryset=view.queryset).form.fields
            return [parameter(name, field) for name, field in (filters | view.list_form().fields).items()]
        if self.writes:
            fields = (view.delete_form if view.action == "destroy" else view.write_form).base_fields
        else:
            form = view.single_form() if hasattr(view, "single_form") else view.detail_form
            fields = getattr(form, "fields", None) or form.base_fields
        return [
            *(parameter(name, field) for name, field in fields.items()),
            *(SENT[view.action] if self.writes else ()),
        ]

    def get_request_serializer(self) -> Any:
        if self.view.action not in ("create", "partial_update"):
            return super().get_request_serializer()
        form = self.view.form_class
        name = f"{form._meta.model._meta.object_name}Write"
        component = ResolvedComponent(name, ResolvedComponent.SCHEMA, body_of(form, self._link(form)), form)
        self.registry.register_on_missing(component)
        if self.view.action == "partial_update":
            return {"application/json": component.ref}
        # what must itself have members cannot be left out
        otherwise = [one for one, schema in form.SAID_OTHERWISE.items() if "required" in schema]
        needed = [*filter(None, [form.start]), *needed_of(form), *otherwise]
        return {"application/json": {"allOf": [component.ref, {"type": "object", "required": needed}]}}

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, PartSerializer | LinkSerializer):
            schema.pop("required", None)  # `fields` leaves out what it does not name
        if not type(serializer).__doc__:
            schema.pop("description", None)  # of the class that it comes from, written for who works on it
        return schema

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        body = super()._get_request_body(direction)
        return body and body | {"required": True}

    def _link(self, form: Any) -> dict[str, Any]:
        return self.resolve_serializer(LinkSerializer(), "response").ref

    def get_auth(self) -> list[dict[str, Any]]:
        return [way for way in super().get_auth() if way or not self.writes]

    def get_tags(self) -> list[str]:
        """Return the last word of the path: the indices of one pair stand with those of several."""
        return [[part for part in self.path.split("/") if part and "{" not in part][-1]]

    def get_summary(self) -> str:
        return get_doc(getattr(self.view, self.view.action))

    def get_description(self) -> str:
        return get_doc(type(self.view))

    def _get_paginator(self) -> Pages:
        return Pages()

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        view = self.view
        problem = self.resolve_serializer(ProblemSerializer(), direction).ref
        problems = {"400": problem}
        bodies = super()._get_response_bodies(direction)
        said = {"400": "A parameter or a value is not known.", "401": "The token opens nothing."}
        if self.writes:
            problem = self.resolve_serializer(WriteProblemSerializer(), direction).ref
            said = REFUSED | {status: text for status, text in REFUSED_OF.items() if view.action != "create"}
            for status in bodies.keys() & {"200", "201"}:
                bodies[status]["headers"] = {name: HEADER[name] for name in HEADERS_OF[status]}
        elif view.action != "list":
            said["404"] = "There is nothing here that you may see."
            if getattr(view, "single_formats", None):
                said["410"] = "It was published here once, and is withdrawn or deleted."
                step = self.resolve_serializer(StepSerializer(), direction).ref
                bodies["200"]["content"] = with_history(bodies["200"]["content"], step)
                bodies["200"]["content"] |= files_of(view.single_formats)
                bodies["301"] = {"description": "It was merged into the record that this leads to."}
        else:
            bodies["200"]["content"] |= files_of(view.formats)
        if view.action == "retrieve" and getattr(view, "leads", ""):
            bodies["302"] = {"description": view.leads}
        for status in bodies.keys() & {"301", "302"}:
            bodies[status]["headers"] = {"Location": HEADER["Location"]}
        for status, text in (said | LIMITS).items():
            bodies[status] = {
                "description": text,
                "content": {MEDIA_TYPE: {"schema": problems.get(status, problem)}},
            }
            if status in HEADERS_OF:
                bodies[status]["headers"] = {name: HEADER[name] for name in HEADERS_OF[status]}
        return bodies


LIMITS = {
    "406": "The header Accept takes no JSON. A file is asked for by `format`.",
    "429": "Too many requests in this minute, or files at a time: `Retry-After` says after how many seconds to go on.",
    "503": "The database took longer than it may: ask for less.",
}
"""What any question may be answered with."""

REFUSED = {
    "400": "A parameter, a header or the JSON cannot be understood.",
    "401": "There is no token, or it opens nothing.",
    "403": "The token only reads, or its owner may not write this.",
    "409": "Something hangs on it, or it would change more than the record: see `foreseen`.",
    "413": "The body is too long.",
    "415": "The body is to be application/json.",
    "422": "What is said cannot be stored: see `errors`.",
}
REFUSED_OF = {
    "404": "There is nothing here that you may see.",
    "412": "It has been changed since that version was read: see `sent` and `current`.",
    "428": "The header If-Match is missing.",
}
"""What a write of what is on file is refused for besides."""

_IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description='The version that was read: the ETag of its answer, or the version in quotes, as `"v7"`.',
)
_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Of your own making, up to 200 ASCII characters: the same request is done once within a day.",
)
SENT = {"create": [_KEY], "partial_update": [_IF_MATCH], "destroy": [_IF_MATCH]}


_TEXT = {"type": "string"}
HEADER = {
    "ETag": {"required": True, "schema": _TEXT, "description": "Its version, for `If-Match` and `If-None-Match`."},
    "Location": {"required": True, "schema": _TEXT, "description": "Where it is."},
    "Retry-After": {"required": True, "schema": {"type": "integer"}, "description": "Seconds to wait."},
    "WWW-Authenticate": {"required": True, "schema": _TEXT, "description": "How a token is sent."},
}
HEADERS_OF = {
    "200": ["ETag"],
    "201": ["Location", "ETag"],
    "401": ["WWW-Authenticate"],
    "412": ["ETag"],
    "429": ["Retry-After"],
}
"""What answers bear, by status; 200: to a write."""


def body_of(form: Any, link: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what a program says of a record, from the form that reads it."""
    text = {"type": "string"}
    fields = {name: field for name, field in form.base_fields.items() if name not in ("version", *form.API_NAMES)}
    said = {name: member_of(form, name, field, link) for name, field in fields.items()} | form.SAID_OTHERWISE
    if form.start:
        said[form.start] = {"anyOf": [text, link], "description": "Where it belongs; stays as it is."}
    for rows in (*form.rows, *([CITATIONS] if form.cited else [])):
        members = {name: member_of(rows.form, name, field, link) for name, field in rows.form.base_fields.items()}
        said[rows.get_default_prefix()] = {
            "type": "array",
            "items": {"type": "object", "properties": members, "required": needed_of(rows.form)},
            "description": "Replaces what is on file, as one list.",
        }
    said["foreseen"] = text | {"description": "The token of what was foreseen, to agree to it."}
    return {"type": "object", "properties": said, "description": "What is not named stays as it is on file."}


def needed_of(form: Any) -> list[str]:
    """Return what a new one cannot be without, as an empty form says nothing of it either."""
    fields = form.base_fields.items()
    return [name for name, field in fields if field.required and field.initial in (None, "") and name != "version"]


def member_of(form: Any, name: str, field: Any, link: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one member from the field of the form that reads it, in the words of its model."""
    by_name = {one.name: one for one in (*form._meta.model._meta.fields, *form._meta.model._meta.many_to_many)}
    about = {"description": str(by_name.get(name, field).help_text)}
    if isinstance(field, Pick):
        one = {"anyOf": [{"type": "string"}, link]}
        if field.many:
            return {"type": ["array", "null"], "items": one} | about
        return {"anyOf": [*one["anyOf"], {"type": "null"}]} | about
    if isinstance(field, forms.BooleanField):
        return {"type": "boolean"} | about
    if isinstance(field, forms.IntegerField) and not isinstance(field, forms.DecimalField | forms.FloatField):
        return {"type": ["integer", "null"]} | about
    if isinstance(field, forms.DecimalField | forms.FloatField):
        return {"type": ["number", "null"]} | about
    if isinstance(field, forms.ChoiceField):
        codes = dict(by_name[name].flatchoices if name in by_name else field.choices)
        return {"type": ["string", "null"], "enum": [*dict.fromkeys(["", *codes]), None]} | about
    return {"type": ["string", "null"]} | about


def with_history(content: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a single record, and that it may bring its history."""
    steps = {"type": "array", "items": step, "description": "Only with `expand=history`, the newest first."}
    more = {"type": "object", "properties": {"history": steps}}
    return {media_type: {**body, "schema": {"allOf": [body["schema"], more]}} for media_type, body in content.items()}


def files_of(formats: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of answers that are no JSON of ours, by media type."""
    names = [media_type.split(";")[0] for media_type, _write in formats.values()]
    return {name: {"schema": {} if name.endswith("+json") else {"type": "string"}} for name in names}


def parameter(name: str, field: Any) -> OpenApiParameter:
    """Return the description of one parameter from the field that reads it."""
    text = ". ".join(str(part).rstrip(".") for part in (field.label, field.help_text) if part)
    if not field.many:
        return OpenApiParameter(name, field.schema, description=f"{text}.", required=field.required)
    schema = {"type": "array", "items": field.schema}
    return OpenApiParameter(name, schema, description=f"{text}.", required=field.required, style="form", explode=False)
