"""How actors stand in lists."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from actors.models import Actor
from registry.core.tables import Column, named

NAME = Column(_("Actor"), lambda actor: named(actor, actor.get_type_display()), head=True)
ACTORS = (
    NAME,
    Column(_("Sector"), lambda actor: actor.get_sector_display()),
    Column(_("Country"), lambda actor: actor.country, empty=_("none: international")),
)


def actors(user: Any) -> QuerySet:
    """Return the actors that `user` may see, with what the columns need."""
    return Actor.objects.visible_to(user).select_related("country")


PARTICIPANTS = (
    Column(_("Actor"), lambda row: named(row.actor, row.actor.get_type_display()), head=True),
    Column(_("Role"), lambda row: row.get_role_display()),
    Column(_("Side"), lambda row: row.side, empty=_("none: international")),
    Column(_("Sector"), lambda row: row.actor.get_sector_display()),
    Column(_("Remark"), lambda row: row.note, empty=""),
)


def participants(rows: Any, user: Any) -> QuerySet:
    """Return the participations of `rows` (a related manager) that `user` may see, with what the columns need."""
    return rows.visible_to(user).select_related("actor", "side")
