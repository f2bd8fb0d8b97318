"""The controlled lists: what codes there are and what they are called.

`data/vocabularies.json` is the one source; the table `Term` is its image in the database, for relations and the
API, brought up to date by `manage.py load_vocabularies`. Codes are permanent: a term is retired, never removed.
"""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.functional import lazy
from django.utils.translation import gettext


@cache
def lists() -> dict[str, dict[str, dict[str, Any]]]:
    """Return list name → code → term (keys of the file: label, definition, maps_to and the list's own)."""
    path = settings.BASE_DIR / "data" / "vocabularies.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read ({error}). Put back Concord's own file.") from None
    return {name: {term["code"]: term for term in terms} for name, terms in found.items()}


def label(vocabulary: str, code: str) -> str:
    """Return the label of `code` in the reader's language; a code not in the list stands for itself."""
    term = lists()[vocabulary].get(code)
    return gettext(term["label"]) if term else code


lazy_label = lazy(label, str)


@cache
def open_codes(vocabulary: str) -> tuple[str, ...]:
    """Return the codes that may be typed in: those of neither retired nor computed terms."""
    terms = lists()[vocabulary].items()
    return tuple(code for code, term in terms if not term.get("retired") and not term.get("computed"))


@cache
def choices(vocabulary: str) -> tuple[tuple[str, Any], ...]:
    """Return (code, label) of what may be typed in; a label is translated when it is drawn."""
    return tuple((code, lazy_label(vocabulary, code)) for code in open_codes(vocabulary))


def codes_where(vocabulary: str, **having: Any) -> list[str]:
    """Return the codes whose terms have these keys and values, as `codes_where("event_outcome", activity="none")`."""
    return [code for code, term in lists()[vocabulary].items() if all(term.get(k) == v for k, v in having.items())]


class VocabularyField(models.CharField):
    """A code of one of the lists. The list grows without a migration, so the choices stay out of migrations."""

    def __init__(self, vocabulary: str = "", **kwargs: Any) -> None:
        self.vocabulary = vocabulary
        kwargs.setdefault("max_length", 32)
        kwargs.pop("choices", None)
        super().__init__(choices=lambda: choices(vocabulary), **kwargs)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        # a retired code is offered no more, but what bears it must still be able to be saved
        known = value in open_codes(self.vocabulary) or lists()[self.vocabulary].get(value, {}).get("retired")
        if not known:
            super().validate(value, model_instance)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        return name, path, args, kwargs | {"vocabulary": self.vocabulary}
