"""What a single record in the API can be asked besides what its row says: another format, its history."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from rest_framework.response import Response

from registry.core import citing, jsonld
from registry.core.parameters import FilterField, OneOf
from registry.core.public_history import public_history

Format = tuple[str, citing.Single]

EXPANDED = ("history",)
"""What `expand` adds to a single record."""


def formats_of(model: type) -> dict[str, Format]:
    """Return the formats of a single row of a kind: value of `format` → media type and how it is written."""
    linked = {"jsonld": (jsonld.MEDIA_TYPE, lambda record, row: jsonld.as_text(record))}
    return citing.formats_of(model) | (linked if jsonld.is_told(model) else {})


def fields(formats: dict[str, Format]) -> dict[str, FilterField]:
    """Return the parameters that a single record takes."""
    return {
        "format": OneOf(
            known=["json", *formats],
            help_text=gettext_lazy("How the answer is written: bibtex and csl cite it, jsonld tells it to machines."),
        ),
        "expand": OneOf(
            known=EXPANDED,
            help_text=gettext_lazy("history: what has been written of it since it was published, the newest first."),
        ),
    }


def answer(
    record: Any, row: dict[str, Any], asked: dict[str, Any], formats: dict[str, Format], user: Any
) -> HttpResponse:
    """Return a single record, given with what the API says of it, as it was asked for."""
    if asked.get("format") in formats:
        media_type, write = formats[asked["format"]]
        return HttpResponse(write(record, row), content_type=media_type)
    return Response(row | ({"history": public_history(record, user)} if asked.get("expand") == "history" else {}))
