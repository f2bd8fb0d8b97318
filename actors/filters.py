"""Filters of actors, and of whatever actors take part in."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from actors.models import Actor
from registry.core.filter_sets import RecordFilterSet
from registry.core.filters import MANY, CitedFrom, Codes, Exactly, OneCountry, Read, Refs, Search, by_visibility
from registry.core.models import Subject


class ActorFilterSet(RecordFilterSet):
    q = Search()
    type = Codes("actor_type", "type")
    sector = Codes("sector", "sector")
    country = OneCountry(help_text=_("Codes of the countries where actors are based, as KG."))
    parent = Refs(Actor, "parent", label=_("Part of"))
    predecessor = Refs(Actor, "predecessor", label=_("Took over from"))
    subject = Refs(Subject, "subjects")
    identifier = Exactly(
        field_name="identifiers__value", label=_("Identifier"), help_text=_("Its number at Wikidata, ROR or ISNI.")
    )
    source = CitedFrom()
    on_file = ("country", "parent", "predecessor", "other_names", "identifiers", "subjects", "note")
    visibility = by_visibility()

    class Meta:
        model = Actor
        fields: list[str] = []


class _Actors(Read, Refs):
    pass


class _Codes(Read, Codes):
    pass


class _Sides(Read, OneCountry):
    pass


class ParticipationFilterSet(RecordFilterSet):
    """What all participations are filtered by; each table of them adds what they are in."""

    actor = Refs(Actor, "actor")
    actor_type = Codes("actor_type", "actor__type", label=_("Type of the actor"))
    sector = Codes("sector", "actor__sector", label=_("Sector of the actor"))
    side = OneCountry("side")
    role = Codes("participation_role", "role")
    on_file = ("side", "note")


class TakingPart(RecordFilterSet):
    """Filters by participations: what is asked of an actor holds of one and the same participation.

    A participation of an actor that the user may not see is not looked at.
    """

    actor = _Actors(Actor, label=_("Actor"))
    role = _Codes("participation_role", label=_("Role of an actor"), help_text=MANY)
    sector = _Codes("sector", label=_("Sector of an actor"), help_text=MANY)
    actor_type = _Codes("actor_type", label=_("Type of an actor"), help_text=MANY)
    side = _Sides(
        "side", label=_("Side of an actor"), help_text=_("Codes of the countries for which actors take part.")
    )

    OF_ACTORS = {
        "actor": "actor",
        "role": "role",
        "sector": "actor__sector",
        "actor_type": "actor__type",
        "side": "side",
    }
    """Filter → path from a participation."""

    def filter_queryset(self, rows: QuerySet) -> QuerySet:
        rows = super().filter_queryset(rows)
        asked = {
            f"{path}__in": self.form.cleaned_data[name]
            for name, path in self.OF_ACTORS.items()
            if self.form.cleaned_data.get(name)
        }
        return rows.filter(self.taking_part(asked)) if asked else rows

    def taking_part(self, asked: dict[str, Any]) -> Q:
        """Return the condition for rows with a visible participation that is as `asked`."""
        link = self.queryset.model._meta.get_field("participations")
        taking_part = link.related_model.objects.visible_to(self.user).filter(**asked)
        return Q(pk__in=taking_part.values(link.field.attname))
