"""What bears an `Idempotency-Key` is done once, however often it is asked for (table `Answered`).

The row that says so is claimed inside the transaction of the write: of two equal requests at the same moment the second
waits at the unique key until the first has committed, and is then given the first one's answer. A request that was
refused has left no row, so its key is free again.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.core.json_body import body_of
from registry.core.models import Answered
from registry.core.parameters import Problem
from registry.core.problems import BadParameters, Unprocessable

KEPT = timedelta(days=1)
LONGEST_KEY = 200


def answer(request: Any, write: Callable[[], HttpResponse]) -> HttpResponse:
    """Return what `write` answers, or what it answered when the same request bore the same key.

    `write` is called in a transaction and answers only when it has written. Raises Unprocessable where the key came
    with another request.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if not key:
        return write()
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        remedy = _("Send up to 200 printable ASCII characters, new ones for each record: a UUID will do.")
        raise BadParameters([Problem("Idempotency-Key", key[:LONGEST_KEY], remedy)])
    said = hashlib.sha256(b"\n".join([request.get_full_path().encode(), body_of(request)])).hexdigest()
    if (known := _recall(request.user, key, said)) is not None:
        return known
    try:
        with transaction.atomic():
            Answered.objects.filter(user=request.user, key=key, at__lt=timezone.now() - KEPT).delete()
            row = Answered.objects.create(user=request.user, key=key, request=said)
            response = write()
            row.status, row.body = response.status_code, response.content.decode()
            row.headers = {name: response.headers[name] for name in ("Location", "ETag")}
            row.save()
        return response
    except Exception:
        # a twin may have written it meanwhile: that is why the key was taken, or the number given already
        if (known := _recall(request.user, key, said)) is not None:
            return known
        raise


def _recall(user: Any, key: str, said: str) -> HttpResponse | None:
    row = Answered.objects.filter(user=user, key=key, at__gte=timezone.now() - KEPT).first()
    if row is None:
        return None
    if row.request != said:
        raise Unprocessable(
            _("This Idempotency-Key came with another request before. Send a new one with what is new.")
        )
    return HttpResponse(row.body, status=row.status, headers=row.headers, content_type="application/json")


def forget() -> str:
    """Delete the answers that are too old to be asked for again."""
    number, _by_kind = Answered.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return f"{number} old answers deleted"
