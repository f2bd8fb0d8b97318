"""Files, sent whole or in part: a download that broke off goes on where it stopped (RFC 9110, 14).

WhiteNoise knows ranges too, but not If-Range, and takes a range of one byte for one that cannot be had.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

AT_ONCE = 65_536
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)
"""One range. Several are answered with the whole file, which is allowed."""


FOR_EVER = "public, max-age=31536000, immutable, no-transform"


def file_response(
    request: HttpRequest, path: Path, *, etag: str, media_type: str, keep: str = FOR_EVER
) -> HttpResponseBase:
    """Answer with the file at `path`, or with the part of it that is asked for; 304 where the reader has it.

    `etag` is a strong one, in its quotation marks; `keep` says who may keep the answer. Raises FileNotFoundError.
    """
    size = path.stat().st_size
    part = range(size) if request.method == "HEAD" else asked(request, size, etag)
    answer: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if answer is None and size and not part:
        answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    elif answer is None and request.method == "HEAD":
        answer = HttpResponse(headers={"Content-Length": str(size)})
    elif answer is None:
        answer = StreamingHttpResponse(read(path.open("rb"), part), headers={"Content-Length": str(len(part))})
        if len(part) < size:
            answer.status_code = 206
            answer.headers["Content-Range"] = f"bytes {part[0]}-{part[-1]}/{size}"
    also = {
        "Accept-Ranges": "bytes",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
        "Content-Type": media_type,
        "ETag": etag,
    }
    if answer.status_code < 400:
        also["Cache-Control"] = keep
    for name, value in also.items():
        answer.headers[name] = value
    return answer


def asked(request: HttpRequest, size: int, etag: str) -> range:
    """Return which bytes are asked for: all where no range is, or one of a file that is no longer this one.

    Empty where the range lies outside the file.
    """
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or request.headers.get("If-Range", etag) != etag:
        return range(size)
    first, last = found.groups()
    if first:
        if last and int(last) < int(first):
            return range(size)  # no range at all, so it counts as if it were not there
        return range(int(first), min(int(last) + 1, size) if last else size)
    return range(max(size - int(last), 0), size) if last else range(size)


def read(file: BinaryIO, part: range) -> Iterator[bytes]:
    """Yield these bytes of a file, and close it."""
    with file:
        file.seek(part.start)
        left = len(part)
        while left and (some := file.read(min(AT_ONCE, left))):
            left -= len(some)
            yield some
