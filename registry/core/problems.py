"""What goes wrong in the API, as problem documents (RFC 9457) that say what to write instead."""

import logging
from collections.abc import Iterable
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from registry.core import patience
from registry.core.parameters import Problem

MEDIA_TYPE = "application/problem+json"

MOST_TOLD = 100
"""So many problems are told at once: an address of a few thousand characters would be answered with as many pages."""

log = logging.getLogger(__name__)


class Told(exceptions.APIException):
    """An error whose document says more: `members` stand in it, `headers` beside it."""

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None, **members: Any) -> None:
        self.members, self.headers = members, headers or {}
        super().__init__(detail)


class BadParameters(Told):
    """The address asks for something that cannot be understood."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(islice(problems, MOST_TOLD))
        names = ", ".join(dict.fromkeys(found.parameter for found in self.problems))
        super().__init__(
            _("This cannot be understood: %(names)s. See “errors”.") % {"names": names},
            type=f"{settings.SITE_URL}/api/#parameters",
            errors=[found._asdict() for found in self.problems],
        )


class Conflicting(Told):
    """What stands in the registry forbids it, or its writer must first see what it would change."""

    status_code = status.HTTP_409_CONFLICT


class PreconditionFailed(Told):
    """Somebody else has written the record since it was read."""

    status_code = status.HTTP_412_PRECONDITION_FAILED


class TooLarge(Told):
    """The body is longer than is read."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class Unprocessable(Told):
    """The body is understood, and what it says cannot be stored."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


class PreconditionRequired(Told):
    """A write that does not say which version it is of."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED


class ErrorSerializer(serializers.Serializer):
    """What is wrong with one parameter."""

    parameter = serializers.CharField(help_text="Name of the parameter.")
    value = serializers.CharField(help_text="The value that was given.")
    remedy = serializers.CharField(help_text="What to write instead.")


class ProblemSerializer(serializers.Serializer):
    """A problem document (RFC 9457)."""

    type = serializers.CharField(help_text="`about:blank`: the status says it; else an address that explains it.")
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What went wrong, and what to do.")
    errors = ErrorSerializer(many=True, required=False, help_text="Each parameter that could not be understood.")


class FieldErrorSerializer(serializers.Serializer):
    """What is wrong with one member of the body."""

    field = serializers.CharField(help_text="Where it stands, as `title` or `articles[2].number`; `body`: all of it.")
    value = serializers.JSONField(help_text="The value that was sent; null: none.")
    remedy = serializers.CharField(help_text="What is wrong, and what to write instead.")


class ForeseenSerializer(serializers.Serializer):
    """What a write would change of other records."""

    token = serializers.CharField(help_text="Send it back as `foreseen` to write it all the same.")
    changes = serializers.ListField(child=serializers.CharField(), help_text="Each in a sentence.")


class WriteProblemSerializer(ProblemSerializer):
    """A problem document (RFC 9457) that says why nothing was written."""

    errors = FieldErrorSerializer(many=True, required=False, help_text="With 422: each member that is to be mended.")
    sent = serializers.JSONField(required=False, help_text="With 412: what was sent.")
    current = serializers.JSONField(required=False, help_text="With 412: the record as it is now.")
    foreseen = ForeseenSerializer(required=False, help_text="With 409: what it would change, to be agreed to first.")


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer any error of an API view with a problem document; with DEBUG what we did wrong shows itself."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("There is nothing here that you may see. Check the address."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge(_("The body is too long. Send less at once."))
    elif isinstance(error, SuspiciousOperation):
        error = exceptions.ParseError(_("The request cannot be read. Send it anew."))
    elif patience.ran_out(error):
        error = patience.TooSlow()
    elif not isinstance(error, exceptions.APIException):
        if settings.DEBUG:
            return None
        log.error("%s %s", context["request"].method, context["request"].path, exc_info=error)
        error = exceptions.APIException(_("The registry could not answer. It is our fault, and it has been noted."))
    set_rollback()
    return problem(error)


def problem(error: exceptions.APIException) -> Response:
    """Return the problem document for `error`."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": str(error.detail),
    }
    document |= getattr(error, "members", {})
    headers = {**getattr(error, "headers", {})}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    return Response(document, status=error.status_code, headers=headers, content_type=MEDIA_TYPE)
