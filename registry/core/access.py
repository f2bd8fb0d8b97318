"""Who may see and who may edit: one rule for pages, API, search, counts, mails and the continuity rule itself.

A record is a draft (seen by the desks of its pair), published (seen by everyone) or published for staff only (seen
by whoever sits at a desk). A desk acts on every pair that includes its country; registrars act on all.
"""

from collections.abc import Hashable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

DRAFT, PUBLISHED, STAFF_ONLY = "draft", "published", "staff_only"

READERS = ("reader", "editor", "approver")
EDITORS = ("editor", "approver")
APPROVERS = ("approver",)

NOBODY = AnonymousUser()
"""The public: what `NOBODY` may see is what counts for the continuity rule."""


def is_registrar(user: Any) -> bool:
    """Say whether `user` keeps the whole registry."""
    return bool(user.is_active and user.is_superuser)


def desks(user: Any, roles: tuple[str, ...] = READERS) -> frozenset[str]:
    """Return the codes of the countries at whose desk `user` sits with one of `roles`. One query per user object."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if not hasattr(user, "_desk_roles"):
        user._desk_roles = tuple(user.desk_roles.values_list("country_id", "role"))
    return frozenset(country for country, role in user._desk_roles if role in roles)


def eyes(user: Any) -> Hashable:
    """Return what alone decides which rows `user` sees: True for a registrar, else the countries of his desks.

    No `visible_q` may ask for more: statements are kept for all who have the same eyes (`registry.core.kept`).
    """
    return is_registrar(user) or desks(user)


def at_desks(countries: frozenset[str], desk: str) -> Q:
    """Return the rows whose desk is one of `countries`; `desk` is a path to a pair or to a country, or empty."""
    if not desk:
        return Q(pk__isnull=False)
    if desk.endswith("pair"):
        return Q(**{f"{desk}__a__in": countries}) | Q(**{f"{desk}__b__in": countries})
    return Q(**{f"{desk}__in": countries}) | Q(**{f"{desk}__isnull": True})


def seen(user: Any, *, desk: str, owner: str = "") -> Q:
    """Return the condition for rows that `user` may see.

    `owner` is the path to the row that carries the visibility ("" for the row itself, "commission__" for its
    commission), `desk` the path from there to the pair or country whose desks see drafts.
    """
    if is_registrar(user):
        return Q()
    condition = Q(**{f"{owner}visibility": PUBLISHED})
    countries = desks(user)
    if countries:
        condition |= Q(**{f"{owner}visibility": STAFF_ONLY})
        condition |= at_desks(countries, f"{owner}{desk}" if desk else "")
    return condition


class RecordQuerySet(models.QuerySet):
    """Rows of any kind of record; the kind says in `visible_q` which of them a person may see."""

    def visible_to(self, user: Any) -> "RecordQuerySet":
        """Only what `user` may see, whatever leads to it."""
        model: Any = self.model
        return self.filter(model.visible_q(user))

    def editable_by(self, user: Any) -> "RecordQuerySet":
        """Only what `user` may edit."""
        if is_registrar(user):
            return self
        countries = desks(user, EDITORS)
        if not countries:
            return self.none()
        model: Any = self.model
        return self.visible_to(user).filter(model.editable_q(countries))

    def search(self, query: str) -> "RecordQuerySet":
        """Only the rows whose folded text contains every word of `query`, in whatever script it is written."""
        from registry.core.fold import canonical

        return self.containing(canonical(query))

    def containing(self, asked: str) -> "RecordQuerySet":
        """As `search`, for a query in canonical form."""
        rows = self
        for word in asked.split():
            rows = rows.filter(folded__contains=word)
        return rows


def sits_at_desk(user: Any, record: models.Model) -> bool:
    """Say whether `user` sits at a desk of `record` in any role, and so sees its drafts and its history."""
    return _sits(user, record, READERS)


def may_edit(user: Any, record: models.Model) -> bool:
    """Say whether `user` may edit `record` (which need not be stored yet)."""
    return _sits(user, record, EDITORS)


def may_publish(user: Any, record: models.Model) -> bool:
    """Say whether `user` may change the visibility of `record`: an approver of either side."""
    return _sits(user, record, APPROVERS)


def _sits(user: Any, record: Any, roles: tuple[str, ...]) -> bool:
    if is_registrar(user):
        return True
    countries = desks(user, roles)
    owners = record.desk_countries()
    return bool(countries if owners is None else countries & owners)
