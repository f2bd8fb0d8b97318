"""What became of a record that is not to be seen: merged into another, withdrawn or deleted, or never public.

Asked only where a record was not found. Whoever asks for what was never public is answered as for what never existed.
"""

from typing import Any

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException

from registry.core import changes
from registry.core.models import Record
from registry.core.serializers import key_of, kind_of


class Gone(APIException):
    """The record was public once and is not any more."""

    status_code = 410


def successor(model: type[models.Model], ref: str, user: Any) -> Record | None:
    """Return the record that goes on for one that was merged, through as many mergings as there were.

    Raises Http404 where the record was never public, and Gone where it was and nothing that `user` may see goes on.
    """
    if not issubclass(model, Record):
        raise Http404
    last, rows = changes.latest(model, ref), model.objects.visible_to(user)
    if last is None or not last.is_gone:
        raise Http404
    passed = set()
    while last is not None and last.into and last.into not in passed:
        passed.add(last.into)
        found: Any = rows.filter(ref=last.into).first()
        if found is not None:
            return found
        last = changes.latest(model, last.into)
    raise Gone(
        _("“%(ref)s” was published here and has been withdrawn or deleted. The feed of changes says when.")
        % {"ref": ref}
    )


def api_answer(model: type[models.Model], ref: str, request: Any) -> HttpResponse:
    """Lead to the successor of a record that the API was asked for; raises as `successor` does."""
    found = successor(model, ref, request.user)
    return _moved(reverse(f"api-{kind_of(found)}-detail", args=[key_of(found)]), request)


def page_answer(model: type[models.Model], ref: str, request: HttpRequest) -> HttpResponse:
    """Lead to the page of the successor of a record, or say that it is gone; Http404 where it was never public."""
    try:
        found = successor(model, ref, request.user)
    except Gone:
        said = {"ref": ref, "kind": model._meta.verbose_name}
        return render(request, "410.html", said, status=Gone.status_code)
    return _moved(reverse(f"{kind_of(found)}-detail", args=[key_of(found)]), request)


def _moved(address: str, request: Any) -> HttpResponse:
    query = request.META.get("QUERY_STRING")
    return HttpResponsePermanentRedirect(address + (f"?{query}" if query else ""))
