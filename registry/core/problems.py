"""What goes wrong in the API, as problem documents (RFC 9457) that say what to write instead."""

import logging
from collections.abc import Iterable
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
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


class BadParameters(exceptions.APIException):
    """The address asks for something that cannot be understood."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(islice(problems, MOST_TOLD))
        names = ", ".join(dict.fromkeys(found.parameter for found in self.problems))
        super().__init__(_("This cannot be understood: %(names)s. See “errors”.") % {"names": names})


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


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer any error of an API view with a problem document; with DEBUG what we did wrong shows itself."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("There is nothing here that you may see. Check the address."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
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
    if isinstance(error, BadParameters):
        document["type"] = f"{settings.SITE_URL}/api/#parameters"
        document["errors"] = [found._asdict() for found in error.problems]
    headers = {**getattr(error, "headers", {})}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    return Response(document, status=error.status_code, headers=headers, content_type=MEDIA_TYPE)
