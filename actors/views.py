"""Pages of actors. What an actor takes part in is added by the rooms below."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from actors import tables
from actors.filters import ActorFilterSet
from actors.models import Actor, ActorName
from registry.core.models import Subject
from registry.core.tables import Column, Fact, Table, first
from registry.core.templatetags.concord import language, linked_all, span_of
from registry.core.views import RecordList, RecordPage, section


class ActorList(RecordList):
    model = Actor
    filterset_class = ActorFilterSet
    filters = ("q", "country", "type", "sector")
    columns = tables.ACTORS
    title = _("Actors")
    lede = _("State and non-state bodies and people in a public role, by name.")
    caption = _("By name; the sector says who stands behind an actor, the type what it is")

    def records(self) -> QuerySet:
        return tables.actors(self.request.user)


def validity(name: ActorName) -> str:
    """Write for which time a name was in use; "" where nothing is on file."""
    return span_of(name.valid_from, name.valid_until)


NAMES = (
    Column(_("Name"), lambda name: name.name, head=True),
    Column(_("Language"), lambda name: language(name.language)),
    Column(_("In use"), validity),
)


class ActorPage(RecordPage):
    any_day = True
    model = Actor
    facts = ("type", "sector", "country")
    optional = ("parent", "predecessor", "subjects")

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("country", "parent", "predecessor")

    def kicker(self) -> str:
        return self.object.get_type_display()

    def facts_shown(self) -> list[Fact]:
        actor = self.object
        facts = super().facts_shown()
        successors = actor.successors.visible_to(self.request.user)
        if successors:
            facts.append(Fact(_("succeeded by"), linked_all(successors)))
        facts += [Fact(row.get_scheme_display(), row.value) for row in actor.identifiers.all()]
        return facts

    def tables(self) -> list[Table]:
        actor, user = self.object, self.request.user
        parts = tables.actors(user).filter(parent=actor)
        return [
            Table(_("Other languages and other times"), NAMES, actor.other_names.all(), title=_("Names")),
            Table("", tables.ACTORS, parts, title=_("Parts of it"), sourced=True),
            *super().tables(),
        ]


@section(Subject)
def actors_that_bear(subject: Subject, user: Any) -> Iterable[Table]:
    """Yield the actors that bear a subject."""
    rows, others = first(tables.actors(user).filter(subjects=subject), "actor-list", subject=subject.ref)
    yield Table("", tables.ACTORS, rows, title=_("Actors"), sourced=True, **others)
