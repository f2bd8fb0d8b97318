"""What the description of the API (OpenAPI 3.1) says of our views beyond what is read off their serializers."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.utils import OpenApiParameter

from registry.core.export import FORMATS
from registry.core.problems import MEDIA_TYPE, ProblemSerializer


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
            return [parameter(name, field) for name, field in view.detail_form.base_fields.items()]
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
        else:
            files = {
                media_type.split(";")[0]: {"schema": {"type": "string"}} for media_type, _write in FORMATS.values()
            }
            bodies["200"]["content"] |= files
        return bodies | {
            status: {"description": text, "content": {MEDIA_TYPE: {"schema": problem}}}
            for status, text in (said | LIMITS).items()
        }


LIMITS = {
    "429": "Too many requests in this minute, or files at a time: `Retry-After` says after how many seconds to go on.",
    "503": "The database took longer than it may: ask for less.",
}
"""What any question may be answered with."""


def parameter(name: str, field: Any) -> OpenApiParameter:
    """Return the description of one parameter from the field that reads it."""
    text = ". ".join(str(part).rstrip(".") for part in (field.label, field.help_text) if part)
    if not field.many:
        return OpenApiParameter(name, field.schema, description=f"{text}.", required=False)
    schema = {"type": "array", "items": field.schema}
    return OpenApiParameter(name, schema, description=f"{text}.", required=False, style="form", explode=False)
