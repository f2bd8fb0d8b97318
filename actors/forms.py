"""The form of an actor, with its other names and its identifiers, and what forms of participations share."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from actors.models import Actor, ActorIdentifier, ActorName
from registry.core import access
from registry.core.fields import form_field
from registry.core.forms import RecordForm, RowForm, names_in, rows_of
from registry.core.models import Country

PARTICIPATION = ("actor", "side", "role", "note")
PARTICIPATIONS = {
    "heading": _("Who took part"),
    "help": _("One entry for each part of each actor. An international body is on no side."),
    "one": _("participation"),
}


class ActorNameForm(RowForm):
    class Meta:
        model = ActorName
        fields = ("name", "language", "valid_from", "valid_until")
        formfield_callback = form_field


class ActorIdentifierForm(RowForm):
    class Meta:
        model = ActorIdentifier
        fields = ("scheme", "value")
        formfield_callback = form_field


class ActorForm(RecordForm):
    """One actor; its country is one at whose desk the editor sits, or none."""

    start = ""
    parts = (
        (_("Who it is"), ("name", "name_language", "type", "sector", "country")),
        (_("Where it belongs"), ("parent", "predecessor", "subjects", "note")),
    )
    rows = (
        rows_of(
            Actor,
            ActorNameForm,
            heading=_("Other names"),
            help=_("In other languages, or of another time, each with its first and last day where a source has them."),
            one=_("name"),
        ),
        rows_of(
            Actor,
            ActorIdentifierForm,
            heading=_("Identifiers"),
            help=_("The number without the address, as Q1055 or 0000 0001 2179 8404."),
            one=_("identifier"),
        ),
    )

    class Meta:
        model = Actor
        formfield_callback = form_field

    Meta.fields = (*names_in(parts), "visibility")

    def options(self, name: str, model: type[models.Model]) -> Iterable[Any]:
        if model is Country:
            user = self.offered.user
            mine = access.desks(user, access.EDITORS)
            return [c for c in self.offered.all_countries() if access.is_registrar(user) or c.pk in mine]
        return super().options(name, model)
