"""What every answer carries, whoever made it."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from math import inf
from time import monotonic
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from registry.core import days, patience

View = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'none'; style-src 'self'{inline}; img-src 'self' data:; font-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def content_security_policy(get_response: View) -> View:
    """Allow nothing but our own files.

    A view that cannot do without inline styles (Swagger UI) says so with `response.csp_style_inline = True`.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        inline = " 'unsafe-inline'" if getattr(response, "csp_style_inline", False) else ""
        response.headers["Content-Security-Policy"] = POLICY.format(inline=inline)
        return response

    return middleware


def forget_the_day(get_response: View) -> View:
    """Let no day that one request asks about reach the links of another, nor of what else this thread does."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with days.keeping(None):
            return get_response(request)

    return middleware


def trust_the_database(get_response: View) -> View:
    """Do not ask whether the database is still there (`CONN_HEALTH_CHECKS`) where it has answered within a second.

    A server that is started anew is away for longer; and after an error Django does ask.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if monotonic() - getattr(connection, "answered_at", -inf) < 1:
            connection.health_check_done = True
        return get_response(request)

    return middleware


class Compress(GZipMiddleware):
    """Compress what is text, unless it says `no-transform` (files that answer to ranges) or `no-store` (secrets).

    docs/decisions.md says why that is enough against BREACH.
    """

    TEXT = re.compile(r"text/|application/([a-z.-]+\+)?(json|jsonl|xml|yaml|javascript)\b", re.ASCII)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        kept, media_type = (response.headers.get(name, "") for name in ("Cache-Control", "Content-Type"))
        if "no-transform" in kept or "no-store" in kept or not self.TEXT.match(media_type):
            return response
        return super().process_response(request, response)


class LimitStatements:
    """End a statement that a reader has waited for too long, and say so on a page; the API says it by itself."""

    SAFE = ("GET", "HEAD", "OPTIONS")

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with patience.limited(patience.SECONDS) if request.method in self.SAFE else nullcontext():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not patience.ran_out(exception):
            return None
        return render(request, "503.html", {"sentence": patience.SENTENCE}, status=503)


def give_up_who_takes_nothing(get_response: View) -> View:
    """Close the connection of a reader who takes nothing for a minute: he would hold a thread without end."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if (socket := request.META.get("gunicorn.socket")) is not None:
            socket.settimeout(60)
        return get_response(request)

    return middleware
