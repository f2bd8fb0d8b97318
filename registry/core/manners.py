"""How often one reader may ask, how many files may be on the way to one, and what spares sending an answer again.

All is counted in the cache that the processes share; while it is down everybody is let in (`registry.core.cache`).
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from time import monotonic, time
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.translation import gettext as _
from rest_framework import exceptions, status

from registry.core import patience
from registry.core.accounts import address_of
from registry.core.cache import counted

WINDOW = 60
"""Seconds in which requests are counted together."""
KNOWN = 5
"""So many times as often as an address may whoever has signed in or sends a token."""
AT_A_TIME = 2
"""Files that may be on the way to one reader: each holds a thread of the server until its last byte is gone."""
LEASE = 120
"""Seconds after which a file that gives no sign of life, as its process was killed, no longer counts."""
EXPOSED = (
    "ETag, Last-Modified, Location, Link, Content-Language, Content-Disposition, RateLimit, RateLimit-Policy, "
    "Retry-After"
)
"""Headers that a script on another site may read."""


class TooMany(exceptions.APIException):
    """A reader asks too often, or for too much at a time; `seconds`: when to try again."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, detail: str, seconds: int, headers: dict[str, str] | None = None) -> None:
        self.headers = {"Retry-After": str(seconds), **(headers or {})}
        super().__init__(detail)


# Who asks ----------------------------------------------------------------------------------------------------------


class Reader(NamedTuple):
    """By what somebody is known, a token, an account or an address, and which."""

    by: str
    name: str

    @property
    def most(self) -> int:
        """How often this reader may ask in a window."""
        return settings.RATE_LIMIT * (1 if self.by == "address" else KNOWN)


def reader_of(request: Any) -> Reader:
    """Return who sends a request of the API, who has been told apart by now."""
    if (token := getattr(request.auth, "pk", None)) is not None:
        return Reader("token", str(token))
    if request.user.is_authenticated:
        return Reader("account", str(request.user.pk))
    return Reader("address", network_of(address_of(request)))


def network_of(address: str) -> str:
    """Return the address; of IPv6 the network of 64 bits, all of which one household has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


# How often ---------------------------------------------------------------------------------------------------------


def count(request: Any) -> None:
    """Count a request of the API and note on it what is announced. Raises TooMany for one too many.

    The headers are those of draft-ietf-httpapi-ratelimit-headers-10. A browser that only asks whether it may ask for
    another site is not counted.
    """
    reader = reader_of(request)
    if not reader.most or request.method == "OPTIONS":
        return
    window, passed = divmod(int(time()), WINDOW)
    made = counted(f"rate:{reader.by}:{reader.name}:{window}", WINDOW)
    left, seconds = max(reader.most - made, 0), WINDOW - passed
    request.announced = {
        "RateLimit-Policy": f'"{reader.by}";q={reader.most};w={WINDOW}',
        "RateLimit": f'"{reader.by}";r={left};t={seconds}',
    }
    if made > reader.most:
        raise TooMany(too_often(reader) % {"most": reader.most, "seconds": seconds}, seconds)


def too_often(reader: Reader) -> str:
    """Return what is said to a reader who asks too often."""
    if reader.by == "address":
        return _(
            "More than %(most)s requests came from this address in a minute. Wait %(seconds)s seconds. One request "
            "for a file (format=csv) brings a whole list; with a token one may ask five times as often."
        )
    return _(
        "More than %(most)s requests came from you in a minute. Wait %(seconds)s seconds. One request for a file "
        "(format=csv) brings a whole list."
    )


def announced(request: Any) -> dict[str, str]:
    """Return the headers that every answer of the API bears."""
    # what a reader who has signed in may see is kept from other sites: a browser sends them no cookies with “*”
    shared = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED}
    if request.method == "OPTIONS":
        shared["Access-Control-Max-Age"] = "86400"  # a browser need not ask again before each request of the day
    return shared | {"Cache-Control": "private, no-cache"} | getattr(request, "announced", {})


# How many files ----------------------------------------------------------------------------------------------------


class Place:
    """One of the few files that may be on the way to one reader, from when it is asked for until `leave`."""

    def __init__(self, key: str, mine: str) -> None:
        self.key, self.mine, self.kept_at = key, mine, monotonic()

    @classmethod
    def taken(cls, request: Any) -> "Place":
        """Return a place for the reader who sends a request. Raises TooMany where all are taken."""
        reader, mine = reader_of(request), secrets.token_hex(8)
        for number in range(AT_A_TIME):
            key = f"file:{reader.by}:{reader.name}:{number}"
            if cache.add(key, mine, LEASE):
                return cls(key, mine)
        sentence = _("%(number)s files are on the way to you already. Ask for this one when one of them has arrived.")
        raise TooMany(sentence % {"number": AT_A_TIME}, seconds=10)

    def keep(self) -> None:
        """Give a sign of life."""
        if monotonic() - self.kept_at > LEASE / 4:
            cache.touch(self.key, LEASE)
            self.kept_at = monotonic()

    @contextmanager
    def page(self) -> Iterator[None]:
        """Read a page of rows within: with a sign of life, and no longer than a reader may take."""
        self.keep()
        with patience.limited(patience.SECONDS):
            yield

    def leave(self) -> None:
        """Give the place up, unless it was given to another file in between."""
        if cache.get(self.key) == self.mine:
            cache.delete(self.key)


class Sending:
    """The parts of a file that holds a place. The server closes it after the last one, and where its reader is gone.

    No generator: one that was never begun, as the reader is gone before the first part, would not be told.
    """

    def __init__(self, parts: Iterator[bytes], place: Place) -> None:
        self.parts, self.place = parts, place

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.place.keep()
            yield part

    def close(self) -> None:
        close: Callable[[], None] | None = getattr(self.parts, "close", None)
        if close is not None:
            close()
        self.place.leave()


# What the reader has already ---------------------------------------------------------------------------------------


def conditional(request: HttpRequest, response: Any) -> Any:
    """Return an answer with its ETag as soon as it is written out, or 304 with its headers where the reader has it.

    Django's `conditional_page` gives a HEAD no ETag, and a 304 none of the headers without which a script on another
    site cannot read it.
    """
    if hasattr(response, "render") and not response.is_rendered:
        response.add_post_render_callback(partial(conditional, request))
        return response
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or response.streaming:
        return response
    if not response.has_header("ETag"):
        set_response_etag(response)
    answer: Any = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    if answer is not response:
        for name, value in response.headers.items():
            if name.startswith(("Access-Control-", "RateLimit")):
                answer.headers[name] = value
    return answer
