"""The version of a record in HTTP: what `ETag` says of it and `If-Match` sends back.

The tag of a single record is `"v7-5f0c…"`: its version, and a hash of the answer, which also differs by language, day
and reader. `If-None-Match` compares all of it, `If-Match` the version alone: a write needs no more, and a proxy that
compresses answers marks their tags as weak, which says nothing of the version.
"""

import hashlib
import re
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.response import Response

from registry.core.problems import BadParameters, PreconditionRequired, Problem

TAG = re.compile(r'(?:W/)?"v([0-9]{1,9})(?:-[0-9a-f]+)?"', re.ASCII)


def tag(version: int, body: bytes) -> str:
    """Return the ETag of an answer that shows one version of a record."""
    return f'"v{version}-{hashlib.sha256(body).hexdigest()[:16]}"'


def tagged(response: Response, version: int) -> Response:
    """Give a response its ETag as soon as it is written out."""

    def write(rendered: Any) -> None:
        rendered.headers["ETag"] = tag(version, rendered.content)

    response.add_post_render_callback(write)
    return response


def read(request: Any) -> set[int]:
    """Return the versions that `If-Match` names. Raises PreconditionRequired without one, BadParameters for another."""
    sent = request.META.get("HTTP_IF_MATCH", "").strip()
    if sent in ("", "*"):
        raise PreconditionRequired(
            _('Say in the header If-Match which version you have read: the ETag of its answer, or “"v7"”.')
        )
    found = [TAG.fullmatch(one.strip()) for one in sent.split(",")]
    if not all(found):
        remedy = _('Send the ETag that a read of the record returned, or its version in quotes: “"v7"”.')
        raise BadParameters([Problem("If-Match", sent, remedy)])
    return {int(one[1]) for one in found if one}
