"""Every address of the URL conf, and how one is made that names a given record."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.contrib.admindocs.views import simplify_regex
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from actors.models import Actor
from agreements.models import Agreement, AgreementAction, Commission, Commitment, Session
from continuity.models import (
    Activity,
    ActivityEntry,
    Initiative,
    InitiativeParticipation,
    Lapse,
    Milestone,
    Relation,
    Suspension,
    TensionEpisode,
)
from events.models import Event, EventParticipation, Fulfilment, Output, Programme
from registry.core.models import (
    Citation,
    Country,
    Document,
    Framework,
    Indicator,
    Pair,
    Place,
    Revision,
    Source,
    Subject,
    Term,
)

KINDS: dict[str, type[models.Model]] = {
    "actions": AgreementAction,
    "activities": Activity,
    "actors": Actor,
    "agreements": Agreement,
    "citations": Citation,
    "commissions": Commission,
    "commitments": Commitment,
    "countries": Country,
    "documents": Document,
    "entries": ActivityEntry,
    "episodes": TensionEpisode,
    "event-participations": EventParticipation,
    "events": Event,
    "frameworks": Framework,
    "fulfilments": Fulfilment,
    "indicators": Indicator,
    "initiative-participations": InitiativeParticipation,
    "initiatives": Initiative,
    "lapses": Lapse,
    "milestones": Milestone,
    "outputs": Output,
    "pairs": Pair,
    "places": Place,
    "programmes": Programme,
    "relations": Relation,
    "revisions": Revision,
    "sessions": Session,
    "sources": Source,
    "subjects": Subject,
    "suspensions": Suspension,
    "tension-episodes": TensionEpisode,
    "vocabularies": Term,
}
"""First part of an address, after /api/v1/ where it begins so → the kind of record that the address names."""

KEYS = ("ref", "pk", "id", "object_id")
"""The parameters that name a record."""


@dataclass(frozen=True)
class Route:
    """One pattern of the URL conf; `address` as `/agreements/<ref>/edit/`."""

    address: str
    callback: Any

    @property
    def view(self) -> Any:
        """The class of the view; None where it is a function."""
        return getattr(self.callback, "view_class", None) or getattr(self.callback, "cls", None)

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"<(\w+)>", self.address)

    @property
    def in_admin(self) -> bool:
        return self.address.startswith("/admin/")

    @property
    def in_api(self) -> bool:
        return self.address.startswith("/api/")

    @property
    def kind(self) -> type[models.Model] | None:
        """The kind of record that the address names; None where it names none. An unknown one is an error."""
        if not any(name in KEYS for name in self.parameters):
            return None
        parts = self.address.removeprefix("/api/v1").split("/")
        return apps.get_model(*parts[2:4]) if self.in_admin and parts[2] != "r" else KINDS.get(parts[1])

    def naming(self, record: models.Model) -> str:
        """Return the address that names `record`."""
        keys = {name: key_of(record) if name == "ref" else str(record.pk) for name in KEYS}
        return self.filled(**keys)

    def filled(self, **values: str) -> str:
        """Return the address with its parameters filled in; what a wildcard stands for does not exist."""
        address = re.sub(r"<(\w+)>", lambda found: quote(values[found[1]]), self.address)
        return address.replace(".*", "nowhere")


def key_of(record: Any) -> str:
    """Return what names a record in addresses: its reference, its code or its number."""
    if isinstance(record, Term):
        return f"{record.vocabulary}:{record.code}"
    return getattr(record, "ref", "") or str(record.pk)


def routes() -> list[Route]:
    """Return every route, each address once, in alphabetical order."""
    found: dict[str, Route] = {}
    for address, pattern in walk(get_resolver().url_patterns):
        found.setdefault(address, Route(address, pattern.callback))  # the first one answers
    return [found[address] for address in sorted(found)]


def walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield (address, pattern) of all patterns, whatever includes them."""
    for pattern in patterns:
        text = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, text)
        else:
            yield re.sub(r"<\w+:(\w+)>", r"<\1>", simplify_regex(text)), pattern
