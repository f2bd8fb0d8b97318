"""`has=` and `has_not=`: whether something is on file of a record, as far as the reader may see it."""

from collections.abc import Callable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy

from registry.core.filters import RecordFilter
from registry.core.models import Citation, Document, Record
from registry.core.models.about import About, record_models
from registry.core.parameters import CodesField
from registry.core.serializers import visible

Held = Callable[[type[models.Model], Any], Q]
"""A function (model, user) → the condition for rows of which something is on file."""


def attached(to: type[models.Model], attachment: type[About], user: Any, **of: Any) -> Q:
    """Return the condition for rows of `to` with such an attachment, with these fields, that `user` may see."""
    kinds = [model for model in record_models() if issubclass(model, to)]
    types = [content_type.pk for content_type in ContentType.objects.get_for_models(*kinds).values()]
    rows = attachment._default_manager.filter(attachment.visible_q(user, kinds), content_type__in=types, **of)
    return Q(Exists(rows.filter(object_id=OuterRef("pk"))))


BELOW: dict[type[models.Model], list[str]] = {}
"""Kind → the links to it from rooms below, which add theirs (`also_on_file`)."""


def also_on_file(model: type[models.Model], *names: str) -> None:
    """Let `has` and `has_not` of a kind of a room above take these links to it."""
    BELOW.setdefault(model, []).extend(names)


ATTACHED: dict[str, Held] = {
    "citations": lambda model, user: attached(model, Citation, user),
    "documents": lambda model, user: attached(model, Document, user),
}


def minutes(model: type[models.Model], user: Any) -> Q:
    """Return the condition for rows with minutes."""
    return attached(model, Document, user, kind="MINUTES")


def of_field(model: type[models.Model], name: str, user: Any) -> Q:
    """Return the condition for rows of which the field or link `name` is on file; a link to what is hidden is not."""
    field: Any = model._meta.get_field(name)
    if field.one_to_many:
        parts = visible(field.related_model, user)
        return Q(Exists(parts.filter(**{field.field.attname: OuterRef("pk")})))
    if field.many_to_many:
        links = field.remote_field.through._default_manager.filter(**{field.m2m_field_name(): OuterRef("pk")})
        if hidden_from(field.related_model, user):
            links = links.filter(**{f"{field.m2m_reverse_field_name()}__in": visible(field.related_model, user)})
        return Q(Exists(links))
    if field.is_relation and hidden_from(field.related_model, user):
        return Q(**{f"{name}__in": visible(field.related_model, user)})
    if isinstance(field, models.CharField | models.TextField | models.FileField):
        return ~Q(**{name: ""})
    return Q(**{f"{name}__isnull": False})


def hidden_from(model: type[models.Model], user: Any) -> bool:
    """Say whether there may be rows of a kind that `user` does not see."""
    return bool(getattr(model, "visible_q", lambda user: Q())(user))


class Has(RecordFilter):
    """What must be on file of a row, or must not be: all that is named.

    `things` maps names to conditions; to None where it is a field or a link of the row that is named.
    """

    field_class = CodesField

    def __init__(self, things: dict[str, Held | None], *, absent: bool = False) -> None:
        if absent:
            label, text = gettext_lazy("Has not"), gettext_lazy("What must not be on file: none of those named.")
        else:
            label, text = gettext_lazy("Has"), gettext_lazy("What must be on file: all that is named.")
        super().__init__(label=label, help_text=text)
        self.things, self.absent = things, absent

    def field_arguments(self) -> dict[str, Any]:
        known = [
            *self.things,
            *(name for kind, names in BELOW.items() if issubclass(self.model, kind) for name in names),
        ]
        return {"known": known, "shown": lambda: [(name, name) for name in known]}

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        for name in value:
            held = self.things.get(name)
            condition = held(rows.model, self.user) if held else of_field(rows.model, name, self.user)
            rows = rows.filter(~condition if self.absent else condition)
        return rows


def things_of(model: type[models.Model], on_file: tuple[str, ...], more: dict[str, Held]) -> dict[str, Held | None]:
    """Return what may be asked for: fields and links (None), what else a kind has, what attaches to every record."""
    own: dict[str, Held | None] = dict.fromkeys(on_file)
    is_record = issubclass(model, Record) and not issubclass(model, About) and model._meta.pk.name != "ref"
    return own | more | (ATTACHED if is_record else {})
