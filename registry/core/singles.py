"""What a single record in the API can be asked besides what its row says: another format, its history."""

from django.utils.translation import gettext_lazy

from registry.core import citing, jsonld
from registry.core.parameters import FilterField, OneOf

Format = tuple[str, citing.Single]

HISTORY = "history"
"""What `expand` takes of a single record besides links: what has been written of it since it was published."""


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
    }


def history_apart(expand: str) -> tuple[str, bool]:
    """Return the links that are to be expanded, and whether the history is asked for too."""
    names = [name.strip() for name in expand.split(",")]
    return ",".join(name for name in names if name != HISTORY), HISTORY in names
