"""Filters of actors, and of whatever actors take part in."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from actors.models import Actor
from registry.core.filter_sets import RecordFilterSet
from registry.core.filters import MANY, CitedFrom, Codes, OneCountry, Refs, Search, by_visibility


class ActorFilterSet(RecordFilterSet):
    q = Search()
    type = Codes("actor_type", "type")
    sector = Codes("sector", "sector")
    country = OneCountry(help_text=_("Codes of the countries where actors are based, as KG."))
    parent = Refs(Actor, "parent", label=_("Part of"))
    source = CitedFrom()
    visibility = by_visibility()

    class Meta:
        model = Actor
        fields: list[str] = []


class Together:
    """A filter that only reads its value: what it asks is applied together with the others."""

    def filter(self, rows: QuerySet, value: Any) -> QuerySet:
        return rows


class _Actors(Together, Refs):
    pass


class _Roles(Together, Codes):
    pass


class TakingPart(RecordFilterSet):
    """Filters by participations: actor, role and sector hold of one and the same participation.

    A participation of an actor that the user may not see is not looked at.
    """

    actor = _Actors(Actor, label=_("Actor"))
    role = _Roles("participation_role", label=_("Role of an actor"), help_text=MANY)
    sector = _Roles("sector", label=_("Sector of an actor"), help_text=MANY)

    def filter_queryset(self, rows: QuerySet) -> QuerySet:
        rows = super().filter_queryset(rows)
        asked = {
            path: self.form.cleaned_data[name]
            for name, path in (("actor", "actor__in"), ("role", "role__in"), ("sector", "actor__sector__in"))
            if self.form.cleaned_data.get(name)
        }
        return rows.filter(self.taking_part(asked)) if asked else rows

    def taking_part(self, asked: dict[str, Any]) -> Q:
        """Return the condition for rows with a visible participation that is as `asked`."""
        link = self.queryset.model._meta.get_field("participations")
        taking_part = link.related_model.objects.visible_to(self.user).filter(**asked)
        return Q(pk__in=taking_part.values(link.field.attname))
