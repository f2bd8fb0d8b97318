"""Tokens of the API: made, shown once, recognized, revoked. What is kept of one is its SHA-256 (`ApiToken`)."""

import hashlib
import re
import secrets
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from registry.core import clock
from registry.core.models import ApiToken, User
from registry.core.reading import known

BEGINNING = "concord_"
"""So that whoever finds one in a file knows what it is."""
SHOWN = len(BEGINNING) + 4
LONGEST_LIFE = 365
"""Days that a token may be valid."""
SAYS_HOW = 'Bearer realm="Concord"'


def digest_of(token: str) -> str:
    """Return what is kept of a token: long and random as it is, it needs neither salt nor a slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(user: User, *, name: str, scope: str, expires_on: date) -> tuple[ApiToken, str]:
    """Store a new token of `user`; return its row and the token, which nobody can read again."""
    token = BEGINNING + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user, name=name, scope=scope, expires_on=expires_on, digest=digest_of(token), start=token[:SHOWN]
    )
    return row, token


def revoke(rows: QuerySet) -> int:
    """End tokens at once; return how many still worked until now."""
    return rows.filter(revoked_at=None).update(revoked_at=timezone.now())


def longest(today: date) -> date:
    """Return the latest day until which a token made on `today` may be valid."""
    return today + timedelta(days=LONGEST_LIFE)


def page() -> str:
    """Return the address of the page where tokens are made."""
    return settings.SITE_URL + reverse("api-tokens")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`. A token that opens nothing is refused, also where anybody may read: its owner would
    take the public's answer for his own."""

    def authenticate(self, request: Any) -> tuple[User, ApiToken] | None:
        scheme, _space, sent = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = sent.strip().decode("latin-1")
        if not re.fullmatch(rf"{BEGINNING}[A-Za-z0-9_-]{{20,100}}", token):
            raise AuthenticationFailed(
                _("That is no token of this registry. Send it whole, as “Authorization: Bearer concord_…”.")
            )
        row = next(iter(known(ApiToken, "digest", [digest_of(token)], joined=["user"])), None)
        if row is None:
            raise AuthenticationFailed(
                _("This token is not known here. Copy it anew, or make another one: %(page)s") % {"page": page()}
            )
        if not row.works:
            raise AuthenticationFailed(self.over(row))
        self.note_use(row)
        return row.user, row

    def over(self, row: ApiToken) -> str:
        """Say why a token opens nothing any more, and what to do."""
        if not row.user.is_active:
            return _("The account of this token is closed. Ask the registrar.")
        said = {"start": row.start, "page": page(), "day": row.expires_on.isoformat()}
        if row.revoked_at:
            return _("The token %(start)s… was revoked. Make another one: %(page)s") % said
        return _("The token %(start)s… was valid until %(day)s. Make another one: %(page)s") % said

    def note_use(self, row: ApiToken) -> None:
        """Note the day, once a day: reading stays reading."""
        today = clock.today()
        if row.last_used_on != today:
            earlier = Q(last_used_on=None) | Q(last_used_on__lt=today)
            ApiToken.objects.filter(earlier, pk=row.pk).update(last_used_on=today)

    def authenticate_header(self, request: Any) -> str:
        return SAYS_HOW
