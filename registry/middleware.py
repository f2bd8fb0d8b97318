"""What every answer carries, whoever made it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from registry.core import days

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
