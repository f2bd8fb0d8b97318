"""The form of an actor, with its other names and its identifiers, and what forms of participations share."""

from django.utils.translation import gettext_lazy as _

from actors.models import Actor, ActorIdentifier, ActorName
from registry.core.fields import form_field
from registry.core.forms import names_in
from registry.core.record_forms import OfOneDesk
from registry.core.rows import RowForm, rows_of

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


class ActorForm(OfOneDesk):
    """One actor; its country is one at whose desk the editor sits, or none."""

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
