"""What the description of the API (OpenAPI 3.1) says of our views beyond what is read off their serializers."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.utils import OpenApiParameter

from registry.core.problems import MEDIA_TYPE, ProblemSerializer
from registry.core.public_history import StepSerializer


class Pages:
    """How a list is wrapped."""

    def get_paginated_response_schema(self, rows: dict[str, Any]) -> dict[str, Any]:
        text = {"type": "string"}
        licence = {"type": "object", "properties": {"note": text, "sources": text}, "required": ["note", "sources"]}
        return {
            "type": "object",
            "required": ["results", "next", "license"],
            "properties": {
                "results": rows,
                "next": {"type": ["string", "null"], "format": "uri", "description": "The next page; null: none."},
                "license": licence | {"description": "Under what terms the facts may be used."},
                "count": {"type": "integer", "description": "Rows in all; only with `count=1`."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return []


class Schema(AutoSchema):
    """Parameters from the forms that read them; problem documents for what goes wrong."""

    def get_override_parameters(self) -> list[OpenApiParameter]:
        view = self.view
        if view.action != "list":
            form = view.single_form() if hasattr(view, "single_form") else view.detail_form
            fields = getattr(form, "fields", None) or form.base_fields
            return [parameter(name, field) for name, field in fields.items()]
        filters = view.filterset_class(queryset=view.queryset).form.fields
        return [parameter(name, field) for name, field in (filters | view.list_form().fields).items()]

    def get_summary(self) -> str:
        return get_doc(getattr(self.view, self.view.action))

    def get_description(self) -> str:
        return get_doc(type(self.view))

    def _get_paginator(self) -> Pages:
        return Pages()

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        problem = self.resolve_serializer(ProblemSerializer(), direction).ref
        bodies = super()._get_response_bodies(direction)
        said = {"400": "A parameter or a value is not known."}
        if self.view.action != "list":
            said["404"] = "There is nothing here that you may see."
            if getattr(self.view, "single_formats", None):
                said["410"] = "It was published here once, and is withdrawn or deleted."
                step = self.resolve_serializer(StepSerializer(), direction).ref
                bodies["200"]["content"] = with_history(bodies["200"]["content"], step)
                bodies["200"]["content"] |= files_of(self.view.single_formats)
                bodies["301"] = {"description": "It was merged into the record that this leads to."}
        else:
            bodies["200"]["content"] |= files_of(self.view.formats)
        return bodies | {
            status: {"description": text, "content": {MEDIA_TYPE: {"schema": problem}}} for status, text in said.items()
        }


def with_history(content: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a single record, and that it may bring its history."""
    steps = {"type": "array", "items": step, "description": "Only with `expand=history`, the newest first."}
    more = {"type": "object", "properties": {"history": steps}}
    return {media_type: {**body, "schema": {"allOf": [body["schema"], more]}} for media_type, body in content.items()}


def files_of(formats: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of answers that are no JSON of ours, by media type."""
    return {media_type.split(";")[0]: {"schema": {"type": "string"}} for media_type, _write in formats.values()}


def parameter(name: str, field: Any) -> OpenApiParameter:
    """Return the description of one parameter from the field that reads it."""
    text = ". ".join(str(part).rstrip(".") for part in (field.label, field.help_text) if part)
    if not field.many:
        return OpenApiParameter(name, field.schema, description=f"{text}.", required=False)
    schema = {"type": "array", "items": field.schema}
    return OpenApiParameter(name, schema, description=f"{text}.", required=False, style="form", explode=False)
