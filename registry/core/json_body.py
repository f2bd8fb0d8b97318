"""The body of a request, as JSON that says one thing only and that both databases can keep."""

import json
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from registry.core.problems import TooLarge

DEEPEST = 10
"""Nothing that is written is deeper than a list in a row in a list."""
TOO_DEEP = gettext_lazy("The body is nested too deep. What is written here is at most four deep.")


class StrictJson(BaseParser):
    """One JSON object in UTF-8. Refused are names that stand twice, NaN and infinities, what is nested too deep, the
    null character, and halves of characters (lone surrogates)."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        body = body_of(parser_context["request"])
        try:
            said = json.loads(
                body.decode("utf-8-sig"),
                parse_float=_exact,
                parse_constant=_refuse_constant,
                object_pairs_hook=_once_each,
            )
        except RecursionError:
            raise ParseError(TOO_DEEP) from None
        except ValueError as error:  # what is no JSON, no UTF-8, or a number of thousands of digits
            raise ParseError(_("The body is no JSON: %(error)s. Mend it.") % {"error": str(error)[:200]}) from None
        if not isinstance(said, dict):
            raise ParseError(_("The body is to be one JSON object: {“name”: value, …}."))
        for text, depth in _parts(said):
            if depth > DEEPEST:
                raise ParseError(TOO_DEEP)
            if "\0" in text:
                raise ParseError(_("There is a null character in “%(text)s”. Leave it out.") % {"text": _shown(text)})
            if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
                raise ParseError(
                    _("There is half a character (a lone surrogate) in “%(text)s”. Leave it out, or write it whole.")
                    % {"text": _shown(text)}
                )
        return said


def body_of(request: Any) -> bytes:
    """Return the bytes of the body. Raises TooLarge, or ParseError where it broke off."""
    try:
        return request._request.body
    except RequestDataTooBig:
        raise TooLarge(_("The body is too long. Send less than 2.5 megabytes at once.")) from None
    except UnreadablePostError:
        raise ParseError(_("The body broke off. Send it again.")) from None


def _exact(text: str) -> Decimal:
    if math.isinf(float(text)):
        raise ValueError(f"{text[:60]} is too large a number")
    return Decimal(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"“{_shown(twice)}” stands twice in one object")
    return said


def _parts(said: Any) -> Iterable[tuple[str, int]]:
    """Yield every text in it, names too, and "" for each list or object, with its depth. It is as deep as the reader
    of JSON allowed, so no recursion of ours."""
    waiting = [(said, 0)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, str):
            yield one, depth
        elif isinstance(one, list | dict):
            yield "", depth
            waiting.extend((inner, depth + 1) for inner in one)
            if isinstance(one, dict):
                waiting.extend((inner, depth + 1) for inner in one.values())


def _shown(text: str) -> str:
    return text[:60].encode("utf-8", "replace").decode().replace("\0", "\\0")
